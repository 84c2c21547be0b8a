"""Reward weights that follow the training, and reward models from a log on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stable_baselines3 import A2C

from agents import SequenceRolloutBuffer, TransformerPolicy, make_vec_env
from agents.callbacks import RewardSchedule
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
