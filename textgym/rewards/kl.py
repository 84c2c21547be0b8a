"""The price of straying from a reference model."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from textgym.errors import check_int
from textgym.rewards.base import Reward, RewardContext, Scorer, TokenStep
from textgym.rewards.lm import LanguageModel
from textgym.types import Example


class AdaptiveCoefficient:
    """A coefficient that steers the KL of an episode towards a target; one for all rows.

    After an episode with the divergence k, in nats,

        error = clip((k - target) / target, -0.2, 0.2),        beta *= 1 + error / horizon

    Source: Ziegler et al., "Fine-Tuning Language Models from Human Preferences" (2019), section 2.2.

    Args:
        initial: the first beta.
        target: the divergence aimed at; None keeps beta as it is.
        horizon: episodes that it takes for beta to change by a fifth.

    >>> beta = AdaptiveCoefficient(0.1, target=6.0, horizon=1)
    >>> beta.update(60.0)
    >>> round(beta.value, 3)
    0.12
    """

    def __init__(self, initial: float = 0.1, target: float | None = None, horizon: int = 10_000) -> None:
        for field, value in (("beta", initial), ("target", 1.0 if target is None else target)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 < value < float("inf"):
                raise ValueError(f"{field}: got {value!r}, allowed is a number above 0")
        self.value, self.target = float(initial), target
        self.horizon = check_int("horizon", horizon, 1)

    def update(self, divergence: float) -> None:
        """An episode has ended with this divergence."""
        if self.target is not None:
            error = min(0.2, max(-0.2, (divergence - self.target) / self.target))
            self.value *= 1.0 + error / self.horizon

    def __deepcopy__(self, memo: dict[int, Any]) -> AdaptiveCoefficient:
        return self


class KL(Reward):
    """Minus the divergence of the policy from a reference model, estimated on the tokens it took.

        score = -beta * sum over i of (ln pi(y_i | y_<i) - ln p_ref(y_i | y_<i))

    Range: unbounded on both sides; 0 in expectation where the policy is the reference. ln pi is what the agent
    reports before each step, `env.unwrapped.report_log_prob(log_prob)`, or `report_log_probs(array)` in a vector
    environment. A token without a report counts with ln pi = 0: the score is then beta * ln p_ref, the
    cross-entropy form, which is the KL but for the policy's entropy. Source: Ziegler et al. (2019), equation 2;
    Stiennon et al. (2020).

    beta holds for an episode from its beginning and adapts between episodes if `target` is given; it belongs
    to the training, and saved states do not bring it back.

    Args:
        model, **options: the reference model, as for `textgym.rewards.lm.LanguageModel`.
        beta, target, horizon: see `AdaptiveCoefficient`.

    >>> from textgym.rewards.ngram import NgramModel
    >>> from textgym.rewards.kl import KL
    >>> kl = KL(NgramModel([[1, 2, 3], [1, 2, 2]], size=4, order=2), beta=0.5)
    >>> kl.reset(Example("a", "", ("",)))
    >>> kl.report(-0.5)                                 # ln pi of the token that comes
    >>> kl.push(TokenStep(token=1, position=0, text="a", start=0))
    >>> round(kl.score(), 3)                            # -0.5 * (-0.5 - ln 0.87)
    0.18
    """

    name: ClassVar[str] = "kl"

    def __init__(
        self,
        model: Any = "ngram",
        beta: float = 0.1,
        target: float | None = None,
        horizon: int = 10_000,
        **options: Any,
    ) -> None:
        if "form" in options:
            raise ValueError(f"form: got {options['form']!r}, but kl adds up the tokens' log-probabilities")
        self.reference = LanguageModel(model, form="sum", **options)
        self.coefficient = AdaptiveCoefficient(beta, target, horizon)
        self._account = _Account(self.coefficient)

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        return _KLScorer(self.reference.scorer(context, num_rows), self.coefficient, num_rows)

    def bind(self, context: RewardContext) -> None:
        self.reference.bind(context)

    def reset(self, example: Example) -> None:
        self._account.settle()
        self.reference.reset(example)

    def report(self, log_prob: float) -> None:
        """The policy's log-probability of the token that comes next."""
        self._account.report(log_prob)

    def push(self, step: TokenStep) -> None:
        self.reference.push(step)
        self._account.push()

    def score(self) -> float:
        return self._account.score(self.reference.score())


class _Account:
    """What a row has reported, and the coefficient of its episode."""

    def __init__(self, coefficient: AdaptiveCoefficient) -> None:
        self.coefficient = coefficient
        self.beta, self.log_prob, self.pending, self.divergence = coefficient.value, 0.0, 0.0, 0.0
        self.scored = False

    def settle(self) -> None:
        """The episode is over: the coefficient adapts, and a new episode begins."""
        if self.scored:
            self.coefficient.update(self.divergence)
        self.beta, self.log_prob, self.pending, self.divergence = self.coefficient.value, 0.0, 0.0, 0.0
        self.scored = False

    def report(self, log_prob: float) -> None:
        if not -float("inf") < log_prob <= 1e-6:
            raise ValueError(f"log_prob: got {log_prob!r}, allowed is a finite number of at most 0")
        self.pending = float(log_prob)

    def push(self) -> None:
        self.log_prob += self.pending
        self.pending = 0.0

    def score(self, reference: float) -> float:
        self.divergence, self.scored = self.log_prob - reference, True
        return -self.beta * self.divergence

    def get_state(self) -> tuple[float, float, float, float, bool]:
        return self.beta, self.log_prob, self.pending, self.divergence, self.scored

    def set_state(self, state: tuple[float, float, float, float, bool]) -> None:
        self.beta, self.log_prob, self.pending, self.divergence, self.scored = state


class _KLScorer(Scorer):
    """The reference model's scorer, and an account for each row."""

    def __init__(self, inner: Scorer, coefficient: AdaptiveCoefficient, num_rows: int) -> None:
        super().__init__(num_rows)
        self.needs_text = inner.needs_text
        self.inner = inner
        self.accounts = [_Account(coefficient) for _ in range(num_rows)]

    def report(self, row: int, log_prob: float) -> None:
        self.accounts[row].report(log_prob)

    def reset(self, row: int, example: Example) -> None:
        self.accounts[row].settle()
        self.inner.reset(row, example)

    def push(self, row: int, token: int) -> None:
        self.inner.push(row, token)
        self.accounts[row].push()

    def score(self, row: int) -> float:
        return self.accounts[row].score(self.inner.score(row))

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        scores = self.inner.score_rows(rows).tolist()
        return np.array([self.accounts[row].score(score) for row, score in zip(rows.tolist(), scores, strict=True)])

    def get_state(self, row: int) -> Any:
        return self.inner.get_state(row), self.accounts[row].get_state()

    def set_state(self, row: int, example: Example, state: Any) -> None:
        inner, account = state
        self.inner.set_state(row, example, inner)
        self.accounts[row].set_state(account)
