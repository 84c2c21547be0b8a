"""The official metrics of finished texts, as the last step of an episode reports them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import Reward, RewardContext, Scorer, View
from textgym.rewards.registry import make_reward
from textgym.types import Example

OFFICIAL_SCALE = {"bleu": 100.0, "chrf": 100.0}  # ROUGE and the rest are reported in 0..1

_FIRST = np.zeros(1, dtype=np.int64)


class Metrics:
    """The metrics of a task. What the counts of a reward tell is not counted again, nor the same thing for two metrics.

    Args:
        names: of the metrics, rewards all of them.
        context: with rows of its own: metrics read a finished text again, and must not disturb the episodes.
        paid: the scorers of the rewards, whose rows stand at the end of the texts.
        num_rows: that of `context.texts`: how many texts are read at once.
    """

    def __init__(self, names: Sequence[str], context: RewardContext, paid: Sequence[Scorer], num_rows: int = 1) -> None:
        self.names, self.context, self.num_rows = tuple(names), context, num_rows
        self._rewards = {name: make_reward(name) for name in self.names}
        self._scorers = {name: reward.scorer(context, num_rows) for name, reward in self._rewards.items()}
        self._told: list[tuple[list[str], View]] = []
        self._missing = list(self.names)
        for scorer in paid:
            told = scorer.view({name: self._scorers[name] for name in self._missing})
            if told is not None:
                self._told.append(told)
                self._missing = [name for name in self._missing if name not in told[0]]

    @functools.cached_property
    def _readers(self) -> list[tuple[Scorer, list[str], View]]:
        """Who reads texts, the metrics that it tells, k of them, and how: rows (n,) to scores (k, n)."""
        found: list[tuple[Scorer, list[str], View]] = []
        left = self._scorers
        for group in _joined(list(self._rewards.values())):
            reader = group.scorer(self.context, self.num_rows)
            told = reader.view(left)
            if told is not None:
                found.append((reader, *told))
                left = {name: scorer for name, scorer in left.items() if name not in told[0]}
        return found + [(scorer, [name], partial(_alone, scorer)) for name, scorer in left.items()]

    def of_rows(
        self,
        rows: NDArray[np.int64],
        examples: Sequence[Example],
        tokens: NDArray[np.int32],
        lengths: NDArray[np.int32],
    ) -> dict[str, NDArray[np.float64]]:
        """Each metric of the texts (n,) that have just ended in `rows` (n,), on its official scale.

        Text i is the first `lengths[i]` of `tokens[i]` (n, T).
        """
        found: dict[str, NDArray[np.float64]] = {}
        for names, view in self._told:
            found.update(zip(names, view(rows), strict=True))
        for reader, names, view in self._readers if self._missing else ():
            if not found.keys() >= set(names):
                found.update(zip(names, self._read(reader, view, examples, tokens, lengths), strict=True))
        return {
            name: OFFICIAL_SCALE[name] * found[name] if name in OFFICIAL_SCALE else found[name] for name in self.names
        }

    def of_text(self, example: Example, tokens: NDArray[np.int32], credit: float = 0.0) -> dict[str, float]:
        """The metrics of a text, on their official scales; `credit` is what a partner gave for it."""
        found: dict[str, float] = {}
        for reader, names, view in self._readers:
            reader.read(0, example, tokens)
            if credit and hasattr(reader, "credit"):
                reader.credit(0, credit)
            found.update(zip(names, view(_FIRST).ravel().tolist(), strict=True))
        return {name: OFFICIAL_SCALE.get(name, 1.0) * found[name] for name in self.names}

    def _read(
        self,
        reader: Scorer,
        view: View,
        examples: Sequence[Example],
        tokens: NDArray[np.int32],
        lengths: NDArray[np.int32],
    ) -> NDArray[np.float64]:
        """The scores (k, n) of texts, `num_rows` of them at once."""
        if len(examples) == 1:
            reader.read(0, examples[0], tokens[0, : lengths[0]])
            return view(_FIRST)
        parts = []
        for start in range(0, len(examples), self.num_rows):
            at = slice(start, start + self.num_rows)
            reader.read_rows(examples[at], tokens[at], lengths[at])
            parts.append(view(np.arange(len(examples[at]))))
        return np.concatenate(parts, axis=1)


def _alone(scorer: Scorer, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    return scorer.score_rows(rows)[None]


def _joined(rewards: Sequence[Reward]) -> list[Reward]:
    """The rewards that read for several others at once."""
    groups: list[Reward] = []
    for reward in rewards:
        for i, group in enumerate(groups):
            joined = group.joined(reward)
            if joined is not None:
                groups[i] = joined
                break
        else:
            groups.append(reward)
    return [group for group in groups if group not in rewards]
