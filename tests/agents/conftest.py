"""A small finished benchmark, made once for all tests that read it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from agents.benchmark import suites
from agents.benchmark.cells import BenchFolder, plan
from agents.benchmark.suites import BenchTask, Suite, find_suite


def small(task: BenchTask, **changes: Any) -> BenchTask:
    """A task that takes a second or two."""
    cut: dict[str, Any] = {"tokens": 1024, "warm_tokens": 1024, "looks": 2, "validation_examples": 16,
                           "test_examples": 16, "n_envs": 16, "samples": 1}  # fmt: skip
    return dataclasses.replace(task, **{**cut, **changes})


@pytest.fixture(scope="session")
def bench_tasks() -> list[BenchTask]:
    """A probe, and a text task with its controls."""
    known = {task.name: task for task in find_suite("core").tasks}
    return [small(known["copy"]), small(known["translate"], critic_tokens=256)]


@pytest.fixture(scope="session")
def finished_bench(bench_tasks: list[BenchTask], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of two seeds with all that a report can show."""
    from agents.benchmark.worker import run_cell

    path = tmp_path_factory.mktemp("bench")
    folder, suite = BenchFolder(path), Suite("tiny", "for tests", tuple(bench_tasks))
    cells = plan(suite, ["a2c", "reinforce"], range(2), conditions=["dense", "constant"])
    folder.save(suite, cells)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for cell in sorted(cells, key=lambda cell: cell.algo != suites.CLONING):
        run_cell(str(path), cell, "test")
    torch.set_num_threads(threads)
    return path
