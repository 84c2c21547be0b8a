"""DQN, QR-DQN, TRPO, RecurrentPPO and MaskablePPO on the environments as they are, with what `fitted` gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sb3_contrib
import torch
from rich.console import Console
from sb3_contrib import QRDQN, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DQN

import agents
from agents import LSTMPolicy, SequenceRolloutBuffer, TransformerPolicy, evaluate, make_vec_env
from agents.algorithms import contrib
from agents.algorithms.catalogue import find_algorithm
from agents.algorithms.fitting import fitted, own_policy
from agents.benchmark.algorithms import construct
from agents.benchmark.suites import find_suite
from agents.policies.features import TokenFeatures
from agents.runs.folder import RunFolder
from agents.runs.judge import find_model
from agents.runs.recipes import find_recipe
from agents.runs.settings import RunSettings
from agents.runs.train import Run
from tests.agents.helpers import assert_same, copy_env, weights
from tests.agents.test_guard import poison

OWN = ("recurrent_ppo", "dqn", "qr_dqn")
FAST: dict[str, dict[str, Any]] = {
    "trpo": {"n_steps": 32, "batch_size": 128, "gamma": 0.5, "learning_rate": 3e-3, "target_kl": 0.05,
             "cg_max_steps": 5},
    "maskable_ppo": {"n_steps": 16, "batch_size": 128, "n_epochs": 4, "gamma": 0.5, "learning_rate": 2e-3},
    "recurrent_ppo": {"gamma": 0.5, "learning_rate": 3e-3},
    "dqn": {"gamma": 0.5, "learning_starts": 200, "target_update_interval": 100},
    "qr_dqn": {"gamma": 0.5, "learning_starts": 200, "target_update_interval": 100},
}  # fmt: skip
EASY: dict[str, Any] = {"difficulty": "easy", "max_new_tokens": 5}


def count_of_b(text: str, example: Any) -> float:
    """A task that is learned in seconds: say "b"."""
    return text.count("b") / 5


def build(name: str, n_envs: int = 16, reward: Any = None, **changes: Any) -> Any:
    """The algorithm as its row says, on a small network."""
    row = find_algorithm(name)
    settings: dict[str, Any] = {**row.config()().kwargs(), **FAST[name], **changes}
    if own_policy(row.load()):
        more = {"features_extractor_kwargs": {"width": 16}}
        settings["policy_kwargs"] = {**settings.get("policy_kwargs", {}), **more}
    policy, kwargs = fitted(row.load(), settings, {"model": "tiny"})
    env = make_vec_env("TokenCopy-v0", n_envs=n_envs, seed=0, reward=reward, **EASY)
    return row.load()(policy, env, seed=0, device="cpu", **kwargs)


@pytest.mark.parametrize("name", FAST)
def test_learns_to_say_one_token(name: str) -> None:
    model = build(name, reward=count_of_b).learn(2_500)
    found = evaluate(model, {"id": "TokenCopy-v0", "reward": count_of_b, **EASY}, n_examples=8, anchors=(0.0, 1.0))
    assert found.mean_return > 0.7


@pytest.mark.parametrize("name", OWN)
def test_own_networks_are_saved_without_pickles_and_go_on(name: str, tmp_path: Path) -> None:
    model = build(name).learn(400)
    again = agents.load(agents.save(model, tmp_path / "m"), model.get_env(), device="cpu")
    assert type(again) is type(model)
    assert_same(weights(model.policy), weights(again.policy))
    obs = model.get_env().reset()
    assert np.array_equal(model.predict(obs, deterministic=True)[0], again.predict(obs, deterministic=True)[0])
    again.learn(300, reset_num_timesteps=False)
    assert again.num_timesteps > model.num_timesteps
    assert any(
        not torch.equal(new, old) for new, old in zip(again.policy.parameters(), model.policy.parameters(), strict=True)
    )


def test_a_network_that_json_cannot_describe_is_not_saved(tmp_path: Path) -> None:
    kwargs = {"features_extractor_class": TokenFeatures, "activation_fn": torch.nn.Tanh}
    model = DQN("MultiInputPolicy", copy_env(2), policy_kwargs=kwargs, buffer_size=100, device="cpu")
    with pytest.raises(ValueError, match=r"policy_kwargs: got .*Tanh.* for activation_fn"):
        agents.save(model, tmp_path / "m")


@pytest.mark.parametrize("name", OWN)
def test_a_run_trains_its_own_network_from_nothing(name: str, tmp_path: Path) -> None:
    changes = {"timesteps": "300", "validate_every": "200", "validation_examples": "4", "test_examples": "4"}
    recipe, algorithm = find_recipe("copy", name, "tiny", changes)
    settings = RunSettings("TokenCopy-v0", {"difficulty": "easy"}, name, "tiny", recipe, algorithm, 0, "cpu")
    run = Run(settings, RunFolder(tmp_path / "run"), Console(quiet=True))
    assert run.phases == ("before", "rl", "after", "report")
    assert run.execute()
    policy, arguments = find_model(str(tmp_path / "run"), None, {})
    assert_same(weights(run.policy), weights(policy))
    assert evaluate(policy, arguments, n_examples=4, anchors=(0.0, 1.0)).mean_length > 0
    assert Run.resume(tmp_path / "run", Console(quiet=True)).execute()


def test_which_policy_an_algorithm_takes() -> None:
    assert own_policy(RecurrentPPO) == "MultiInputLstmPolicy"
    assert {own_policy(cls) for cls in (DQN, QRDQN)} == {"MultiInputPolicy"}
    assert {own_policy(cls) for cls in (A2C, sb3_contrib.TRPO, MaskablePPO, agents.REINFORCE)} == {None}


@pytest.mark.parametrize("place", ["sb3_contrib:TRPO", "sb3_contrib:MaskablePPO", "stable_baselines3:DQN", "qr_dqn"])
def test_a_benchmark_constructs_them(place: str) -> None:
    task = find_suite("quick").tasks[0]
    small = {"n_steps": 8, "batch_size": 32} if "DQN" not in place and "dqn" not in place else {"buffer_size": 500}
    model = construct(place, task, copy_env(4), 0, {**small, "learning_rate": 1e-3})
    model.learn(64)
    assert model.num_timesteps >= 64
    buffer = getattr(model, "rollout_buffer", None)
    assert buffer is None or isinstance(buffer, SequenceRolloutBuffer)


def test_trpo_is_that_of_sb3_contrib() -> None:
    """Its step with all gradients taken at once is the official one's, which takes the weights one by one."""
    ends = []
    for cls in (sb3_contrib.TRPO, contrib.TRPO):
        model = cls(
            LSTMPolicy, copy_env(8), n_steps=8, batch_size=64, rollout_buffer_class=SequenceRolloutBuffer,
            policy_kwargs={"width": 16}, seed=0, device="cpu",
        ).learn(128)  # fmt: skip
        ends.append(weights(model.policy))
    for key, weight in ends[0].items():
        torch.testing.assert_close(ends[1][key], weight, atol=2e-4, rtol=1e-3)


def test_trpo_runs_unmodified_on_plain_buffers_and_keeps_to_its_region() -> None:
    model = sb3_contrib.TRPO(
        TransformerPolicy, copy_env(4), n_steps=8, batch_size=32, policy_kwargs={"model": "tiny"}, seed=0,
        device="cpu", target_kl=0.01, cg_max_steps=3,
    )  # fmt: skip
    model.learn(32)
    assert 0 < model.logger.name_to_value["train/kl_divergence_loss"] < 0.01


def test_trpo_takes_no_step_that_is_not_finite() -> None:
    policy_kwargs = {"width": 16}
    model = contrib.TRPO(
        LSTMPolicy, copy_env(4), n_steps=8, batch_size=32, rollout_buffer_class=SequenceRolloutBuffer, cg_max_steps=2,
        policy_kwargs=policy_kwargs, seed=0, device="cpu",
    )  # fmt: skip
    poison(model.policy, "trunk.embedding.weight")
    before = weights(model.policy)
    model.learn(32)
    assert model.logger.name_to_value["train/is_line_search_success"] == 0
    assert all(torch.equal(before[key], weight) for key, weight in weights(model.policy).items() if "value" not in key)


def test_maskable_ppo_hands_over_the_masks_of_each_step() -> None:
    """With only "b" allowed it says nothing else, and its first ratio is 1."""
    model = build("maskable_ppo", n_envs=4, n_steps=8, n_epochs=1, batch_size=32)
    only = np.zeros((4, 13), dtype=bool)
    letter = model.get_env().get_attr("tokenizer")[0].encode("b", add_special_tokens=False)[0]
    only[:, letter] = True
    model.get_env().env.unwrapped.action_masks = lambda: only
    model.learn(32)
    assert (model.rollout_buffer.actions == letter).all()
    assert np.allclose(model.rollout_buffer.log_probs, 0.0, atol=1e-6)
    assert model.logger.name_to_value["train/approx_kl"] == pytest.approx(0.0, abs=1e-6)
    obs = model.get_env().reset()
    assert (model.predict(obs, action_masks=only)[0] == letter).all()


def test_features_do_not_look_ahead() -> None:
    env = copy_env(4)
    features = TokenFeatures(env.observation_space, width=8)
    obs = {key: torch.as_tensor(part) for key, part in env.reset().items()}
    obs["step"] = torch.full_like(obs["step"], 2)
    changed = {**obs, "generated": obs["generated"].clone()}
    changed["generated"][:, 2:] = 3
    assert torch.equal(features(obs), features(changed))
    changed["generated"][:, 1] = 3
    assert not torch.equal(features(obs), features(changed))
