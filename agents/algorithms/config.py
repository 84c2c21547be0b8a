"""What a run tells an algorithm: small typed objects, one kind for each algorithm, next to it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

_POSITIVE = (
    "n_envs", "n_steps", "warm_batch_size", "batch_size", "n_epochs", "validate_every", "warm_validate_every",
    "validation_examples", "learning_rate", "warm_learning_rate", "clip_range", "temperature", "samples_per_example",
    "masking_updates", "gradient_steps", "buffer_size", "target_kl",
)  # fmt: skip
_FRACTIONS = ("gamma", "gae_lambda", "mask_top_p", "tau", "q_lambda")


@dataclass(frozen=True, slots=True)
class AlgorithmConfig:
    """The constructor arguments that the algorithms share; a subclass adds its own, under the names it uses.

    Attributes:
        reinforces: False where the warm start is the whole run.
        tuned: (task, or "" for all tasks) -> the fields that this algorithm wants otherwise there, those of the run
            (`agents.runs.recipes.Recipe`) among them.
    """

    learning_rate: float = 1e-4
    n_steps: int = 64
    gamma: float = 1.0
    max_grad_norm: float = 0.5

    reinforces: ClassVar[bool] = True
    tuned: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    def __post_init__(self) -> None:
        check_ranges(self)

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments."""
        return dataclasses.asdict(self)


def check_ranges(config: Any) -> None:
    """Refuse numbers that no field of a run may have.

    Raises:
        ValueError: naming the field.
    """
    for field in dataclasses.fields(config):
        name, value = field.name, getattr(config, field.name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if not math.isfinite(value) or value < 0:
            raise ValueError(f"{name}: got {value}, allowed is a finite number of at least 0")
        if name in _POSITIVE and value == 0:
            raise ValueError(f"{name}: got {value}, allowed is a number above 0")
        if name in _FRACTIONS and value > 1:
            raise ValueError(f"{name}: got {value}, allowed is a number from 0 to 1")


def check_penalty(kl_coef: float, kl_target: float | None) -> None:
    """Refuse a penalty on leaving the start policy that cannot be.

    Raises:
        ValueError: naming the field.
    """
    if kl_coef < 0:
        raise ValueError(f"kl_coef: got {kl_coef}, allowed is a number of at least 0")
    if kl_target is not None and not (kl_target > 0 and kl_coef > 0):
        raise ValueError(f"kl_target: got {kl_target} with kl_coef={kl_coef}, allowed are two numbers above 0")
