"""Answers to questions: exact match and token F1, with SQuAD's normalisation."""

from __future__ import annotations

from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.words import SquadWords


class ExactMatch(NgramReward):
    """1 if the normalised text is one of the normalised references, else 0.

    Normalising lowercases, drops ASCII punctuation and the articles a, an, the, and joins words by one space, as
    in SQuAD's official evaluation script.

    Range: 0 or 1; a text that goes on past a reference falls back to 0.

    Source: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", 2016.

    >>> from textgym.rewards.demo import score_text
    >>> score_text(ExactMatch(), "The Eiffel tower.", references=["Eiffel Tower", "Tour Eiffel"])
    1.0
    >>> score_text(ExactMatch(), "Eiffel", references=["Eiffel Tower"])
    0.0
    """

    name = "exact_match"

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym import kernels
        from textgym.rewards.engine import NgramScorer

        return NgramScorer(context, num_rows, SquadWords(), (kernels.EXACT,), orders=1, mode=kernels.PREFIX)


class TokenF1(NgramReward):
    """The F1 of normalised words against the reference where it is best. Range [0, 1].

    F1 = 2PR / (P + R), with P and R the share of the text's and of the reference's words that they have in common
    (as bags); 0 where they have none. Normalised as for `ExactMatch`.

    Source: SQuAD's official evaluation script, version 1.1 (Rajpurkar et al., 2016).

    >>> from textgym.rewards.demo import score_text
    >>> score_text(TokenF1(), "the red tower", references=["Eiffel tower"])
    0.5
    """

    name = "token_f1"

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym import kernels
        from textgym.rewards.engine import NgramScorer

        return NgramScorer(context, num_rows, SquadWords(), (kernels.F1,), orders=1)
