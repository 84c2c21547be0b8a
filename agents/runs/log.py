"""What a run says: to the terminal, to log.txt, to progress.csv and to TensorBoard."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from stable_baselines3.common.logger import KVWriter, Logger

from agents.runs.folder import RunFolder
from agents.runs.progress import ProgressWriter


class RunLog:
    """Lines for a person, with the time in the file.

    Args:
        path: log.txt; None before there is a folder.
        console: the terminal.
    """

    def __init__(self, console: Console, path: Path | None = None) -> None:
        self.console, self.path = console, path

    def say(self, text: str) -> None:
        """A line to the terminal and to the file."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)
        self.note(text)

    def note(self, text: str) -> None:
        """A line to the file only."""
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}\n")


def metric_logger(folder: RunFolder, phase: str, step: int) -> Logger:
    """The logger of a phase that is at `step`; TensorBoard events are written where its package is installed."""
    outputs: list[KVWriter] = [ProgressWriter(folder.progress, phase, step)]
    try:
        from torch.utils.tensorboard.writer import SummaryWriter
    except ImportError:
        return Logger(None, outputs)  # type: ignore[arg-type]
    outputs.append(_TensorBoard(SummaryWriter(str(folder.tensorboard / phase), purge_step=step + 1 if step else None)))
    return Logger(None, outputs)  # type: ignore[arg-type]


class _TensorBoard(KVWriter):
    """Stable-Baselines3's own cannot be told that a resumed run takes back what came after its checkpoint."""

    def __init__(self, writer: object) -> None:
        self.writer = writer

    def write(self, key_values: dict[str, object], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        for name, value in key_values.items():
            if "tensorboard" in (key_excluded.get(name) or ()) or isinstance(value, (str, bool)):
                continue
            self.writer.add_scalar(name, value, step)  # type: ignore[attr-defined]
        self.writer.flush()  # type: ignore[attr-defined]

    def close(self) -> None:
        self.writer.close()  # type: ignore[attr-defined]
