"""What a run watches while it trains: whether its reward is still a measure of what it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agents.callbacks import LOGGED, RewardAlarms
from agents.runs.progress import read_progress, series
from textgym.rewards.alarms import Alarm, Alarms

LOOKS = 20  # over a whole training
HELD_OUT = "held_out/"


def watch(progress: Path, step: int, total: int, ring: Callable[[Alarm], object]) -> RewardAlarms:
    """The callback of a training that is at `step` of `total`; it knows what was seen up to there.

    Beside the metrics that no term is named after it follows the score of the validations.

    Args:
        progress: the run's progress.csv.
        step, total: in tokens.
        ring: called with each alarm.
    """
    alarms = Alarms(on_alarm=lambda alarm: None)
    for row in read_progress(progress):
        if row["phase"] == "rl" and int(row["step"]) <= step and f"{LOGGED}reward" in row:
            alarms.update(int(row["step"]), **_seen(row))
    alarms.on_alarm = ring
    return RewardAlarms(max(1, total // LOOKS), alarms, lambda: _validated(progress))


def _seen(row: Mapping[str, str]) -> dict[str, Any]:
    """The figures of a look as `Alarms.update` takes them."""
    found = {name.removeprefix(LOGGED): float(value) for name, value in row.items() if name.startswith(LOGGED)}
    figures = {name: value for name, value in found.items() if "/" not in name and name != "rung"}
    held_out = {name.removeprefix(HELD_OUT): value for name, value in found.items() if name.startswith(HELD_OUT)}
    return {**figures, "held_out": held_out}


def _validated(progress: Path) -> dict[str, float]:
    _, scores = series(read_progress(progress), "rl", "validation/score")
    return {"the validation score": scores[-1]} if scores else {}
