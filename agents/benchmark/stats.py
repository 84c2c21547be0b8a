"""Statistics of few runs (Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice").

Scores come as one array for each task, an entry a run: `{"summarize": [0.4, 0.5, 0.45], ...}`, normalised so that 0 is
random tokens and 1 the references. Intervals are percentiles of the stratified bootstrap: runs are drawn with
replacement within each task. They are conditional on the tasks, and with 3 runs a task they are too narrow rather
than too wide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import trim_mean

Floats = NDArray[np.float64]
Scores = Mapping[str, Floats]
MIN_SEEDS = 3  # below that, nothing is called a result
RESAMPLES = 5_000


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def includes_zero(self) -> bool:
        """Whether it says nothing about the sign."""
        return self.low <= 0.0 <= self.high


def iqm(values: Floats) -> Floats:
    """The interquartile mean over the last axis: the mean of the middle half."""
    found: Floats = np.asarray(trim_mean(values, 0.25, axis=-1))
    return found


def mean(values: Floats) -> Floats:
    """The mean over the last axis."""
    found: Floats = np.asarray(values.mean(axis=-1))
    return found


def estimate(
    scores: Scores, statistic: Callable[[Floats], Floats] = iqm, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """`statistic` over all runs of all tasks together, with its interval.

    Args:
        scores: task -> runs.
        statistic: of the last axis.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    value = float(statistic(np.concatenate(list(scores.values()))))
    drawn = np.concatenate(list(_resampled(scores, resamples, seed)), axis=1)
    return _interval(value, statistic(drawn))


def probability_of_improvement(x: Scores, y: Scores, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """How likely a run of `x` is better than one of `y` on the same task, ties as half, mean over tasks.

    The Mann-Whitney statistic by task; 0.5 is no difference.
    """
    tasks = list(x)
    value = float(np.mean([_better(x[task][None], y[task][None])[0] for task in tasks]))
    left = list(_resampled(x, resamples, seed))
    right = list(_resampled({task: y[task] for task in tasks}, resamples, seed + 1))
    return _interval(value, np.mean([_better(a, b) for a, b in zip(left, right, strict=True)], axis=0))


def profile(scores: Scores, taus: Floats, resamples: int = 1_000, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """The performance profile: the share of runs above each of `taus` (n,), mean over tasks, and its 95 % band.

    Returns:
        Share, lower and upper edge, each (n,).
    """
    share = np.mean([_above(runs[None], taus)[0] for runs in scores.values()], axis=0)
    drawn = np.mean([_above(runs, taus) for runs in _resampled(scores, resamples, seed)], axis=0)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return share, low, high


def area(tokens: Sequence[float], values: Sequence[float]) -> float:
    """The area under a learning curve by the trapezoidal rule, divided by its length: the mean height.

    >>> area([0, 10, 20], [0.0, 1.0, 1.0])
    0.75
    """
    x, y = np.asarray(tokens, float), np.asarray(values, float)
    if len(x) < 2 or x[-1] <= x[0]:
        return float(y[-1])
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / (x[-1] - x[0]))


def _resampled(scores: Scores, resamples: int, seed: int) -> list[Floats]:
    """For each task (resamples, runs)."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    return [runs[rng.integers(len(runs), size=(resamples, len(runs)))] for runs in scores.values()]


def _better(x: Floats, y: Floats) -> Floats:
    """(b, m) and (b, n) to (b,): P(x > y) + P(x = y) / 2."""
    difference = x[:, :, None] - y[:, None, :]
    found: Floats = ((difference > 0) + 0.5 * (difference == 0)).mean(axis=(1, 2))
    return found


def _above(runs: Floats, taus: Floats) -> Floats:
    """(b, m) to (b, n): the share of runs above each tau."""
    found: Floats = (runs[:, :, None] > taus).mean(axis=1)
    return found


def _interval(value: float, drawn: Floats) -> Interval:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(value, float(low), float(high))
