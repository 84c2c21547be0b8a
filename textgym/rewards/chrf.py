"""chrF: the F-score of character n-grams; with word n-grams too, chrF++."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.errors import check_int
from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import Engine, NgramReward, NgramScorer
from textgym.text.words import ChrFCharacters, ChrFWords
from textgym.types import Example


class ChrF(NgramReward):
    """Sentence chrF, in [0, 1]: sacrebleu's `CHRF(...).sentence_score(text, references).score / 100`.

    chrF = (1 + beta^2) P R / (beta^2 P + R), with P and R the n-gram precision and recall averaged over the
    orders that both texts are long enough for: characters 1..char_order, words 1..word_order. The best over the
    references counts.

    Sources: Popović, "chrF", 2015, and "chrF++", 2017.

    Args:
        char_order: the longest character n-gram.
        word_order: the longest word n-gram; 2 makes it chrF++, 0 leaves words out.
        beta: how much more recall counts than precision.
        lowercase: compare in lower case.
        whitespace: count white space as characters.

    >>> from textgym.rewards.demo import score_text
    >>> score_text(ChrF(), "the cat sat", references=["the cat sat down"])
    0.660...
    >>> score_text(ChrF(word_order=2), "the cat", references=["the cat"])
    1.0
    """

    name = "chrf"

    def __init__(
        self,
        char_order: int = 6,
        word_order: int = 0,
        beta: int = 2,
        lowercase: bool = False,
        whitespace: bool = False,
    ) -> None:
        self.char_order = check_int("char_order", char_order, 1)
        self.word_order = check_int("word_order", word_order, 0)
        self.beta = check_int("beta", beta, 1)
        self.lowercase, self.whitespace = lowercase, whitespace

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym import kernels

        characters = ChrFCharacters(self.lowercase, self.whitespace)
        params = (kernels.CHRF, self.beta)
        if not self.word_order:
            return NgramScorer(context, num_rows, characters, params, self.char_order)
        words = ChrFWords(self.lowercase)
        return ChrFPlusScorer(context, num_rows, characters, params, self.char_order, words, self.word_order)


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

    def reset_rows(self, rows: Sequence[int], examples: Sequence[Example]) -> None:
        super().reset_rows(rows, examples)
        self.words.reset_rows(rows, [example.references for example in examples])

    def push(self, row: int, token: int) -> None:
        self.engine.push(row, token)
        self.words.push(row, token)

    def score(self, row: int) -> float:
        return float(self._pair(np.array([row], dtype=np.int64))[0])

    def step(self, row: int, token: int) -> float:
        self.push(row, token)
        return self.score(row)

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        self.engine.push_all(tokens, active)
        self.words.push_all(tokens, active)

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return self._pair(np.ascontiguousarray(rows, dtype=np.int64))

    def step_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        self.push_all(tokens, active)
        return self._pair(np.arange(self.num_rows))

    def score_tokens(self, row: int, example: Example, tokens: NDArray[np.int32]) -> float:
        self.reset(row, example)
        self.engine.push_tokens(row, tokens)
        self.words.push_tokens(row, tokens)
        return self.score(row)

    def get_state(self, row: int) -> Any:
        return self.engine.get_state(row), self.words.get_state(row)

    def set_state(self, row: int, example: Example, state: Any) -> None:
        self.engine.set_state(row, example.references, state[0])
        self.words.set_state(row, example.references, state[1])

    def _pair(self, which: NDArray[np.int64]) -> NDArray[np.float64]:
        from textgym import kernels

        scores = np.empty(len(which))
        _, info, pool, _, index, rows = self.engine.arrays()
        _, info_2, pool_2, _, index_2, rows_2 = self.words.arrays()
        kernels.score_pairs(info, pool, index, rows, info_2, pool_2, index_2, rows_2, self.params, which, scores)
        return scores
