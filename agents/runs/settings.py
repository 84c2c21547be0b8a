"""What a run was asked for, from the command line to settings.json and back."""

from __future__ import annotations

import dataclasses
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agents.algorithms.catalogue import find_algorithm
from agents.algorithms.config import AlgorithmConfig
from agents.runs.folder import RunFolder, read_json, write_json
from agents.runs.recipes import Recipe
from textgym.errors import unknown

_PACKAGES = ("textgym", "torch", "transformers", "stable-baselines3", "gymnasium", "numpy", "sacrebleu", "rouge-score")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """All that decides what a run does.

    Attributes:
        env: the environment's id.
        env_kwargs: arguments of `gym.make`, as JSON knows them.
        algo: as `agents.algorithms.catalogue.find_algorithm` takes it.
        preset: the preset that the recipe began with.
        recipe, algorithm: the numbers.
        seed: of weights, sampling and examples.
        device: "auto", "cpu", "cuda", ...
    """

    env: str
    env_kwargs: Mapping[str, Any]
    algo: str
    preset: str
    recipe: Recipe
    algorithm: AlgorithmConfig
    seed: int = 0
    device: str = "auto"

    @property
    def default_name(self) -> str:
        """Name of the run's folder where none is given."""
        return f"{self.env}-{self.algo.rpartition(':')[2]}-{self.seed}-{time.strftime('%Y%m%d-%H%M%S')}"

    def write(self, folder: RunFolder) -> None:
        """Write settings.json, with what it ran on."""
        write_json(folder.settings, {**dataclasses.asdict(self), "made_with": made_with()})


def read_settings(folder: RunFolder) -> RunSettings:
    """The settings of a run.

    Raises:
        ValueError: the folder holds no run, or its settings.json is damaged.
    """
    if not folder.settings.is_file():
        raise ValueError(f"{folder.path}: it holds no run (no settings.json); allowed is a folder that train made")
    saved = read_json(folder.settings)
    names = {field.name for field in dataclasses.fields(RunSettings)}
    if not isinstance(saved, dict) or not names <= set(saved):
        raise ValueError(
            f"{folder.settings}: it lacks {sorted(names - set(saved))}; allowed is a file that train wrote"
        )
    values = {name: saved[name] for name in names}
    values["recipe"] = _config(Recipe, values["recipe"], folder)
    values["algorithm"] = _config(find_algorithm(values["algo"]).config(), values["algorithm"], folder)
    return RunSettings(**values)


def _config(kind: type[Any], values: Mapping[str, Any], folder: RunFolder) -> Any:
    known = [field.name for field in dataclasses.fields(kind)]
    for name in values:
        if name not in known:
            raise unknown(f"{folder.settings}: {kind.__name__}", name, known)
    return kind(**values)


def made_with() -> dict[str, Any]:
    """Versions, platform, command and commit."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "command": " ".join(["textgym", *sys.argv[1:]]),
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": versions,
        "commit": _commit(),
    }


def _commit() -> str | None:
    """The commit of the source tree that runs, with "+" where files differ from it; None outside of git."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, timeout=10)
        diff = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=root, capture_output=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return head.stdout.strip() + ("+" if diff.returncode else "") if head.returncode == 0 else None
