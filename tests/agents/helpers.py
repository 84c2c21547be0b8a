"""Small models and environments for the tests of the algorithms."""

from __future__ import annotations

from typing import Any

import torch

from agents import LSTMPolicy, make_vec_env
from agents.policies.base import TokenPolicy
from agents.vec_env import TokenVecEnv

torch.set_num_threads(1)  # networks of this size are slower on several

COPY: dict[str, Any] = {"id": "TokenCopy-v0", "difficulty": "easy"}
LSTM: dict[str, Any] = {"policy_kwargs": {"width": 32}, "device": "cpu"}


def copy_env(n_envs: int = 8, **settings: Any) -> TokenVecEnv:
    return make_vec_env("TokenCopy-v0", n_envs=n_envs, seed=0, difficulty="easy", **settings)


def small(algorithm: Any, env: TokenVecEnv | None = None, **settings: Any) -> Any:
    return algorithm(LSTMPolicy, env or copy_env(), **{**LSTM, "seed": 0, **settings})


def weights(policy: TokenPolicy) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in policy.state_dict().items()}


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, weight in first.items():
        assert torch.equal(weight, second[name]), name
