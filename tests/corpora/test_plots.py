"""The stories: the words asked for occur in the continuation, which is consistent with the opening."""

from __future__ import annotations

import re

import pytest

from textgym.corpora.base import ProceduralCorpus
from textgym.corpora.plots import draw
from textgym.types import DIFFICULTIES, Example

WORDS = {"easy": 2, "medium": 3, "hard": 5}
SENTENCES = {"easy": 3, "medium": 5, "hard": 7}
BANDS = {"easy": (20, 60), "medium": (35, 85), "hard": (50, 115)}  # words of the continuation


@pytest.fixture(scope="module", params=DIFFICULTIES)
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def examples(level: str) -> list[Example]:
    corpus = ProceduralCorpus("story", draw, "train", level)
    return [corpus[i] for i in range(1500)]


def test_required_words_occur_in_the_reference_and_not_in_the_opening(level: str, examples: list[Example]) -> None:
    for e in examples:
        asked = e.source.rpartition("\nWords: ")[2].split(", ")
        assert len(asked) == len(set(asked)) == WORDS[level], e.source
        assert tuple(asked) == e.meta["keywords"]
        text, opening = (set(re.findall(r"\w+", t.lower())) for t in (e.references[0], e.meta["opening"]))
        assert set(asked) <= text, (asked, e.references[0])
        assert not set(asked) & opening


def test_easy_words_come_in_the_order_of_the_story(level: str, examples: list[Example]) -> None:
    if level == "easy":
        for e in examples:
            places = [re.search(rf"\b{word}\b", e.references[0]) for word in e.meta["keywords"]]
            starts = [place.start() for place in places if place]
            assert starts == sorted(starts), e


def test_the_reference_keeps_to_its_people(examples: list[Example]) -> None:
    for e in examples:
        hero = next(s for s, relation, _ in e.meta["facts"] if relation == "wants to")
        helper = next(s for s, _, _ in e.meta["facts"] if s != hero)
        found = re.search(r"\b(his|her|him)\b", e.meta["opening"], re.IGNORECASE)
        assert found
        text = re.sub(r"clapped her hands|bride", "", e.references[0])
        other = r"\b(he|him|his)\b" if found[1].lower() == "her" else r"\b(she|her)\b"
        assert not re.search(other, text, re.IGNORECASE), e.references[0]
        names = set(re.findall(r"(?<!^)(?<!\. )\b[A-Z][a-z]+\b", e.references[0])) - {"May", "June"}
        assert names <= {hero, helper}, (names, e)


def test_the_plot_is_told_in_order(level: str, examples: list[Example]) -> None:
    for e in examples:
        lines = re.split(r"(?<=\.) ", e.references[0])
        assert len(lines) == len(e.meta["plot"]) == SENTENCES[level]
        plot = [part for part in e.meta["plot"] if part != "feeling"]
        assert plot == ["trouble", "turn"] * (2 if level == "hard" else 1) + ["ending"] + ["coda"] * (level != "easy")


def test_text_is_well_formed(level: str, examples: list[Example]) -> None:
    low, high = BANDS[level]
    for e in examples:
        assert low <= len(e.references[0].split()) <= high, e.references[0]
        for text in (e.meta["opening"], e.references[0]):
            assert not re.search(r"  |[*{}\[\]|]|a\(n\)|\s[.,]|,,|\.\.|\b(\w+) \1\b", text), text
            for given, following in re.findall(r"\b([Aa]n?) (\w+)", text):
                assert (given.lower() == "an") == (following[0].lower() in "aeiou"), text
            assert all(line[0].isupper() and line.endswith(".") for line in re.split(r"(?<=\.) ", text)), text
