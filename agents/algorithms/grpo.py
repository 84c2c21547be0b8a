"""Group relative policy optimisation: no critic, the other samples of an example are the baseline.

Shao et al. (2024), "DeepSeekMath: Pushing the limits of mathematical reasoning in open language models", section 4.1:

    J = E[ 1/G sum_i 1/|y_i| sum_t min(rho A, clip(rho, 1 - e, 1 + e) A) - beta KL_k3(pi, pi_start) ]

Implementation details:

1. Outcome supervision (4.1.2), the default: every token of text i has A_i = (R_i - mean R) / std R over its group.
2. Process supervision (4.1.3), `reward_to_go`: each reward is normalised by mean and deviation of all the group's
   rewards, and A_t is the sum of the normalised rewards from t on. A dense reward is used token by token.
3. `step_baseline`, with `reward_to_go`: G_t, the sum of the rewards from t on, is compared with the group's mean G_t at
   the same step (texts that have ended left out) and divided by the group's deviation of these differences. In 2 a
   text that is as good as all the others still gets an advantage below 0 wherever less is left to earn than before,
   which teaches it to be wrong late; with rewards at each token from scratch that undoes what is learned.
4. 1/|y_i| weighs each text the same; `length_normalized=False` weighs each token the same (Liu et al. 2025,
   "Understanding R1-Zero-like training", find that the former favours long wrong texts).
5. `scale=False` leaves the division by the standard deviation out (the same paper).
6. The KL term is in the loss and not in the reward; its estimate k3 is never negative. It is taken at each step,
   against the policy as it was when training began. From scratch that policy is noise: leave `kl_coef` at 0 then.
7. Minibatches are `batch_size` whole texts in random order, for `n_epochs` epochs; old log-probabilities are those of
   the rollout, so the first ratio is 1.

Logged: `train/policy_loss` the clipped surrogate; `train/kl_loss` mean k3 in nats a token; `train/entropy` nats a
token; `train/clip_fraction` share of steps whose ratio was outside; `train/approx_kl` KL to the rollout's policy, nats
a token; `train/ratio_gap` largest |rho - 1|, mean over steps; `train/first_ratio_gap` that of the first step, about
1e-5; `train/advantage_std`; `train/group_std` mean deviation of the returns within a group; `train/grad_norm` before
clipping; `train/learning_rate`, `train/n_updates`; `rollout/ep_rew_mean`, `rollout/ep_len_mean`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms.clipped import ClippedTexts
from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.episodes import Episodes, Pass
from agents.algorithms.estimators import group_normalized, kl_k3, step_advantages


@dataclass(frozen=True, slots=True)
class GRPOConfig(AlgorithmConfig):
    """Of `GRPO` in a run."""

    samples_per_example: int = 8
    n_epochs: int = 2
    batch_size: int = 32
    clip_range: float = 0.2
    kl_coef: float = 0.02
    ent_coef: float = 0.0
    reward_to_go: bool = False
    step_baseline: bool = False

    tuned: ClassVar[Mapping[str, Mapping[str, Any]]] = {"": {"critic_tokens": 0}}


class GRPO(ClippedTexts):
    """Group relative policy optimisation; see the module for its equation, details and metrics.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        reward_to_go: process supervision in place of outcome supervision.
        step_baseline: with `reward_to_go`, compare the samples step by step; see detail 3.
        scale: divide by the standard deviation.
        length_normalized: each text weighs the same.
        **settings: of `ClippedTexts` and `WholeTexts`; `kl_coef` is beta, `samples_per_example` is G (4 where
            neither it nor the environment says).
    """

    needs_group: ClassVar[bool] = True

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 1e-4,
        *,
        reward_to_go: bool = False,
        step_baseline: bool = False,
        scale: bool = True,
        length_normalized: bool = True,
        **settings: Any,
    ) -> None:
        if step_baseline and not reward_to_go:
            raise ValueError("step_baseline: got True with reward_to_go=False, allowed is True only with rewards to go")
        self.reward_to_go, self.step_baseline = reward_to_go, step_baseline
        self.scale, self.length_normalized = scale, length_normalized
        self._start: Tensor | None = None
        super().__init__(policy, env, learning_rate, **settings)

    def _prepare(self, episodes: Episodes, passes: list[Pass]) -> dict[str, float | Tensor]:
        rewards = torch.as_tensor(episodes.rewards, device=self.device)
        valid = torch.as_tensor(episodes.valid, device=self.device)
        self._advantages = self.advantages(rewards, valid)
        lengths = valid.sum(dim=1, keepdim=True)
        self._weights = valid / lengths if self.length_normalized else valid.float()
        self._start = None if self.reference is None else self._start_log_probs(episodes, passes)
        spread = rewards.sum(dim=1).reshape(-1, self._group).std(dim=1).mean()
        return {"advantage_std": self._advantages[valid].std(unbiased=False), "group_std": spread}

    def advantages(self, rewards: Tensor, valid: Tensor) -> Tensor:
        """A (n, L) of rewards (n, L), n a multiple of the group."""
        if not self.reward_to_go:
            returns = rewards.sum(dim=1)
            grouped = returns.reshape(-1, self._group)
            centred = (grouped - grouped.mean(dim=1, keepdim=True)).flatten()
            found = group_normalized(returns, self._group) if self.scale else centred
            return found.unsqueeze(1) * valid
        if self.step_baseline:
            return step_advantages(rewards, valid, self._group, self.scale)
        shape = (-1, self._group * rewards.shape[1])
        mask = valid.reshape(shape)
        count = mask.sum(dim=1, keepdim=True)
        paid = rewards.reshape(shape)
        centred = (paid - (paid * mask).sum(dim=1, keepdim=True) / count) * mask
        if self.scale:
            deviation = (centred.square().sum(dim=1, keepdim=True) / (count - 1).clamp(min=1)).sqrt()
            centred = centred / (deviation + 1e-6)
        steps = centred.reshape(rewards.shape)
        return steps.flip(1).cumsum(dim=1).flip(1) * valid

    def _more_loss(self, part: Pass, values: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, float]]:
        if self._start is None:
            return torch.zeros_like(log_prob), {}
        divergence = kl_k3(log_prob, self._start[part.rows, part.steps])
        return self._kl_coef * divergence, {"kl_loss": float(divergence.detach().mean())}
