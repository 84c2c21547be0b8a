"""chrF: the F-score of character n-grams; with word n-grams too, chrF++."""

from __future__ import annotations

from textgym.errors import check_int
from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.sacrebleu_words import ChrFCharacters, ChrFWords


class ChrF(NgramReward):
    """Sentence chrF: sacrebleu's `CHRF(...).sentence_score(text, references).score / 100`. Range [0, 1].

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
        from textgym.rewards.engine import NgramScorer
        from textgym.rewards.pair import ChrFPlusScorer

        characters = ChrFCharacters(self.lowercase, self.whitespace)
        params = (kernels.CHRF, self.beta)
        if not self.word_order:
            return NgramScorer(context, num_rows, characters, params, self.char_order)
        words = ChrFWords(self.lowercase)
        return ChrFPlusScorer(context, num_rows, characters, params, self.char_order, words, self.word_order)
