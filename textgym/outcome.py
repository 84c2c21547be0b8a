"""The official metrics of finished texts, as the last step of an episode reports them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

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
    """

    def __init__(self, names: Sequence[str], context: RewardContext, paid: Sequence[Scorer]) -> None:
        self.names, self.context = tuple(names), context
        rewards = {name: make_reward(name) for name in self.names}
        self._scorers = {name: reward.scorer(context, 1) for name, reward in rewards.items()}
        self._told: list[tuple[list[str], View]] = []
        self._missing = list(self.names)
        for scorer in paid:
            told = scorer.view({name: self._scorers[name] for name in self._missing})
            if told is not None:
                self._told.append(told)
                self._missing = [name for name in self._missing if name not in told[0]]
        self._readers = [group.scorer(context, 1) for group in _joined(list(rewards.values()))]

    @functools.cached_property
    def _read(self) -> dict[str, tuple[Scorer, View]]:
        """For each metric the reader that reads the text for it, and how it tells the metric."""
        found = {}
        for name, scorer in self._scorers.items():
            views = ((reader, reader.view({name: scorer})) for reader in self._readers)
            found[name] = next(((r, told[1]) for r, told in views if told is not None), (scorer, scorer.score_rows))
        return found

    def of_rows(
        self,
        rows: NDArray[np.int64],
        examples: Sequence[Example],
        tokens: Sequence[NDArray[np.int32]] | NDArray[np.int32],
        lengths: Sequence[int] | NDArray[np.int32],
    ) -> dict[str, NDArray[np.float64]]:
        """Each metric of the texts (n,) that have just ended in `rows` (n,), on its official scale.

        Text i is the first `lengths[i]` of `tokens[i]`.
        """
        found = {}
        for names, view in self._told:
            for name, scores in zip(names, view(rows), strict=True):
                found[name] = OFFICIAL_SCALE[name] * scores if name in OFFICIAL_SCALE else scores
        if self._missing:
            texts = [
                self.of_text(example, ids[:length], self._missing)
                for example, ids, length in zip(examples, tokens, lengths, strict=True)
            ]
            found |= {name: np.array([text[name] for text in texts]) for name in self._missing}
        return {name: found[name] for name in self.names}

    def of_text(
        self, example: Example, tokens: NDArray[np.int32], names: Sequence[str] | None = None, credit: float = 0.0
    ) -> dict[str, float]:
        """The metrics of a text, on their official scales; `credit` is what a partner gave for it."""
        done: set[int] = set()
        found = {}
        for name in self.names if names is None else names:
            reader, view = self._read[name]
            if id(reader) not in done:
                done.add(id(reader))
                reader.score_tokens(0, example, tokens)
                if credit and hasattr(reader, "credit"):
                    reader.credit(0, credit)
            found[name] = OFFICIAL_SCALE.get(name, 1.0) * float(view(_FIRST).flat[0])
        return found


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
