"""Several epochs on the same texts with a clipped ratio: the update that GRPO and NLPO share.

Schulman et al. (2017), "Proximal policy optimization algorithms", equation 7, over minibatches of whole texts.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import torch
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms.episodes import Episodes, Pass
from agents.algorithms.estimators import clipped_surrogate
from agents.algorithms.whole_texts import WholeTexts
from textgym.errors import check_int


class ClippedTexts(WholeTexts):
    """Epochs of the clipped surrogate; a subclass gives advantages, token weights and further terms of the loss.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        n_epochs: passes over the texts of a rollout.
        batch_size: texts a minibatch; None: all.
        clip_range: e, above 0.
        **settings: of `WholeTexts`.
    """

    log_name: ClassVar[str] = "clipped"

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 1e-4,
        *,
        n_epochs: int = 3,
        batch_size: int | None = None,
        clip_range: float = 0.2,
        **settings: Any,
    ) -> None:
        self.n_epochs = check_int("n_epochs", n_epochs, 1)
        self.batch_size = None if batch_size is None else check_int("batch_size", batch_size, 1)
        if not clip_range > 0:
            raise ValueError(f"clip_range: got {clip_range}, allowed is a number above 0")
        self.clip_range = clip_range
        super().__init__(policy, env, learning_rate, **settings)

    @abstractmethod
    def _prepare(self, episodes: Episodes, passes: list[Pass]) -> dict[str, float | Tensor]:
        """Set `_advantages` (n, L), `_weights` (n, L) and what `_more_loss` needs; numbers for the log."""

    @abstractmethod
    def _more_loss(self, part: Pass, values: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, float]]:
        """Further terms for the m steps of a minibatch (m,), and what is logged of them."""

    _advantages: Tensor
    _weights: Tensor

    def _train(self, episodes: Episodes) -> None:
        """`n_epochs` epochs of gradient steps."""
        metrics = self._prepare(episodes, list(episodes.passes(self.device, self.sequences_per_pass)))
        old = torch.as_tensor(episodes.log_probs, device=self.device)
        sums: dict[str, float] = {}
        steps = 0
        for _ in range(self.n_epochs):
            for part in episodes.passes(self.device, self.batch_size, self.rng):
                found = self._step(part, old)
                if steps == 0:
                    metrics["first_ratio_gap"] = found["ratio_gap"]
                steps += 1
                for name, value in found.items():
                    sums[name] = sums.get(name, 0.0) + value
        self._record({**metrics, **{name: value / steps for name, value in sums.items()}})

    def _step(self, part: Pass, old: Tensor) -> dict[str, float]:
        """One gradient step on a minibatch."""
        at = (part.rows, part.steps)
        values, log_prob, entropy = self.policy.evaluate_actions(part.batch, part.batch.tokens[part.batch.valid].long())
        weights = self._weights[at]
        weights = weights / weights.sum()
        surrogate = (clipped_surrogate(log_prob, old[at], self._advantages[at], self.clip_range) * weights).sum()
        more, numbers = self._more_loss(part, values.flatten(), log_prob)
        bonus = (entropy * weights).sum()
        loss = surrogate + (more * weights).sum() - self.ent_coef * bonus
        self._guard.check("train/loss", loss)
        self.policy.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        ratio = (log_prob.detach() - old[at]).exp()
        return {
            "policy_loss": float(surrogate.detach()),
            "entropy": float(bonus.detach()),
            "clip_fraction": float(((ratio - 1).abs() > self.clip_range).float().mean()),
            "approx_kl": float((ratio - 1 - ratio.log()).mean()),
            "ratio_gap": float((ratio - 1).abs().max()),
            "grad_norm": self._descend(self.max_grad_norm),
            **numbers,
        }
