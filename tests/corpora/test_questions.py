"""The passages: every answer follows from the marked facts, every fact is in the passage, no other answer fits."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest

from tests.corpora.solver import Solver, holds
from textgym.corpora.base import ProceduralCorpus
from textgym.corpora.questions import draw
from textgym.types import DIFFICULTIES, Example

KINDS = {
    "easy": {"one_hop", "yes_no", "unanswerable"},
    "medium": {"one_hop", "two_hop", "count", "compare", "yes_no", "unanswerable"},
}
BANDS = {"easy": (20, 80), "medium": (55, 165), "hard": (80, 225)}  # words of the source


@pytest.fixture(scope="module", params=DIFFICULTIES)
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def examples(level: str) -> list[Example]:
    corpus = ProceduralCorpus("qa", draw, "train", level)
    return [corpus[i] for i in range(1500)]


def test_an_independent_solver_agrees_from_the_facts_alone(examples: list[Example]) -> None:
    for e in examples:
        got = Solver(e.meta["domain"], e.meta["facts"]).solve(e.meta["question"])
        assert got == e.references[0], (got, e.references, e.source, e.meta["facts"])


def test_kinds_occur(level: str, examples: list[Example]) -> None:
    counts = Counter(e.meta["kind"] for e in examples)
    assert set(counts) == KINDS.get(level, KINDS["medium"])
    assert min(counts.values()) > 100


def test_yes_and_no_are_about_as_frequent(examples: list[Example]) -> None:
    answers = Counter(e.references[0] for e in examples if e.meta["kind"] == "yes_no")
    assert 0.4 < answers["yes"] / answers.total() < 0.6


def test_the_passage_states_its_facts(examples: list[Example]) -> None:
    for e in examples:
        lines = re.split(r"(?<=\.) ", e.meta["passage"])
        for subject, relation, value in e.meta["facts"]:
            if relation in ("number", "place"):
                assert holds(e.meta["passage"], value) or holds(e.meta["passage"], value.capitalize())
                continue
            if not subject.startswith(("the ", '"')) and not subject[0].isupper():
                assert holds(e.meta["passage"].lower(), value.lower()), (value, e.source)  # beside the point
                continue
            at = [i for i, line in enumerate(lines) if holds(line, value)]
            # Named in the sentence, or in one of the two before it and taken up by a pronoun.
            near = [" ".join(lines[max(0, i - 2) : i + 1]) for i in at]
            assert any(subject.lower() in text.lower() for text in near), (subject, value, e.source)


def test_a_person_is_never_taken_up_by_a_pronoun_that_fits_two(examples: list[Example]) -> None:
    for e in examples:
        lines = re.split(r"(?<=\.) ", e.meta["passage"])
        persons = [value for _, relation, value in e.meta["facts"] if relation == "teacher"]
        for before, line in itertools.pairwise(lines):
            if line.startswith(("She ", "He ")):
                assert not any(holds(before, person) for person in persons), e.source


def test_text_is_well_formed(level: str, examples: list[Example]) -> None:
    low, high = BANDS[level]
    for e in examples:
        assert low <= len(e.source.split()) <= high
        assert e.source == f"Question: {e.meta['question']}\nPassage: {e.meta['passage']}"
        assert re.fullmatch(r"[A-Z].*\?", e.meta["question"])
        assert not re.search(r"  |[{}\[\]|]|a\(n\)|\s[.,]|,,|\.\.|\b(\w+) \1\b", e.source), e.source
        for given, following in re.findall(r"\b([Aa]n?) (\w+)", e.source):
            assert (given.lower() == "an") == (following[0] in "aeiou"), e.source
