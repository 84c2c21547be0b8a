"""Constructor arguments as JSON and back, for the few kinds of values that they are.

Plain JSON values stand for themselves; tuples, classes, schedules, spaces, token ids and network configurations are
objects with a single key that starts with "$". Nothing is imported or called by a name from the outside.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.utils import ConstantSchedule, FloatSchedule, LinearSchedule
from transformers import AutoConfig, PreTrainedConfig

from agents.policies.tokens import TokenObservationSpace, TokenSpec
from textgym.errors import unknown

_PLACES = {
    "SequenceRolloutBuffer": "agents.buffers",
    "MaskableSequenceRolloutBuffer": "agents.algorithms.contrib",
    "RolloutBuffer": "stable_baselines3.common.buffers",
    "DictRolloutBuffer": "stable_baselines3.common.buffers",
    "ReplayBuffer": "stable_baselines3.common.buffers",
    "DictReplayBuffer": "stable_baselines3.common.buffers",
    "TokenFeatures": "agents.policies.features",
}


def _class_names() -> list[str]:
    """The classes that a file may name."""
    optimizers = vars(torch.optim).items()
    found = [n for n, cls in optimizers if isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer)]
    return [*found, *_PLACES]


def _class(name: str) -> type:
    """The class that a file names, of those in the table."""
    if name not in _class_names():
        raise unknown("class", name, _class_names())
    found: type = getattr(importlib.import_module(_PLACES.get(name, "torch.optim")), name)
    return found


def _is_known(cls: type) -> bool:
    name = cls.__name__
    return name in _class_names() and (_PLACES.get(name) == cls.__module__ or vars(torch.optim).get(name) is cls)


class Unsaved:
    """In the place of an argument that JSON cannot hold, such as a function; `repr` says what it was."""

    def __init__(self, description: str) -> None:
        self.description = description

    def __repr__(self) -> str:
        return f"<not saved: {self.description}>"


def encode(value: Any) -> Any:
    """`value` as JSON."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else {"$float": repr(float(value))}
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (Path, torch.device)):
        return str(value)
    if isinstance(value, (list, set)):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [encode(item) for item in value]}
    for kind, (_, to_json, _) in _KINDS.items():
        if isinstance(value, _KINDS[kind][0]):
            return {kind: to_json(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return encode(value.value)
    if isinstance(value, type) and _is_known(value):
        return {"$class": value.__name__}
    return {"$unsaved": repr(value)}


def decode(value: Any) -> Any:
    """The inverse of `encode`; arguments that could not be saved are left out of the mappings that held them."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((kind, content),) = value.items()
        if kind in _KINDS:
            return _KINDS[kind][2](content)
        if kind == "$class":
            return _class(content)
        if kind == "$tuple":
            return tuple(decode(item) for item in content)
        if kind == "$float":
            return float(content)
        if kind == "$unsaved":
            return Unsaved(content)
    decoded = {key: decode(item) for key, item in value.items()}
    return {key: item for key, item in decoded.items() if not isinstance(item, Unsaved)}


def _linear(content: Mapping[str, float]) -> LinearSchedule:
    return LinearSchedule(content["start"], content["end"], content["end_fraction"])


def _box(content: Mapping[str, Any]) -> spaces.Box:
    dtype = np.dtype(content["dtype"])
    low, high = (np.array(content[end], dtype=dtype) for end in ("low", "high"))
    shape = tuple(content["shape"])
    return spaces.Box(np.broadcast_to(low, shape), np.broadcast_to(high, shape), shape, dtype.type)  # type: ignore[arg-type]


def _bound(array: Any) -> Any:
    """One number where all are the same, which spaces the size of a page."""
    return array.flat[0].item() if array.size and (array == array.flat[0]).all() else array.tolist()


def _to_config(content: Mapping[str, Any]) -> PreTrainedConfig:
    settings = dict(content)
    return AutoConfig.for_model(settings.pop("model_type"), **settings)


def _from_config(config: PreTrainedConfig) -> dict[str, Any]:
    found = dict(config.to_dict(), dtype="float32")
    for name in ("transformers_version", "_name_or_path", "architectures", "auto_map"):
        found.pop(name, None)
    return found


_Kind = tuple[type, Callable[[Any], Any], Callable[[Any], Any]]
_KINDS: dict[str, _Kind] = {
    "$constant": (ConstantSchedule, lambda s: s.val, ConstantSchedule),
    "$linear": (LinearSchedule, lambda s: {"start": s.start, "end": s.end, "end_fraction": s.end_fraction}, _linear),
    "$schedule": (FloatSchedule, lambda s: encode(s.value_schedule), lambda c: _schedule(decode(c))),
    "$tokens": (TokenSpec, TokenSpec.to_json, TokenSpec.from_json),
    "$config": (PreTrainedConfig, _from_config, _to_config),
    "$token_space": (
        TokenObservationSpace,
        lambda s: {"parts": {k: encode(v) for k, v in s.spaces.items()}, "tokens": encode(s.tokens)},
        lambda c: TokenObservationSpace({k: decode(v) for k, v in c["parts"].items()}, decode(c["tokens"])),
    ),
    "$dict_space": (
        spaces.Dict,
        lambda s: {k: encode(v) for k, v in s.spaces.items()},
        lambda c: spaces.Dict({k: decode(v) for k, v in c.items()}),
    ),
    "$box": (
        spaces.Box,
        lambda s: {"low": _bound(s.low), "high": _bound(s.high), "shape": list(s.shape), "dtype": str(s.dtype)},
        _box,
    ),
    "$discrete": (spaces.Discrete, lambda s: [int(s.n), int(s.start)], lambda c: spaces.Discrete(c[0], start=c[1])),
    "$multibinary": (
        spaces.MultiBinary,
        lambda s: list(s.shape),
        lambda c: spaces.MultiBinary(c if len(c) > 1 else c[0]),
    ),
}  # fmt: skip


def _schedule(value: Any) -> Any:
    return value if isinstance(value, Unsaved) else FloatSchedule(value)
