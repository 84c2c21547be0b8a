"""What a benchmark's folder holds, read for tables and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from agents.benchmark.cells import BenchFolder, Cell
from agents.benchmark.stats import MIN_SEEDS, Floats, area
from agents.benchmark.suites import CLONED, CLONING, BenchTask
from agents.runs.folder import read_json

Row = tuple[str, str]  # algorithm and condition


@dataclass(frozen=True)
class Results:
    """Finished cells, and those that are not.

    Attributes:
        suite, digest: which suite, as it stood.
        tasks: by name, in their order.
        cells: all that were asked for.
        found: result.json by (task, algorithm, condition, seed).
        manifests: manifest.json of finished cells, by the same key.
        failed: ids of cells that ended with an error, and its last line.
    """

    suite: str
    digest: str
    tasks: Mapping[str, BenchTask]
    cells: tuple[Cell, ...]
    found: Mapping[tuple[str, str, str, int], Mapping[str, Any]]
    manifests: Mapping[tuple[str, str, str, int], Mapping[str, Any]]
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def text_tasks(self) -> list[str]:
        """The tasks on which agents start from maximum likelihood."""
        return [name for name, task in self.tasks.items() if task.warm]

    @property
    def probes(self) -> list[str]:
        """The other ones."""
        return [name for name, task in self.tasks.items() if not task.warm]

    def rows(self, tasks: Iterable[str]) -> list[Row]:
        """Algorithm and condition of the rows of a table on `tasks`; maximum likelihood first."""
        chosen = set(tasks)
        found = dict.fromkeys((cell.label, cell.condition) for cell in self.cells if cell.task.name in chosen)
        order = {label: place for place, label in enumerate(dict.fromkeys(label for label, _ in found))}
        return sorted(found, key=lambda row: order[row[0]])

    def seeds(self, task: str, row: Row) -> list[int]:
        """The seeds that are finished."""
        return sorted(seed for t, label, condition, seed in self.found if (t, label, condition) == (task, *row))

    def wanted(self, task: str, row: Row) -> int:
        """How many seeds were asked for."""
        return sum((cell.task.name, cell.label, cell.condition) == (task, *row) for cell in self.cells)

    def complete(self, tasks: Iterable[str], row: Row) -> bool:
        """Whether a row can be called a result: every seed asked for is there on each task, and they are enough."""
        return all(len(self.seeds(task, row)) >= max(MIN_SEEDS, self.wanted(task, row)) for task in tasks)

    def normalized(self, tasks: Iterable[str], row: Row) -> dict[str, Floats]:
        """Task -> normalised test scores of the finished seeds."""
        return {task: self._array(task, row, lambda result: result["normalized"]) for task in tasks}

    def scores(self, task: str, row: Row, metric: str | None = None) -> Floats:
        """Test scores of the finished seeds, or another metric of theirs."""
        return self._array(task, row, lambda r: r["score"] if metric is None else r["metrics"][metric])

    def result(self, task: str, row: Row, seed: int) -> Mapping[str, Any]:
        """A finished cell's result.json."""
        return self.found[(task, row[0], row[1], seed)]

    def lengths(self, task: str, row: Row) -> Floats:
        """Mean lengths of the test texts, in tokens."""
        return self._array(task, row, lambda result: result["length"])

    def gains(self, tasks: Iterable[str], row: Row) -> dict[str, Floats]:
        """Task -> normalised score less that of maximum likelihood with the same seed, seed by seed."""
        found = {}
        for task in tasks:
            pairs = [(self.found.get((task, *row, seed)), self.found.get((task, CLONING, CLONED, seed)))
                     for seed in self.seeds(task, row)]  # fmt: skip
            found[task] = np.array([a["normalized"] - b["normalized"] for a, b in pairs if a and b])
        return found

    def areas(self, tasks: Iterable[str], row: Row) -> dict[str, Floats]:
        """Task -> area under the normalised learning curve on validation data."""

        def height(result: Mapping[str, Any]) -> float:
            return area([p["tokens"] for p in result["curve"]], [p["normalized"] for p in result["curve"]])

        return {task: self._array(task, row, height) for task in tasks}

    def _array(self, task: str, row: Row, value: Any) -> Floats:
        return np.array([value(self.result(task, row, seed)) for seed in self.seeds(task, row)], dtype=float)


def read_results(path: Path) -> Results:
    """The results in a folder, finished or not.

    Raises:
        ValueError: it holds no benchmark.
    """
    folder = BenchFolder(path)
    suite, digest, cells = folder.read()
    found, manifests, failed = {}, {}, {}
    for cell in cells:
        key = (cell.task.name, cell.label, cell.condition, cell.seed)
        place = folder.cell(cell)
        if folder.finished(cell):
            found[key], manifests[key] = read_json(place / "result.json"), read_json(place / "manifest.json")
        elif (place / "error.txt").is_file():
            failed[cell.id] = (place / "error.txt").read_text(encoding="utf-8").strip().rpartition("\n")[2]
    tasks = {cell.task.name: cell.task for cell in cells}
    return Results(suite, digest, tasks, tuple(cells), found, manifests, failed)
