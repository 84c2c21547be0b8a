"""Every built-in corpus of the catalogue keeps to the bars of `benchmarks.corpora`, on a part of it."""

from __future__ import annotations

import pytest

from benchmarks.corpora import DISTINCT, SECONDS, measure
from envs_registry import CATALOGUE, Row
from textgym.corpora.base import SPLIT_SIZES
from textgym.types import DIFFICULTIES

PART = 250


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.id)
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_quick_distinct_and_disjoint(row: Row, difficulty: str) -> None:
    found = measure(row, difficulty, PART)
    assert found.seconds < 2 * SECONDS  # twice, for machines that are slower or busy
    assert found.shared == 0
    if "probe" not in row.tags:
        assert min(found.distinct) >= 0.98 * PART


def test_splits_are_large_enough() -> None:
    assert min(SPLIT_SIZES.values()) > DISTINCT
