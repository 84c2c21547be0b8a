"""Preallocated keys and values, written in place, each row at its own length."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin


class _Aim:
    """Where the next keys and values go; shared by all layers of a `RowCache`.

    Attributes:
        rows: int64 (r,), the rows that are read afresh; None while all rows read one more token.
        slots: int64 (n,), where each row's next token goes.
        width: the slots that any row uses.
    """

    def __init__(self) -> None:
        self.rows: Tensor | None = None
        self.slots: Tensor | None = None
        self.width = 0


class RowLayer(CacheLayerMixin):  # type: ignore[misc]
    """One layer's buffers, each (n, heads, capacity, head size)."""

    is_sliding = False

    def __init__(self, rows: int, capacity: int, aim: _Aim) -> None:
        super().__init__()
        self.shape = (rows, capacity)
        self.aim = aim

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Makes the buffers, in the type of the first keys and values."""
        rows, capacity = self.shape
        # Zeros, not empty: a masked slot still enters the attention with weight 0, and 0 * nan is nan.
        self.all_keys = key_states.new_zeros((rows, key_states.shape[1], capacity, key_states.shape[3]))
        self.all_values = value_states.new_zeros((rows, value_states.shape[1], capacity, value_states.shape[3]))
        self.row_index = torch.arange(rows, device=key_states.device)
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Writes keys and values (rows, heads, places, head size) where the aim says; returns what to attend to."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        aim = self.aim
        if aim.rows is not None:
            length = key_states.shape[2]
            self.all_keys[:, :, :length].index_copy_(0, aim.rows, key_states)
            self.all_values[:, :, :length].index_copy_(0, aim.rows, value_states)
            return key_states, value_states
        self.all_keys[self.row_index, :, aim.slots] = key_states[:, :, 0]
        self.all_values[self.row_index, :, aim.slots] = value_states[:, :, 0]
        return self.keys, self.values

    def copy(self, origins: Tensor, rows: Tensor, width: int) -> None:
        """Copies the first `width` slots of the rows `origins` (r,) into the rows (r,)."""
        for slots in (self.all_keys[:, :, :width], self.all_values[:, :, :width]):
            slots.index_copy_(0, rows, slots[origins])

    @property
    def keys(self) -> Tensor:
        """(n, heads, width, head size), what the attention reads."""
        return self.all_keys[:, :, : self.aim.width]

    @keys.setter
    def keys(self, value: None) -> None:
        """Takes the None of the base class's constructor."""

    @property
    def values(self) -> Tensor:
        """(n, heads, width, head size), what the attention reads."""
        return self.all_values[:, :, : self.aim.width]

    @values.setter
    def values(self, value: None) -> None:
        """Takes the None of the base class's constructor."""

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """The keys a fresh row attends to, and where they begin."""
        return query_length, 0

    def get_seq_length(self) -> int:
        """0: positions are always passed along."""
        return 0

    def get_max_length(self) -> int:
        """The slots a row."""
        return self.shape[1]

    get_max_cache_shape = get_max_length


class RowCache(Cache):  # type: ignore[misc]
    """A Hugging Face cache of n rows that fill and advance on their own.

    Args:
        rows: n.
        capacity: slots a row.
        layers: of the model.
    """

    def __init__(self, rows: int, capacity: int, layers: int) -> None:
        self.aim = _Aim()
        super().__init__(layers=[RowLayer(rows, capacity, self.aim) for _ in range(layers)])

    def aim_at_rows(self, rows: Tensor) -> None:
        """The next pass reads these rows from their first token."""
        self.aim.rows = rows

    def aim_at_slots(self, slots: Tensor, dtype: torch.dtype) -> Tensor:
        """The next pass adds one token to each row, at `slots` (n,).

        Returns:
            the additive attention mask (n, 1, 1, width): 0 up to the row's slot, the dtype's minimum beyond.
        """
        self.aim.slots = slots
        self.narrow(int(slots.max()) + 1)
        return length_mask(slots + 1, self.aim.width, dtype)

    def copy(self, origins: Tensor, rows: Tensor, width: int) -> None:
        """Gives the rows (r,) the first `width` slots of the rows `origins` (r,), in all layers."""
        for layer in self.layers:
            layer.copy(origins, rows, width)

    def narrow(self, width: int) -> None:
        """The next pass sees the first `width` slots of every row."""
        self.aim.rows = None
        self.aim.width = width


def length_mask(lengths: Tensor, width: int, dtype: torch.dtype) -> Tensor:
    """The additive attention mask (n, 1, 1, width): 0 within each row's length (n,), the dtype's minimum beyond."""
    beyond = torch.arange(width, device=lengths.device) >= lengths.unsqueeze(1)
    mask = torch.zeros(beyond.shape, dtype=dtype, device=lengths.device)
    return mask.masked_fill_(beyond, torch.finfo(dtype).min)[:, None, None, :]
