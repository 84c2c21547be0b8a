"""Natural language policy optimisation: PPO within the top-p of a policy that lags behind.

Ramamurthy et al. (2023), "Is reinforcement learning (not) for natural language processing: benchmarks, baselines, and
building blocks for natural language policy optimization", section 4 and algorithm 1.

Implementation details:

1. The masking policy psi is a copy of the policy, updated to it every `masking_updates` rollouts (mu in the paper).
2. At each step the tokens outside of psi's smallest set of probability `mask_top_p` get no probability; the likeliest
   token is always inside. Masks are part of the distribution: sampled and scored alike, and kept with the episode as
   bits, so that the ratio is one of masked policies and the first one is 1.
3. Rewards are less kl_coef (log pi - log pi_start), pi as sampled, with an adaptive coefficient (Ziegler et al. 2019,
   section 2.2), the paper's setting.
4. Advantages by generalised advantage estimation over whole episodes, normalised over the rollout; the value loss
   regresses V on A + V_old, unclipped.
5. Evaluation (`predict`) does not mask, as in the paper.

Logged, beside what `agents.algorithms.grpo` explains: `train/value_loss` mean squared error of V; `train/kl` nats from
the start policy a text; `train/kl_coef`; `train/explained_variance`; `train/allowed` mean number of tokens left by
the mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms import estimators
from agents.algorithms.clipped import ClippedTexts
from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.episodes import Episodes, Pass
from agents.policies.base import TokenPolicy
from agents.policies.distribution import MASKED, Sampling, combine, warp
from agents.policies.sequences import pack_bits, packed_masks, unpack_bits
from textgym.errors import check_int


@dataclass(frozen=True, slots=True)
class NLPOConfig(AlgorithmConfig):
    """Of `NLPO` in a run."""

    n_epochs: int = 3
    batch_size: int = 32
    clip_range: float = 0.2
    gae_lambda: float = 0.95
    vf_coef: float = 0.5
    ent_coef: float = 0.0
    kl_coef: float = 0.001
    mask_top_p: float = 0.9
    masking_updates: int = 5


class NLPO(ClippedTexts):
    """PPO with a masking policy; see the module for details and metrics.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        mask_top_p: above 0, at most 1 (no mask).
        masking_updates: rollouts between two updates of the masking policy.
        gae_lambda: of the advantages.
        vf_coef: weight of the value loss.
        **settings: of `ClippedTexts` and `WholeTexts`.
    """

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 1e-4,
        *,
        mask_top_p: float = 0.9,
        masking_updates: int = 5,
        gae_lambda: float = 0.95,
        vf_coef: float = 0.5,
        **settings: Any,
    ) -> None:
        if not 0.0 < mask_top_p <= 1.0:
            raise ValueError(f"mask_top_p: got {mask_top_p}, allowed is a number above 0 and at most 1")
        self.mask_top_p, self.masking_updates = mask_top_p, check_int("masking_updates", masking_updates, 1)
        self.gae_lambda, self.vf_coef = gae_lambda, vf_coef
        self._masking: TokenPolicy | None = None
        self._rollouts = 0
        super().__init__(policy, env, learning_rate, **settings)

    def _begin_learning(self) -> None:
        super()._begin_learning()
        if self._masking is None:
            self._masking = self._frozen_copy()

    def _sample(self, callback: BaseCallback, examples: list[int], seed: int) -> Episodes | None:
        return self._play(callback, examples, seed, restrict=self.allowed_bits)

    def allowed_bits(self, obs: dict[str, Tensor]) -> Tensor:
        """The packed bits (n, ceil(V / 8)) of the masking policy's top-p at observations of n rows."""
        masking = self._masking
        assert masking is not None
        log_probs = masking.get_distribution(obs).log_probs
        inside = warp(log_probs, Sampling(top_p=self.mask_top_p)) > MASKED
        allowed = combine(masking.allowed, packed_masks(obs), masking.tokens.size)
        return pack_bits(inside if allowed is None else inside & allowed)

    def _prepare(self, episodes: Episodes, passes: list[Pass]) -> dict[str, float | Tensor]:
        valid = torch.as_tensor(episodes.valid, device=self.device)
        values = torch.as_tensor(episodes.values, device=self.device)
        rewards, kl = self._penalized(episodes, passes)
        advantages = estimators.generalized_advantages(rewards * valid, values, valid, self.gamma, self.gae_lambda)
        self._returns = advantages + values
        self._advantages = estimators.normalize(advantages, valid)
        self._weights = valid.float()
        self._follow()
        return {
            "advantage_std": advantages[valid].std(unbiased=False),
            "explained_variance": estimators.explained_variance(values[valid], self._returns[valid]),
            "allowed": self._mean_allowed(episodes),
            **self._kl_metrics(kl),
        }

    def _mean_allowed(self, episodes: Episodes) -> float:
        if episodes.masks is None:
            return float(self.policy.tokens.size)
        bits = torch.as_tensor(episodes.masks[episodes.valid])
        return float(unpack_bits(bits, self.policy.tokens.size).sum(dim=1).float().mean())

    def _follow(self) -> None:
        """Every `masking_updates` rollouts the masking policy becomes the policy, for the rollouts that follow."""
        self._rollouts += 1
        if self._rollouts % self.masking_updates == 0:
            assert self._masking is not None
            self._masking.train()  # ends its cache
            self._masking.load_state_dict(self.policy.state_dict())
            self._masking.set_training_mode(False)

    def _more_loss(self, part: Pass, values: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, float]]:
        error = (values - self._returns[part.rows, part.steps]).square()
        return self.vf_coef * error, {"value_loss": float(error.detach().mean())}

    # --- saving -------------------------------------------------------------------------------------------------

    def _more_state(self) -> dict[str, Any]:
        return {**super()._more_state(), "rollouts": self._rollouts}

    def _set_more_state(self, state: Mapping[str, Any]) -> None:
        super()._set_more_state(state)
        self._rollouts = state["rollouts"]

    def extra_tensors(self) -> dict[str, Tensor]:
        """The weights of the start policy and of the masking policy."""
        found = {f"start.{name}": tensor for name, tensor in super().extra_tensors().items()}
        masking = {} if self._masking is None else self._masking.state_dict()
        return {**found, **{f"masking.{name}": tensor for name, tensor in masking.items()}}

    def set_extra_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore both."""
        parts = {
            prefix: {name.removeprefix(f"{prefix}."): t for name, t in tensors.items() if name.startswith(f"{prefix}.")}
            for prefix in ("start", "masking")
        }
        super().set_extra_tensors(parts["start"])
        if parts["masking"]:
            self._masking = self._frozen_copy()
            self._masking.load_state_dict(parts["masking"])
