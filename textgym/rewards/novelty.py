"""Novelty: an intrinsic reward for token sequences that training has not seen often."""

from __future__ import annotations

import math
import zlib
from typing import Any, ClassVar

import numpy as np

from textgym.errors import check_int
from textgym.rewards.base import Reward, RewardContext, Scorer, TokenStep
from textgym.types import Example

_State = tuple[tuple[int, ...], float]


class Novelty(Reward):
    """Count-based exploration: a token pays 1 / sqrt(N), N being how often its n-gram was emitted so far.

        score(y_1..t) = sum over i <= t of 1 / sqrt(N(y_{i-n+1..i})) / T

    with T the token budget, so the range is [0, 1]. N counts this occurrence and goes on counting over episodes:
    it is the state of the training, not of the episode, and saved states do not bring it back. Memory is
    bounded: counts live in `buckets` cells addressed by a hash, and n-grams that share a cell share its count.
    Source: Strehl and Littman (2008); Bellemare et al., "Unifying Count-Based Exploration" (2016); Tang et al.,
    "#Exploration" (2017), for the hash.

    Args:
        n: tokens in an n-gram.
        buckets: cells of a table of counts.
        shared: one table for all rows of a vector environment. By default each row counts for itself, which
            makes N rows the same as N single environments.

    >>> counts = Counts(buckets=1024)
    >>> [round(1 / math.sqrt(counts.visit((7, 8))), 3) for _ in range(4)]
    [1.0, 0.707, 0.577, 0.5]
    """

    name: ClassVar[str] = "novelty"

    def __init__(self, n: int = 3, buckets: int = 65_536, shared: bool = False) -> None:
        self.n = check_int("n", n, 1, 16)
        self.buckets = check_int("buckets", buckets, 1, 2**30)
        self.shared = shared

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        return _NoveltyScorer(self, context, num_rows)

    def reset(self, example: Example) -> None:
        raise TypeError("novelty: it counts token ids over many episodes; use it through an environment or scorer()")

    def push(self, step: TokenStep) -> None:
        raise TypeError("novelty: use it through an environment or scorer()")

    def score(self) -> float:
        raise TypeError("novelty: use it through an environment or scorer()")


class Counts:
    """How often each n-gram of ids was visited, in at most `buckets` cells."""

    def __init__(self, buckets: int) -> None:
        self.buckets = buckets
        self._cells: dict[int, int] = {}

    def visit(self, gram: tuple[int, ...]) -> int:
        """Count one more visit; the number of visits now."""
        cell = zlib.crc32(np.array(gram, dtype="<i8").tobytes()) % self.buckets
        count = self._cells.get(cell, 0) + 1
        self._cells[cell] = count
        return count

    def __len__(self) -> int:
        return len(self._cells)


class _NoveltyScorer(Scorer):
    def __init__(self, reward: Novelty, context: RewardContext, num_rows: int) -> None:
        super().__init__(num_rows)
        self._n, self._budget = reward.n, context.max_new_tokens
        one = Counts(reward.buckets)
        self.counts = [one if reward.shared else Counts(reward.buckets) for _ in range(num_rows)]
        self._last: list[tuple[int, ...]] = [()] * num_rows
        self._sums = [0.0] * num_rows

    def reset(self, row: int, example: Example) -> None:
        self._last[row], self._sums[row] = (), 0.0

    def push(self, row: int, token: int) -> None:
        gram = (*self._last[row], token)[-self._n :]
        self._last[row] = gram
        self._sums[row] += 1.0 / math.sqrt(self.counts[row].visit(gram))

    def score(self, row: int) -> float:
        return self._sums[row] / self._budget

    def get_state(self, row: int) -> _State:
        return self._last[row], self._sums[row]

    def set_state(self, row: int, example: Example, state: Any) -> None:
        self._last[row], self._sums[row] = state
