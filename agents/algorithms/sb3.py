"""Settings of the algorithms that are Stable-Baselines3's and sb3-contrib's own; their classes are used unmodified.

A2C (Mnih et al. 2016, "Asynchronous methods for deep reinforcement learning") and PPO (Schulman et al. 2017, "Proximal
policy optimization algorithms") update on whole sequences through `agents.SequenceRolloutBuffer`.

Implementation details:

1. Advantages by generalised advantage estimation (Schulman et al. 2016), within the rollout of `n_steps` tokens a row.
2. After maximum likelihood the value head is fitted to the policy's own returns before the first update
   (`agents.algorithms.critic`): one that knows nothing undoes the warm start.
3. A saved model holds the random states and the place in the episodes that are on, so that a run that is resumed at
   the start of a rollout equals one that never stopped, bit for bit.
4. PPO's minibatches are whole sequences of together about `batch_size` tokens, so the first ratio is 1.

Logged by Stable-Baselines3: `rollout/ep_rew_mean`, `rollout/ep_len_mean` mean return and tokens of the last episodes;
`train/policy_loss` (A2C), `train/policy_gradient_loss` (PPO); `train/value_loss` mean squared error of V;
`train/entropy_loss` minus the mean entropy in nats; `train/explained_variance` how much of the returns V explains;
`train/approx_kl`, `train/clip_fraction` (PPO) how far the policy has moved from that of the rollout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from agents.algorithms.config import AlgorithmConfig


@dataclass(frozen=True, slots=True)
class OnPolicyConfig(AlgorithmConfig):
    """What A2C and PPO share."""

    gae_lambda: float = 0.95
    ent_coef: float = 0.0
    vf_coef: float = 0.5

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments."""
        from agents.buffers import SequenceRolloutBuffer

        return {**AlgorithmConfig.kwargs(self), "rollout_buffer_class": SequenceRolloutBuffer}


@dataclass(frozen=True, slots=True)
class A2CConfig(OnPolicyConfig):
    """Of A2C; by default with the policy's Adam, as RMSprop's first steps are ten times too long."""

    normalize_advantage: bool = True
    use_rms_prop: bool = False


@dataclass(frozen=True, slots=True)
class PPOConfig(OnPolicyConfig):
    """Of PPO."""

    batch_size: int = 1024
    n_epochs: int = 3
    clip_range: float = 0.2

    tuned: ClassVar[Mapping[str, Mapping[str, Any]]] = {}


def get_training_state(model: BaseAlgorithm) -> dict[str, Any]:
    """The generators that Stable-Baselines3 draws from, the program's, and where the episodes of its environment are.

    Exact at the start of a rollout; what a rollout has collected is not kept. All but "torch" (tensors) is JSON.
    """
    bits = np.random.get_state(legacy=False)
    assert isinstance(bits, dict)
    torch_states = {"cpu": torch.get_rng_state()}
    if model.device.type == "cuda":
        torch_states["cuda"] = torch.cuda.get_rng_state(model.device)
    begun = model._last_obs is not None and hasattr(model.env, "get_state")
    return {
        "numpy": {**bits, "state": {**bits["state"], "key": bits["state"]["key"].tolist()}},
        "torch": torch_states,
        "env": model.env.get_state() if begun else None,  # type: ignore[union-attr]
    }


def set_training_state(model: BaseAlgorithm, state: Mapping[str, Any]) -> None:
    """Bring the generators of the program and the model's environment to where `get_training_state` found them.

    Where the environment's place could not be told, the next rollout begins fresh episodes.
    """
    bits = state["numpy"]
    key = np.array(bits["state"]["key"], dtype=np.uint32)
    if state["env"] is not None and hasattr(model.env, "set_state"):
        model._last_obs, model._last_episode_starts = model.env.set_state(state["env"])  # type: ignore[union-attr]
    np.random.set_state({**bits, "state": {**bits["state"], "key": key}})
    torch.set_rng_state(state["torch"]["cpu"])
    if "cuda" in state["torch"] and model.device.type == "cuda":
        torch.cuda.set_rng_state(state["torch"]["cuda"], model.device)
