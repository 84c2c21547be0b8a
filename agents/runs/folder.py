"""The folder of a run: what lies where, and writing it so that a kill at any moment leaves it readable.

settings.json     everything the run was asked for, versions, commit
log.txt           what it said, with times
progress.csv      one row for each log of each phase; the same numbers as TensorBoard events in tensorboard/
curves.svg, .png  the learning curves
model/            the best model so far, as plain `transformers` reads it, its tokenizer beside it
checkpoint/       where `--resume` goes on
evaluation.json   held-out scores before and after, greedy and sampled
samples.jsonl     held-out texts before and after, token by token with their rewards
report.html       all of it on one page
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


def write_atomically(path: Path, content: str) -> None:
    """Write a text file, all or nothing."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(content, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON, all or nothing; numbers that are not finite become null."""
    write_atomically(path, json.dumps(_finite(content), indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """JSON from a file of a run.

    Raises:
        ValueError: it is not there, or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ValueError(f"{path}: there is no such file; allowed is the folder of a run") from None
    except ValueError as error:
        raise ValueError(f"{path}: it is not JSON: {error}") from None


@dataclass(slots=True)
class State:
    """How far a run has come.

    Attributes:
        phase: what it is doing, or about to do: a name of `agents.runs.train.PHASES`, or "done".
        step: tokens of this phase that are done.
        model: file in checkpoint/ that the phase goes on from, None at its beginning.
        start: file in checkpoint/ with the weights that the phase began with, None for fresh ones.
        best_score, best_step: the best validation of the phase; its weights are in model/.
        stale: validations since the best one.
        seconds: time spent so far, by phase.
        alarms: those that have rung, each with `kind`, `step` and `message`.
    """

    phase: str
    step: int = 0
    model: str | None = None
    start: str | None = None
    best_score: float | None = None
    best_step: int = 0
    stale: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    alarms: list[dict[str, Any]] = field(default_factory=list)


class RunFolder:
    """Paths and files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings = path / "settings.json"
        self.log = path / "log.txt"
        self.progress = path / "progress.csv"
        self.tensorboard = path / "tensorboard"
        self.model = path / "model"
        self.checkpoint = path / "checkpoint"
        self.tokenizer = self.checkpoint / "tokenizer"
        self.evaluation = path / "evaluation.json"
        self.samples = path / "samples.jsonl"
        self.report = path / "report.html"

    def create(self, overwrite: bool = False) -> None:
        """Make the folder; what an earlier run left there goes only with `overwrite`."""
        if overwrite and self.settings.is_file():
            shutil.rmtree(self.path)
        self.checkpoint.mkdir(parents=True, exist_ok=True)

    def check_free(self, overwrite: bool = False) -> None:
        """Refuse a folder that would be written into.

        Raises:
            ValueError: it holds something; with `overwrite`, something other than a run.
        """
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise ValueError(f"--out: {self.path} is a file, allowed is a folder")
        if any(self.path.iterdir()) and not (overwrite and self.settings.is_file()):
            hint = "it is no run, so --overwrite does not apply" if overwrite else "--overwrite replaces a run"
            raise ValueError(f"--out: {self.path} is not empty; allowed is a new or empty folder ({hint})")

    def state(self) -> State:
        """How far the run has come."""
        return State(**read_json(self.checkpoint / "state.json"))

    def save_state(self, state: State) -> None:
        """Note how far the run has come, and drop checkpoint files that no longer count."""
        write_json(self.checkpoint / "state.json", asdict(state))
        for path in self.checkpoint.glob("*.zip"):
            if path.name not in (state.model, state.start):
                path.unlink(missing_ok=True)

    def save_model(self, write: Callable[[Path], None]) -> None:
        """Replace model/ by what `write` puts into a folder; the old one stays until the new one is whole."""
        self._restore_model()
        fresh, old = self.path / ".model.new", self.path / ".model.old"
        shutil.rmtree(fresh, ignore_errors=True)
        write(fresh)
        if self.model.exists():
            os.replace(self.model, old)
        os.replace(fresh, self.model)
        shutil.rmtree(old, ignore_errors=True)

    def find_model(self) -> Path:
        """model/, put back if a kill came between the two halves of its replacement.

        Raises:
            ValueError: the run has not saved a model yet.
        """
        self._restore_model()
        if not self.model.is_dir():
            raise ValueError(f"{self.path}: the run has no model yet; it is saved at the first checkpoint")
        return self.model

    def _restore_model(self) -> None:
        old = self.path / ".model.old"
        if not self.model.exists() and old.is_dir():
            os.replace(old, self.model)

    def write_samples(self, samples: Sequence[Mapping[str, Any]]) -> None:
        """Write samples.jsonl."""
        write_atomically(self.samples, "".join(json.dumps(_finite(s), ensure_ascii=False) + "\n" for s in samples))

    def read_samples(self) -> list[dict[str, Any]]:
        """What samples.jsonl holds; nothing where it is not there yet."""
        if not self.samples.is_file():
            return []
        return [json.loads(line) for line in self.samples.read_text(encoding="utf-8").splitlines()]

    def write_evaluation(self, moment: str, scores: Mapping[str, Any]) -> None:
        """Put the scores of "before" or "after" into evaluation.json."""
        write_json(self.evaluation, {**self.read_evaluation(), moment: scores})

    def read_evaluation(self) -> dict[str, Any]:
        """What evaluation.json holds; nothing where it is not there yet."""
        return dict(read_json(self.evaluation)) if self.evaluation.is_file() else {}


@contextlib.contextmanager
def removed_on_error(path: Path) -> Iterator[None]:
    """Remove a folder that was new, if what is done inside fails."""
    new = not path.exists()
    try:
        yield
    except BaseException:
        if new:
            shutil.rmtree(path, ignore_errors=True)
        raise


def _finite(content: Any) -> Any:
    if isinstance(content, float):
        return content if content == content and abs(content) != float("inf") else None
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return content
