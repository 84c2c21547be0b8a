"""Stable-Baselines3's own algorithms, stopped and resumed: bit for bit what they are without a stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.callbacks import BaseCallback

import agents
from agents import LSTMPolicy, SequenceRolloutBuffer, TransformerPolicy, make_vec_env
from agents.runs.folder import RunFolder
from agents.runs.recipes import find_recipe
from agents.runs.settings import RunSettings
from agents.runs.train import Run
from tests.agents.helpers import assert_same, copy_env, weights

POLICIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "lstm": (LSTMPolicy, {"width": 16}),
    "decoder": (TransformerPolicy, {"model": "tiny"}),
}


class SaveAtRollout(BaseCallback):
    """Saves once, at the start of a rollout."""

    def __init__(self, path: Path, rollout: int) -> None:
        super().__init__()
        self.path, self.left = path, rollout

    def _on_rollout_start(self) -> None:
        self.left -= 1
        if self.left == 0:
            agents.save(self.model, self.path)

    def _on_step(self) -> bool:
        return True


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("algorithm", [A2C, PPO])
def test_resumed_equals_uninterrupted(algorithm: Any, policy: str, tmp_path: Path) -> None:
    """Rollouts of 7 steps end inside episodes of up to 9 tokens."""
    cls, policy_kwargs = POLICIES[policy]
    settings: dict[str, Any] = {"n_steps": 7, "learning_rate": 1e-2, "rollout_buffer_class": SequenceRolloutBuffer}
    more: dict[str, Any] = {"use_rms_prop": False} if algorithm is A2C else {}  # A2C's objects do not keep it
    settings |= more or {"batch_size": 14, "n_epochs": 2}
    total, path = 7 * 8 * 6, tmp_path / "middle.zip"
    whole = algorithm(cls, copy_env(), policy_kwargs=policy_kwargs, seed=0, device="cpu", **settings)
    whole.learn(total, callback=SaveAtRollout(path, rollout=3))
    torch.rand(5), np.random.rand(5)  # the program goes on drawing
    resumed = agents.load(path, copy_env(), device="cpu", random_state=True, **more)
    assert resumed.num_timesteps == 2 * 7 * 8
    assert not resumed._last_episode_starts.all()
    resumed.learn(total - resumed.num_timesteps, reset_num_timesteps=False)
    assert resumed.num_timesteps == whole.num_timesteps
    assert_same(weights(whole.policy), weights(resumed.policy))


def test_load_leaves_the_programs_generators_alone_unless_asked(tmp_path: Path) -> None:
    model = A2C(LSTMPolicy, copy_env(), n_steps=7, policy_kwargs={"width": 16}, seed=0, device="cpu",
                rollout_buffer_class=SequenceRolloutBuffer)  # fmt: skip
    path = agents.save(model.learn(60), tmp_path / "m")
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    agents.load(path, copy_env(), device="cpu", use_rms_prop=True)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("env_id", ["TokenCopy-v0", "TokenDialogue-v0"])
def test_moments_come_back(env_id: str) -> None:
    """Rewards, observations, ends and the examples that follow, from a moment inside the episodes."""
    kwargs: dict[str, Any] = {"max_new_tokens": 6}
    one, other = (make_vec_env(env_id, n_envs=4, seed=seed, samples_per_example=2, **kwargs) for seed in (3, 9))
    rng = np.random.default_rng(0)
    allowed = np.flatnonzero(one.get_attr("mdp")[0].codec.allowed)
    one.reset()
    for _ in range(9):
        one.step(rng.choice(allowed, size=4))
    state = json.loads(json.dumps(one.get_state()))
    obs, starts = other.set_state(state)
    assert starts.tolist() == [not text for text in state["tokens"]]
    assert state == other.get_state()
    for _ in range(30):
        actions = rng.choice(allowed, size=4)
        found, expected = other.step(actions), one.step(actions)
        for key, part in expected[0].items():  # type: ignore[union-attr]
            assert np.array_equal(found[0][key], part)  # type: ignore[call-overload,index]
        assert np.array_equal(found[1], expected[1])
        assert np.array_equal(found[2], expected[2])
        for mine, theirs in zip(found[3], expected[3], strict=True):
            assert mine.get("text") == theirs.get("text")
            assert mine.get("episode", {}).get("r") == theirs.get("episode", {}).get("r")
    assert state["tokens"] != other.get_state()["tokens"]  # type: ignore[index]
    assert set(obs) == set(found[0])


def test_a_moment_of_other_rows_is_refused() -> None:
    one, other = copy_env(4), copy_env(8)
    one.reset()
    with pytest.raises(ValueError, match="state: got one of 4 rows, allowed is one of 8"):
        other.set_state(one.get_state())  # type: ignore[arg-type]


class StopAfter:
    """Asks for a stop at the n-th boundary between updates of RL; never, for -1."""

    def __init__(self, run: Run, boundaries: int) -> None:
        self.run, self.left = run, boundaries

    @property
    def requested(self) -> bool:
        if self.run.state.phase == "rl":
            self.left -= 1
        return self.left == 0

    def check(self) -> None:
        """Evaluations are not stopped."""

    def __enter__(self) -> StopAfter:
        return self

    def __exit__(self, *error: object) -> None:
        pass


@pytest.mark.parametrize("algo", ["a2c", "ppo"])
def test_a_run_that_was_stopped_equals_one_that_was_not(algo: str, tmp_path: Path) -> None:
    changes = {"timesteps": "768", "warm_start_tokens": "300", "n_steps": "16", "validate_every": "256"}
    changes |= {"validation_examples": "8", "test_examples": "4", "critic_tokens": "100"}
    changes |= {"batch_size": "64"} if algo == "ppo" else {}
    recipe, config = find_recipe("copy", algo, "tiny", changes)
    settings = RunSettings("TokenCopy-v0", {"difficulty": "easy"}, algo, "tiny", recipe, config, 0, "cpu")
    console = Console(quiet=True)
    ends = []
    for name, boundary in (("whole", -1), ("stopped", 4)):
        run = Run(settings, RunFolder(tmp_path / name), console)
        run.interruption = StopAfter(run, boundary)  # type: ignore[assignment]
        done = run.execute()
        assert done is (boundary < 0)
        if not done:
            torch.rand(5), np.random.rand(5)
            run = Run.resume(tmp_path / name, console)
            assert 0 < run.state.step < recipe.timesteps
            assert run.execute()
        assert run.learner is not None
        ends.append((weights(run.policy), run.learner.policy.optimizer.state_dict(), run.state.best_score))
    assert_same(ends[0][0], ends[1][0])
    assert ends[0][2] == ends[1][2]
    for key, entry in ends[0][1]["state"].items():
        assert torch.equal(entry["exp_avg"], ends[1][1]["state"][key]["exp_avg"])
