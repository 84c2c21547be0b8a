"""Stable-Baselines3's own A2C and PPO, unmodified, on the debugging environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib import MaskablePPO  # noqa: F401  # the masks' convention is its
from stable_baselines3 import A2C, PPO

from agents import LSTMPolicy, SequenceRolloutBuffer, TransformerPolicy, make_vec_env


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def build(algorithm: Any, policy: Any = TransformerPolicy, n_envs: int = 32, **kwargs: Any) -> Any:
    venv = make_vec_env("TokenCopy-v0", n_envs=n_envs, seed=0, difficulty="easy", max_new_tokens=5)
    policy_kwargs = {"model": "tiny"} if policy is TransformerPolicy else {"width": 64}
    defaults = {"gamma": 1.0, "ent_coef": 0.01, "seed": 0, "policy_kwargs": policy_kwargs, "device": "cpu"}
    return algorithm(policy, venv, rollout_buffer_class=SequenceRolloutBuffer, **{**defaults, **kwargs})


def recent_return(model: Any) -> float:
    return float(np.mean([episode["r"] for episode in model.ep_info_buffer]))


def test_ppo_learns() -> None:
    model = build(PPO, n_steps=16, batch_size=128, n_epochs=4, learning_rate=5e-4)
    model.learn(512)
    before = recent_return(model)
    model.learn(7_000)
    assert recent_return(model) > before + 0.2


def test_a2c_learns() -> None:
    model = build(A2C, n_steps=8, learning_rate=1e-3, use_rms_prop=False, gae_lambda=0.95)
    model.learn(512)
    before = recent_return(model)
    model.learn(10_000)
    assert recent_return(model) > before + 0.2


@pytest.mark.parametrize("policy", [TransformerPolicy, LSTMPolicy])
@pytest.mark.parametrize("value_network", ["shared", "separate"])
def test_one_update_moves_every_parameter(policy: Any, value_network: str) -> None:
    kwargs: dict[str, Any] = {
        "value_network": value_network,
        **({"model": "tiny"} if policy is TransformerPolicy else {}),
    }
    model = build(A2C, policy, n_envs=4, n_steps=8, policy_kwargs=kwargs)
    before = {name: weight.detach().clone() for name, weight in model.policy.named_parameters()}
    model.learn(32)
    unread = ("value_trunk.out",)  # a critic has no use for its copy of the actor's head
    still = [name for name, weight in model.policy.named_parameters() if torch.equal(weight, before[name])]
    assert [name for name in still if not name.startswith(unread)] == []


def test_save_and_load_of_stable_baselines(tmp_path: Path) -> None:
    model = build(A2C, n_envs=4, n_steps=8)
    model.learn(64)
    model.save(tmp_path / "model")
    twin = A2C.load(tmp_path / "model", env=model.get_env())
    obs = model.get_env().reset()
    assert (twin.predict(obs, deterministic=True)[0] == model.predict(obs, deterministic=True)[0]).all()
    twin.learn(64)
