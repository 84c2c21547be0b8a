"""The statistics against independent implementations: rliable, SciPy's bootstrap, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from agents.benchmark.stats import area, estimate, iqm, mean, probability_of_improvement, profile

RNG = np.random.default_rng(7)
SCORES = {f"task{i}": RNG.normal(0.3 + 0.1 * i, 0.1, size=10) for i in range(4)}
OTHERS = {f"task{i}": RNG.normal(0.25 + 0.1 * i, 0.1, size=10) for i in range(4)}


def matrix(scores: dict[str, np.ndarray]) -> np.ndarray:
    """Runs by tasks, as rliable has it."""
    return np.stack(list(scores.values()), axis=1)


def test_point_estimates_agree_with_rliable() -> None:
    metrics = pytest.importorskip("rliable.metrics")
    x, y = matrix(SCORES), matrix(OTHERS)
    assert estimate(SCORES, iqm, 10).value == pytest.approx(metrics.aggregate_iqm(x), abs=1e-12)
    assert estimate(SCORES, mean, 10).value == pytest.approx(metrics.aggregate_mean(x), abs=1e-12)
    ours = probability_of_improvement(SCORES, OTHERS, 10).value
    assert ours == pytest.approx(metrics.probability_of_improvement(x, y), abs=1e-12)


def test_stratified_intervals_agree_with_scipy() -> None:
    """SciPy resamples several samples each by itself, which is the stratified bootstrap."""

    def pooled(*tasks: np.ndarray, axis: int = -1) -> np.ndarray:
        return scipy_stats.trim_mean(np.concatenate(tasks, axis=axis), 0.25, axis=axis)

    theirs = scipy_stats.bootstrap(
        tuple(SCORES.values()), pooled, method="percentile", n_resamples=10_000, rng=np.random.default_rng(1)
    ).confidence_interval
    ours = estimate(SCORES, iqm, 10_000)
    spread = ours.high - ours.low
    np.testing.assert_allclose([ours.low, ours.high], [theirs.low, theirs.high], atol=0.05 * spread)


def test_a_profile_agrees_with_scipy() -> None:
    def above(*tasks: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.mean([(runs > 0.45).mean(axis=axis) for runs in tasks], axis=0)

    share, low, high = profile(SCORES, np.array([0.45]), 10_000)
    survival = [scipy_stats.ecdf(runs).sf.evaluate(0.45) for runs in SCORES.values()]
    assert share[0] == pytest.approx(np.mean(survival))
    theirs = scipy_stats.bootstrap(
        tuple(SCORES.values()), above, method="percentile", n_resamples=10_000, rng=np.random.default_rng(1)
    ).confidence_interval
    np.testing.assert_allclose([low[0], high[0]], [theirs.low, theirs.high], atol=0.026)  # one run in forty


def test_an_interval_of_one_task_agrees_with_scipy() -> None:
    runs = SCORES["task0"]
    theirs = scipy_stats.bootstrap(
        (runs,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    ours = estimate({"a": runs}, mean, 20_000)
    spread = ours.high - ours.low
    np.testing.assert_allclose([ours.low, ours.high], [theirs.low, theirs.high], atol=0.04 * spread)


def test_probability_agrees_with_mann_whitney() -> None:
    x, y = np.array([1.0, 2.0, 2.0, 5.0]), np.array([2.0, 2.0, 3.0])
    statistic = scipy_stats.mannwhitneyu(x, y).statistic / (len(x) * len(y))
    assert probability_of_improvement({"a": x}, {"a": y}, 10).value == pytest.approx(statistic)


def test_area_by_hand() -> None:
    assert area([0, 10, 30], [0.0, 1.0, 0.5]) == pytest.approx((0.5 * 10 + 0.75 * 20) / 30)
    assert area([0], [0.4]) == 0.4


def test_zero_in_an_interval_is_seen() -> None:
    assert estimate({"a": np.array([-1.0, 0.0, 1.2])}, mean).includes_zero
    assert not estimate({"a": np.array([0.9, 1.0, 1.2])}, mean).includes_zero


def test_the_same_seed_gives_the_same_interval() -> None:
    assert estimate(SCORES, iqm, 500, seed=3) == estimate(SCORES, iqm, 500, seed=3)
