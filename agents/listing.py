"""The tables of `textgym list`. Needs neither torch nor transformers."""

from __future__ import annotations

import gymnasium as gym
from rich.table import Table

import envs_registry
from agents.algorithms.catalogue import ALGORITHMS
from agents.runs.options import env_ids, task_of
from textgym import list_rewards


def environments() -> Table:
    """The ids with what they are for, and the returns of random tokens and of the references."""
    table = Table("environment", "what it is", "tags", box=None, pad_edge=False, header_style="bold")
    table.add_column("random", justify="right")
    table.add_column("oracle", justify="right")
    for env_id in env_ids():
        row = envs_registry.find(env_id)
        if row is None:
            task = gym.spec(env_id).kwargs.get("task")
            table.add_row(env_id, f"registered here ({task})", "", "", "")
            continue
        table.add_row(
            f"[bold]{row.id}[/]",
            row.summary,
            ", ".join(row.tags),
            f"{row.random_return:.3f}",
            f"{row.oracle_return:.3f}",
        )
    return table


def rewards() -> Table:
    """The names that `--reward` takes, and the environments whose default they are."""
    defaults: dict[str, list[str]] = {}
    for env_id in env_ids():
        default = task_of(env_id).default_reward
        for name in [default] if isinstance(default, str) else default:
            defaults.setdefault(name, []).append(env_id)
    table = Table("reward", "default of", box=None, pad_edge=False, header_style="bold")
    for name in list_rewards():
        table.add_row(f"[bold]{name}[/]", ", ".join(defaults.get(name, [])))
    return table


def algorithms() -> Table:
    """The names that `--algo` takes."""
    table = Table("algorithm", "what it is", box=None, pad_edge=False, header_style="bold")
    for row in ALGORITHMS.values():
        table.add_row(f"[bold]{row.name}[/]", row.summary)
    return table
