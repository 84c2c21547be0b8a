"""sb3-contrib's TRPO and MaskablePPO with this package's policies and whole sequences.

TRPO (Schulman et al. 2015, "Trust region policy optimization") steps along the natural gradient as far as a mean KL
divergence of `target_kl` allows. MaskablePPO (Huang and Ontañón 2022, "A closer look at invalid action masking in
policy gradient algorithms") is PPO that asks the environment at each step which actions are allowed.

Implementation details:

1. TRPO's conjugate gradients differentiate a gradient. `get_distribution` therefore runs attention in its plain form
   wherever gradients are on: the fused kernels have no second derivative.
2. TRPO tells the critic's weights by their names, which contain "value" in this package's policies. A shared network
   belongs to the actor: the value loss then trains the head alone.
3. sb3-contrib's TRPO takes the KL's gradient for each weight tensor on its own, and each of the products that
   conjugate gradients ask for goes back through all of them. `TRPO` here takes it once, which is the same gradient.
4. Frozen weights, which sb3-contrib's TRPO refuses, stay out of the step.
5. The environments' masks are the ids that put no text, which the policies rule out anyway; an environment of your own
   may narrow them at each step. `MaskableSequenceRolloutBuffer` keeps them as bits beside the tokens.
6. The policies have the interface of sb3-contrib's `MaskableActorCriticPolicy` without inheriting from it; importing
   this module registers them as such.

Logged by TRPO beside what `agents.algorithms.sb3` explains: `train/policy_objective` the surrogate after the step;
`train/kl_divergence_loss` the mean KL of the step; `train/is_line_search_success` share of steps that were taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import sb3_contrib
import torch
from numpy.typing import NDArray
from sb3_contrib.common.maskable.buffers import MaskableDictRolloutBuffer
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from torch import Tensor, nn

from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.sb3 import PPOConfig
from agents.buffers import SequenceRolloutBuffer
from agents.policies.base import TokenPolicy
from agents.policies.tokens import MASK_KEY

MaskableActorCriticPolicy.register(TokenPolicy)


class TRPO(sb3_contrib.TRPO):  # type: ignore[misc]
    """sb3-contrib's TRPO, with the gradients of all weights taken at once."""

    def _compute_actor_grad(
        self, kl_div: Tensor, policy_objective: Tensor
    ) -> tuple[list[nn.Parameter], Tensor, Tensor, list[tuple[int, ...]]]:
        """The actor's weights, the flat gradients of objective and KL, and the weights' shapes."""
        named = self.policy.named_parameters()
        weights = [weight for name, weight in named if weight.requires_grad and "value" not in name]
        found = torch.autograd.grad(kl_div, weights, create_graph=True, allow_unused=True)
        used = [(weight, grad) for weight, grad in zip(weights, found, strict=True) if grad is not None]
        actor = [weight for weight, _ in used]
        upon_kl = torch.cat([grad.reshape(-1) for _, grad in used])
        upon_objective = torch.autograd.grad(policy_objective, actor, retain_graph=True)
        return actor, torch.cat([g.reshape(-1) for g in upon_objective]), upon_kl, [tuple(w.shape) for w in actor]


class MaskableSequenceRolloutBuffer(SequenceRolloutBuffer, MaskableDictRolloutBuffer):  # type: ignore[misc]
    """`SequenceRolloutBuffer` with the masks that MaskablePPO hands over at each step, one bit an action."""

    def reset(self) -> None:
        """Empties the buffer."""
        super().reset()
        width = -(-int(self.action_space.n) // 8)  # type: ignore[attr-defined]
        self.masks = np.zeros((self.buffer_size, self.n_envs, width), dtype=np.uint8)

    def add(  # type: ignore[override]
        self, obs: dict[str, NDArray[Any]], *args: Any, action_masks: NDArray[Any], **kwargs: Any
    ) -> None:
        """One step of all rows; `action_masks` are bool (N, V)."""
        super().add({**obs, MASK_KEY: np.packbits(action_masks.astype(bool), axis=1)}, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class TRPOConfig(AlgorithmConfig):
    """Of TRPO; `learning_rate` is the critic's, and `max_grad_norm` has no use."""

    gae_lambda: float = 0.95
    batch_size: int = 1024
    target_kl: float = 0.01
    cg_max_steps: int = 10
    n_critic_updates: int = 5

    tuned: ClassVar[Mapping[str, Mapping[str, Any]]] = {"": {"n_envs": 16}, "copy": {"target_kl": 0.05}}

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments."""
        kwargs = AlgorithmConfig.kwargs(self)
        del kwargs["max_grad_norm"]
        return {**kwargs, "rollout_buffer_class": SequenceRolloutBuffer}


@dataclass(frozen=True, slots=True)
class MaskablePPOConfig(PPOConfig):
    """Of MaskablePPO."""

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments."""
        return {**PPOConfig.kwargs(self), "rollout_buffer_class": MaskableSequenceRolloutBuffer}
