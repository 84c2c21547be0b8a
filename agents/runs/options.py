"""From the words of a command line to values; everything wrong is a `ValueError` that says what is allowed."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym

import textgym  # noqa: F401  # registers the ids
from envs_registry.catalogue import ENTRY_POINT
from textgym.corpora.files import format_of
from textgym.corpora.slices import split_slice
from textgym.errors import unknown
from textgym.types import SPLITS


def env_ids() -> list[str]:
    """The ids of token environments, those that users registered among them."""
    return sorted(name for name, spec in gym.registry.items() if spec.entry_point == ENTRY_POINT)


def check_env(name: str) -> str:
    """A registered id; "module:Id-v0" imports the module first."""
    module, _, env_id = name.rpartition(":")
    if module:
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise ValueError(f"--env: {module!r} cannot be imported: {error}") from error
    if env_id not in env_ids():
        raise unknown("--env", env_id, env_ids())
    return env_id


def task_of(env_id: str) -> Any:
    """The task of an environment: its class or object."""
    task = gym.spec(env_id).kwargs.get("task")
    if isinstance(task, str):
        module, _, attribute = task.partition(":")
        return getattr(importlib.import_module(module), attribute)
    return task


def pairs(option: str, items: Sequence[str] | None) -> dict[str, str]:
    """["a=1", "b=2"] as a dict."""
    found: dict[str, str] = {}
    for item in items or ():
        name, sign, value = item.partition("=")
        if not sign or not name.strip():
            raise ValueError(f"{option}: got {item!r}, allowed is name=value")
        if name.strip() in found:
            raise ValueError(f"{option}: got {name.strip()!r} twice")
        found[name.strip()] = value.strip()
    return found


def reward_option(text: str) -> str | dict[str, float]:
    """A name, or "name=weight,name=weight"."""
    if "=" not in text:
        return text
    weights: dict[str, float] = {}
    for name, value in pairs("--reward", text.split(",")).items():
        try:
            weights[name] = float(value)
        except ValueError:
            raise ValueError(f"--reward: got the weight {value!r} for {name!r}, allowed is a number") from None
    return weights


def env_option(text: str) -> Any:
    """The value of an `--env-option`: JSON where it is that, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def dataset_option(text: str, sizes: str | None) -> tuple[Any, str | None]:
    """A data set as `gym.make` takes it, and what to say about it.

    A single file, or a pair of parallel ones, has no splits of its own: it is cut into train, validation and test
    by `sizes` ("80,10,10", per cent). Local paths are made absolute, so that the run can be resumed from anywhere.
    """
    if text.lstrip().startswith("{"):
        mapping = env_option(text)
        if not isinstance(mapping, dict):
            raise ValueError(f'--dataset: got {text!r}, which is no JSON, e.g. {{"train": "a.jsonl"}}')
        return {split: _absolute(str(path)) for split, path in mapping.items()}, None
    if not _is_single(text):
        if sizes is not None:
            raise ValueError(f"--split-sizes: got {sizes!r}, but {text!r} is no single file: it has its own splits")
        return _absolute(text), None
    train, validation, test = _percentages(sizes or "80,10,10")
    bounds = ((0, train), (train, train + validation), (train + validation, train + validation + test))
    parts = [f"[{start or ''}%:{stop}%]".replace("[%", "[") for start, stop in bounds]
    cut = {split: _sliced(_absolute(text), part) for split, part in zip(SPLITS, parts, strict=True)}
    shares = ", ".join(f"{size} % {split}" for split, size in zip(SPLITS, (train, validation, test), strict=True))
    return cut, f"{text} has no splits of its own: cut in its order into {shares}"


def _percentages(sizes: str) -> list[int]:
    try:
        shares = [int(part) for part in sizes.split(",")]
    except ValueError:
        shares = []
    if len(shares) != 3 or min(shares) < 1 or sum(shares) > 100:
        raise ValueError(f"--split-sizes: got {sizes!r}, allowed are three per cents of at most 100 in all: 80,10,10")
    return shares


def _is_single(text: str) -> bool:
    """Whether a data set is one file or a pair of them, not yet cut."""
    halves = [text] if Path(text).expanduser().is_file() else text.split(",")
    if len(halves) > 2 or not all(half.strip() for half in halves):
        return False
    return all(Path(half.strip()).expanduser().is_file() for half in halves) and (
        len(halves) == 2 or format_of(Path(text)) is not None
    )


def _absolute(text: str) -> str:
    if Path(text).expanduser().exists():
        return str(Path(text).expanduser().resolve())
    halves = text.split(",")
    if len(halves) == 2:
        return ",".join(_absolute(half.strip()) for half in halves)
    name, part = split_slice(text)
    return text if part is None or not Path(name).expanduser().exists() else f"{_absolute(name)}{part}"


def _sliced(text: str, part: str) -> str:
    halves = [text] if Path(text).is_file() else text.split(",")
    return ",".join(half + part for half in halves)
