"""References entered for many rows at once give the numbers of references entered one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rewards.hostile import FRAGMENTS, Fragments, make_scorer
from textgym.rewards import engine
from textgym.rewards.bleu import Bleu
from textgym.rewards.chrf import ChrF
from textgym.rewards.rouge import Rouge
from textgym.text.codec import Codec
from textgym.types import Example

ROWS = 5
CODEC = Codec(Fragments())
TEXTS = st.lists(st.sampled_from([*FRAGMENTS, " ", "the", "cat"]), max_size=30).map("".join)
REFERENCES = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)
REWARDS: dict[str, Any] = {"rouge": Rouge(), "bleu": Bleu(), "chrf++": ChrF(word_order=2)}


@pytest.mark.parametrize("name", REWARDS)
@pytest.mark.parametrize("limit", [engine._POOL_LIMIT, 4_000])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_many_at_once(name: str, limit: int, data: st.DataObject) -> None:
    pool = data.draw(st.lists(REFERENCES, min_size=2, max_size=6))
    seed = data.draw(st.integers(0, 999))
    rng, kept = np.random.default_rng(seed), engine._POOL_LIMIT
    engine._POOL_LIMIT = limit  # so small that references are forgotten between the rounds
    try:
        many = make_scorer(REWARDS[name], CODEC, ROWS)
        for _ in range(4):
            rows = rng.permutation(ROWS)[: int(rng.integers(1, ROWS + 1))].tolist()
            examples = [Example("e", "", pool[int(rng.integers(len(pool)))]) for _ in rows]
            many.expect([Example("e", "", references) for references in pool[: int(rng.integers(len(pool)))]])
            many.reset_rows(rows, examples)
            tokens = rng.integers(CODEC.size, size=(6, ROWS)).astype(np.int32)
            scores = np.array([many.step_all(step) for step in tokens])
            for row, example in zip(rows, examples, strict=True):
                one = make_scorer(REWARDS[name], CODEC, 1)
                one.reset(0, example)
                assert [one.step(0, int(token)) for token in tokens[:, row]] == scores[:, row].tolist()
    finally:
        engine._POOL_LIMIT = kept


def test_what_is_only_expected_takes_no_more_room_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = make_scorer(Rouge(), CODEC, 2)
    monkeypatch.setattr(engine, "_POOL_LIMIT", 20_000)
    for n in range(20):
        scorer.expect([Example("e", "", (f"the cat {n} sat on {k} mats",)) for k in range(10)] + [Example("f", "", ())])
    assert len(scorer.engine.index) <= 20_000
    assert len(scorer.engine._entries) > 50


def test_no_references_are_refused_and_nothing_is_entered() -> None:
    scorer = make_scorer(Rouge(), CODEC, 2)
    with pytest.raises(ValueError, match="references: got none"):
        scorer.reset_rows([0, 1], [Example("a", "", ("the cat",)), Example("b", "", ())])
    scorer.reset_rows([0, 1], [Example("a", "", ("the cat",))] * 2)
