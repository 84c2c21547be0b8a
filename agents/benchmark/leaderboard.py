"""The leaderboard: a JSON file in the project, which others add to by pull request, checked by running a seed again.

An entry has what decides its runs (the suite's version, the algorithm and its settings, versions, commit) and the
test score of every cell. `verify` runs the cells of one seed and compares. With the same versions, one thread and the
same kind of processor the scores are equal; elsewhere floating point may differ, and within `TOLERANCE` of the
normalised score a cell still agrees.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from agents.benchmark.algorithms import absolute
from agents.benchmark.cells import BenchFolder, Cell, plan
from agents.benchmark.results import read_results
from agents.benchmark.runner import run_cells
from agents.benchmark.stats import MIN_SEEDS, estimate, iqm
from agents.benchmark.suites import CLONING, find_suite
from agents.benchmark.tables import interval
from agents.runs.folder import read_json, write_json
from textgym.errors import unknown

TOLERANCE = 0.05
_FIELDS = ("name", "link", "suite", "digest", "algo", "settings", "seeds", "commit", "versions", "cells")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A cell that was run again: its normalised scores then and now."""

    id: str
    published: float
    again: float

    @property
    def exact(self) -> bool:
        """Whether they are the same number."""
        return self.published == self.again

    @property
    def agrees(self) -> bool:
        """Whether they are close enough for another machine."""
        return abs(self.published - self.again) <= TOLERANCE


def read_entries(file: Path) -> list[dict[str, Any]]:
    """The entries of a leaderboard.

    Raises:
        ValueError: the file is no leaderboard.
    """
    content = read_json(file)
    entries = content.get("entries") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise ValueError(f"{file}: it has no list 'entries'")
    for entry in entries:
        missing = [name for name in _FIELDS if name not in entry]
        if missing:
            raise ValueError(f"{file}: entry {entry.get('name')!r} lacks {', '.join(missing)}")
    return entries


def add_entry(file: Path, folder: Path, algo: str, name: str, link: str = "") -> None:
    """Add the runs of an algorithm under its rewards (no controls) to a leaderboard.

    Raises:
        ValueError: the benchmark is not finished or has too few seeds, or the name is taken.
    """
    results = read_results(folder)
    labels = list(dict.fromkeys(cell.label for cell in results.cells))
    if algo not in labels:
        raise unknown("--algo", algo, labels)
    entries = read_entries(file) if file.is_file() else []
    if name in [entry["name"] for entry in entries]:
        raise ValueError(f"--name: got {name!r}, which is taken; allowed is another")
    cells = [cell for cell in results.cells if cell.label == algo]
    left = [cell.id for cell in cells if _key(cell) not in results.found]
    if left:
        raise ValueError(f"{folder}: {len(left)} of the cells of {algo!r} are not finished; allowed is all of them")
    seeds = sorted({cell.seed for cell in cells})
    if len(seeds) < MIN_SEEDS:
        raise ValueError(f"{folder}: {len(seeds)} seeds, allowed are at least {MIN_SEEDS}")
    manifest = results.manifests[_key(cells[0])]
    entry = {
        "name": name, "link": link, "suite": results.suite, "digest": results.digest, "algo": manifest["algo"],
        "settings": {cell.task.name: dict(cell.settings) for cell in cells}, "seeds": seeds,
        "commit": manifest["commit"], "versions": manifest["versions"],
        "cells": {cell.id: results.found[_key(cell)]["normalized"] for cell in cells},
    }  # fmt: skip
    write_json(file, {"entries": [*entries, entry]})


def verify_entry(
    file: Path, name: str, seed: int, tasks: Sequence[str] | None, algo: str | None, out: Path | None, processes: int
) -> list[Comparison]:
    """Run the cells of one seed of an entry again.

    Args:
        file: the leaderboard.
        name: of the entry.
        seed: one of its seeds.
        tasks: only these; None: all.
        algo: where the class is, if that is outside the project.
        out: where the runs go; None: a temporary folder.
        processes: side by side.

    Raises:
        ValueError: there is no such entry or seed, the suite has changed since, or a cell failed.
    """
    entries = {entry["name"]: entry for entry in read_entries(file)}
    if name not in entries:
        raise unknown("name", name, entries)
    entry = entries[name]
    suite = find_suite(entry["suite"])
    if suite.digest != entry["digest"]:
        raise ValueError(f"{name}: made with version {entry['digest']} of {suite.name!r}, this is {suite.digest}")
    if seed not in entry["seeds"]:
        raise unknown("--seed", seed, entry["seeds"])
    named = absolute(algo or entry["algo"])
    cells = [_with_settings(cell, entry) for cell in plan(suite, [named], [seed], tasks)]
    with _folder(out) as path:
        folder = BenchFolder(path)
        folder.save(suite, cells)
        failed = run_cells(folder, cells, f"textgym leaderboard verify {name}", processes, None, lambda *_: None)
        if failed:
            raise ValueError(f"{failed[0].id}: it failed; see {folder.cell(failed[0]) / 'error.txt'}")
        results = read_results(path)
    again = {cell.id: results.found[_key(cell)]["normalized"] for cell in cells}
    return [Comparison(id_, entry["cells"][id_], value) for id_, value in again.items() if id_ in entry["cells"]]


def table(entries: Sequence[Mapping[str, Any]]) -> Table:
    """The entries with their interquartile means over all cells that are no controls."""
    found = Table(box=None, header_style="bold")
    for column in ("name", "suite", "algorithm", "seeds", "IQM, text and probes, dense [95 %]", "link"):
        found.add_column(column)
    for entry in entries:
        scores: dict[str, list[float]] = {}
        for id_, value in entry["cells"].items():
            task, rest = id_.split(".", 1)
            if rest.rsplit(".", 2)[1] in ("dense", "references"):
                scores.setdefault(task, []).append(value)
        score = interval(estimate({task: _array(values) for task, values in scores.items()}, iqm))
        found.add_row(entry["name"], entry["suite"], entry["algo"], str(len(entry["seeds"])), score, entry["link"])
    return found


def comparison_table(comparisons: Sequence[Comparison]) -> Table:
    """Then and now, cell by cell."""
    found = Table(box=None, header_style="bold")
    for column in ("cell", "published", "again", ""):
        found.add_column(column)
    for one in comparisons:
        verdict = "the same" if one.exact else "agrees" if one.agrees else "differs"
        found.add_row(one.id, f"{one.published:.6f}", f"{one.again:.6f}", verdict)
    return found


def _with_settings(cell: Cell, entry: Mapping[str, Any]) -> Cell:
    if cell.algo == CLONING and entry["algo"] != CLONING:
        return cell
    return Cell(cell.task, cell.algo, cell.condition, cell.seed, entry["settings"][cell.task.name])


def _key(cell: Cell) -> tuple[str, str, str, int]:
    return cell.task.name, cell.label, cell.condition, cell.seed


def _array(values: Sequence[float]) -> Any:
    import numpy as np

    return np.array(values, dtype=float)


@contextlib.contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)
