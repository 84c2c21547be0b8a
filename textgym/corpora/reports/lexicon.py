"""Names and figures that several domains share."""

from __future__ import annotations

from typing import NamedTuple

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number


class Person(NamedTuple):
    """A person of a report, with the pronoun that refers to her or him."""

    full: str
    surname: str
    their: str


PLACES = (
    "Ashford", "Brimley", "Calder", "Dunmore", "Eastwick", "Farley", "Glenby", "Harlow", "Kelso", "Linton",
    "Marsden", "Norbury", "Oakham", "Penrose", "Redcliff", "Selby", "Thornton", "Upton", "Wexford", "Arden",
    "Colby", "Denholm",
)  # fmt: skip
SURNAMES = (
    "Adams", "Baker", "Chen", "Diaz", "Evans", "Foster", "Gupta", "Hughes", "Ito", "Jansen", "Khan", "Lopez",
    "Mason", "Novak", "Okoye", "Patel", "Quinn", "Reyes", "Silva", "Turner", "Usman", "Vogel", "Weber", "Young",
)  # fmt: skip
WOMEN = ("Anna", "Clara", "Grace", "Maria", "Nora", "Paula", "Ruth", "Sofia")
MEN = ("David", "Hugo", "Leo", "Omar", "Paul", "Peter", "Sam", "Tom")
COMPANIES = (
    "Acorn", "Beacon", "Corvid", "Delphi", "Ember", "Fulmar", "Halden", "Kestrel", "Lumen", "Meridian", "Orbit",
    "Pinnacle", "Solace", "Tandem", "Vertex",
)  # fmt: skip
MOUNTAINS = ("Mount Corran", "Mount Hale", "Mount Iver", "Mount Sorrel", "Mount Tarn", "Mount Vane")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "March", "April", "June", "August", "October", "December")


def person(dice: Dice) -> Person:
    """Somebody whose names are new in this report."""
    surname = dice.fresh(SURNAMES)
    if dice.chance(0.5):
        return Person(f"{dice.fresh(WOMEN)} {surname}", surname, "her")
    return Person(f"{dice.fresh(MEN)} {surname}", surname, "his")


def count(dice: Dice, low: int, high: int) -> str:
    """A small count, as `number` writes it."""
    return number(dice.between(low, high))


def tens(dice: Dice, low: int, high: int) -> str:
    """A multiple of ten between the bounds: large figures in few distinct words."""
    return str(10 * dice.between(low // 10, high // 10))


def miscount(dice: Dice, value: int, step: int = 1) -> int:
    """An early figure for `value`: one to three steps off, and at least two."""
    off = step * dice.between(1, 3)
    return value + off if value - off < 2 or dice.chance(0.5) else value - off


def two_days(dice: Dice) -> tuple[str, str]:
    """A weekday, and one that is two or three days later."""
    first = dice.between(0, 6)
    return DAYS[first], DAYS[(first + dice.between(2, 3)) % 7]
