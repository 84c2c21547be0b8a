"""The tables of a benchmark, once for Markdown and for the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.benchmark.results import Results, Row
from agents.benchmark.stats import MIN_SEEDS, Floats, Interval, Scores, estimate, iqm, mean, probability_of_improvement
from agents.benchmark.suites import CLONED, CLONING, CONDITIONS

BASE = (CLONING, CLONED)
Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Table:
    """A table with a heading and what must be said about it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """As Markdown, the first two columns to the left."""
        left = [":--" if place == 0 or column in ("reward", "reading") else "--:"
                for place, column in enumerate(self.columns)]  # fmt: skip
        lines = [self.columns, tuple(left), *self.rows]
        text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"### {self.title}\n\n{text}\n" + (f"\n{self.note}\n" if self.note else "")


def all_tables(results: Results) -> list[Table]:
    """Every table that the results give."""
    found: list[Table | None] = []
    if results.text_tasks:
        found += [gains(results), aggregate(results), *(by_task(results, task) for task in results.text_tasks)]
    found += [probes(results), improvement(results)]
    return [table for table in found if table is not None and table.rows]


def gains(results: Results) -> Table:
    """Gains over maximum likelihood, rewards and controls side by side."""
    tasks = results.text_tasks
    rows = []
    for row in results.rows(tasks):
        if row[0] == CLONING:
            continue
        found = results.gains(tasks, row)
        sure = results.complete(tasks, row) and results.complete(tasks, BASE)
        cells = [shown(results, [task], row, {task: found[task]}, mean, sign=True) for task in tasks]
        whole = shown(results, tasks, row, found, mean, sign=True)
        rows.append((*row, whole, reading(estimate(found, mean)) if sure else "no result yet", *cells))
    return Table(
        "Gain over maximum likelihood",
        ("algorithm", "reward", "gain [95 %]", "reading", *tasks),
        tuple(rows),
        "Normalised test score less that of the policy the run began with, seed by seed; mean over tasks and seeds. "
        "`constant` and `shuffled` are controls: what they gain is not learned from the score. An interval that "
        "includes zero says nothing about the sign.",
    )


def aggregate(results: Results) -> Table:
    """Interquartile means and areas over the text tasks."""
    tasks = results.text_tasks
    base = results.normalized(tasks, BASE)
    rows = []
    for row in results.rows(tasks):
        scores = results.normalized(tasks, row)
        better = height = ""
        if row[0] != CLONING:
            height = shown(results, tasks, row, results.areas(tasks, row), iqm)
            if results.complete(tasks, row) and results.complete(tasks, BASE):
                better = interval(probability_of_improvement(scores, base), digits=2)
        rows.append((*row, shown(results, tasks, row, scores, iqm), better, height))
    return Table(
        f"Over {len(tasks)} text task{'s' * (len(tasks) != 1)}: {', '.join(tasks)}",
        ("algorithm", "reward", "IQM [95 %]", "P(better than bc) [95 %]", "area under the curve [95 %]"),
        tuple(rows),
        "IQM: interquartile mean over all runs of normalised test scores (0 random tokens, 1 the references). "
        "P: the chance that a run is better than one of maximum likelihood, ties as half. Area: mean height of the "
        "learning curve on validation data, IQM over runs.",
    )


def by_task(results: Results, task: str) -> Table:
    """A task's own metrics, and the length of the texts."""
    found = [result for (where, *_), result in results.found.items() if where == task]
    names = list(dict.fromkeys(name for result in found for name in result["metrics"]))
    rows = []
    for row in results.rows([task]):
        cells = [shown(results, [task], row, {task: results.scores(task, row, name)}, mean) for name in names]
        score = shown(results, [task], row, results.normalized([task], row), mean)
        length = results.lengths(task, row)
        rows.append((*row, score, *cells, f"{length.mean():.1f}" if len(length) else ""))
    kwargs = ", ".join(f"{name}={value}" for name, value in results.tasks[task].env_kwargs.items())
    return Table(
        f"{task}: {results.tasks[task].env}",
        ("algorithm", "reward", "normalised", *names, "tokens a text"),
        tuple(rows),
        f"Means over seeds; {results.tasks[task].test_examples} test examples, greedy; {kwargs}.",
    )


def probes(results: Results) -> Table:
    """Normalised scores on the probes."""
    tasks = results.probes
    rows = []
    for row in results.rows(tasks):
        cells = [shown(results, [task], row, results.normalized([task], row), mean, digits=2) for task in tasks]
        rows.append((*row, *cells))
    return Table(
        "Probes, from random weights",
        ("algorithm", "reward", *tasks),
        tuple(rows),
        "Normalised test scores, means over seeds. `bc` is shown the answers; the others find them, or do not.",
    )


def improvement(results: Results) -> Table | None:
    """The chance that an algorithm (row) is better than another (column), under the dense reward."""
    tasks = [*results.text_tasks, *results.probes]
    rows = [row for row in results.rows(tasks) if row[1] == "dense" and results.complete(tasks, row)]
    if len(rows) < 2:
        return None
    scores = {row: results.normalized(tasks, row) for row in rows}
    lines = [
        (a[0], *("" if a == b else interval(probability_of_improvement(scores[a], scores[b]), digits=2) for b in rows))
        for a in rows
    ]
    return Table(
        "Probability of improvement, dense reward, all tasks",
        ("better \\ than", *(row[0] for row in rows)),
        tuple(lines),
        "The chance that a run of the row's algorithm scores above one of the column's on the same task; 0.5 is no "
        "difference.",
    )


def interval(found: Interval, digits: int = 3, sign: bool = False) -> str:
    """ "0.412 [0.380, 0.450]"."""
    value, low, high = (number(part, digits, sign) for part in found)
    return f"{value} [{low}, {high}]"


def number(value: float, digits: int = 3, sign: bool = False) -> str:
    """With a true minus; four figures are enough for numbers above ten."""
    digits = min(digits, 1) if abs(value) >= 10 else digits
    return f"{value:{'+' if sign else ''}.{digits}f}".replace("-", "−")


def reading(gain: Interval) -> str:
    """What an interval says."""
    if gain.includes_zero:
        return "includes zero"
    return "above zero" if gain.low > 0 else "below zero"


def status(results: Results) -> str:
    """One sentence about what is finished."""
    done, wanted = len(results.found), len(results.cells)
    seeds = len(dict.fromkeys(cell.seed for cell in results.cells))
    text = f"{done} of {wanted} cells are finished, {seeds} seed{'s' * (seeds != 1)}"
    if done < wanted:
        text += "; rows with a count in place of a score are unfinished, and no results"
    if seeds < MIN_SEEDS:
        text += f"; below {MIN_SEEDS} seeds nothing is a result, and numbers stand in parentheses"
    return text + "."


def conditions_note() -> str:
    """What the words in the column `reward` mean."""
    return "; ".join(f"`{name}`: {text}" for name, text in CONDITIONS.items()) + "."


def shown(results: Results, tasks: Sequence[str], row: Row, scores: Scores, statistic: Statistic, **style: Any) -> str:
    """An estimate with its interval; of too few runs the bare number in parentheses; unfinished, how far it is;
    nothing where nothing is to be run."""
    if results.complete(tasks, row):
        return interval(estimate(scores, statistic), **style)
    done = sum(len(results.seeds(task, row)) for task in tasks)
    wanted = sum(results.wanted(task, row) for task in tasks)
    if done < wanted:
        return f"{done} of {wanted} runs"
    if not wanted:
        return ""
    return f"({number(float(statistic(np.concatenate(list(scores.values())))), **style)})"
