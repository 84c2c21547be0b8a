"""Reward weights that follow the training, and reward models from a log on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stable_baselines3 import A2C
from stable_baselines3.common.logger import Logger

from agents import REINFORCE, SequenceRolloutBuffer, TransformerPolicy, make_vec_env
from agents.callbacks import RewardAlarms, RewardSchedule
from textgym.rewards.alarms import Alarms
from textgym.rewards.preference import Preference
from textgym.rewards.registry import make_reward
from textgym.rewards.schedule import Linear
from textgym.rewards.terms import Term


def test_scheduled_weights_follow_the_training() -> None:
    terms = [Term("copy", make_reward("copy"), schedule=Linear(1.0, 0.0)), Term("length", make_reward("length"), 0.1)]
    env = make_vec_env("TokenCopy-v0", n_envs=4, seed=0, reward=terms)
    seen = []

    class Watch(RewardSchedule):
        def _on_rollout_end(self) -> None:
            seen.append(env.get_attr("mdp")[0].ledger.weights[0])

    model = A2C(TransformerPolicy, env, n_steps=8, rollout_buffer_class=SequenceRolloutBuffer,
                policy_kwargs={"model": "tiny"}, seed=0)  # fmt: skip
    model.learn(128, callback=Watch())
    assert seen == pytest.approx([1.0, 0.75, 0.5, 0.25])


def test_preferences_fit(tmp_path: Path) -> None:
    log, out = tmp_path / "log.jsonl", tmp_path / "model.safetensors"
    rows = [{"source": "s", "chosen": f"well done {n}", "rejected": f"badly done {n}"} for n in range(20)]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, "-m", "agents.cli", "preferences", "fit"]
    done = subprocess.run([*command, str(log), "--out", str(out)], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert "accuracy 1.000" in done.stdout
    assert Preference(str(out)) is not None
    bad = subprocess.run([*command, str(tmp_path / "none.jsonl"), "--out", str(out)], capture_output=True, text=True)
    assert bad.returncode == 2
    assert "none.jsonl" in bad.stderr


def test_alarms_watch_a_training() -> None:
    env = make_vec_env("TokenCopy-v0", n_envs=4, seed=0, reward={"constant": {"args": {"per": "token"}}})
    falling = iter(range(100, 0, -1))
    alarms = Alarms(window=3, trend=0.1, length_factor=1.01, on_alarm=lambda alarm: None)
    callback = RewardAlarms(every=64, alarms=alarms, held_out=lambda: {"validation": next(falling) / 100})
    model = A2C(TransformerPolicy, env, n_steps=16, rollout_buffer_class=SequenceRolloutBuffer,
                policy_kwargs={"model": "tiny"}, seed=0)  # fmt: skip
    model.learn(640, callback=callback)
    seen = alarms._series
    assert set(seen) == {
        "reward", "length", "repetition", "copying", "held_out/copy", "held_out/exact_match", "held_out/validation"
    }  # fmt: skip
    assert 8 <= len(seen["reward"]) <= 10
    assert callback.rung, "lengths move by more than a hundredth"
    assert model.logger.name_to_value["alarms/rung"] == len(callback.rung)
    with pytest.raises(ValueError, match="every: got 0"):
        RewardAlarms(every=0)


def test_rows_that_wait_for_the_longest_text_are_no_texts() -> None:
    callback = RewardAlarms(every=10**6)
    model = REINFORCE(
        TransformerPolicy, make_vec_env("TokenCopy-v0", n_envs=8, seed=0, difficulty="easy"),
        policy_kwargs={"model": "tiny"}, seed=0, device="cpu",
    ).learn(400, callback=callback)  # fmt: skip
    assert len(callback._ended) == 8 * model._n_updates


def test_alarms_ring_when_the_unpaid_metric_falls() -> None:
    callback = RewardAlarms(every=1, alarms=Alarms(window=3, on_alarm=lambda alarm: None))
    callback._paid = ("rouge",)
    callback.model = type("Model", (), {"logger": Logger(None, [])})()
    for step in range(5):
        callback.num_timesteps = step
        metrics = {"rouge1": 0.1 * step, "coverage": 0.9 - 0.1 * step, "repetition": 0.9 - 0.1 * step}
        callback._ended = [(float(step), "a b c d e f", "a b c d e f" if step > 3 else "g", metrics)]
        callback._look()
    assert {alarm.kind for alarm in callback.rung} == {"overoptimisation", "copying"}
    assert "coverage falls" in callback.rung[0].message
    assert callback.logger.name_to_value["alarms/rung"] == len(callback.rung) == 2
