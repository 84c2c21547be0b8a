"""How much a text helps a causal model to the reference: `log_likelihood` with a model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import RewardContext
from textgym.rewards.causal import CausalScorer
from textgym.rewards.lm import LanguageModel
from textgym.types import Example


class HelpfulnessScorer(CausalScorer):
    """ln p(reference | source, text) / |reference|, less the same for the empty text."""

    def __init__(self, reward: LanguageModel, context: RewardContext, num_rows: int) -> None:
        super().__init__(reward, context, num_rows)
        self._references: list[list[int]] = [[] for _ in range(num_rows)]
        self._before: list[float | None] = [None] * num_rows

    def reset(self, row: int, example: Example) -> None:
        super().reset(row, example)
        ids = self.encoder.encode(example.references[0] if example.references else "")
        self._references[row] = [*ids, *([] if self.encoder.end is None else [self.encoder.end])]
        self._before[row] = None

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        # The reference is read behind the text and then taken back, for the empty text first.
        unread = [row for row in rows.tolist() if self._before[row] is None]
        if unread:
            for row in unread:
                self.rows.shrink(row, self._prompt[row])
                self._sums[row], self._settled[row] = [0.0], ("", 0)
            for row, value in self._read(unread).items():
                self._before[row] = value
        super().score_rows(rows)
        read = self._read(rows.tolist())
        return np.array([read[row] - (self._before[row] or 0.0) for row in rows.tolist()])

    def _wanted(self, row: int) -> tuple[int, list[int]]:
        # The text goes on into the reference: its end token would come between.
        if self.encoder.by_text:
            return self._wanted_of_text(row, ended=False)
        kept, ids = super()._wanted(row)
        return kept, [token for token in ids if token != self.codec.eos_id]

    def _read(self, rows: list[int]) -> dict[int, float]:
        lengths = {row: len(self.rows.ids[row]) for row in rows}
        found = self.rows.extend({row: self._references[row] for row in rows})
        for row, length in lengths.items():
            self.rows.shrink(row, length)
        return {row: float(found[row].sum()) / max(1, len(found[row])) for row in rows}

    def get_state(self, row: int) -> Any:
        return super().get_state(row), list(self._references[row]), self._before[row]

    def set_state(self, row: int, example: Example, state: Any) -> None:
        inner, references, self._before[row] = state
        self._references[row] = list(references)
        super().set_state(row, example, inner)
