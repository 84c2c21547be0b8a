"""The tables: each reference tells every fact and no other; the first follows by rule."""

from __future__ import annotations

import re

import pytest

from textgym.corpora.base import ProceduralCorpus
from textgym.corpora.tables import draw
from textgym.corpora.tables.kinds_more import TABLES
from textgym.types import DIFFICULTIES, Example

FACTS = {"easy": (3, 3), "medium": (3, 5), "hard": (6, 7)}
REFERENCES = {"easy": 2, "medium": 3, "hard": 3}


@pytest.fixture(scope="module", params=DIFFICULTIES)
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def examples(level: str) -> list[Example]:
    corpus = ProceduralCorpus("table", draw, "train", level)
    return [corpus[i] for i in range(1500)]


def holds(text: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def test_the_source_is_the_table(level: str, examples: list[Example]) -> None:
    low, high = FACTS[level]
    for e in examples:
        pairs = tuple(tuple(part.split(": ", 1)) for part in e.source.split(" | "))
        assert pairs == e.meta["table"]
        assert low <= len(pairs) - 1 <= high
        assert sorted(e.meta["facts"]) == sorted((pairs[0][1], key, value) for key, value in pairs[1:])


def test_every_fact_is_in_every_reference(level: str, examples: list[Example]) -> None:
    for e in examples:
        assert len(e.references) == len(set(e.references)) == REFERENCES[level]
        for text in e.references:
            assert text.startswith(f"{e.meta['table'][0][1]} ")
            for _, _, value in e.meta["facts"]:
                assert holds(text, value), (value, text)


def test_no_number_or_name_is_made_up(examples: list[Example]) -> None:
    for e in examples:
        known = set(re.findall(r"\w+", e.source))
        for text in e.references:
            for claim in re.findall(r"\d+|(?<!^)(?<!\. )\b[A-Z]\w+", text):
                assert claim in known, (claim, text)


def test_the_first_reference_depends_on_the_table_alone(examples: list[Example]) -> None:
    """The facts in the order of the columns of their kind, first wordings only."""
    order = {table.name: [column.key for column in table.columns] for table in TABLES}
    first = {(table.name, column.key): column.says[0] for table in TABLES for column in table.columns}
    for e in examples:
        domain = e.meta["domain"]
        keys = [key for _, key, _ in e.meta["facts"]]
        assert keys == sorted(keys, key=order[domain].index)
        at = -1
        for _, key, value in e.meta["facts"]:
            phrase = first[domain, key].replace("{o}", value).replace("a(n) ", "")
            phrase = phrase.removeprefix("is ") if "a(n)" in first[domain, key] else phrase
            assert e.references[0].find(phrase, at + 1) > at, (phrase, e.references[0])
            at = e.references[0].find(phrase, at + 1)


def test_text_is_well_formed(examples: list[Example]) -> None:
    for e in examples:
        for text in e.references:
            assert not re.search(r"  |[{}\[\]|]|a\(n\)|\s[.,]|,,|\.\.|\b(\w+) \1\b", text), text
            assert all(line[0].isupper() and line.endswith(".") for line in re.split(r"(?<=\.) ", text)), text
            for given, following in re.findall(r"\b([Aa]n?) ([a-z]\w+)", text):
                assert (given.lower() == "an") == (following[0] in "aeiou"), text
