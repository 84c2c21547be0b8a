"""The official metrics of finished texts, as the last step of an episode reports them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import Reward, RewardContext, Scorer
from textgym.rewards.registry import make_reward
from textgym.types import Example

OFFICIAL_SCALE = {"bleu": 100.0, "chrf": 100.0}  # ROUGE and the rest are reported in 0..1
View = Callable[[NDArray[np.int64]], NDArray[np.float64]]

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
        self._told: dict[str, View] = {}
        for name, scorer in self._scorers.items():
            for other in paid:
                view = other.view(scorer)
                if view is not None:
                    self._told[name] = view
        self._readers = [group.scorer(context, 1) for group in _joined(list(rewards.values()))]

    @functools.cached_property
    def _read(self) -> dict[str, tuple[Scorer, View]]:
        """For each metric the reader that reads the text for it, and how it tells the metric."""
        found = {}
        for name, scorer in self._scorers.items():
            views = ((reader, reader.view(scorer)) for reader in self._readers)
            found[name] = next(((r, view) for r, view in views if view is not None), (scorer, scorer.score_rows))
        return found

    def of_rows(
        self,
        rows: NDArray[np.int64],
        examples: Sequence[Example],
        tokens: Sequence[NDArray[np.int32]] | NDArray[np.int32],
        lengths: Sequence[int],
    ) -> dict[str, NDArray[np.float64]]:
        """Each metric of the texts (n,) that have just ended in `rows` (n,), on its official scale.

        Text i is the first `lengths[i]` of `tokens[i]`.
        """
        found = {name: view(rows) for name, view in self._told.items()}
        missing = [name for name in self.names if name not in found]
        if missing:
            texts = [
                self.of_text(example, ids[:length], missing)
                for example, ids, length in zip(examples, tokens, lengths, strict=True)
            ]
            found |= {name: np.array([text[name] for text in texts]) for name in missing}
        scaled = {name: OFFICIAL_SCALE.get(name, 1.0) * found[name] for name in self._told}
        return {name: scaled.get(name, found[name]) for name in self.names}

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
            found[name] = OFFICIAL_SCALE.get(name, 1.0) * float(view(_FIRST)[0])
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
