"""TER: how many edits turn the text into a reference."""

from __future__ import annotations

from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.words import TerWords


class Ter(NgramReward):
    """1 - TER / 100: 1 for a reference itself, 0 for the empty text, below 0 for a text worse than none.

    TER = 100 * edits / average reference length, an edit being the insertion, deletion or substitution of a word
    or the shift of a run of words; the reference that takes fewest edits counts. It is
    `sacrebleu.TER(...).sentence_score(text, references).score`, by compiled loops of its own.

    A new word may make a shift worth while anywhere in the text, so TER is worked out anew at each token that
    changes a word, and one late in a long text costs more than an early one: about as the length of the text times
    that of the reference, times the shifts that are tried.

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
