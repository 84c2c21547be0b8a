"""What the commands share: bad input ends them with a line, not with a traceback."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import typer
from rich.console import Console


@contextlib.contextmanager
def bad_input() -> Iterator[None]:
    """Say what is wrong with what the user gave, and exit with 2."""
    try:
        yield
    except (ValueError, ImportError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
