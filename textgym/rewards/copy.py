"""How far a text copies its reference."""

from __future__ import annotations

from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.words import PlainWords


class Copy(NgramReward):
    """The longest correct beginning, in words, over the number of words of the reference; the best reference counts.

        score = max over references of (words right in order from the first) / (words of the reference)

    Range [0, 1]; 1 for the reference itself and for any text that begins with it, 0 for a reference without words.
    Source: this library, for the copy task of Graves et al., "Neural Turing Machines" (2014).

    >>> from textgym.rewards.demo import score_text
    >>> score_text(Copy(), "a b d", references=["a b c d"])
    0.5
    """

    name = "copy"

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        """Words between white space, and how many of them each reference shares from the first on."""
        from textgym import kernels
        from textgym.rewards.engine import NgramScorer

        return NgramScorer(context, num_rows, PlainWords(), (kernels.BEGINNING,), orders=1, mode=kernels.PREFIX)
