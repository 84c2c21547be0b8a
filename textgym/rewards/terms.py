"""The terms of a weighted sum of rewards, and what a `reward=` argument may look like."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from textgym.errors import check_choice, unknown
from textgym.rewards.base import Reward
from textgym.rewards.registry import RewardLike, as_reward, make_reward
from textgym.rewards.schedule import Schedule
from textgym.types import DENSITIES


@dataclass(frozen=True, slots=True)
class Term:
    """One reward of the sum. What it pays at a step goes through, in this order:

        raw = gamma * score(t) - score(t-1)   ->   normalize   ->   clip   ->   * weight * schedule(progress)

    Attributes:
        name: what `reward_terms` calls it.
        reward: a `Reward`, a class, a function `(text, example) -> float`, or a name.
        weight: its factor in the sum.
        schedule: a further factor over training (`textgym.rewards.schedule`), fixed for each episode at
            its beginning.
        density: its own "dense", "word", "sentence" or "sparse"; None takes the environment's.
        clip: (low, high) for what a step pays. The rewards of an episode no longer add up to the score.
        normalize: divide what a step pays by its running standard deviation over all steps so far, those
            of all rows together. The rewards of an episode no longer add up to the score, and depend on
            what came before; nothing is divided until two steps were paid.
        potential: the score serves as a potential only (Ng, Harada and Russell 1999): at the last step it
            counts as 0. With gamma = 1 the term pays 0 in sum over each episode, and with any gamma the
            optimal policies stay what they are without it.
    """

    name: str
    reward: Reward
    weight: float = 1.0
    schedule: Schedule | None = None
    density: str | None = None
    clip: tuple[float, float] | None = None
    normalize: bool = False
    potential: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"name: got {self.name!r}, allowed is a non-empty string")
        object.__setattr__(self, "reward", _reward(self.name, self.reward))
        object.__setattr__(self, "weight", _weight(self.name, self.weight))
        if self.density is not None:
            check_choice(f"reward[{self.name!r}] density", self.density, DENSITIES)
        if self.schedule is not None and not callable(self.schedule):
            raise ValueError(f"reward[{self.name!r}] schedule: got {self.schedule!r}, allowed is a Schedule or None")
        if self.clip is not None:
            object.__setattr__(self, "clip", _clip(self.name, self.clip))

    @property
    def plain(self) -> bool:
        """Whether a step pays weight times the difference of scores and no more."""
        return self.clip is None and not self.normalize and not self.potential

    def weight_at(self, progress: float) -> float:
        """The weight at `progress` of the training."""
        return self.weight if self.schedule is None else self.weight * float(self.schedule(progress))


_OPTIONS = [field.name for field in fields(Term) if field.name != "name"] + ["args"]


def parse_terms(spec: object) -> tuple[Term, ...]:
    """The terms that a `reward=` argument stands for.

    Args:
        spec: a name; `{name: weight}`; `{name: {"weight": ..., "density": ...}}` with the attributes of
            `Term` and `args`, the arguments of the reward's constructor; a `Reward` (class or object); a
            function; a `Term`; or a sequence of names, rewards, functions and `Term`s. In a mapping,
            `reward` may name or be the reward, and the key is then free.

    Raises:
        ValueError: an unknown name or option, a weight that is not a finite number, the same name twice, or
            nothing at all.

    >>> spec = {"diversity": 1.0, "loops": {"reward": "repetition", "weight": -0.5, "args": {"n": 2}}}
    >>> [(term.name, term.weight) for term in parse_terms(spec)]
    [('diversity', 1.0), ('loops', -0.5)]
    """
    if isinstance(spec, Mapping):
        if not spec:
            raise ValueError("reward: got an empty mapping, allowed is {name: weight} with at least one name")
        return tuple(_entry(name, value) for name, value in spec.items())
    if isinstance(spec, Sequence) and not isinstance(spec, str):
        if not spec:
            raise ValueError("reward: got an empty sequence, allowed is at least one Term")
        terms = tuple(_single(item) for item in spec)
        names = [term.name for term in terms]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"reward: got two terms named {name!r}; give one another name, Term(name=...)")
        return terms
    return (_single(spec),)


def _single(spec: object) -> Term:
    if isinstance(spec, Term):
        return spec
    if isinstance(spec, str):
        return Term(spec, make_reward(spec))
    reward = as_reward(spec)
    return Term(reward.name or type(reward).__name__, reward)


def _entry(name: str, value: object) -> Term:
    if isinstance(value, Term):
        return value
    if isinstance(value, Schedule):
        return Term(name, make_reward(name), schedule=value)
    if not isinstance(value, Mapping):
        return Term(name, make_reward(name), _weight(name, value))
    options: dict[str, Any] = dict(value)
    for option in options:
        if option not in _OPTIONS:
            raise unknown(f"reward[{name!r}]", option, _OPTIONS)
    args = options.pop("args", {})
    reward = options.pop("reward", name)
    if isinstance(reward, str):
        reward = make_reward(reward, **args)
    elif args:
        raise ValueError(f"reward[{name!r}] args: got {args!r}, allowed only where the reward is given by name")
    return Term(name, reward, **options)


def _reward(name: str, reward: RewardLike | str) -> Reward:
    return make_reward(reward) if isinstance(reward, str) else as_reward(reward, name)


def _weight(name: str, weight: object) -> float:
    if isinstance(weight, bool) or not isinstance(weight, (int, float, np.number)) or not math.isfinite(weight):
        raise ValueError(
            f"reward[{name!r}]: got weight {weight!r}, allowed is a finite number, a Schedule or "
            f"a mapping of {_OPTIONS}"
        )
    return float(weight)


def _clip(name: str, clip: object) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in clip)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        low, high = math.nan, math.nan
    if not low <= high:
        raise ValueError(f"reward[{name!r}] clip: got {clip!r}, allowed is (low, high) with low <= high")
    return low, high
