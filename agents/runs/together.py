"""`textgym train` in several processes: the main one owns the folder and the terminal, the others leave nothing."""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

from rich.console import Console

from agents.algorithms import parallel
from agents.algorithms.catalogue import find_algorithm


def check_joins(algo: str) -> None:
    """Refuse an algorithm that several processes cannot train together, if there are several.

    Raises:
        ValueError: they cannot.
    """
    if parallel.count() > 1 and not getattr(find_algorithm(algo).load(), "joins_processes", False):
        raise ValueError(f"--algo: got {algo!r} in {parallel.count()} processes; allowed are reinforce and bc")


def check_alone(option: str) -> None:
    """Refuse what only a single process can do.

    Raises:
        ValueError: there are several.
    """
    if parallel.count() > 1:
        raise ValueError(f"{option}: got it in {parallel.count()} processes, allowed is one")


def folder_of(path: Path) -> Path:
    """Where this process writes: `path`, or a folder that goes when it ends."""
    if parallel.rank() == 0:
        return path
    folder = tempfile.TemporaryDirectory(prefix="textgym-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def console_of() -> Console:
    """What this process talks to."""
    return Console(quiet=parallel.rank() > 0)
