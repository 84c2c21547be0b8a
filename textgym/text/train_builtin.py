"""Train the tokenizers that ship with the tasks: `python -m textgym.text.train_builtin [--check]`.

Every task of the catalogue gets one, made from its built-in corpora; tasks whose tokenizer is a fixed list of
symbols need none, and tasks of one name share one. The same corpora give the same files.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from envs_registry.catalogue import CATALOGUE
from textgym.tasks.base import Task
from textgym.text.tokenizers import train_on_builtin

FOLDER = Path(__file__).resolve().parent.parent / "data" / "tokenizers"


def tasks_with_tokenizer() -> Iterator[Task]:
    """One object of each task whose tokenizer is trained, by its name."""
    seen = set()
    for row in CATALOGUE:
        module, _, attribute = row.task.partition(":")
        task: Task = getattr(importlib.import_module(module), attribute)()
        if task.name not in seen and not task.tokenizer_options().get("symbols"):
            seen.add(task.name)
            yield task


def main(arguments: Sequence[str]) -> int:
    """Write the files; with `--check` only say which are out of date, and return 1 if any is."""
    if list(arguments) not in ([], ["--check"]):
        raise SystemExit(f"train_builtin: got {' '.join(arguments)!r}, allowed is --check or nothing")
    stale = 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for task in tasks_with_tokenizer():
        path = FOLDER / f"{task.name}.json"
        tokenizer = train_on_builtin(task)
        if path.is_file() and path.read_text(encoding="utf-8") == tokenizer.definition + "\n":
            print(f"{path.name}: {len(tokenizer)} tokens, up to date")
            continue
        stale += 1
        if arguments:
            print(f"{path.name}: out of date")
        else:
            path.write_text(tokenizer.definition + "\n", encoding="utf-8")
            print(f"{path.name}: {len(tokenizer)} tokens, written")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
