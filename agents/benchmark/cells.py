"""Cells: the single runs of a benchmark, and the folder that holds them.

DIR/benchmark.json           what was asked for: one entry a cell
DIR/cells/ID/manifest.json   versions, commit, command, settings, time
DIR/cells/ID/log.txt         what happened when
DIR/cells/ID/result.json     scores, curve, samples; written last, all or nothing: a cell with it is finished
DIR/cells/ID/policy.zip      the policy, of maximum likelihood only: agents start from it
DIR/cells/ID/error.txt       why the last attempt failed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.benchmark.algorithms import absolute, label_of
from agents.benchmark.suites import CLONED, CLONING, CONDITIONS, BenchTask, Suite, plain
from agents.runs.folder import read_json, write_json
from textgym.errors import unknown


@dataclass(frozen=True, slots=True)
class Cell:
    """One run: an algorithm on a task under a condition with a seed; `settings` are its constructor's."""

    task: BenchTask
    algo: str
    condition: str
    seed: int
    settings: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The algorithm in tables and folders."""
        return label_of(self.algo)

    @property
    def id(self) -> str:
        """Name of its folder."""
        return ".".join((self.task.name, self.label, self.condition, str(self.seed)))

    @property
    def tokens(self) -> int:
        """Its budget."""
        return self.task.warm_tokens if self.algo == CLONING else self.task.tokens

    def entry(self) -> dict[str, Any]:
        """As benchmark.json has it, and as processes are told."""
        return {**self.spec(), "algo": self.algo}

    def spec(self) -> dict[str, Any]:
        """All that decides its outcome, as JSON knows it; of a file outside the project, the name only."""
        algo = self.label if self.algo.rpartition(":")[0].endswith(".py") else self.algo
        return {
            "task": self.task.spec(), "algo": algo, "condition": self.condition, "seed": self.seed,
            "settings": plain(self.settings),
        }  # fmt: skip


def cell_of(entry: Mapping[str, Any]) -> Cell:
    """The cell of an entry of benchmark.json."""
    spec = dict(entry["task"])
    spec["conditions"] = tuple(spec["conditions"])
    return Cell(BenchTask(**spec), entry["algo"], entry["condition"], entry["seed"], entry["settings"])


def plan(
    suite: Suite,
    algos: Sequence[str],
    seeds: Iterable[int],
    tasks: Sequence[str] | None = None,
    conditions: Sequence[str] | None = None,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Cell]:
    """The cells of a suite in the order they are run: maximum likelihood, then condition by condition, seed by seed.

    Args:
        suite: its tasks.
        algos: words of `--algo`; `bc` is always among them.
        seeds: of everything random.
        tasks, conditions: only these; None: all.
        changes: algorithm -> constructor arguments that replace the suite's.

    Raises:
        ValueError: a name is not known, or two algorithms share one.
    """
    known = {task.name: task for task in suite.tasks}
    for name in tasks or ():
        if name not in known:
            raise unknown("--task", name, known)
    for name in conditions or ():
        if name not in CONDITIONS:
            raise unknown("--condition", name, CONDITIONS)
    names = [absolute(algo) for algo in algos if algo != CLONING]
    labels = [label_of(name) for name in names]
    if len(set(labels)) != len(labels) or CLONING in labels:
        raise ValueError(f"--algo: got {', '.join(labels)}, allowed are algorithms with different names")
    for label in changes or {}:
        if label not in (*labels, CLONING):
            raise unknown("--set", label, (*labels, CLONING))
    cells = []
    for seed in seeds:
        for task in (known[name] for name in (tasks or known)):
            change = (changes or {}).get(CLONING, {})
            cells.append(Cell(task, CLONING, CLONED, seed, {**task.cloning, **change}))
            for name, label in zip(names, labels, strict=True):
                settings = {**task.settings.get(name, {}), **(changes or {}).get(label, {})}
                cells += [
                    Cell(task, name, c, seed, settings) for c in task.conditions if not conditions or c in conditions
                ]
    order = [CLONED, *CONDITIONS]
    return sorted(cells, key=lambda cell: order.index(cell.condition))


class BenchFolder:
    """Paths and files of a benchmark."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.request = path / "benchmark.json"
        self.cells = path / "cells"

    def cell(self, cell: Cell) -> Path:
        """The folder of a cell."""
        return self.cells / cell.id

    def finished(self, cell: Cell) -> bool:
        """Whether it has been run to its end."""
        return (self.cell(cell) / "result.json").is_file()

    def warm_policy(self, cell: Cell) -> Path:
        """The policy of maximum likelihood on the task and seed of `cell`."""
        return self.cells / f"{cell.task.name}.{CLONING}.{CLONED}.{cell.seed}" / "policy.zip"

    def save(self, suite: Suite, cells: Sequence[Cell]) -> None:
        """Note what is asked for, beside what was asked for before.

        Raises:
            ValueError: the folder holds something else, or the same cells with other settings.
        """
        if self.path.exists() and not self.request.is_file() and any(self.path.iterdir()):
            raise ValueError(f"--out: {self.path} is not empty and holds no benchmark; allowed is a new folder")
        entries = {cell.id: cell.entry() for cell in cells}
        known: dict[str, Any] = {}
        if self.request.is_file():
            request = read_json(self.request)
            known = request["cells"]
            if request["suite"] != suite.name:
                raise ValueError(f"--out: {self.path} holds suite {request['suite']!r}; allowed is another folder")
        for name, entry in entries.items():
            if name in known and known[name] != entry:
                raise ValueError(f"--out: {self.path} holds {name} with other settings; allowed is another folder")
        self.cells.mkdir(parents=True, exist_ok=True)
        write_json(self.request, {"suite": suite.name, "digest": suite.digest, "cells": {**known, **entries}})

    def read(self) -> tuple[str, str, list[Cell]]:
        """Suite, its digest, and the cells that were asked for.

        Raises:
            ValueError: there is no benchmark in the folder.
        """
        if not self.request.is_file():
            raise ValueError(f"{self.path}: it holds no benchmark (no benchmark.json)")
        request = read_json(self.request)
        return request["suite"], request["digest"], [cell_of(entry) for entry in request["cells"].values()]
