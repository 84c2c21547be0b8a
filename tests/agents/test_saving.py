"""Saved models: no pickles, the same answers in another process, training that goes on as if it had not stopped."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import LinearSchedule

import agents
from agents import (
    GRPO,
    MIXER,
    NLPO,
    REINFORCE,
    BehaviorCloning,
    DAgger,
    LSTMPolicy,
    SequenceRolloutBuffer,
    TransformerPolicy,
    make_vec_env,
)
from agents.coding import Unsaved, decode, encode
from tests.agents.helpers import assert_same, copy_env, small, weights

SCRIPT = """
import sys, json, numpy as np, torch
torch.set_num_threads(1)
import agents
model = agents.load(sys.argv[1], device="cpu")
obs = {k: np.array(v, dtype=np.int32) for k, v in json.loads(sys.argv[2]).items()}
actions, _ = model.predict(obs, deterministic=True)
with torch.no_grad():
    value, log_prob, _ = model.policy.evaluate_actions(model.policy.obs_to_tensor(obs)[0], torch.as_tensor(actions))
print(json.dumps([actions.tolist(), value.flatten().tolist(), log_prob.tolist()]))
"""


@pytest.mark.parametrize("task", ["TokenCopy-v0", "TokenCaption-v0"])
def test_another_process_predicts_the_same(task: str, tmp_path: Path) -> None:
    shape = {"image_size": 16} if task == "TokenCaption-v0" else {}
    env = make_vec_env(task, n_envs=4, seed=0, difficulty="easy", **shape)
    model = small(REINFORCE, env, baseline="value").learn(200)
    path = model.save(tmp_path / "model")
    assert path.name == "model.zip"
    obs = env.reset()
    listed = json.dumps({key: part.tolist() for key, part in obs.items()})
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), listed], capture_output=True, text=True, check=True
    ).stdout
    actions, _ = model.predict(obs, deterministic=True)
    with torch.no_grad():
        tensors = model.policy.obs_to_tensor(obs)[0]
        value, log_prob, _ = model.policy.evaluate_actions(tensors, torch.as_tensor(actions))
    assert json.loads(answer) == [actions.tolist(), value.flatten().tolist(), log_prob.tolist()]


@pytest.mark.parametrize("algorithm", [A2C, PPO])
def test_stable_baselines3_models_go_the_same_way(algorithm: Any, tmp_path: Path) -> None:
    env = copy_env(4)
    model = algorithm(
        LSTMPolicy, env, n_steps=16, rollout_buffer_class=SequenceRolloutBuffer, policy_kwargs={"width": 16},
        learning_rate=LinearSchedule(1e-2, 1e-3, 1.0), device="cpu", **({"batch_size": 64} if algorithm is PPO else {}),
    ).learn(128)  # fmt: skip
    state = torch.get_rng_state()
    again = agents.load(agents.save(model, tmp_path / "m.zip"), env, device="cpu")
    assert torch.equal(state, torch.get_rng_state())
    assert type(again) is algorithm
    assert again.rollout_buffer_class is SequenceRolloutBuffer
    assert again.lr_schedule(0.5) == model.lr_schedule(0.5) == pytest.approx(5.5e-3)
    assert again.num_timesteps == model.num_timesteps
    assert_same(weights(model.policy), weights(again.policy))
    kept = again.policy.optimizer.state_dict()["state"]
    for index, entries in model.policy.optimizer.state_dict()["state"].items():
        for name, value in entries.items():
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(kept[index][name]))
    again.learn(64, reset_num_timesteps=False)


@pytest.mark.parametrize("model", ["tiny", "tiny-seq2seq"])
def test_transformers_are_rebuilt_from_their_configuration(model: str, tmp_path: Path) -> None:
    policy = {"model": model, "value_network": "separate", "temperature": 0.7, "top_k": 5}
    first = BehaviorCloning(TransformerPolicy, copy_env(4), policy_kwargs=policy, seed=0, device="cpu")
    again = BehaviorCloning.load(first.save(tmp_path / "a.b"), device="cpu")
    assert_same(weights(first.policy), weights(again.policy))
    assert again.policy.sampling == first.policy.sampling
    assert again.policy.prompt == first.policy.prompt
    assert again.observation_space.tokens.allowed.tolist() == first.observation_space.tokens.allowed.tolist()


class SaveAt(BaseCallback):
    """Saves once, at a step that lies inside a rollout."""

    def __init__(self, path: Path, call: int) -> None:
        super().__init__()
        self.path, self.call = path, call

    def _on_step(self) -> bool:
        if self.n_calls == self.call:
            self.model.save(self.path)
        return True


@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        (REINFORCE, {"baseline": "self_critical", "kl_coef": 0.1, "kl_target": 1.0}),
        (REINFORCE, {"baseline": "value", "n_episodes": 16, "learning_rate": LinearSchedule(1e-2, 1e-3, 1.0)}),
        (BehaviorCloning, {"scheduled_sampling": 0.5, "held_out": 32, "validate_every": 2, "patience": None}),
        (GRPO, {"kl_coef": 0.1, "n_epochs": 2, "batch_size": 4}),
        (NLPO, {"kl_coef": 0.1, "kl_target": 1.0, "n_epochs": 2, "batch_size": 4, "masking_updates": 2}),
        (MIXER, {}),
        (DAgger, {"batch_size": 8}),
    ],
)
def test_resumed_equals_uninterrupted(algorithm: Any, settings: dict[str, Any], tmp_path: Path) -> None:
    total, path = 1_500, tmp_path / "middle.zip"
    settings = {"learning_rate": 1e-2, **settings}
    whole = small(algorithm, **settings).learn(
        total, callback=SaveAt(path, call=4 if algorithm is BehaviorCloning else 30)
    )
    torch.rand(5)  # the program's own random numbers do not matter
    resumed = agents.load(path, copy_env(), device="cpu")
    assert 0 < resumed.num_timesteps < whole.num_timesteps
    resumed.learn(total - resumed.num_timesteps, reset_num_timesteps=False)
    assert resumed.num_timesteps == whole.num_timesteps
    assert_same(weights(whole.policy), weights(resumed.policy))
    assert_same(
        {str(k): v["exp_avg"] for k, v in whole.policy.optimizer.state_dict()["state"].items()},
        {str(k): v["exp_avg"] for k, v in resumed.policy.optimizer.state_dict()["state"].items()},
    )


def test_files_hold_json_and_safetensors_only(tmp_path: Path) -> None:
    path = small(REINFORCE).save(tmp_path / "m")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        settings = json.loads(archive.read("settings.json"))
    assert sorted(names) == [f"{n}.safetensors" for n in ("extra", "optimizer", "policy", "random")] + ["settings.json"]
    assert settings["algorithm"] == "REINFORCE"
    assert [file.name for file in tmp_path.iterdir()] == ["m.zip"]


def test_functions_are_not_saved_and_load_says_so(tmp_path: Path) -> None:
    path = small(REINFORCE, learning_rate=lambda progress: 0.5 * progress).save(tmp_path / "m")
    with pytest.warns(UserWarning, match="learning_rate: could not be saved"):
        agents.load(path)
    assert agents.load(path, learning_rate=0.25).lr_schedule(1.0) == 0.25


def test_load_refuses(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"path: got '.*nothing.zip', which does not exist"):
        agents.load(tmp_path / "nothing")
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(ValueError, match=r"which is no model that agents\.save"):
        agents.load(tmp_path / "text.zip")
    path = small(REINFORCE).save(tmp_path / "m")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    settings = json.loads(parts["settings.json"])
    for field, value in (("algorithm", "REINFORCER"), ("policy", "os.system")):
        parts["settings.json"] = json.dumps({**settings, field: value}).encode()
        with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        with pytest.raises(ValueError, match=f"{field}: got '{value}', allowed are"):
            agents.load(tmp_path / "bad.zip")
    with pytest.raises(ValueError, match="Observation spaces do not match"):
        agents.load(path, copy_env(2, max_new_tokens=4))


def test_encoding() -> None:
    for value in (None, True, 3, 2.5, "x", (1, 2), [1, (2,)], {"a": {"b": 1}}, float("inf"), torch.optim.AdamW):
        assert decode(json.loads(json.dumps(encode(value)))) == value
    assert encode(np.int64(3)) == 3
    assert isinstance(decode(encode(print)), Unsaved)
    assert decode(encode({"f": print, "x": 1})) == {"x": 1}
    with pytest.raises(ValueError, match="class: got 'system'"):
        decode({"$class": "system"})
