"""TER: how many edits turn the text into a reference."""

from __future__ import annotations

from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.words import TerWords


class Ter(NgramReward):
    """1 - TER / 100: 1 for a reference itself, 0 for the empty text, below 0 for a text worse than none.

    TER = 100 * edits / average reference length, an edit being the insertion, deletion or substitution of a word
    or the shift of a run of words; the reference that takes fewest edits counts. It is worked out by
    `sacrebleu.sentence_ter` from the whole text, so a token late in a long text costs more than an early one.

    Source: Snover et al., "A Study of Translation Edit Rate with Targeted Human Annotation", 2006.

    Args:
        normalized, no_punct, asian_support, case_sensitive: as in sacrebleu.

    >>> from textgym.rewards.demo import score_text
    >>> score_text(Ter(), "the cat sat", references=["the cat sat down"])
    0.75
    >>> score_text(Ter(), "a b c", references=["x"])
    -2.0
    """

    name = "ter"

    def __init__(
        self,
        normalized: bool = False,
        no_punct: bool = False,
        asian_support: bool = False,
        case_sensitive: bool = False,
    ) -> None:
        self.words = TerWords(normalized, no_punct, asian_support, case_sensitive)

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym.rewards.ter_scorer import TerScorer

        return TerScorer(context, num_rows, self.words)
