"""The writer: draws a table and tells all of it, once by rule and then in other words.

The rule of the first reference: the facts in the order of the columns of their kind, whatever the order of the
table; each with its first wording; two to a sentence; the name at first, then a pronoun.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import fill, sentence
from textgym.corpora.tables.kinds_more import TABLES
from textgym.corpora.tables.schema import Column, Table
from textgym.errors import check_choice

Row = tuple[Column, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a difficulty asks of a table: facts besides the name, references, and whether the rows are shuffled."""

    facts: tuple[int, int]
    references: int
    shuffled: bool


SHAPES = {
    "easy": Shape((3, 3), 2, False),
    "medium": Shape((3, 5), 3, True),
    "hard": Shape((6, 7), 3, True),
}


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """A table, linearised as "name: ... | key: value | ...", and texts that tell it; all randomness from `rng`.

    ``meta`` holds ``facts``, the (name, key, value) triples; ``table``, (key, value) pairs in the order of the
    source, the name first; and ``domain``.

    Args:
        rng: source of all choices.
        difficulty: "easy" (three facts in the order of telling), "medium" (three to five, in any order) or "hard"
            (six or seven).

    Raises:
        ValueError: unknown difficulty.
    """
    check_choice("difficulty", difficulty, SHAPES)
    shape, dice = SHAPES[difficulty], Dice(rng)
    table = dice.pick(TABLES)
    parts = [dice.pick(options) for options in table.titles]
    name = " ".join(parts)
    pronoun = table.pronouns[0] if len(table.pronouns) == 1 else table.pronouns[table.titles[0].index(parts[0])]
    chosen = set(dice.shuffled(range(len(table.columns)))[: dice.between(*shape.facts)])
    rows = [(column, dice.pick(column.values)) for i, column in enumerate(table.columns) if i in chosen]
    references = [_by_rule(table, name, pronoun, rows)]
    while len(references) < shape.references:
        text = _freely(dice, table, name, pronoun, rows)
        if text not in references:
            references.append(text)
    shown = dice.shuffled(rows) if shape.shuffled else rows
    pairs = (("name", name), *((column.key, value) for column, value in shown))
    source = " | ".join(f"{key}: {value}" for key, value in pairs)
    meta = {
        "facts": tuple((name, column.key, value) for column, value in rows),
        "table": pairs,
        "domain": table.name,
    }
    return Draft(source, tuple(references), meta)


def _by_rule(table: Table, name: str, pronoun: str, rows: list[Row]) -> str:
    predicates = [fill(column.says[0], {"o": value}) for column, value in rows]
    if table.kind:
        lead = [f"{name} {table.kind[0]} that {predicates[0]}"]
        rest = predicates[1:]
    else:
        lead = [f"{name} {' and '.join(predicates[:2])}"]
        rest = predicates[2:]
    lines = lead + [f"{pronoun} {' and '.join(rest[i : i + 2])}" for i in range(0, len(rest), 2)]
    return " ".join(map(sentence, lines))


def _freely(dice: Dice, table: Table, name: str, pronoun: str, rows: list[Row]) -> str:
    """The same facts in a drawn order and wording."""
    predicates = [fill(dice.pick(column.says), {"o": value}) for column, value in dice.shuffled(rows)]
    lines: list[str] = []
    if table.kind and dice.chance(0.7):
        lines.append(f"{name} {dice.pick(table.kind)} that {predicates.pop(0)}")
    elif table.kind and dice.chance(0.5):
        lines.append(f"{name} {dice.pick(table.kind)}")
    while predicates:
        size = dice.between(1, 2)
        group, predicates = predicates[:size], predicates[size:]
        subject = name if not lines else dice.pick((pronoun, table.noun or pronoun))
        lines.append(f"{subject} {' and '.join(group)}")
    return " ".join(map(sentence, lines))
