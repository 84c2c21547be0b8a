"""Which examples the rows of a vector environment play: each row draws from a generator of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.utils import seeding
from numpy.typing import NDArray

Mark = tuple[dict[str, Any], int]
AHEAD = 32  # a call for one number costs as much as one for many


class Draws:
    """Indices below `size`: for each row what `int(generator.integers(size))` gives, call after call.

    Args:
        num_rows: N.
        size: of the corpus.
        group: consecutive rows that get the same seeds; N is a multiple of it.
        ahead: how many a row draws at once; 1 if others draw from the generators too.
    """

    def __init__(self, num_rows: int, size: int, group: int = 1, ahead: int = AHEAD) -> None:
        self.size, self.group, self.ahead = size, group, ahead
        self.seeded = False
        self._rngs: list[np.random.Generator] = [np.random.Generator(np.random.PCG64(0))] * num_rows
        self._left: list[list[int]] = [[] for _ in range(num_rows)]  # what each row has drawn ahead, the next one last
        self._before: list[Any] = [None] * num_rows  # the generators' states before they drew so

    def seed(self, seed: int | Sequence[int | None] | None) -> None:
        """As `VectorEnv.reset` takes it; rows without a seed go on, or begin with a fresh one."""
        num_rows, group = len(self._rngs), self.group
        if isinstance(seed, (int, np.integer)):
            seeds: list[int | None] = [int(seed) + i // group for i in range(num_rows)]
        elif seed is None:
            seeds = [None] * num_rows
            if not self.seeded and group > 1:
                fresh = [seeding.np_random(None)[1] for _ in range(0, num_rows, group)]
                seeds = [fresh[i // group] for i in range(num_rows)]
        else:
            seeds = list(seed)
            if len(seeds) != num_rows:
                raise ValueError(f"seed: got {len(seeds)} seeds, allowed is an int or one for each of {num_rows}")
            seeds = [seeds[i - i % group] for i in range(num_rows)]
        for row, value in enumerate(seeds):
            if value is not None or not self.seeded:
                self._rngs[row] = seeding.np_random(value)[0]
                self._left[row] = []
        self.seeded = True

    def draw(self, rows: NDArray[np.intp]) -> list[int]:
        """The next index of each of `rows`."""
        return [(self._left[row] or self._ahead(row)).pop() for row in rows.tolist()]

    def coming(self) -> list[int]:
        """The next index or two of each row, if it draws ahead at all."""
        if self.ahead == 1:
            return []
        return [index for row, left in enumerate(self._left) for index in (left or self._ahead(row))[-2:]]

    def _ahead(self, row: int) -> list[int]:
        """Have row `row`, which has none left, draw again."""
        rng = self._rngs[row]
        if self.ahead > 1:
            self._before[row] = rng.bit_generator.state
        left: list[int] = rng.integers(self.size, size=self.ahead)[::-1].tolist()
        self._left[row] = left
        return left

    def generator(self, row: int) -> np.random.Generator:
        """The generator of row `row` as it is after its draws; whoever draws from it changes what comes."""
        rng, left = self._rngs[row], self._left[row]
        if left:
            rng.bit_generator.state = self._before[row]
            rng.integers(self.size, size=self.ahead - len(left))
            self._left[row] = []
        return rng

    def mark(self, row: int) -> Mark:
        """The state of row `row` now: that of a generator, and how many draws came after it."""
        left = self._left[row]
        return (self._before[row], self.ahead - len(left)) if left else (dict(self._rngs[row].bit_generator.state), 0)

    def state(self, mark: Mark) -> dict[str, Any]:
        """The state of the generator at a mark."""
        before, used = mark
        if not used:
            return before
        rng = np.random.Generator(np.random.PCG64())
        rng.bit_generator.state = before
        rng.integers(self.size, size=used)
        return dict(rng.bit_generator.state)

    def restore(self, states: Sequence[dict[str, Any]]) -> None:
        """Give each row a generator in a state of its own."""
        self._rngs = [np.random.Generator(np.random.PCG64()) for _ in states]
        for rng, state in zip(self._rngs, states, strict=True):
            rng.bit_generator.state = state
        self._left = [[] for _ in states]
        self.seeded = True
