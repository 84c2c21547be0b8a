"""Values that are read once something needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map_only


class PendingValues(Tensor):
    """Values (n, 1) of n observations, read at their first use as a tensor.

    After a rollout Stable-Baselines3 asks for the values of the last observations, and multiplies those of rows that
    have just begun another episode with 0. To read their prompts for that would take a good part of the rollout.
    `SequenceRolloutBuffer` asks for the other rows alone (`of`); any other use reads all, as of any tensor.

    Args:
        read: the values (n, 1) where its argument, bool (n,), is true; anything elsewhere.
        rows: n.
        like: a tensor of the type and the device of the values.
    """

    _read: Callable[[Tensor], Tensor]
    _known: Tensor | None

    def __new__(cls, read: Callable[[Tensor], Tensor], rows: int, like: Tensor) -> PendingValues:
        """Its own elements are nan: what would get past `__torch_function__` shows."""
        made = torch.full((rows, 1), torch.nan, dtype=like.dtype, device=like.device).as_subclass(cls)
        made._read, made._known = read, None
        return made

    def of(self, needed: Tensor) -> Tensor:
        """The values (n, 1) as a plain tensor; 0 in the rows where bool (n,) `needed` is false, which are not read."""
        if self._known is not None:
            return self._known
        values = self._read(needed) if bool(needed.any()) else needed.new_zeros((len(needed), 1), dtype=torch.float32)
        if bool(needed.all()):
            self._known = values
        return values.masked_fill(~needed.unsqueeze(1), 0.0)

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Any operation of torch, on all the values."""
        args, kwargs = tree_map_only(PendingValues, _all, (tuple(args), dict(kwargs or {})))
        return func(*args, **kwargs)


def _all(values: PendingValues) -> Tensor:
    with torch._C.DisableTorchFunctionSubclass():
        rows = torch.ones(len(values), dtype=torch.bool, device=values.device)
    return values.of(rows)
