"""Random choices for the report writer, drawn in blocks from one generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_TRIES = 4  # before the options that are left are listed
_BLOCK = 64  # a scalar draw from numpy costs microseconds, a block of 64 hardly more than one


def _units(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(_BLOCK).tolist()


class Dice:
    """Uniform choices, plus a memory of the names already used in this report.

    Attributes:
        unit: gives a float in [0, 1).
    """

    __slots__ = ("_used", "unit")

    def __init__(self, rng: np.random.Generator) -> None:
        self.unit: Callable[[], float] = _units(rng).__next__
        self._used: set[object] = set()

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, all equally likely."""
        return options[int(self.unit() * len(options))]

    def fresh(self, options: Sequence[T]) -> T:
        """One of `options` that no earlier `fresh` of this report returned.

        Raises:
            ValueError: all options are used up.
        """
        used, unit, size = self._used, self.unit, len(options)
        for _ in range(_TRIES):  # most options are unused: to list those that are would cost more
            choice = options[int(unit() * size)]
            if choice not in used:
                used.add(choice)
                return choice
        left = [option for option in options if option not in used]
        if not left:
            raise ValueError(f"options: all {size} are used up, allowed is at least one unused")
        choice = self.pick(left)
        used.add(choice)
        return choice

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.unit() < probability

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A new list with the items in random order."""
        result = list(items)
        for i in range(len(result) - 1, 0, -1):
            j = int(self.unit() * (i + 1))
            result[i], result[j] = result[j], result[i]
        return result
