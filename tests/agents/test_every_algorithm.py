"""Each row of the catalogue with each kind of policy: learns, logs, predicts, is saved and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.callbacks import BaseCallback

import agents
from agents import LSTMPolicy, TransformerPolicy
from agents.algorithms.catalogue import ALGORITHMS, find_algorithm
from tests.agents.helpers import assert_same, copy_env, weights

POLICIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "decoder": (TransformerPolicy, {"model": "tiny"}),
    "encoder-decoder": (TransformerPolicy, {"model": "tiny-seq2seq"}),
    "lstm": (LSTMPolicy, {"width": 16}),
}
SMALL = {
    "n_steps": 16,
    "batch_size": 32,
    "n_epochs": 1,
    "samples_per_example": 4,
    "gradient_steps": 1,
    "actor_delay": 0,
}


class Calls(BaseCallback):
    def _on_step(self) -> bool:
        return True


@pytest.mark.filterwarnings("ignore:rich is experimental")
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_with_every_policy(name: str, policy: str, tmp_path: Path) -> None:
    row = find_algorithm(name)
    kwargs = row.config()(learning_rate=1e-2).kwargs()  # type: ignore[call-arg]
    if not row.config().reinforces:
        kwargs = {"learning_rate": 1e-2}
    kwargs = {key: SMALL.get(key, value) for key, value in kwargs.items()}
    cls, policy_kwargs = POLICIES[policy]
    env = copy_env(8)
    model = row.load()(
        cls, env, policy_kwargs=policy_kwargs, seed=0, device="cpu", tensorboard_log=str(tmp_path / "logs"), **kwargs
    )
    before, calls = weights(model.policy), Calls()
    model.learn(300, callback=calls, progress_bar=policy == "lstm")
    assert model.num_timesteps >= 300
    assert calls.n_calls > 0
    after = weights(model.policy)
    assert any(not torch.equal(before[key], after[key]) for key in before)
    assert all(bool(torch.isfinite(weight).all()) for weight in after.values())
    assert list((tmp_path / "logs").rglob("events.out.tfevents.*"))
    again = agents.load(agents.save(model, tmp_path / "m"), device="cpu")
    assert_same(after, weights(again.policy))
    obs = env.reset()
    assert np.array_equal(model.predict(obs, deterministic=True)[0], again.predict(obs, deterministic=True)[0])
