"""Values that are read at their use: the same numbers as values that are read at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import A2C
from torch import Tensor

from agents import SequenceRolloutBuffer, TransformerPolicy, make_vec_env
from agents.policies.base import TokenPolicy
from agents.policies.pending import PendingValues
from agents.policies.rollout_cache import _Follower
from tests.agents.typing_pool import NETWORKS, Rows, make_policy

TOLERANCE = {"atol": 1e-4, "rtol": 0.0}


@torch.no_grad()
def asked(policy: TokenPolicy, rows: Rows, ended: list[int]) -> tuple[Tensor, Tensor]:
    """The values of rows after their second token, of which `ended` have begun anew, and those of one pass."""
    for _ in range(2):
        rows.emit(policy(rows.observe())[0], end=0.0)
    policy(rows.observe())
    rows.emit(torch.full((rows.n,), 5), end=0.0)
    for row in ended:
        rows.begin(row)
    obs = rows.observe()
    return policy.predict_values(obs), policy.evaluate_actions(obs, torch.zeros(rows.n))[0]


@pytest.mark.parametrize("value_network", ["shared", "separate"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("ended", [[1], [0, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7]])
def test_any_use_reads_the_values_of_the_observations_at_the_call(
    network: str, value_network: str, ended: list[int]
) -> None:
    rows = Rows(8)
    values, wanted = asked(make_policy(network, value_network=value_network), rows, ended)
    assert isinstance(values, PendingValues)
    rows.source[:], rows.generated[:], rows.step[:] = 3, 3, 1  # an environment's memory moves on
    torch.testing.assert_close(values.clone(), wanted, **TOLERANCE)
    torch.testing.assert_close(torch.cat([values, values]), torch.cat([wanted, wanted]), **TOLERANCE)
    np.testing.assert_allclose(np.asarray(values), wanted.numpy(), **TOLERANCE)
    assert values.shape == (8, 1)
    assert type(values + 1) is Tensor


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("ended", [[1], [0, 2, 3], [0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6, 7]])
def test_the_values_of_some_rows_are_read_without_the_others(
    network: str, ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, rows = make_policy(network), Rows(8)
    values, wanted = asked(policy, rows, ended)
    assert isinstance(values, PendingValues)
    read: list[int] = []
    fill = _Follower._fill

    def filled(follower: _Follower, observation: Any, at: Tensor) -> None:
        read.extend(at.tolist())
        fill(follower, observation, at)

    monkeypatch.setattr(_Follower, "_fill", filled)
    going = torch.ones(8, dtype=torch.bool)
    going[ended] = False
    torch.testing.assert_close(values.of(going), wanted.where(going.unsqueeze(1), 0.0), **TOLERANCE)
    assert not set(read) & set(ended)
    with torch.no_grad():  # the cache knows which rows it has not read
        torch.testing.assert_close(policy(rows.observe())[1], wanted, **TOLERANCE)
    assert set(read) >= set(ended)
    torch.testing.assert_close(values.of(going), wanted.where(going.unsqueeze(1), 0.0), **TOLERANCE)
    torch.testing.assert_close(values * 1, wanted, **TOLERANCE)


def test_values_that_were_not_used_before_an_update_cannot_be_read_after_it() -> None:
    policy = make_policy()
    for weight in (policy.value_head.weight, policy.trunk.head().weight):
        values, _ = asked(policy, Rows(8), [1, 2])
        with torch.no_grad():
            weight.add_(1.0)
        with pytest.raises(RuntimeError, match="clone"):
            values.sum()
    values, _ = asked(policy, Rows(8), [1, 2])
    policy.set_training_mode(True)
    with pytest.raises(RuntimeError, match="clone"):
        values.sum()


@pytest.mark.parametrize("limit", [None, 5])
def test_returns_are_those_of_values_that_are_read_at_once(limit: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: an episode that ends with the rollout, or before it, or goes on.

    In double precision: fewer rows are another shape of matrix, in which a processor may round otherwise, and returns
    are kept in single precision.
    """

    def returns() -> tuple[np.ndarray[Any, Any], bool]:
        venv = make_vec_env("TokenCopy-v0", n_envs=12, seed=0, max_new_tokens=9, max_episode_steps=limit)
        model = A2C(
            TransformerPolicy, venv, n_steps=10 if limit else 9, seed=0, rollout_buffer_class=SequenceRolloutBuffer,
            policy_kwargs={"model": "tiny"}, device="cpu", gamma=0.9, gae_lambda=0.8,
        )  # fmt: skip
        model.policy.double()
        pending = []
        plain = SequenceRolloutBuffer.compute_returns_and_advantage

        def compute(buffer: SequenceRolloutBuffer, last_values: Tensor, dones: Any) -> None:
            pending.append(isinstance(last_values, PendingValues))
            plain(buffer, last_values, dones)

        with monkeypatch.context() as patch:
            patch.setattr(SequenceRolloutBuffer, "compute_returns_and_advantage", compute)
            model.learn(3 * model.n_steps * 12)
        return model.rollout_buffer.returns, any(pending)

    found, deferred = returns()
    assert deferred
    monkeypatch.setattr(PendingValues, "of", lambda values, needed: values._read(torch.ones_like(needed)))
    wanted, _ = returns()
    np.testing.assert_array_equal(found, wanted)
