"""Stable-Baselines3's own A2C and PPO, unmodified, on the debugging environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3 import A2C, PPO

from agents import LSTMPolicy, SequenceRolloutBuffer, TransformerPolicy, make_vec_env


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def count_of_b(text: str, example: Any) -> float:
    """A task that is learned in seconds: say "b"."""
    return text.count("b") / 5


def build(algorithm: Any, policy: Any = TransformerPolicy, n_envs: int = 32, reward: Any = None, **kwargs: Any) -> Any:
    venv = make_vec_env("TokenCopy-v0", n_envs=n_envs, seed=0, difficulty="easy", max_new_tokens=5, reward=reward)
    policy_kwargs = {"model": "tiny"} if policy is TransformerPolicy else {"width": 64}
    defaults = {"gamma": 1.0, "ent_coef": 0.01, "seed": 0, "policy_kwargs": policy_kwargs, "device": "cpu"}
    return algorithm(policy, venv, rollout_buffer_class=SequenceRolloutBuffer, **{**defaults, **kwargs})


def recent_return(model: Any) -> float:
    return float(np.mean([episode["r"] for episode in model.ep_info_buffer]))


@pytest.mark.parametrize(
    ("algorithm", "policy", "kwargs"),
    [
        (A2C, TransformerPolicy, {"n_steps": 8, "learning_rate": 1e-3, "use_rms_prop": False}),
        (PPO, LSTMPolicy, {"n_steps": 8, "learning_rate": 3e-3, "batch_size": 128, "n_epochs": 2}),
    ],
)
def test_learns_to_say_one_token(algorithm: Any, policy: Any, kwargs: dict[str, Any]) -> None:
    model = build(algorithm, policy, reward=count_of_b, **kwargs)
    model.learn(512)
    assert recent_return(model) < 0.4
    model.learn(3_500)
    assert recent_return(model) > 0.7


def test_ppo_learns_to_copy() -> None:
    model = build(PPO, n_steps=16, batch_size=128, n_epochs=4, learning_rate=5e-4)
    model.learn(512)
    before = recent_return(model)
    model.learn(6_000)
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


def test_the_vector_environment_serves_other_policies_and_maskable_ppo() -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=2, seed=0)
    obs = venv.reset()
    allowed = venv.get_attr("mdp")[0].codec.allowed
    masked = MaskablePPO("MultiInputPolicy", venv, n_steps=8, batch_size=16, n_epochs=1, device="cpu").learn(16)
    tokens, _ = masked.predict(obs, action_masks=np.array(venv.env_method("action_masks")))
    assert allowed[tokens].all()
    free = A2C("MultiInputPolicy", venv, n_steps=4, device="cpu").learn(16)
    assert masked.num_timesteps == free.num_timesteps == 16
    assert free.predict(obs)[0].shape == (2,)
