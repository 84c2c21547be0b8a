"""The figures of the catalogue are those that the benchmark script measures."""

from __future__ import annotations

import math

import pytest

from benchmarks.catalogue_returns import measure
from envs_registry import CATALOGUE, find
from textgym.corpora.base import ProceduralCorpus
from textgym.corpora.reviews import draw
from textgym.tasks.baselines import BASELINES, make_baseline
from textgym.types import Example

IDS = tuple(row.id for row in CATALOGUE)


@pytest.mark.parametrize("env_id", IDS)
def test_returns_are_as_in_the_catalogue(env_id: str) -> None:
    row = find(env_id)
    assert row is not None
    stated = {"random": row.random_return, "oracle": row.oracle_return, **row.baselines}
    for name, found in measure(row, 30).items():
        # The catalogue has 200 episodes; five standard errors of 30, and a little for its last digit. The error of a
        # return that is nearly always 0 is not seen in 30 episodes: it is at most that of one that is 0 or 1.
        rare = math.sqrt(max(0.0, stated[name] * (1.0 - stated[name])) / 30) if name == "random" else 0.0
        error = max(found.error, rare if "probe" in row.tags else 0.0)
        assert found.mean == pytest.approx(stated[name], abs=5 * error + 0.01 + 0.01 * abs(stated[name])), name


def test_every_baseline_of_the_catalogue_exists() -> None:
    for row in CATALOGUE:
        assert row.baselines or "probe" in row.tags
        assert set(row.baselines) <= set(BASELINES)


def test_baselines_say_what_they_are_named_for() -> None:
    train = ProceduralCorpus("review", draw, "train", "easy", size=200)
    example = Example("0", "It cost 3.50 euros. Then it broke.", ("x",), {"keywords": ("a", "b")})
    said = {name: make_baseline(name, train)(example) for name in BASELINES}
    assert said["lead_sentence"] == "It cost 3.50 euros."
    assert said["copy_source"] == example.source
    assert said["most_frequent"] in ("positive", "negative")
    assert said["keywords"] == "a, b"
    with pytest.raises(ValueError, match="did you mean 'lead_sentence'"):
        make_baseline("lead_sentense", train)
