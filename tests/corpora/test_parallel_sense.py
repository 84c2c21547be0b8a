"""The built-in translation corpus makes sense: what grammar alone would let pass."""

from __future__ import annotations

import re

import numpy as np
import pytest

from textgym.corpora.base import Draft
from textgym.corpora.parallel import draw
from textgym.types import DIFFICULTIES


@pytest.fixture(scope="module")
def drafts() -> list[Draft]:
    """Two thousand drafts of each difficulty."""
    rng = np.random.default_rng(7)
    return [draw(rng, difficulty).write() for difficulty in DIFFICULTIES for _ in range(2000)]


KIN = r"(?:brother|sister|uncle|aunt|son|daughter|father|mother|grandfather|grandmother)s?"
WATER = r"\b(?:swims?|swam|swum)\b[^.,]*?\b(?:at|beside)\b the (?:\w+ )?(?:lake|river)"


def test_what_would_be_odd_is_not_said(drafts: list[Draft]) -> None:
    for draft in drafts:
        if draft.meta["plan"] != "quality":  # which points at what it speaks of
            assert not re.search(rf"\b(?:[Tt]his|[Tt]hese|[Mm]any|[Ss]ome|[Ee]very) (?:\w+ )?{KIN}\b", draft.source)
        assert not re.search(WATER, draft.source)
        assert not re.search(r"^In .* there (?:is|are|was|were) .*\b(?:city|cities|villages?)\.$", draft.source)
        assert "got to know by" not in draft.source


def test_swimming_is_in_the_water_in_german_too(drafts: list[Draft]) -> None:
    found = [
        draft
        for draft in drafts
        if re.search(r"\b(?:swims?|swam) in (?:the|this|an?) (?:\w+ )?(?:lake|river)\b", draft.source)
    ]
    assert len(found) > 20
    for draft in found:
        assert re.search(r"\b(?:im|in diesem|in einem) (?:\w+en )?(?:See|Fluss)\b", draft.references[0])


def test_reasons_hold(drafts: list[Draft]) -> None:
    """Because something is bad, one sells it or complains; although it is bad, one does the rest; never both ways."""
    bad = ["expensive", "loud", "slow", "dirty", "lazy", "boring", "difficult", "old", "dark", "empty", "heavy"]
    shunned = r"sell|sold|throw|threw|complain|annoyed|turn(?:ed|s)? off|not|no\b"
    for draft in drafts:
        reason = re.search(r"(.*) because (?:it|they) (?:is|are|was|were) (\w+)\.$", draft.source)
        if reason and reason[2] in bad:
            assert re.search(shunned, reason[1]), draft.source


def test_hardly_a_noun_twice(drafts: list[Draft]) -> None:
    twice = 0
    for draft in drafts:
        nouns = [(span.noun, span.number) for span in draft.meta["spans"]]
        twice += len(nouns) != len(set(nouns))
    assert twice < 0.03 * 6000
