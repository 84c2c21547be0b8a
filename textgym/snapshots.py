"""Observations of many rows at once that stay as they are, without writing all of them anew at each step."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym import kernels

_GROWING = ("source", "generated", "step")
_KEPT = 3  # arrays of a caller who holds one observation while it asks for the next, and one to spare


class Snapshots:
    """What the rows of an environment observe, in arrays that are read-only and never change.

    Most of an observation is what it was a step before. CPython counts who holds an object, and numpy's views hold what
    they are views of: arrays that nobody holds any more are brought up to date, a token for each row, and given out
    again. Where somebody keeps them all, or nothing is counted, each observation is made of new ones.
    """

    def __init__(self) -> None:
        self._blocks: list[_Block] = []

    def take(self, turns: NDArray[np.int64], arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The observation now, out of "source" (N, S), "generated" (N, T), "step" (N, 1) and any others (N, ...).

        With the number of its `turns` (N,) all of a row may have changed; before, its text only grows.
        """
        block = next((block for block in self._blocks if block.free), None)
        if block is None:
            block = _Block(arrays)
            self._blocks = [*self._blocks[1 - _KEPT :], block]
        block.follow(turns, arrays)
        return block.views()


class _Block:
    """The arrays of one observation, and for each row the turn that they show."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._turns = np.full(len(arrays["step"]), -1, dtype=np.int64)
        self._arrays = {key: np.empty(array.shape, dtype=array.dtype) for key, array in arrays.items()}
        self._unheld = self._holders()

    @property
    def free(self) -> bool:
        """Whether nobody holds any of the arrays."""
        return self._unheld is not None and self._holders() == self._unheld

    def follow(self, turns: NDArray[np.int64], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Show what there is now."""
        others = arrays.keys() - _GROWING
        if others:
            changed = np.flatnonzero(self._turns != turns)
            for key in others:
                self._arrays[key][changed] = arrays[key][changed]
        now, shown = ([found[key] for key in _GROWING] for found in (arrays, self._arrays))
        kernels.follow(turns, *now, self._turns, *shown)

    def views(self) -> dict[str, NDArray[Any]]:
        """The arrays, read-only."""
        views = {key: array.view() for key, array in self._arrays.items()}
        for view in views.values():
            view.setflags(write=False)
        return views

    def _holders(self) -> list[int] | None:
        """How many hold each array; None where nobody counts them."""
        count = getattr(sys, "getrefcount", None)
        return None if count is None else list(map(count, self._arrays.values()))
