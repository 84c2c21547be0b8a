"""Each row of the catalogue with each kind of policy: learns, logs, predicts, is saved and comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.callbacks import BaseCallback
from transformers import AutoModelForCausalLM

import agents
from agents import FiniteGuard, LSTMPolicy, TrainingDiverged, TransformerPolicy
from agents.algorithms.catalogue import ALGORITHMS, find_algorithm
from agents.algorithms.fitting import own_policy
from tests.agents.helpers import assert_same, copy_env, weights
from tests.agents.test_guard import BrokenRewards, poison

POLICIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "decoder": (TransformerPolicy, {"model": "tiny"}),
    "encoder-decoder": (TransformerPolicy, {"model": "tiny-seq2seq"}),
    "lstm": (LSTMPolicy, {"width": 16}),
}
# Those that bring a network of their own are in test_sb3_algorithms.py.
NAMES = [name for name in ALGORITHMS if own_policy(find_algorithm(name).load()) is None]
SMALL = {
    "n_steps": 16,
    "batch_size": 32,
    "n_epochs": 1,
    "samples_per_example": 4,
    "gradient_steps": 1,
    "actor_delay": 0,
    "cg_max_steps": 2,
    "n_critic_updates": 1,
    "learning_starts": 0,
}


def make(name: str, env: Any, cls: Any, policy_kwargs: dict[str, Any], **more: Any) -> Any:
    """The algorithm with the settings of a run, made small."""
    row = find_algorithm(name)
    kwargs = row.config()(learning_rate=1e-2).kwargs()  # type: ignore[call-arg]
    if not row.config().reinforces:
        kwargs = {"learning_rate": 1e-2}
    kwargs = {key: SMALL.get(key, value) for key, value in kwargs.items()}
    return row.load()(cls, env, policy_kwargs=policy_kwargs, seed=0, device="cpu", **more, **kwargs)


class Calls(BaseCallback):
    def _on_step(self) -> bool:
        return True


@pytest.mark.filterwarnings("ignore:rich is experimental")
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", NAMES)
def test_every_algorithm_with_every_policy(name: str, policy: str, tmp_path: Path) -> None:
    cls, policy_kwargs = POLICIES[policy]
    env = copy_env(8)
    model = make(name, env, cls, policy_kwargs, tensorboard_log=str(tmp_path / "logs"))
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


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_one_run(name: str) -> None:
    first, second = (make(name, copy_env(8), LSTMPolicy, {"width": 16}).learn(300) for _ in range(2))
    assert_same(weights(first.policy), weights(second.policy))


UNUSED = {  # what an algorithm has no use for: the critic of those that have none, or one of their own
    name: ("value_head.",) for name in ("grpo", "q_actor_critic", "dagger", "bc")
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_trained_moves_and_what_is_frozen_stays(name: str) -> None:
    model = make(name, copy_env(8), TransformerPolicy, {"model": "tiny", "frozen_layers": 1})
    named = dict(model.policy.named_parameters())
    frozen = [key for key, weight in named.items() if not weight.requires_grad]
    assert frozen
    before = weights(model.policy)
    model.learn(600)
    for key, weight in named.items():
        stays = key in frozen or key.startswith(UNUSED.get(name, ()))
        assert torch.equal(weight, before[key]) is stays, key


@pytest.mark.parametrize("name", NAMES)
def test_plain_transformers_read_the_model(name: str, tmp_path: Path) -> None:
    """Its next token is the policy's, for a text that the policy reads."""
    env = copy_env(4)
    model = make(name, env, TransformerPolicy, {"model": "tiny"}).learn(100)
    model.policy.save_pretrained(tmp_path, env.get_attr("tokenizer")[0])
    plain = AutoModelForCausalLM.from_pretrained(tmp_path)
    trained = {key: weight for key, weight in model.policy.trunk.model.state_dict().items()}
    for key, weight in plain.state_dict().items():
        if key in trained:
            assert torch.equal(weight, trained[key]), key
    assert set(trained) <= set(plain.state_dict()) | {"lm_head.weight"}


@pytest.mark.parametrize("name", [name for name in NAMES if find_algorithm(name).config().reinforces])
def test_a_reward_that_is_no_number_stops_it_with_a_checkpoint(name: str, tmp_path: Path) -> None:
    env = BrokenRewards(copy_env(8), at=12)
    model = make(name, env, LSTMPolicy, {"width": 16})
    with pytest.raises(TrainingDiverged, match=r"rollout/rewards: got nan at step \d+, .*the weights before it are in"):
        model.learn(2_000, callback=FiniteGuard(tmp_path / "last.zip"))
    saved = agents.load(tmp_path / "last.zip", device="cpu")
    assert_same(weights(model.policy), weights(saved.policy))
    assert all(bool(torch.isfinite(weight).all()) for weight in saved.policy.parameters())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "trpo"])  # its line search refuses the step
def test_a_gradient_that_explodes_stops_it_with_a_checkpoint(name: str, tmp_path: Path) -> None:
    model = make(name, copy_env(8), LSTMPolicy, {"width": 16})
    poison(model.policy, "trunk.embedding.weight")
    with pytest.raises(
        TrainingDiverged, match=r"train/\w+.*: got (inf|nan) at step \d+, .*the weights before it are in"
    ):
        model.learn(2_000, callback=FiniteGuard(tmp_path / "last.zip"))
    saved = agents.load(tmp_path / "last.zip", device="cpu")
    assert_same(weights(model.policy), weights(saved.policy))
    assert all(bool(torch.isfinite(weight).all()) for weight in saved.policy.parameters())
