"""A key/value cache that is written in place; it is copied only when its room is used up, which doubles it."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer


class RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A `DynamicLayer` whose ``keys`` and ``values`` are the filled part of larger tensors.

    Transformers' own concatenates, so that each token copies all that went before. Whoever puts other tensors in
    their place (cut, padded) gives up the room; the next update makes it anew.
    """

    keys: Tensor
    values: Tensor
    _rooms: tuple[Tensor, Tensor] | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Append the columns (rows, heads, new, size); all of the keys and values."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        keys, values = self._with_room(start, end, key_states, value_states)
        keys[:, :, start:end], values[:, :, start:end] = key_states, value_states
        self.keys, self.values = keys[:, :, :end], values[:, :, :end]
        return self.keys, self.values

    def _with_room(self, start: int, end: int, *new: Tensor) -> tuple[Tensor, Tensor]:
        """Tensors of at least `end` columns, of which the first `start` are the keys and values so far."""
        rooms = self._rooms
        if rooms is None or rooms[0].data_ptr() != self.keys.data_ptr() or rooms[0].shape[-2] < end:
            keys, values = (part.new_empty((*part.shape[:2], 2 * end, part.shape[3])) for part in new)
            if start:
                keys[:, :, :start], values[:, :, :start] = self.keys, self.values
            self._rooms = rooms = keys, values
        return rooms


def roomy_cache() -> Cache:
    """An empty cache of such layers, as many as the model turns out to have."""
    return Cache(layer_class_to_replicate=RoomyLayer)
