"""Rewards of whole texts by a model: all rows that need a score are read in one batch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import Reward, RewardContext, RewardError, Scorer, TokenStep, finite, read_with_text
from textgym.types import Example

_REMEMBERED = 4_096


class TextReward(Reward):
    """A reward that is a function of (text, example), and cheaper for many at once. Subclasses give `score_texts`."""

    def __init__(self) -> None:
        self._text = ""
        self._example: Example | None = None

    @abstractmethod
    def score_texts(self, texts: Sequence[str], examples: Sequence[Example]) -> list[float]:
        """The score of each text, none of them empty."""

    def reset(self, example: Example) -> None:
        self._text, self._example = "", example

    def push(self, step: TokenStep) -> None:
        self._text = step.text

    def score(self) -> float:
        if not self._text or self._example is None:
            return 0.0
        return self.score_texts([self._text], [self._example])[0]

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        self.bind(context)
        return BatchScorer(self, context, num_rows)


class BatchScorer(Scorer):
    """Scores the texts of all rows that are asked for in one call; an unchanged text is not scored again."""

    needs_text = True

    def __init__(self, reward: TextReward, context: RewardContext, num_rows: int) -> None:
        super().__init__(num_rows)
        self.reward, self.texts = reward, context.texts
        self.examples: list[Example | None] = [None] * num_rows
        self._started = [False] * num_rows
        self._known: dict[tuple[str, str], float] = {}

    def reset(self, row: int, example: Example) -> None:
        self.examples[row], self._started[row] = example, False

    def push(self, row: int, token: int) -> None:
        self._started[row] = True

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        read_with_text(self, self.texts, row, example, tokens)

    def score(self, row: int) -> float:
        return float(self.score_rows(np.array([row]))[0])

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        keys: list[tuple[str, str] | None] = []
        wanted: dict[tuple[str, str], tuple[Example, int]] = {}
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        for row in rows.tolist():
            example = self.examples[row]
            text = self.texts.text(row) if self._started[row] else ""
            if not text or example is None:
                keys.append(None)
                continue
            key = (example.id, text)
            keys.append(key)
            if key not in self._known:
                wanted[key] = example, self.texts.length(row)
        if wanted:
            self._score(wanted)
        return np.array([0.0 if key is None else self._known[key] for key in keys])

    def _score(self, wanted: dict[tuple[str, str], tuple[Example, int]]) -> None:
        examples = [example for example, _ in wanted.values()]
        try:
            scores = self.reward.score_texts([text for _, text in wanted], examples)
            if len(scores) != len(wanted):
                raise ValueError(f"gave {len(scores)} scores for {len(wanted)} texts")
        except Exception as error:  # whatever a stranger's code raises is passed on with its place
            first = next(iter(wanted.values()))
            raise RewardError.at(self.reward, *first, f"raised {type(error).__name__}: {error}") from error
        for (key, place), score in zip(wanted.items(), scores, strict=True):
            try:
                self._known[key] = finite(score)
            except ValueError as error:
                raise RewardError.at(self.reward, *place, str(error)) from None

    def get_state(self, row: int) -> Any:
        return self._started[row]

    def set_state(self, row: int, example: Example, state: Any) -> None:
        self.examples[row], self._started[row] = example, state
