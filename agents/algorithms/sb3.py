"""Settings of the algorithms that are Stable-Baselines3's and sb3-contrib's own; their classes are used unmodified.

They update on whole sequences through `agents.SequenceRolloutBuffer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

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
