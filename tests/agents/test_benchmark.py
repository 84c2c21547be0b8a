"""Benchmarks end to end: cells, kills, classes from elsewhere, reproduction, report, leaderboard."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from agents.benchmark import suites
from agents.benchmark.cells import BenchFolder, Cell, plan
from agents.benchmark.request import changes_of, seeds_of
from agents.benchmark.results import read_results
from agents.benchmark.stats import mean
from agents.benchmark.suites import SUITES, BenchTask, Suite, find_suite
from agents.benchmark.tables import all_tables, shown
from agents.benchmark.worker import run_cell
from agents.cli import app
from tests.conftest import ROOT

AGENT = '''
import numpy as np


class MyAgent:
    """Emits one token, the one that has paid best."""

    def __init__(self, env, seed):
        self.env, self.rng = env, np.random.default_rng(seed)
        self.paid = np.zeros(env.action_space.n)

    def learn(self, total_timesteps):
        self.env.reset()
        for _ in range(total_timesteps // self.env.num_envs):
            actions = self.rng.integers(len(self.paid), size=self.env.num_envs)
            rewards = self.env.step(actions)[1]
            np.add.at(self.paid, actions, rewards)

    def predict(self, observation, state=None, episode_start=None, deterministic=True):
        return np.full(len(observation["step"]), self.paid.argmax()), None
'''
# What a user would type, on one task cut down to seconds.
LINE = ["benchmark", "--suite", "quick", "--task", "copy", "--condition", "dense", "--processes", "1"]


def test_suites_are_frozen_and_described() -> None:
    assert set(SUITES) == {"quick", "probes", "core", "full"}
    with pytest.raises(TypeError):
        SUITES["quick"] = SUITES["core"]  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        SUITES["quick"].name = "slow"  # type: ignore[misc]
    digest = SUITES["quick"].digest
    changed = dataclasses.replace(SUITES["quick"], tasks=(dataclasses.replace(SUITES["quick"].tasks[0], tokens=9),))
    assert changed.digest != digest


def test_a_plan_shares_maximum_likelihood() -> None:
    cells = plan(find_suite("core"), ["a2c", "reinforce", "ppo"], range(3))
    assert len({cell.id for cell in cells}) == len(cells) == 3 * (7 + 3 * (3 * 4 + 4 * 2))
    assert sum(cell.algo == suites.CLONING for cell in cells) == 21


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (["--suite", "quik"], "quick"),
        (["--algo", "a2d"], "a2c"),
        (["--seeds", "0"], "3"),
        (["--set", "lr=1"], "algo.argument=value"),
        (["--set", "ppq.gamma=1"], "ppo"),
        (["--task", "sumarize", "--suite", "core"], "summarize"),
        (["--algo", "nowhere.py:Agent"], "nowhere.py"),
    ],
)
def test_bad_words(line: list[str], word: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["benchmark", *line, "--out", str(tmp_path / "x")])
    assert done.exit_code == 2, done.output
    assert word in done.stderr
    assert not (tmp_path / "x").exists()


def test_words() -> None:
    assert list(seeds_of("100:102")) == [100, 101]
    assert changes_of(["a2c.n_steps=8", "a2c.use_rms_prop=false"]) == {"a2c": {"n_steps": 8, "use_rms_prop": False}}


def test_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "x"
    done = CliRunner().invoke(app, ["benchmark", "--suite", "core", "--dry-run", "--out", str(out)])
    assert done.exit_code == 0
    assert "201 cells" in done.output
    assert not out.exists()


def test_a_cell_again_gives_the_same_bytes(finished_bench: Path, bench_tasks: list[BenchTask], tmp_path: Path) -> None:
    folder, suite = BenchFolder(tmp_path), Suite("tiny", "for tests", tuple(bench_tasks))
    cells = plan(suite, ["a2c", "reinforce"], [1], ["translate"], ["dense"])
    folder.save(suite, cells)
    torch.set_num_threads(1)
    for cell in cells:
        run_cell(str(tmp_path), cell, "test")
        ours, theirs = (BenchFolder(p).cell(cell) / "result.json" for p in (tmp_path, finished_bench))
        assert ours.read_bytes() == theirs.read_bytes()


def test_what_a_cell_leaves(finished_bench: Path) -> None:
    folder = finished_bench / "cells" / "translate.a2c.dense.0"
    manifest, result = (json.loads((folder / f"{name}.json").read_text()) for name in ("manifest", "result"))
    assert manifest["seed"] == 0
    assert manifest["versions"]["torch"]
    assert manifest["task"]["env"] == "TokenTranslate-v0"
    assert manifest["settings"]["learning_rate"] > 0
    assert "validation score" in (folder / "log.txt").read_text()
    assert [point["tokens"] for point in result["curve"]] == sorted(point["tokens"] for point in result["curve"])
    assert result["curve"][-1]["tokens"] == result["tokens"] >= 1024
    sample = result["samples"][0]
    assert sum(sample["terms"].get("reward", [0.0])) == pytest.approx(sample["return"])
    assert all(len(values) == len(sample["pieces"]) for values in sample["terms"].values())


def test_controls_are_scored_like_the_others(finished_bench: Path) -> None:
    result = json.loads((finished_bench / "cells" / "translate.a2c.constant.0" / "result.json").read_text())
    assert result["curve"][-1]["reward"] == pytest.approx(1.0)  # what it was paid
    assert result["score"] < 1.0  # what its texts are worth
    assert set(result["metrics"]) >= {"bleu", "chrf"}


def test_a_finished_cell_is_left_alone(finished_bench: Path, bench_tasks: list[BenchTask]) -> None:
    cell = plan(Suite("tiny", "", tuple(bench_tasks)), ["a2c"], [0], ["copy"], ["dense"])[1]
    path = BenchFolder(finished_bench).cell(cell) / "result.json"
    before = path.stat().st_mtime_ns
    run_cell(str(finished_bench), cell, "test")
    assert path.stat().st_mtime_ns == before


def test_other_settings_are_refused(finished_bench: Path, bench_tasks: list[BenchTask]) -> None:
    suite = Suite("tiny", "", tuple(bench_tasks))
    cells = plan(suite, ["a2c"], [0], changes={"a2c": {"learning_rate": 0.5}})
    with pytest.raises(ValueError, match="other settings"):
        BenchFolder(finished_bench).save(suite, cells)


def test_below_three_seeds_nothing_is_a_result(finished_bench: Path) -> None:
    results = read_results(finished_bench)
    text = "\n".join(table.markdown() for table in all_tables(results))
    assert "no result yet" in text
    assert "above zero" not in text
    assert "[" not in text.replace("[95 %]", "")  # no interval


@pytest.mark.filterwarnings("error")
def test_a_task_that_was_not_asked_for_stays_blank(finished_bench: Path) -> None:
    results = read_results(finished_bench)
    elsewhere = [cell for cell in results.cells if cell.algo != "reinforce" or cell.task.name != "translate"]
    found = {key: result for key, result in results.found.items() if key[:2] != ("translate", "reinforce")}
    results = dataclasses.replace(results, cells=tuple(elsewhere), found=found)
    row = ("reinforce", "dense")
    assert shown(results, ["translate"], row, results.normalized(["translate"], row), mean) == ""
    assert shown(results, ["copy"], row, results.normalized(["copy"], row), mean) != ""


def test_gains_are_paired_by_seed(finished_bench: Path) -> None:
    results = read_results(finished_bench)
    row = ("a2c", "dense")
    gains = results.gains(["translate"], row)["translate"]
    by_hand = [
        results.found[("translate", *row, seed)]["normalized"]
        - results.found[("translate", "bc", "references", seed)]["normalized"]
        for seed in (0, 1)
    ]
    assert gains.tolist() == by_hand


def command(*words: str) -> subprocess.Popen[str]:
    """The command line in a process group of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-m", "agents.cli", *words]
    return subprocess.Popen(line, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_killed_and_started_again_with_a_class_of_ones_own(tmp_path: Path) -> None:
    """Two seeds with a user's class in a file outside; one benchmark runs through, another is killed on its way."""
    agent = tmp_path / "mine.py"
    agent.write_text(AGENT)
    words = [*LINE, "--algo", f"{agent}:MyAgent", "--seeds", "2"]
    folder = BenchFolder(tmp_path / "whole")
    cells = plan(find_suite("quick"), [f"{agent}:MyAgent"], range(2), ["copy"], ["dense"])
    folder.save(find_suite("quick"), cells)
    torch.set_num_threads(1)
    for cell in cells:
        run_cell(str(folder.path), cell, "test")
    killed = command(*words, "--out", str(tmp_path / "killed"))
    first = tmp_path / "killed" / "cells" / "copy.bc.references.0" / "result.json"
    wait_for(first.is_file)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    stamp = first.stat().st_mtime_ns
    assert len(list((tmp_path / "killed" / "cells").glob("*/result.json"))) < 4
    again = command(*words, "--out", str(tmp_path / "killed"))
    output = again.communicate(timeout=900)[0]
    assert again.returncode == 0, output
    assert first.stat().st_mtime_ns == stamp
    tables = [[t.markdown() for t in all_tables(read_results(tmp_path / name))] for name in ("whole", "killed")]
    assert tables[0] == tables[1]
    assert "MyAgent" in "".join(tables[0])
    for cell in cells:  # bit for bit, though one was run in this process and the other in one of its own
        ours, theirs = (tmp_path / name / "cells" / cell.id / "result.json" for name in ("whole", "killed"))
        assert ours.read_bytes() == theirs.read_bytes()


def wait_for(condition: Any, seconds: float = 900.0) -> None:
    """Until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_class_without_predict_is_refused(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text("class Half:\n    def learn(self, total_timesteps): ...\n")
    done = CliRunner().invoke(app, [*LINE, "--algo", f"{tmp_path}/half.py:Half", "--out", str(tmp_path / "x")])
    assert done.exit_code == 2
    assert "predict" in done.stderr


def test_a_failed_cell_says_why_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(AGENT.replace("self.env.reset()", "raise ArithmeticError('of its own')"))
    words = [*LINE, "--algo", f"{tmp_path}/bad.py:MyAgent", "--seeds", "1", "--out", str(tmp_path / "x")]
    done = command(*words)
    output = done.communicate(timeout=900)[0]
    assert done.returncode == 1, output
    assert "of its own" in (tmp_path / "x" / "cells" / "copy.MyAgent.dense.0" / "error.txt").read_text()
    assert (tmp_path / "x" / "cells" / "copy.bc.references.0" / "result.json").is_file()
    assert read_results(tmp_path / "x").failed
    assert "of its own" in (tmp_path / "x" / "report.html").read_text()


def test_over_a_ray_cluster(bench_tasks: list[BenchTask], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from agents.benchmark.runner import run_cells

    folder, suite = BenchFolder(tmp_path), Suite("tiny", "for tests", tuple(bench_tasks[:1]))
    cells = plan(suite, ["reinforce"], [0], conditions=["dense"])
    folder.save(suite, cells)
    seen: list[Cell] = []
    assert run_cells(folder, cells, "test", 1, "local", lambda cell, *_: seen.append(cell)) == []
    assert [cell.id for cell in seen] == [cell.id for cell in cells]
    assert all(folder.finished(cell) for cell in cells)


def test_docs_between_their_markers(finished_bench: Path, tmp_path: Path) -> None:
    docs = tmp_path / "benchmark.md"
    docs.write_text("before\n<!-- results: begin -->\nold\n<!-- results: end -->\nafter\n")
    done = CliRunner().invoke(app, ["report", str(finished_bench), "--docs", str(docs)])
    assert done.exit_code == 0, done.output
    text = docs.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| a2c | dense |" in text
    docs.write_text("no markers")
    assert CliRunner().invoke(app, ["report", str(finished_bench), "--docs", str(docs)]).exit_code == 2
