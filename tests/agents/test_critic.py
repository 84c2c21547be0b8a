"""The value head fitted before the first update."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from agents import TransformerPolicy, make_vec_env
from agents.algorithms.critic import fit_value_head
from agents.algorithms.episodes import play
from agents.algorithms.estimators import discounted_returns


@pytest.fixture
def policy_and_env() -> tuple[TransformerPolicy, object]:
    torch.manual_seed(0)
    env = make_vec_env("TokenCopy-v0", n_envs=32, seed=0, difficulty="easy")
    return TransformerPolicy(env.observation_space, env.action_space, lambda _: 1e-3, model="tiny"), env


def test_the_head_predicts_the_returns_and_nothing_else_changes(
    policy_and_env: tuple[TransformerPolicy, object],
) -> None:
    policy, env = policy_and_env
    before = {name: weight.clone() for name, weight in policy.state_dict().items()}
    played, _ = fit_value_head(policy, env, 2_000)
    assert played >= 2_000
    changed = {name for name, weight in policy.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed == {"value_head.weight", "value_head.bias"}
    episodes = play(policy, env)
    assert episodes is not None
    returns = discounted_returns(torch.as_tensor(episodes.rewards), torch.as_tensor(episodes.valid)).numpy()
    errors = (returns - episodes.values)[episodes.valid]
    assert errors.var() < returns[episodes.valid].var()
    assert abs(float(np.mean(errors))) < 0.1


def test_it_is_the_ridge_regression_of_the_returns(policy_and_env: tuple[TransformerPolicy, object]) -> None:
    from agents.algorithms.critic import _solve

    rng = torch.Generator().manual_seed(1)
    x = torch.randn(200, 5, generator=rng, dtype=torch.float64)
    x[:, -1] = 1.0
    y = torch.randn(200, generator=rng, dtype=torch.float64)
    found = _solve([x[:120], x[120:]], [y[:120], y[120:]], 0.3)
    penalty = 0.3 * float((x.T @ x).diagonal()[:-1].mean())
    rows = torch.cat([x, penalty**0.5 * torch.eye(5, dtype=torch.float64)[:4]])  # the same as extra rows
    expected = torch.linalg.lstsq(rows, torch.cat([y, torch.zeros(4, dtype=torch.float64)])[:, None]).solution[:, 0]
    assert torch.allclose(found, expected, atol=1e-6)
