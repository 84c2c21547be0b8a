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
        self._block = np.zeros((num_rows, ahead), dtype=np.int64)
        self._used = np.full(num_rows, ahead)  # of each row's block
        self._before: list[Any] = [None] * num_rows  # the generators' states before they drew their blocks

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
                self._used[row] = self.ahead
        self.seeded = True

    def draw(self, rows: NDArray[np.intp]) -> list[int]:
        """The next index of each of `rows`."""
        for row in rows[self._used[rows] == self.ahead].tolist():
            rng = self._rngs[row]
            if self.ahead > 1:
                self._before[row] = rng.bit_generator.state
            self._block[row] = rng.integers(self.size, size=self.ahead)
            self._used[row] = 0
        drawn: list[int] = self._block[rows, self._used[rows]].tolist()
        self._used[rows] += 1
        return drawn

    def coming(self) -> list[int]:
        """The next two indices of each row, as far as it has drawn them already."""
        rows = [np.flatnonzero(self._used < self.ahead - k) for k in range(2)]
        return [index for k in range(2) for index in self._block[rows[k], self._used[rows[k]] + k].tolist()]

    def generator(self, row: int) -> np.random.Generator:
        """The generator of row `row` as it is after its draws; whoever draws from it changes what comes."""
        rng, used = self._rngs[row], self._used.item(row)
        if used < self.ahead:
            rng.bit_generator.state = self._before[row]
            rng.integers(self.size, size=used)
            self._used[row] = self.ahead
        return rng

    def mark(self, row: int) -> Mark:
        """The state of row `row` now: that of a generator, and how many draws came after it."""
        used = self._used.item(row)
        if used == self.ahead:
            return dict(self._rngs[row].bit_generator.state), 0
        return self._before[row], used

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
        self._used[:] = self.ahead
        self.seeded = True
