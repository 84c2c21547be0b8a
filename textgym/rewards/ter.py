"""TER: how many edits turn the text into a reference."""

from __future__ import annotations

from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.sacrebleu_words import TerWords


class Ter(NgramReward):
    """1 - TER / 100: 1 for a reference itself, 0 for the empty text, below 0 for a text worse than none.

    TER = 100 * edits / average reference length, an edit being the insertion, deletion or substitution of a word
    or the shift of a run of words; the reference that takes fewest edits counts. It is
    `sacrebleu.TER(...).sentence_score(text, references).score`, by compiled loops of its own.

    Range (-inf, 1]: each word too many costs 1 / average reference length.

    A new word costs what it changes: a row of the table of edit distances (some bit operations), the path until it
    meets the one before, and the shifts that it makes better or worse; all else is kept from the text before. So
    the cost of a step does not grow with the text, as long as few shifts are made. It does where there are many, since
    a word often changes which ones, and where sacrebleu's beam, another for each length of the text, leaves out the
    shortest path: in texts far longer than a reference of 25 words or more.

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
