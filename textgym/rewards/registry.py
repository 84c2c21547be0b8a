"""Rewards by name: the built-in ones, and those that users register."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from textgym.errors import unknown
from textgym.rewards.base import FunctionReward, Reward

RewardLike = Reward | type[Reward] | Callable[..., Any]

# name -> "module:attribute" and the arguments of its constructor; imported when first asked for.
_BUILTIN: dict[str, tuple[str, dict[str, Any]]] = {
    "rouge1": ("textgym.rewards.rouge:Rouge", {"types": ("rouge1",)}),
    "rouge2": ("textgym.rewards.rouge:Rouge", {"types": ("rouge2",)}),
    "rougeL": ("textgym.rewards.rouge:Rouge", {"types": ("rougeL",)}),
    "rouge": ("textgym.rewards.rouge:Rouge", {}),
    "bleu": ("textgym.rewards.bleu:Bleu", {}),
    "chrf": ("textgym.rewards.chrf:ChrF", {}),
    "ter": ("textgym.rewards.ter:Ter", {}),
    "exact_match": ("textgym.rewards.match:ExactMatch", {}),
    "token_f1": ("textgym.rewards.match:TokenF1", {}),
    "copy": ("textgym.rewards.copy:Copy", {}),
}
_REGISTERED: dict[str, RewardLike] = {}


def list_rewards() -> list[str]:
    """The names that `reward=` and `make_reward` take, sorted."""
    return sorted({*_BUILTIN, *_REGISTERED})


def register_reward(name: str, reward: RewardLike) -> None:
    """Make a reward available by name.

    Args:
        name: the new name.
        reward: a function `(text, example) -> float`, a `Reward` subclass or a `Reward` object.

    Raises:
        ValueError: the name is taken or no string, or the object is none of these.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"name: got {name!r}, allowed is a non-empty string")
    if name in _BUILTIN or name in _REGISTERED:
        raise ValueError(f"name: got {name!r}, which is registered already; choose another")
    as_reward(reward, name)
    _REGISTERED[name] = reward


def make_reward(name: str, **kwargs: Any) -> Reward:
    """A new reward by name; `kwargs` go to its constructor: `make_reward("rouge", stemmer=True)`.

    Raises:
        ValueError: the name is not known, or the reward does not take these arguments.
    """
    if not isinstance(name, str) or (name not in _BUILTIN and name not in _REGISTERED):
        raise unknown("reward", name, list_rewards())
    if name in _REGISTERED:
        target: Any = _REGISTERED[name]
        if not (isinstance(target, type) and issubclass(target, Reward)):
            if kwargs:
                raise ValueError(f"reward {name!r}: got arguments {sorted(kwargs)}, but it takes none")
            return as_reward(target, name)
        options = kwargs
    else:
        place, defaults = _BUILTIN[name]
        module, attribute = place.split(":")
        target = getattr(importlib.import_module(module), attribute)
        options = {**defaults, **kwargs}
    try:
        reward: Reward = target(**options)
    except TypeError as error:
        raise ValueError(f"reward {name!r}: {error}") from None
    return reward


def as_reward(reward: object, name: str | None = None) -> Reward:
    """`reward` as a `Reward` object: itself, an instance of its class, or a function wrapped."""
    if isinstance(reward, Reward):
        return reward
    if isinstance(reward, type) and issubclass(reward, Reward):
        return reward()
    if callable(reward) and not isinstance(reward, type):
        return FunctionReward(reward, name)
    raise ValueError(
        f"reward {name or ''}: got {reward!r}, allowed is a name, {{name: weight}}, a Reward, "
        "or a function (text, example) -> float"
    )
