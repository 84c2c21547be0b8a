"""The words of `textgym benchmark` as values, and its dry run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.benchmark.cells import BenchFolder, Cell
from agents.benchmark.suites import CLONING
from agents.runs.options import env_option, pairs


def seeds_of(text: str) -> range:
    """ "3" as 0, 1, 2 and "100:102" as 100, 101.

    Raises:
        ValueError: it is neither.
    """
    first, sign, last = text.partition(":")
    try:
        found = range(int(first), int(last)) if sign else range(int(first))
    except ValueError:
        found = range(0)
    if not found or found[0] < 0:
        raise ValueError(f"--seeds: got {text!r}, allowed is a number of seeds, 3, or a range, 100:102")
    return found


def changes_of(items: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    """["a2c.n_steps=8"] as {"a2c": {"n_steps": 8}}.

    Raises:
        ValueError: an item has another form.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, value in pairs("--set", items).items():
        algo, sign, argument = name.partition(".")
        if not sign or not argument:
            raise ValueError(f"--set: got {name!r}, allowed is algo.argument=value")
        found.setdefault(algo, {})[argument] = env_option(value)
    return found


def show_plan(folder: BenchFolder, cells: Sequence[Cell], console: Console) -> None:
    """The cells by task and algorithm, and their tokens."""
    table = Table(title=f"{len(cells)} cells", title_justify="left", box=None, header_style="bold")
    for column in ("task", "algorithm", "conditions", "seeds", "tokens a cell", "tokens", "finished"):
        table.add_column(column, justify="left" if column in ("task", "algorithm", "conditions") else "right")
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.task.name, cell.label), []).append(cell)
    for (task, label), group in groups.items():
        conditions = dict.fromkeys(cell.condition for cell in group)
        seeds = dict.fromkeys(cell.seed for cell in group)
        done = sum(folder.finished(cell) for cell in group)
        tokens = sum(cell.tokens for cell in group)
        table.add_row(
            task, label, ", ".join(conditions), str(len(seeds)), f"{group[0].tokens:,}", f"{tokens:,}", str(done)
        )
    console.print(table)
    references = sum(cell.tokens for cell in cells if cell.algo == CLONING)
    played = sum(cell.tokens for cell in cells) - references
    console.print(
        f"{played:,} tokens of agents, {references:,} reference tokens of maximum likelihood", highlight=False
    )
