"""The command line: what it says to bad input, and what it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.cli import app
from tests.agents.test_runs import ROOT, command

COPY = ["train", "--env", "TokenCopy-v0", "--preset", "tiny"]
BAD = [
    (["train"], "--env: got none"),
    (["train", "--env", "TokenCopi-v0"], "did you mean 'TokenCopy-v0'?"),
    (["train", "--env", "no_such_module:TokenCopy-v0"], "'no_such_module' cannot be imported"),
    ([*COPY, "--algo", "a2d"], "did you mean 'a2c'?"),
    ([*COPY[:3], "--preset", "dmo"], "did you mean 'demo'?"),
    ([*COPY, "--set", "learning_rat=3"], "did you mean 'learning_rate'?"),
    ([*COPY, "--set", "learning_rate=fast"], "--set learning_rate: got 'fast', allowed is a number"),
    ([*COPY, "--set", "n_envs=2.5"], "allowed is an integer"),
    ([*COPY, "--set", "n_envs"], "allowed is name=value"),
    ([*COPY, "--set", "gamma=1.5"], "gamma: got 1.5, allowed is a number from 0 to 1"),
    ([*COPY, "--timesteps", "-5"], "timesteps: got -5"),
    ([*COPY, "--timesteps", "many"], "timesteps: got 'many'"),
    ([*COPY, "--seed", "-1"], "--seed: got -1"),
    ([*COPY, "--device", "tpu9"], "--device: got 'tpu9'"),
    ([*COPY, "--model", "smal"], "did you mean 'small'?"),
    ([*COPY, "--dataset", "nowhere.jsonl"], "nowhere.jsonl"),
    ([*COPY, "--dataset", "empty.jsonl"], "empty.jsonl"),
    ([*COPY, "--dataset", "broken.jsonl"], "broken.jsonl, line 2"),
    ([*COPY, "--dataset", "good.jsonl", "--split-sizes", "80,30,10"], "--split-sizes: got '80,30,10'"),
    ([*COPY, "--split-sizes", "80,10,10"], "without --dataset"),
    ([*COPY, "--dataset", "builtin", "--split-sizes", "80,10,10"], "is no single file"),
    ([*COPY, "--reward", "rouj"], "did you mean 'rouge'?"),
    ([*COPY, "--reward", "rouge=lots"], "the weight 'lots'"),
    ([*COPY, "--difficulty", "hrad"], "did you mean 'hard'?"),
    ([*COPY, "--tokenizer", "./nothing"], "./nothing"),
    ([*COPY, "--env-option", "colour=red"], "colour"),
    ([*COPY, "--max-new-tokens", "0"], "max_new_tokens"),
    ([*COPY, "--out", "full"], "is not empty"),
    ([*COPY, "--out", "full", "--overwrite"], "it is no run"),
    (["train", "--resume", "full"], "holds no run"),
    (["train", "--resume", "full", "--seed", "3"], "--resume alone"),
    (["evaluate", "orakel"], "did you mean 'oracle'?"),
    (["evaluate", "oracle"], "--env: got none"),
    (["evaluate", "full"], "neither the folder of a run"),
    (["evaluate", "oracle", "--env", "TokenCopy-v0", "--split", "tset"], "did you mean 'test'?"),
    (["evaluate", "oracle", "--env", "TokenCopy-v0", "--n-examples", "0"], "--n-examples: got 0"),
    (["evaluate", "oracle", "--env", "TokenCopy-v0", "--decode", "beem"], "did you mean 'beam'?"),
    (["evaluate", "oracle", "--env", "TokenCopy-v0", "--decode", "beam"], "model: got OraclePolicy"),
    (["play", "TokenCop-v0"], "did you mean 'TokenCopy-v0'?"),
    (["play", "TokenCopy-v0", "--example", "-1"], "--example: got -1"),
    (["report", "full"], "settings.json"),
]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "broken.jsonl").write_text('{"source": "a", "reference": "a"}\n{"source": \n')
    (tmp_path / "good.jsonl").write_text('{"source": "a b", "reference": "a"}\n' * 20)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(a[-2:]) for a, _ in BAD])
def test_bad_input(arguments: list[str], message: str, workplace: Path) -> None:
    before = sorted(workplace.rglob("*"))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert sorted(workplace.rglob("*")) == before


@pytest.mark.parametrize(("arguments", "message"), [(["trian"], "train"), ([*COPY, "--tmesteps", "3"], "--timesteps")])
def test_unknown_words(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert message in done.stderr


def test_list_needs_no_torch() -> None:
    code = (
        "import sys, agents.cli\n"
        "try:\n    agents.cli.app(['list'])\nexcept SystemExit:\n    pass\n"
        "assert not {'torch', 'transformers', 'stable_baselines3'} & set(sys.modules)"
    )
    _, env = command()
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "TokenSummarize-v0" in done.stdout


@pytest.mark.parametrize(("option", "word"), [("--rewards", "rouge"), ("--algos", "reinforce")])
def test_list_others(option: str, word: str) -> None:
    done = CliRunner().invoke(app, ["list", option])
    assert done.exit_code == 0
    assert word in done.output


def test_play_by_typing() -> None:
    import gymnasium as gym

    from agents.runs.options import check_env  # registers the ids

    env = gym.make(check_env("TokenCopy-v0"))
    env.reset(options={"example": 0})
    answer = env.unwrapped.example.references[0]  # type: ignore[attr-defined]
    done = CliRunner().invoke(app, ["play", "TokenCopy-v0", "--example", "0", "--episodes", "1"], input=f"{answer}\n\n")
    assert done.exit_code == 0, done.output
    assert f"source   {answer}" in done.output
    assert "return 1.0000" in done.output


def test_play_by_picking_undoing_and_running_out_of_input() -> None:
    lines = "x\n:u\n:1\n:1\n:99\n"
    done = CliRunner().invoke(app, ["play", "TokenCopy-v0", "--example", "0"], input=lines)
    assert done.exit_code == 0, done.output
    assert "return 0.4000" in done.output
    assert "is no command" in done.output


def test_evaluate_a_yardstick() -> None:
    line = ["evaluate", "oracle", "--env", "TokenCopy-v0", "--n-examples", "20"]
    done = CliRunner().invoke(app, line)
    assert done.exit_code == 0, done.output
    assert "1.000" in done.output
