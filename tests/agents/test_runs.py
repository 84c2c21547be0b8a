"""Runs: what lies in the folder, stopping, killing, resuming."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import gymnasium as gym
import pytest
import torch
from rich.console import Console
from typer.testing import CliRunner, Result

import agents
from agents.cli import app
from agents.evaluation import run as play_examples
from agents.runs.folder import RunFolder
from agents.runs.progress import ProgressWriter
from agents.runs.recipes import find_recipe
from agents.runs.scoring import task_score
from agents.runs.settings import RunSettings
from agents.runs.train import Run
from agents.runs.watch import watch
from agents.scripted import OraclePolicy

ROOT = Path(__file__).resolve().parents[2]
TINY = ["train", "--env", "TokenCopy-v0", "--preset", "tiny", "--warm-start-tokens", "600", "--timesteps", "512"]
TINY += ["--set", "validate_every=256", "--set", "test_examples=8", "--set", "validation_examples=8"]
FILES = {"settings.json", "log.txt", "progress.csv", "curves.png", "curves.svg", "evaluation.json", "samples.jsonl"}


def command(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """A command line of the program, and the environment for its process."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    return [sys.executable, "-W", "ignore", "-m", "agents.cli", *arguments], env


def run(*arguments: str) -> Result:
    """The same in this process, which is faster."""
    return CliRunner().invoke(app, list(arguments))


def start(*arguments: str) -> subprocess.Popen[str]:
    line, env = command(*arguments)
    return subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def until(process: subprocess.Popen[str], text: str, limit: float = 120) -> None:
    """Read what a process says until `text` comes."""
    assert process.stdout is not None
    end = time.monotonic() + limit
    heard = []
    for line in process.stdout:
        heard.append(line)
        if text in line:
            return
        assert time.monotonic() < end, "".join(heard)
    raise AssertionError(f"{text!r} never came: {''.join(heard)}")


class Page(HTMLParser):
    """Tags, tokens with their titles, and what a page would load from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.tokens: list[dict[str, str | None]] = []
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "span" and "token" in (found.get("class") or "").split():
            self.tokens.append(found)
        for name in ("src", "href", "xlink:href"):
            value = found.get(name)
            if value and not value.startswith(("#", "data:")):
                self.outside.append(value)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    done = run(*TINY, "--out", str(folder))
    assert done.exit_code == 0, done.output
    return folder


def check_whole(folder: Path) -> None:
    """Everything that a finished run leaves."""
    assert {path.name for path in folder.iterdir() if path.is_file()} >= FILES | {"report.html"}
    assert json.loads((folder / "checkpoint" / "state.json").read_text())["phase"] == "done"
    evaluation = json.loads((folder / "evaluation.json").read_text())
    for moment in ("before", "after"):
        for decoding in ("greedy", "sampled"):
            scores = evaluation[moment][decoding]
            assert 0.0 <= scores["copy"] <= 1.0
            assert scores["normalized_return"] <= 1.0
        assert evaluation[moment]["n_examples"] == 8
    rows = [line.split(",")[:2] for line in (folder / "progress.csv").read_text().splitlines()[1:]]
    for phase in ("warm_start", "rl"):
        steps = [int(step) for name, step in rows if name == phase]
        assert steps
        assert steps == sorted(steps)


def test_folder_of_a_run(finished: Path) -> None:
    check_whole(finished)
    settings = json.loads((finished / "settings.json").read_text())
    assert settings["recipe"]["timesteps"] == 512
    assert settings["made_with"]["versions"]["torch"]
    assert list((finished / "tensorboard").rglob("events.out.tfevents*"))
    assert not [path for path in finished.rglob("*") if path.name.endswith(".part")]


def test_samples_add_up(finished: Path) -> None:
    samples = [json.loads(line) for line in (finished / "samples.jsonl").read_text().splitlines()]
    assert len(samples) == 3
    for sample in samples:
        for moment in ("before", "after"):
            text = sample[moment]
            assert "".join(text["pieces"]) == text["text"]
            assert sum(text["rewards"]) == pytest.approx(text["metrics"]["copy"], abs=1e-9)
            assert len(text["tokens"]) == len(text["rewards"])


def test_model_is_plain_transformers(finished: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(finished / "model")
    tokenizer = AutoTokenizer.from_pretrained(finished / "model")
    assert model.config.vocab_size == len(tokenizer)
    assert tokenizer.decode(tokenizer.encode("a b c", add_special_tokens=False)) == "a b c"


def test_evaluate_agrees_with_the_run(finished: Path, tmp_path: Path) -> None:
    done = run("evaluate", str(finished), "--n-examples", "8", "--out", str(tmp_path / "scores.json"))
    assert done.exit_code == 0, done.output
    scores = json.loads((tmp_path / "scores.json").read_text())
    after = json.loads((finished / "evaluation.json").read_text())["after"]
    assert scores["greedy"]["mean_return"] == pytest.approx(after["greedy"]["mean_return"])
    assert len(scores["rows"]) == 8


def test_report_stands_alone(finished: Path) -> None:
    text = (finished / "report.html").read_text()
    page = Page(text)
    assert page.outside == []
    assert "http" not in text.replace("http://www.w3.org/", "")
    assert {"table", "svg", "article"} <= set(page.tags)
    samples = [json.loads(line) for line in (finished / "samples.jsonl").read_text().splitlines()]
    rewards = [f"{r:+.4f}" for s in samples for m in ("before", "after") for r in s[m]["rewards"]]
    assert [token["title"] for token in page.tokens] == rewards
    assert {(token["class"] or "").split()[1] for token in page.tokens} >= {"up"}


def test_stopped_killed_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start(*TINY, "--out", str(folder))
    until(process, "step 0:")
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=120)
    assert process.returncode == 130, rest
    assert f"textgym train --resume {folder}" in rest
    state = json.loads((folder / "checkpoint" / "state.json").read_text())
    assert state["phase"] == "rl"
    assert (folder / "checkpoint" / state["model"]).is_file()
    assert (folder / "model" / "config.json").is_file()

    process = start("train", "--resume", str(folder))
    until(process, "resuming")
    time.sleep(0.5)
    process.kill()
    process.communicate()
    done = run("train", "--resume", str(folder))
    assert done.exit_code == 0, done.output
    check_whole(folder)

    again = run("train", "--resume", str(folder))
    assert again.exit_code == 0
    assert "finished" in again.stdout


def test_killed_in_the_warm_start(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start(*TINY, "--warm-start-tokens", "200000", "--set", "checkpoint_seconds=0", "--out", str(folder))
    state = folder / "checkpoint" / "state.json"
    end = time.monotonic() + 120
    while not (state.is_file() and json.loads(state.read_text())["step"] > 0):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.kill()
    process.communicate()
    before = json.loads(state.read_text())["step"]
    process = start("train", "--resume", str(folder))
    until(process, f"warm start, step {before:,}")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert json.loads(state.read_text())["step"] >= before
    steps = [int(line.split(",")[1]) for line in (folder / "progress.csv").read_text().splitlines()[1:]]
    assert steps == sorted(set(steps))


def test_a_reward_that_is_gamed_rings(tmp_path: Path) -> None:
    """A copying model is paid for short texts alone: that it copies less and less is said and reported."""
    folder = tmp_path / "run"
    line = ["train", "--env", "TokenCopy-v0", "--preset", "tiny", "--difficulty", "easy", "--reward", "length=-1"]
    line += ["--warm-start-tokens", "6000", "--timesteps", "2560", "--set", "learning_rate=1e-2"]
    line += ["--set", "validate_every=512", "--set", "test_examples=8", "--set", "validation_examples=8"]
    done = run(*line, "--out", str(folder))
    assert done.exit_code == 0, done.output
    state = json.loads((folder / "checkpoint" / "state.json").read_text())
    fell = [alarm["message"] for alarm in state["alarms"] if alarm["kind"] == "overoptimisation"]
    assert any(re.search(r"the training reward rises \(.*\) while copy falls", message) for message in fell)
    assert any("while the validation score falls" in message for message in fell)
    log, report = (folder / "log.txt").read_text(), (folder / "report.html").read_text()
    for alarm in state["alarms"]:
        assert f"alarm ({alarm['kind']}), step {alarm['step']:,}: {alarm['message']}" in log
        assert alarm["message"] in report


def test_alarms_know_what_was_seen_before_a_resume(tmp_path: Path) -> None:
    path, rung = tmp_path / "progress.csv", []
    writer = ProgressWriter(path, "rl", 0)
    seen = {"reward": 0.1, "length": 8.0, "repetition": 0.0, "copying": 0.0, "held_out/bleu": 0.5, "rung": 0}
    for step in range(100, 800, 100):
        writer.write({f"alarms/{name}": value for name, value in seen.items()}, {}, step)
        writer.write({"validation/score": step / 1000}, {}, step)
    callback = watch(path, 600, 1000, rung.append)
    assert callback.every == 50
    assert callback.held_out is not None
    assert callback.held_out() == {"the validation score": 0.7}
    callback.alarms.update(650, reward=0.1, length=17.0)
    assert [(alarm.kind, alarm.message) for alarm in rung] == [("length", "texts have become longer: 8 to 17")]
    assert [len(figures) for figures in callback.alarms._series.values()] == [7, 7, 6, 6, 6]


def test_the_best_is_chosen_by_the_tasks_own_reward() -> None:
    """With another training reward the choice still follows what held-out texts are worth."""
    settings = {"difficulty": "easy", "reward": {"constant": 3.0}}
    vector = gym.make_vec("TokenCopy-v0", 4, split="validation", autoreset_mode="Disabled", **settings)
    rows = play_examples(OraclePolicy(), vector, range(4))
    assert math.fsum(row.total for row in rows) / 4 == pytest.approx(3.0)
    assert task_score(rows, {"id": "TokenCopy-v0", **settings}, "validation") == pytest.approx(1.0)


def rl_run(folder: Path, algo: str = "reinforce", **changes: str) -> Run:
    """A run without a warm start, to its end."""
    shared = {"timesteps": "1024", "warm_start_tokens": "0", "critic_tokens": "0", "validate_every": "128"}
    shared |= {"n_steps": "16", "validation_examples": "4", "test_examples": "4"}
    recipe, config = find_recipe("copy", algo, "tiny", {**shared, **changes})
    settings = RunSettings("TokenCopy-v0", {"difficulty": "easy"}, algo, "tiny", recipe, config, 0, "cpu")
    run = Run(settings, RunFolder(folder), Console(quiet=True))
    assert run.execute()
    return run


def test_patience_ends_training_early(tmp_path: Path) -> None:
    """With a learning rate of almost nothing the first validation stays the best."""
    run = rl_run(tmp_path / "run", patience="2", learning_rate="1e-12")
    log = (tmp_path / "run" / "log.txt").read_text()
    assert "no new best in 2 validations; training ends early" in log
    assert run.learner is not None
    assert 256 <= run.learner.num_timesteps < 512
    check_ended = json.loads((tmp_path / "run" / "checkpoint" / "state.json").read_text())
    assert check_ended["phase"] == "done"


@pytest.mark.parametrize("algo", ["a2c", "reinforce"])
def test_scheduled_rewards_follow_every_algorithm(algo: str, tmp_path: Path) -> None:
    run = rl_run(tmp_path / "run", algo, timesteps="512", n_steps="8")
    assert run.learner is not None
    ledger, done = run.envs.train.get_attr("mdp")[0].ledger, run.learner.num_timesteps
    assert 0.8 < ledger.progress < 1.0  # that of the last rollout's beginning
    if algo == "a2c":
        assert ledger.progress == (done - 8 * 8) / 512


def test_weight_decay_of_rl(tmp_path: Path) -> None:
    run = rl_run(tmp_path / "run", timesteps="128", rl_weight_decay="0.5", max_grad_norm="0.0")
    assert run.learner is not None
    optimizer = run.learner.policy.optimizer
    assert isinstance(optimizer, torch.optim.AdamW)
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.5]
    resumed = agents.load(agents.save(run.learner, tmp_path / "m"), device="cpu")
    assert isinstance(resumed.policy.optimizer, torch.optim.AdamW)
    assert resumed.policy.optimizer.state_dict()["param_groups"] == optimizer.state_dict()["param_groups"]
