"""DQN, QR-DQN, TRPO, RecurrentPPO and MaskablePPO, unmodified: they run; the two fast ones learn to say one token."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib import QRDQN, TRPO, MaskablePPO, RecurrentPPO
from stable_baselines3 import DQN
from stable_baselines3.common.evaluation import evaluate_policy

from agents import make_vec_env
from agents.policies.features import TokenFeatures

OFF_POLICY: dict[str, Any] = {
    "learning_starts": 200, "buffer_size": 5_000, "train_freq": 1, "gradient_steps": 2, "batch_size": 64,
    "target_update_interval": 100, "exploration_fraction": 0.3, "learning_rate": 3e-3, "gamma": 0.5,
}  # fmt: skip
CASES: dict[str, tuple[Any, Any, dict[str, Any], int]] = {
    "dqn": (DQN, "MultiInputPolicy", OFF_POLICY, 4_000),
    "qrdqn": (QRDQN, "MultiInputPolicy", OFF_POLICY, 4_000),
    "trpo": (TRPO, "MultiInputPolicy", {"n_steps": 32, "batch_size": 64, "gamma": 0.5}, 8_000),
    "recurrent_ppo": (
        RecurrentPPO, "MultiInputLstmPolicy",
        {"n_steps": 16, "batch_size": 64, "n_epochs": 4, "learning_rate": 3e-3, "gamma": 0.5}, 6_000,
    ),
    "maskable_ppo": (
        MaskablePPO, "MultiInputPolicy",
        {"n_steps": 16, "batch_size": 64, "n_epochs": 4, "learning_rate": 3e-3, "gamma": 0.5}, 6_000,
    ),
}  # fmt: skip


def count_of_b(text: str, example: Any) -> float:
    """A task that is learned in seconds: say "b"."""
    return text.count("b") / 5


def make(n_envs: int) -> Any:
    settings: dict[str, Any] = {"difficulty": "easy", "max_new_tokens": 5, "reward": count_of_b}
    return make_vec_env("TokenCopy-v0", n_envs=n_envs, seed=0, **settings)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["dqn", "maskable_ppo"])
def test_learns_to_say_one_token(name: str) -> None:
    algorithm, policy, settings, tokens = CASES[name]
    kwargs = {"features_extractor_class": TokenFeatures, "features_extractor_kwargs": {"width": 16}}
    model = algorithm(policy, make(16), policy_kwargs=kwargs, seed=0, device="cpu", **settings)
    model.learn(tokens)
    returns, _ = evaluate_policy(model, make(8), n_eval_episodes=8, return_episode_rewards=True, warn=False)
    assert np.mean(returns) > 0.7, np.mean(returns)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["qrdqn", "trpo", "recurrent_ppo"])
def test_runs(name: str) -> None:
    algorithm, policy, settings, _ = CASES[name]
    kwargs = {"features_extractor_class": TokenFeatures, "features_extractor_kwargs": {"width": 16}}
    model = algorithm(policy, make(4), policy_kwargs=kwargs, seed=0, device="cpu", **settings)
    before = [weight.detach().clone() for weight in model.policy.parameters()]
    model.learn(260)
    after = list(model.policy.parameters())
    assert any(not torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert all(bool(torch.isfinite(weight).all()) for weight in after)


def test_features_do_not_look_ahead() -> None:
    env = make(4)
    features = TokenFeatures(env.observation_space, width=8)
    obs = {key: torch.as_tensor(part) for key, part in env.reset().items()}
    obs["step"] = torch.full_like(obs["step"], 2)
    changed = {**obs, "generated": obs["generated"].clone()}
    changed["generated"][:, 2:] = 3
    assert torch.equal(features(obs), features(changed))
    changed["generated"][:, 1] = 3
    assert not torch.equal(features(obs), features(changed))
