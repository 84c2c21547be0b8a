"""Recipes: the numbers of a run. What every run has is a `Recipe`; an algorithm's own numbers stand next to it.

A recipe is looked up by task, algorithm and preset; any of its fields can be set from the command line with
`--set field=value`. Presets: "tiny" is for tests (seconds), "demo" for a first look on two cores (minutes),
"default" for results.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.algorithms.catalogue import find_algorithm
from agents.algorithms.config import AlgorithmConfig, check_ranges
from textgym.errors import check_choice, unknown

PRESETS: tuple[str, ...] = ("tiny", "demo", "default")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What every run has, whatever its algorithm. Steps and tokens are the same thing: one step is one token.

    Attributes:
        model: "tiny", "small", "base"..., or a path or hub name; see `agents.TransformerPolicy`.
        n_envs: episodes that run side by side.
        timesteps: tokens of reinforcement learning; 0 leaves it out.
        warm_start_tokens: reference tokens of maximum likelihood before it; 0 leaves it out.
        critic_tokens: tokens that the warm-started policy plays for its value head to be fitted to; 0 leaves it out.
        schedule: of the learning rate of RL: "constant", or "linear" down to zero.
        value_network, detach_value, dropout, temperature: of `agents.TransformerPolicy`.
        warm_learning_rate, warm_batch_size: of the warm start; the batch in examples.
        warm_validate_every, warm_patience: updates between validations of the warm start, and after how many of them
            without a new best it ends; patience 0 is never.
        label_smoothing, scheduled_sampling, weight_decay: of `agents.BehaviorCloning`.
        rl_weight_decay: of AdamW in RL; 0 is the policy's Adam.
        patience: validations of RL without a new best after which it ends; 0 is never.
        validate_every, validation_examples: how often, in tokens of RL, and on how many held-out examples.
        best_by: what chooses the weights that are kept: "task", its own default reward on held-out examples, whatever
            the training reward is (without references: as the following), or "reward", the training reward.
        test_examples: held-out examples of the before/after evaluation; 0 means all.
        samples: examples whose texts go into the report.
        checkpoint_seconds: least time between two periodic checkpoints.
    """

    model: str = "small"
    n_envs: int = 64
    timesteps: int = 400_000
    critic_tokens: int = 10_000
    schedule: str = "constant"
    value_network: str = "shared"
    detach_value: bool = False
    dropout: bool = False
    temperature: float = 1.0
    warm_start_tokens: int = 1_000_000
    warm_learning_rate: float = 1e-3
    warm_batch_size: int = 64
    warm_validate_every: int = 50
    warm_patience: int = 5
    label_smoothing: float = 0.0
    scheduled_sampling: float = 0.0
    weight_decay: float = 0.0
    rl_weight_decay: float = 0.0
    patience: int = 0
    validate_every: int = 40_000
    validation_examples: int = 256
    test_examples: int = 512
    best_by: str = "task"
    samples: int = 8
    checkpoint_seconds: float = 60.0

    def __post_init__(self) -> None:
        check_ranges(self)
        check_choice("schedule", self.schedule, ("constant", "linear"))
        check_choice("best_by", self.best_by, ("task", "reward"))
        check_choice("value_network", self.value_network, ("shared", "separate"))


# What a task changes: (task, preset) -> fields; task "" is for tasks without a row. Presets build on "default".
_FIELDS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("", "default"): {},
    ("", "tiny"): {
        "model": "tiny", "n_envs": 8, "timesteps": 1_024, "critic_tokens": 512, "warm_start_tokens": 2_048,
        "n_steps": 16, "learning_starts": 0, "actor_delay": 4, "warm_batch_size": 16, "warm_validate_every": 10,
        "validate_every": 512, "validation_examples": 16, "test_examples": 32, "samples": 3, "checkpoint_seconds": 1.0,
    },
    ("", "demo"): {"timesteps": 100_000, "warm_start_tokens": 200_000, "test_examples": 256},
    ("summarize", "default"): {"timesteps": 1_000_000, "warm_start_tokens": 2_000_000},
    # A warm start that stops early, so that reinforcement learning has something to show within minutes.
    ("summarize", "demo"): {
        "model": "tiny", "timesteps": 150_000, "warm_start_tokens": 200_000, "warm_learning_rate": 2e-3,
        "n_steps": 32, "learning_rate": 3e-5, "gae_lambda": 1.0, "normalize_advantage": False, "use_rms_prop": True,
        "test_examples": 256, "validation_examples": 128, "validate_every": 25_000,
    },
    ("translate", "default"): {"timesteps": 1_000_000, "warm_start_tokens": 4_000_000},
    ("copy", "default"): {"model": "tiny", "n_envs": 32, "timesteps": 60_000, "warm_start_tokens": 20_000,
                          "learning_rate": 1e-3, "validate_every": 10_000},
}  # fmt: skip


def find_recipe(
    task: str, algo: str, preset: str, changes: Mapping[str, str] | None = None
) -> tuple[Recipe, AlgorithmConfig]:
    """The recipe of a task and its algorithm's settings.

    Args:
        task: short name of the task; an unknown one gets the common recipe.
        algo: a name of `agents.algorithms.catalogue`, or a class of one's own ("module:Class", "file.py:Class").
        preset: a name of `PRESETS`.
        changes: field -> value as text, from `--set`.

    Raises:
        ValueError: an unknown name, or a value of the wrong type or out of range.
    """
    check_choice("--preset", preset, PRESETS)
    algorithm = find_algorithm(algo).config()
    own, theirs = _field_types(Recipe), _field_types(algorithm)
    values: dict[str, Any] = {}
    for key in (("", "default"), (task, "default"), ("", preset), (task, preset)):
        values |= _FIELDS.get(key, {})
        if key[1] == "default":
            values |= algorithm.tuned.get(key[0], {})
    for name, text in (changes or {}).items():
        if name not in own and name not in theirs:
            raise unknown("--set", name, [*own, *theirs])
        values[name] = parse_value(f"--set {name}", text, own.get(name) or theirs[name])
    return (
        Recipe(**{k: v for k, v in values.items() if k in own}),
        algorithm(**{k: v for k, v in values.items() if k in theirs}),
    )


def parse_value(field: str, text: str, kind: Any) -> Any:
    """`text` as a value of type `kind` (int, float, bool or str)."""
    if kind is str:
        return text
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{field}: got {text!r}, allowed are 'true' and 'false'")
        return text.lower() == "true"
    try:
        number = float(text.replace("_", ""))
        if kind is int:
            if number != int(number):
                raise ValueError
            return int(number)
    except (ValueError, OverflowError):
        what = "an integer, e.g. 20000 or 2e4" if kind is int else "a number, e.g. 3e-4"
        raise ValueError(f"{field}: got {text!r}, allowed is {what}") from None
    return number


def _field_types(config: type) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(config)}
    return {name: kind for name, kind in typing.get_type_hints(config).items() if name in names}
