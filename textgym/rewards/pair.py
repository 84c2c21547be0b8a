"""Two engines side by side: the characters and the words of chrF++."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym import kernels
from textgym.rewards.base import RewardContext
from textgym.rewards.engine import Engine, NgramScorer
from textgym.text.sacrebleu_words import ChrFCharacters, ChrFWords
from textgym.types import Example


class ChrFPlusScorer(NgramScorer):
    """chrF++: a second engine counts words beside the one for characters."""

    def __init__(
        self,
        context: RewardContext,
        num_rows: int,
        characters: ChrFCharacters,
        params: Sequence[float],
        char_order: int,
        words: ChrFWords,
        word_order: int,
    ) -> None:
        super().__init__(context, num_rows, characters, params, char_order)
        self._arguments = (context, num_rows, characters, params, char_order, words, word_order)  # type: ignore[assignment]
        self.words = Engine(context.codec, words, num_rows, word_order)
        self.engines = (self.engine, self.words)

    def score(self, row: int) -> float:
        _, pool, _, index, rows = self.engine.arrays()
        _, pool_2, _, index_2, rows_2 = self.words.arrays()
        bundles = (pool, index, rows, pool_2, index_2, rows_2)
        return float(kernels.score_pair_row(*bundles, self.params, row))

    def step(self, row: int, token: int) -> float:
        self.push(row, token)
        return self.score(row)

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return self._pair(np.ascontiguousarray(rows, dtype=np.int64))

    def step_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        self.push_all(tokens, active)
        return self._pair(np.arange(self.num_rows))

    def get_state(self, row: int) -> Any:
        return self.engine.get_state(row), self.words.get_state(row)

    def set_state(self, row: int, example: Example, state: Any) -> None:
        self.engine.set_state(row, example.references, state[0])
        self.words.set_state(row, example.references, state[1])

    def _pair(self, which: NDArray[np.int64]) -> NDArray[np.float64]:
        scores = np.empty(len(which))
        _, pool, _, index, rows = self.engine.arrays()
        _, pool_2, _, index_2, rows_2 = self.words.arrays()
        kernels.score_pairs(pool, index, rows, pool_2, index_2, rows_2, self.params, which, scores)
        return scores
