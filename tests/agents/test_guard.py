"""Training stops at the first number that is not finite, and says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import A2C
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnvWrapper

import agents
from agents import REINFORCE, BehaviorCloning, FiniteGuard, LSTMPolicy, SequenceRolloutBuffer, TrainingDiverged
from tests.agents.helpers import assert_same, copy_env, small, weights


class BrokenRewards(VecEnvWrapper):
    """NaN in the rewards from step `at` on."""

    def __init__(self, venv: Any, at: int) -> None:
        super().__init__(venv)
        self.at = at

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        obs, rewards, dones, infos = self.venv.step_wait()
        self.at -= 1
        return obs, rewards if self.at > 0 else np.full_like(rewards, np.nan), dones, infos


class Steps(BaseCallback):
    def _on_step(self) -> bool:
        return True


@pytest.mark.parametrize("algorithm", ["ours", "a2c"])
def test_nan_rewards_stop_training_after_the_checkpoint(algorithm: str, tmp_path: Path) -> None:
    env = BrokenRewards(copy_env(8), at=20)
    checkpoint, steps = tmp_path / "last.zip", Steps()
    callbacks: list[BaseCallback] = [steps, FiniteGuard(checkpoint)]
    if algorithm == "ours":
        model: Any = small(REINFORCE, env, learning_rate=1e-2)
    else:
        model = A2C(LSTMPolicy, env, n_steps=9, policy_kwargs={"width": 16}, device="cpu",
                    rollout_buffer_class=SequenceRolloutBuffer)  # fmt: skip
    with pytest.raises(
        TrainingDiverged, match=r"rollout/rewards: got nan at step \d+, allowed is a finite number"
    ) as caught:
        model.learn(2_000, callback=callbacks)
    assert caught.value.metric == "rollout/rewards"
    assert caught.value.step == model.num_timesteps
    assert caught.value.checkpoint == checkpoint
    assert steps.n_calls == 20  # the callbacks before the guard had their turn
    saved = agents.load(checkpoint, device="cpu")
    assert_same(weights(model.policy), weights(saved.policy))
    assert all(torch.isfinite(weight).all() for weight in saved.policy.parameters())


def test_a_guard_is_there_without_asking() -> None:
    with pytest.raises(TrainingDiverged, match=r"rollout/rewards"):
        small(REINFORCE, BrokenRewards(copy_env(8), at=3)).learn(500)


def poison(policy: Any, name: str) -> None:
    """A gradient of infinity for one weight, at its second backward pass."""
    weight = dict(policy.named_parameters())[name]
    calls = []

    def hook(gradient: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return torch.full_like(gradient, torch.inf) if len(calls) == 2 else gradient

    weight.register_hook(hook)


def test_gradients_are_checked_before_the_weights_change() -> None:
    model = A2C(LSTMPolicy, copy_env(8), n_steps=9, policy_kwargs={"width": 16}, device="cpu", max_grad_norm=1e9,
                rollout_buffer_class=SequenceRolloutBuffer)  # fmt: skip
    poison(model.policy, "trunk.embedding.weight")
    with pytest.raises(TrainingDiverged, match=r"train/gradient of trunk.embedding.weight: got (inf|nan) at step 144"):
        model.learn(2_000, callback=FiniteGuard())
    assert all(torch.isfinite(weight).all() for weight in model.policy.parameters())


def test_our_algorithms_name_the_norm() -> None:
    model = small(BehaviorCloning)
    poison(model.policy, "trunk.embedding.weight")
    with pytest.raises(TrainingDiverged, match="train/grad_norm: got inf at step"):
        model.learn(2_000)
    assert all(torch.isfinite(weight).all() for weight in model.policy.parameters())


def test_a_broken_weight_shows_in_the_loss() -> None:
    model = small(BehaviorCloning)
    with torch.no_grad():
        model.policy.trunk.embedding.weight.fill_(torch.nan)
    with pytest.raises(TrainingDiverged, match="train/loss: got nan at step 0"):
        model.learn(1_000)


def test_a_guard_lets_sound_training_be() -> None:
    model = small(REINFORCE).learn(300, callback=FiniteGuard())
    assert not model.policy.optimizer._optimizer_step_pre_hooks
