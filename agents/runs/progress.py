"""progress.csv: the numbers of a run, phase by phase, kept right over stops and resumes."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stable_baselines3.common.logger import KVWriter

from agents.runs.folder import write_atomically

Row = dict[str, str]


class ProgressWriter(KVWriter):
    """Stable-Baselines3 log output that appends to one CSV file for all phases, with columns `phase` and `step` first.

    Args:
        path: the file.
        phase: goes into each row.
        resume_step: rows of this phase beyond it are dropped: they will be made again. Rows of later phases too.
    """

    def __init__(self, path: Path, phase: str, resume_step: int) -> None:
        self.path, self.phase = path, phase
        kept = []
        for row in read_progress(path):
            if row["phase"] == phase and int(row["step"]) > resume_step:
                break
            kept.append(row)
        self._rows = kept
        self._columns = list(dict.fromkeys(["phase", "step", *(name for row in kept for name in row)]))
        self._rewrite()

    def write(self, key_values: Mapping[str, Any], key_excluded: Mapping[str, Any], step: int = 0) -> None:  # type: ignore[override]
        """Append a row."""
        row: Row = {"phase": self.phase, "step": str(step)}
        for name, value in sorted(key_values.items()):
            number = _number(value)
            if number is not None:
                row[name] = f"{number:.6g}" if isinstance(number, float) else str(number)
        self._rows.append(row)
        fresh = [name for name in row if name not in self._columns]
        if fresh:
            self._columns += fresh
            self._rewrite()
            return
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self._columns, restval="").writerow(row)

    def close(self) -> None:
        """Nothing is kept open."""

    def _rewrite(self) -> None:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, self._columns, restval="")
        writer.writeheader()
        writer.writerows(self._rows)
        write_atomically(self.path, text.getvalue())


def read_progress(path: Path) -> list[Row]:
    """The whole rows of a progress.csv; a line that a kill cut short is left out."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = []
        for row in csv.DictReader(file):
            if None in row or None in row.values() or not (row.get("step") or "").isdigit():
                continue
            rows.append({name: value for name, value in row.items() if value})
        return rows


def series(rows: list[Row], phase: str, column: str) -> tuple[list[int], list[float]]:
    """Steps and values of a column in a phase."""
    found = [(int(row["step"]), float(row[column])) for row in rows if row["phase"] == phase and column in row]
    return [step for step, _ in found], [value for _, value in found]


def _number(value: Any) -> int | float | None:
    if isinstance(value, (bool, str)):
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
