"""ROUGE: n-gram and longest-common-subsequence overlap with the references."""

from __future__ import annotations

from collections.abc import Sequence

from textgym.errors import unknown
from textgym.rewards.base import Reward, RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.words import RougeWords

TYPES = (*(f"rouge{n}" for n in range(1, 10)), "rougeL")


class Rouge(NgramReward):
    """The mean F1 of one or several ROUGE types. Range [0, 1].

    F1 = 2PR / (P + R), with P and R the share of the text's and of the reference's n-grams that match (clipped),
    or the longest common subsequence of words over either length. With several references the best one counts,
    type by type. Each type equals `rouge_score.rouge_scorer.RougeScorer(...).score_multi(...)[type].fmeasure`;
    a token costs the same wherever it stands (the LCS grows with the reference's length / 30).

    Source: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004.

    Args:
        types: of rouge1 to rouge9 and rougeL.
        stemmer: Porter stemming before comparing.

    >>> from textgym.rewards.demo import score_text
    >>> score_text(Rouge(types=["rouge1"]), "the cat sat", references=["the cat sat down"])
    0.857...
    >>> score_text(Rouge(), "", references=["the cat sat down"])
    0.0
    """

    name = "rouge"

    def __init__(self, types: Sequence[str] = ("rouge1", "rouge2", "rougeL"), stemmer: bool = False) -> None:
        names = (types,) if isinstance(types, str) else tuple(types)
        for kind in names:
            if kind not in TYPES:
                raise unknown("types", kind, TYPES)
        if not names:
            raise ValueError(f"types: got none, allowed are one or several of {', '.join(TYPES)}")
        self.types, self.stemmer = names, stemmer

    def joined(self, other: Reward) -> Reward | None:
        if not isinstance(other, Rouge) or other.stemmer != self.stemmer:
            return None
        return Rouge(tuple(dict.fromkeys((*self.types, *other.types))), self.stemmer)

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym import kernels
        from textgym.rewards.engine import NgramScorer

        orders = [0 if kind == "rougeL" else int(kind[5:]) for kind in self.types]
        return NgramScorer(
            context,
            num_rows,
            RougeWords(self.stemmer),
            params=(kernels.ROUGE, len(orders), *orders),
            orders=max(1, *orders),
            mode=kernels.LCS if 0 in orders else 0,
        )
