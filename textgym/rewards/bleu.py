"""BLEU: the geometric mean of clipped n-gram precisions, with a penalty for brevity."""

from __future__ import annotations

from textgym.errors import check_choice, unknown
from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.ngrams import NgramReward
from textgym.text.sacrebleu_words import bleu_words

_SMOOTHING = {"none": (0, 0.0), "floor": (1, 0.1), "add-k": (2, 1.0), "exp": (3, 0.0)}


class Bleu(NgramReward):
    """Sentence BLEU: `sacrebleu.sentence_bleu(text, references, ...).score / 100`, same options. Range [0, 1].

    BLEU = BP * exp(mean over n = 1..4 of log p_n), where p_n is the share of the text's n-grams that stand in a
    reference (clipped to the largest count in any), and BP = exp(1 - r / c) for a text of c words shorter than
    the closest reference length r. Orders without a match are smoothed.

    Sources: Papineni et al., "BLEU", 2002; Post, "A Call for Clarity in Reporting BLEU Scores", 2018; smoothing
    as in Chen and Cherry, 2014.

    Args:
        tokenize: "13a", "intl", "zh", "char" or "none" (at constant cost per token), or another of sacrebleu's
            tokenizers (which read the whole text at each token).
        smooth_method: "exp", "floor", "add-k" or "none".
        smooth_value: for "floor" (default 0.1) and "add-k" (default 1).
        lowercase: compare in lower case.
        effective_order: leave out the orders that the text is too short for.

    >>> from textgym.rewards.demo import score_text
    >>> score_text(Bleu(), "the cat sat on the mat", references=["the cat sat on a mat"])
    0.537...
    >>> score_text(Bleu(), "the cat sat on the mat", references=["the cat sat on the mat"])
    1.0...
    """

    name = "bleu"

    def __init__(
        self,
        tokenize: str = "13a",
        smooth_method: str = "exp",
        smooth_value: float | None = None,
        lowercase: bool = False,
        effective_order: bool = True,
    ) -> None:
        check_choice("smooth_method", smooth_method, _SMOOTHING)
        _check_tokenize(tokenize)
        self.tokenize, self.lowercase, self.effective_order = tokenize, lowercase, effective_order
        self.smooth_method, self.smooth_value = smooth_method, smooth_value

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym import kernels
        from textgym.rewards.engine import NgramScorer

        method, default = _SMOOTHING[self.smooth_method]
        value = default if self.smooth_value is None else self.smooth_value
        return NgramScorer(
            context,
            num_rows,
            bleu_words(self.tokenize, self.lowercase),
            params=(kernels.BLEU, method, value, self.effective_order),
            orders=4,
            merged=True,
        )


def _check_tokenize(name: object) -> None:
    from sacrebleu.metrics.bleu import BLEU

    if name not in BLEU.TOKENIZERS:
        raise unknown("tokenize", name, sorted(BLEU.TOKENIZERS))
