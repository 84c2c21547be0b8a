"""Weights that change over training: a schedule maps the progress of the training to a factor.

Progress is a number in [0, 1]: 0 at the first step of training, 1 at the last. Whoever trains sets it,
`env.unwrapped.set_progress(num_timesteps / total_timesteps)`, once a rollout say. An episode keeps the weight
that held when it began, so its rewards still add up to weight times score.
"""

from __future__ import annotations

import bisect
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass


class Schedule(ABC):
    """A factor for the weight of a term, as a function of the progress in [0, 1]."""

    @abstractmethod
    def __call__(self, progress: float) -> float:
        """The factor at `progress`."""


def _check(field: str, value: object, *, positive: bool = False) -> None:
    wrong = isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value)
    if wrong or (positive and value <= 0):  # type: ignore[operator]
        raise ValueError(f"{field}: got {value!r}, allowed is a finite number{' above 0' if positive else ''}")


def _check_window(begin: object, until: object) -> None:
    _check("begin", begin)
    _check("until", until)
    if not 0.0 <= begin < until <= 1.0:  # type: ignore[operator]
        raise ValueError(f"begin, until: got {begin!r}, {until!r}, allowed is 0 <= begin < until <= 1")


@dataclass(frozen=True, slots=True)
class Linear(Schedule):
    """From `start` to `end` in a straight line between the progress `begin` and `until`, constant outside.

    >>> [Linear(1.0, 0.0, until=0.5)(p) for p in (0.0, 0.25, 0.5, 1.0)]
    [1.0, 0.5, 0.0, 0.0]
    """

    start: float
    end: float
    begin: float = 0.0
    until: float = 1.0

    def __post_init__(self) -> None:
        _check("start", self.start)
        _check("end", self.end)
        _check_window(self.begin, self.until)

    def __call__(self, progress: float) -> float:
        part = min(1.0, max(0.0, (progress - self.begin) / (self.until - self.begin)))
        return (1.0 - part) * self.start + part * self.end


@dataclass(frozen=True, slots=True)
class Exponential(Schedule):
    """From `start` to `end`, both above 0, by a constant ratio: a straight line of the logarithm.

    >>> [round(Exponential(1.0, 0.01)(p), 6) for p in (0.0, 0.5, 1.0)]
    [1.0, 0.1, 0.01]
    """

    start: float
    end: float
    begin: float = 0.0
    until: float = 1.0

    def __post_init__(self) -> None:
        _check("start", self.start, positive=True)
        _check("end", self.end, positive=True)
        _check_window(self.begin, self.until)

    def __call__(self, progress: float) -> float:
        part = min(1.0, max(0.0, (progress - self.begin) / (self.until - self.begin)))
        return float(self.start * (self.end / self.start) ** part)


@dataclass(frozen=True, slots=True)
class Piecewise(Schedule):
    """Through the points (progress, factor), straight between them, or in steps; constant outside.

    >>> ramp = Piecewise(((0.0, 0.0), (0.5, 1.0), (1.0, 0.5)))
    >>> [ramp(p) for p in (0.25, 0.5, 0.75)]
    [0.5, 1.0, 0.75]
    >>> Piecewise(((0.0, 0.0), (0.5, 1.0)), steps=True)(0.49)
    0.0
    """

    points: Sequence[tuple[float, float]]
    steps: bool = False

    def __post_init__(self) -> None:
        places = [place for place, _ in self.points]
        if not places or any(not 0.0 <= place <= 1.0 for place in places) or places != sorted(set(places)):
            raise ValueError(f"points: got progress {places}, allowed are rising numbers in [0, 1], at least one")
        for _, factor in self.points:
            _check("points", factor)

    def __call__(self, progress: float) -> float:
        points = self.points
        after = bisect.bisect_right([place for place, _ in points], progress)
        if after == 0:
            return float(points[0][1])
        (place, factor) = points[after - 1]
        if after == len(points) or self.steps:
            return float(factor)
        next_place, next_factor = points[after]
        part = (progress - place) / (next_place - place)
        return (1.0 - part) * factor + part * next_factor
