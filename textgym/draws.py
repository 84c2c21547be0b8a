"""Which examples the rows of a vector environment play: each row draws from a generator of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.utils import seeding
from numpy.typing import NDArray

Mark = tuple[dict[str, Any], int]
AHEAD = 64  # a call for one number costs as much as one for many


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
        self._drawn = np.zeros((num_rows, ahead), dtype=np.int64)
        self._next = np.full(num_rows, ahead)  # of what each row has drawn; `ahead` if nothing is left
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
                self._next[row] = self.ahead
        self.seeded = True

    def draw(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """The next index of each of `rows`, (n,)."""
        self._refill(rows)
        places = self._next[rows]
        self._next[rows] = places + 1
        drawn: NDArray[np.int64] = self._drawn[rows, places]
        return drawn

    def coming(self, count: int) -> NDArray[np.int64]:
        """At most the next `count` indices of each row, the next ones of all rows first; none if no row draws ahead."""
        if self.ahead == 1:
            return np.zeros(0, dtype=np.int64)
        self._refill(np.arange(len(self._next)))
        places = self._next[:, None] + np.arange(count)
        there = (places < self.ahead).T
        drawn: NDArray[np.int64] = np.take_along_axis(self._drawn, np.minimum(places, self.ahead - 1), axis=1).T[there]
        return drawn

    def _refill(self, rows: NDArray[np.intp]) -> None:
        """Have those of `rows` that have none left draw again."""
        for row in rows[self._next[rows] == self.ahead].tolist():
            rng = self._rngs[row]
            if self.ahead > 1:
                self._before[row] = rng.bit_generator.state
            self._drawn[row] = rng.integers(self.size, size=self.ahead)
            self._next[row] = 0

    def generator(self, row: int) -> np.random.Generator:
        """The generator of row `row` as it is after its draws; whoever draws from it changes what comes."""
        rng, used = self._rngs[row], self._next.item(row)
        if used < self.ahead:
            rng.bit_generator.state = self._before[row]
            rng.integers(self.size, size=used)
            self._next[row] = self.ahead
        return rng

    def mark(self, row: int) -> Mark:
        """The state of row `row` now: that of a generator, and how many draws came after it."""
        used = self._next.item(row)
        return (self._before[row], used) if used < self.ahead else (dict(self._rngs[row].bit_generator.state), 0)

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
        self._next[:] = self.ahead
        self.seeded = True
