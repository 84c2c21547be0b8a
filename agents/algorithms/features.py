"""Stable-Baselines3's DQN, and sb3-contrib's QR-DQN and RecurrentPPO, unmodified, on networks of their own.

DQN (Mnih et al. 2015, "Human-level control through deep reinforcement learning"), QR-DQN (Dabney et al. 2018,
"Distributional reinforcement learning with quantile regression") and PPO with a recurrent policy (Schulman et al. 2017)
build their networks themselves: a target network, quantiles, a state that is carried from step to step. They read
texts through `agents.policies.features.TokenFeatures`.

Implementation details:

1. They begin with random weights: maximum likelihood would train another network. Runs leave the warm start out.
2. The whole text is read anew at each step. Observations are stored as they are: `buffer_size` of them, each with its
   successor, take 8 (S + T + 1) bytes a transition and more.
3. DQN and QR-DQN choose among all tokens, those that put no text included; these cost them a step.
4. `n_steps` are the steps of all rows between two updates, and `gradient_steps` the minibatches of each. The target
   network is replaced every `target_update_interval` tokens.
5. Exploration falls from 1 to `exploration_final_eps` within `exploration_fraction` of the training. What is evaluated
   is greedy, sampled texts of DQN and QR-DQN too.
6. QR-DQN gets Adam with an epsilon of 1e-8; its own default, 0.01 / `batch_size`, drowns the gradients of rewards as
   small as those of single tokens.
7. A saved model holds neither the replay nor the recurrent state: training that is resumed fills them anew.

Logged beside what `agents.algorithms.sb3` explains: `train/loss` the loss of Q (Huber, or of quantiles);
`rollout/exploration_rate`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from agents.algorithms.config import AlgorithmConfig


@dataclass(frozen=True, slots=True)
class DQNConfig(AlgorithmConfig):
    """Of DQN."""

    learning_rate: float = 1e-3
    n_steps: int = 1
    gamma: float = 0.9
    max_grad_norm: float = 10.0
    batch_size: int = 128
    gradient_steps: int = 4
    buffer_size: int = 50_000
    learning_starts: int = 1_000
    target_update_interval: int = 640
    exploration_fraction: float = 0.5
    exploration_final_eps: float = 0.05

    tuned: ClassVar[Mapping[str, Mapping[str, Any]]] = {"copy": {"gamma": 0.5}}

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments."""
        kwargs = dataclasses.asdict(self)
        kwargs["train_freq"] = kwargs.pop("n_steps")
        return kwargs


@dataclass(frozen=True, slots=True)
class QRDQNConfig(DQNConfig):
    """Of QR-DQN."""

    n_quantiles: int = 16

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments."""
        kwargs = DQNConfig.kwargs(self)
        adam = {"optimizer_class": torch.optim.Adam, "optimizer_kwargs": {"eps": 1e-8}}
        kwargs["policy_kwargs"] = {"n_quantiles": kwargs.pop("n_quantiles"), **adam}
        return kwargs


@dataclass(frozen=True, slots=True)
class RecurrentPPOConfig(AlgorithmConfig):
    """Of RecurrentPPO; `lstm_hidden_size` is the width of its recurrent state."""

    learning_rate: float = 1e-3
    n_steps: int = 16
    gae_lambda: float = 0.95
    ent_coef: float = 0.02
    vf_coef: float = 0.5
    batch_size: int = 256
    n_epochs: int = 4
    clip_range: float = 0.2
    lstm_hidden_size: int = 64

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments."""
        kwargs = dataclasses.asdict(self)
        kwargs["policy_kwargs"] = {"lstm_hidden_size": kwargs.pop("lstm_hidden_size")}
        return kwargs
