"""The log-likelihood of the reference: the negative cross-entropy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.lm import LanguageModel
from textgym.rewards.tokens import TokenReward


class LogLikelihood(TokenReward):
    """How likely the reference is, given the text: the negative cross-entropy per token of the reference.

    Without a model, the token at place i is taken as a forecast of the reference's token at place i that is
    right with the probability 1 - epsilon:

        score = 1/|r| * sum over i <= t of ln q(r_i | y_i),    q = 1 - epsilon if y_i = r_i, else epsilon / (V - 1)

    r being the reference's tokens and the end token. Each token is judged at once. When the text ends, the
    tokens of r that it has not reached are counted as ln(1/V), the forecast of somebody who knows nothing; what
    goes beyond r is not judged. The range is [ln(epsilon / (V - 1)), ln(1 - epsilon)], always below 0 once a
    token is out; over several references the best score counts. For a label as the reference, it is the
    log-likelihood of the label. Source: the token-level cross-entropy of maximum-likelihood training, with the
    smoothed forecast of Szegedy et al. (2016).

    With a causal language model, it is how likely the model finds the first reference after source and text:

        score = 1/|r| * ln p_model(r | source, text so far)

    less the same for the empty text, so that it is 0 at the beginning and says by how much the text helps the
    model: the score of a chain of thought in Chen et al., "Language Models are Hidden Reasoners" (2024). Range
    unbounded. Each score costs the model one pass over the reference, however long the text is.

    Args:
        epsilon: the doubt in a forecast, in (0, 1).
        model, **options: a causal model, as for `textgym.rewards.lm.LanguageModel`; None for no model.

    >>> reward = LogLikelihood(epsilon=0.1)
    >>> reward.bind_tokens(size=11, end=0, budget=4)
    >>> reward.begin([[5, 6, 0]])
    >>> for token in (5, 7):
    ...     reward.add(token, last=False)
    >>> round(reward.score(), 3)                # (ln 0.9 + ln 0.01) / 3
    -1.57
    """

    name: ClassVar[str] = "log_likelihood"

    def __init__(self, epsilon: float = 0.1, model: Any = None, **options: Any) -> None:
        super().__init__()
        if isinstance(epsilon, bool) or not isinstance(epsilon, (int, float)) or not 0.0 < epsilon < 1.0:
            raise ValueError(f"epsilon: got {epsilon!r}, allowed is a number between 0 and 1")
        self.epsilon = float(epsilon)
        self.model = None if model is None else LanguageModel(model, form="sum", **{"source": True, **options})
        if self.model is not None and not self.model.neural:
            raise ValueError(f"model: got {model!r}, allowed is None or a causal model: a name, a path or the object")
        self._targets: list[list[int]] = []
        self._sums: list[float] = []
        self._place = 0

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        if self.model is None:
            return super().scorer(context, num_rows)
        from textgym.rewards.helpfulness import HelpfulnessScorer

        return HelpfulnessScorer(self.model, context, num_rows)

    def bind_tokens(self, size: int, end: int, budget: int) -> None:
        super().bind_tokens(size, end, budget)
        self._right, self._wrong = math.log(1.0 - self.epsilon), math.log(self.epsilon / max(1, size - 1))
        self._unknown = math.log(1.0 / size)

    def begin(self, references: Sequence[Sequence[int]]) -> None:
        self._targets = [list(ids) for ids in references]
        self._sums = [0.0] * len(references)
        self._place = 0

    def add(self, token: int | None, last: bool) -> None:
        place = self._place
        self._place += token is not None
        for k, target in enumerate(self._targets):
            if token is not None and place < len(target):
                self._sums[k] += self._right if target[place] == token else self._wrong
            if last and self._place < len(target):
                self._sums[k] += (len(target) - self._place) * self._unknown

    def score(self) -> float:
        return max((total / len(ids) for total, ids in zip(self._sums, self._targets, strict=True)), default=0.0)
