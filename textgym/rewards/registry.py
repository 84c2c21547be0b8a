"""Rewards by name: the built-in ones, those that users register, and those that installed packages bring."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

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
    "log_likelihood": ("textgym.rewards.likelihood:LogLikelihood", {}),
    "lm": ("textgym.rewards.lm:LanguageModel", {}),
    "kl": ("textgym.rewards.kl:KL", {}),
    "coverage": ("textgym.rewards.coverage:Coverage", {}),
    "faithfulness": ("textgym.rewards.faithfulness:Faithfulness", {}),
    "knowledge": ("textgym.rewards.knowledge:Knowledge", {}),
    "semantic": ("textgym.rewards.semantic:Semantic", {}),
    "grammar": ("textgym.rewards.grammar:Grammar", {}),
    "classifier": ("textgym.rewards.classifier:Classifier", {}),
    "repetition": ("textgym.rewards.form:Repetition", {}),
    "diversity": ("textgym.rewards.form:Diversity", {}),
    "length": ("textgym.rewards.form:Length", {}),
    "novelty": ("textgym.rewards.novelty:Novelty", {}),
    "human": ("textgym.rewards.human:Human", {}),
    "preference": ("textgym.rewards.preference:Preference", {}),
    "user": ("textgym.rewards.user:User", {}),
    "parent": ("textgym.rewards.parent:Parent", {}),
    "attribute_f1": ("textgym.rewards.attributes:AttributeF1", {}),
    "persona": ("textgym.rewards.persona:Persona", {}),
    "own_task": ("textgym.rewards.own_task:OwnTask", {}),
    "needle": ("textgym.rewards.probes:Needle", {}),
    "delay": ("textgym.rewards.probes:Delay", {}),
    "noise": ("textgym.rewards.probes:Noise", {}),
    "constant": ("textgym.rewards.control:Constant", {}),
    "random": ("textgym.rewards.control:Random", {}),
    "shuffled": ("textgym.rewards.control:Shuffled", {}),
}
_REGISTERED: dict[str, RewardLike] = {}

ENTRY_POINT_GROUPS = ("textgym:rewards", "textgym.rewards")
"""Where installed packages announce rewards; build tools that refuse a colon in a group take the dot."""


def list_rewards() -> list[str]:
    """The names that `reward=` and `make_reward` take, sorted; those of installed packages among them."""
    return sorted({*_BUILTIN, *_REGISTERED, *_installed()})


def _installed() -> dict[str, EntryPoint]:
    """The rewards of installed packages: found by their metadata, imported when first asked for."""
    found: dict[str, EntryPoint] = {}
    for group in ENTRY_POINT_GROUPS:
        for point in entry_points(group=group):
            if point.name not in _BUILTIN:
                found.setdefault(point.name, point)
    return found


def _load(point: EntryPoint) -> RewardLike:
    """What an entry point stands for, or a `ValueError` that says where it comes from."""
    origin = f"reward {point.name!r} of the installed package {point.dist.name if point.dist else '?'!r}"
    try:
        reward = point.load()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{origin}: {point.value!r} cannot be imported: {error}") from error
    if not callable(reward) and not isinstance(reward, Reward):
        raise ValueError(f"{origin}: got {reward!r}, allowed is a Reward, its class, or a function (text, example)")
    return cast(RewardLike, reward)


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
    if name in _BUILTIN or name in _REGISTERED or name in _installed():
        raise ValueError(f"name: got {name!r}, which is registered already; choose another")
    as_reward(reward, name)
    _REGISTERED[name] = reward


def make_reward(name: str, **kwargs: Any) -> Reward:
    """A new reward by name; `kwargs` go to its constructor: `make_reward("rouge", stemmer=True)`.

    Raises:
        ValueError: the name is not known, or the reward does not take these arguments.
    """
    if not isinstance(name, str):
        raise unknown("reward", name, list_rewards())
    if name in _BUILTIN:
        place, defaults = _BUILTIN[name]
        module, attribute = place.split(":")
        target = getattr(importlib.import_module(module), attribute)
        options = {**defaults, **kwargs}
    else:
        target = _plugged_in(name)
        if not (isinstance(target, type) and issubclass(target, Reward)):
            if kwargs:
                raise ValueError(f"reward {name!r}: got arguments {sorted(kwargs)}, but it takes none")
            return as_reward(target, name)
        options = kwargs
    _check_arguments(name, target, options)
    reward: Reward = target(**options)
    return reward


def _plugged_in(name: str) -> Any:
    if name in _REGISTERED:
        return _REGISTERED[name]
    point = _installed().get(name)
    if point is None:
        raise unknown("reward", name, list_rewards())
    return _load(point)


def _check_arguments(name: str, target: Callable[..., Any], options: dict[str, Any]) -> None:
    """Arguments that the constructor does not take, or lacks, are named before it runs."""
    signature = inspect.signature(target)
    known = list(signature.parameters)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    for option in options:
        if option not in known and not open_ended:
            raise unknown(f"reward {name!r} argument", option, known)
    try:
        signature.bind(**options)
    except TypeError as error:
        raise ValueError(f"reward {name!r}: {error}") from None


def as_reward(reward: object, name: str | None = None) -> Reward:
    """`reward` as a `Reward` object: itself, an instance of its class, or a function wrapped."""
    if isinstance(reward, Reward):
        return reward
    if isinstance(reward, type) and issubclass(reward, Reward):
        return reward()
    if callable(reward) and not isinstance(reward, type):
        return FunctionReward(reward, name)
    raise ValueError(
        f"reward{f' {name!r}' if name else ''}: got {reward!r}, allowed is a name, {{name: weight}}, a Reward, "
        "or a function (text, example) -> float"
    )
