"""What the difficulties are made of, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """How long a text is and how often its parts occur.

    Attributes:
        words: fewest and most words of a text, in either language.
        plans: names of sentence plans with their weights.
        adjective, compound, plural, genitive: for a noun phrase, the chance of each.
        pronoun: chance that a person who is the subject is a pronoun that stands for nobody named.
        past, modal, negation, often, place, time: for a clause, the chance of each.
        front: chance that a time, a place or an adverb goes to the front.
    """

    words: tuple[int, int]
    plans: Mapping[str, float]
    adjective: float
    compound: float
    plural: float
    genitive: float
    pronoun: float
    past: float
    modal: float
    negation: float
    often: float
    place: float
    time: float
    front: float


LEVELS: Mapping[str, Level] = {
    "easy": Level(
        words=(4, 8),
        plans={"plain": 7, "quality": 1.5, "owning": 1, "asking": 1, "there": 0.5},
        adjective=0.2,
        compound=0.3,
        plural=0.2,
        genitive=0.03,
        pronoun=0.25,
        past=0.35,
        modal=0.15,
        negation=0.12,
        often=0.08,
        place=0.15,
        time=0.2,
        front=0.15,
    ),
    "medium": Level(
        words=(7, 16),
        plans={
            "plain": 5,
            "comparing": 0.7,
            "asking": 0.6,
            "there": 0.3,
            "passive": 0.7,
            "reason": 1.3,
            "saying": 1.2,
            "trying": 0.7,
            "whose": 0.8,
        },
        adjective=0.4,
        compound=0.8,
        plural=0.25,
        genitive=0.08,
        pronoun=0.15,
        past=0.4,
        modal=0.3,
        negation=0.1,
        often=0.15,
        place=0.5,
        time=0.55,
        front=0.5,
    ),
    "hard": Level(
        words=(14, 28),
        plans={
            "when_first": 2,
            "who_reason": 1.5,
            "which": 1.5,
            "say_reason": 1.5,
            "try_although": 1.2,
            "in_order": 1,
            "passive_who": 1,
            "and_but": 1.2,
            "two_relatives": 1,
        },
        adjective=0.45,
        compound=0.9,
        plural=0.25,
        genitive=0.1,
        pronoun=0.08,
        past=0.45,
        modal=0.25,
        negation=0.08,
        often=0.12,
        place=0.5,
        time=0.4,
        front=0.4,
    ),
}
