"""What a domain of passages supplies: its entities, what is said of them, and how one asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Scale(NamedTuple):
    """How the values of a number compare.

    Attributes:
        more, most: predicates, "is longer", "is the longest".
        sign: 1 where the larger number is the "more" of it, -1 where the smaller is (an earlier year is older).
    """

    more: str
    most: str
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that is said of entities. In frames, ``{s}`` is the entity and ``{o}`` the value.

    Attributes:
        relation: the middle of the fact triple.
        values: what it may be, as text.
        says: predicates that state it, "carries {o}".
        asks: questions for the value, "what does {s} carry".
        plural: predicate after a plural, "carry {o}"; empty where nobody would count by it.
        check: the yes/no question, "does {s} carry {o}".
        scale: how numbers compare; None for what has no order.
        shared: whether several entities may have the same value.
    """

    relation: str
    values: tuple[str, ...]
    says: tuple[str, ...]
    asks: tuple[str, ...]
    plural: str
    check: str
    scale: Scale | None = None
    shared: bool = False


class Background(NamedTuple):
    """A sentence beside the point, and its fact."""

    text: str
    fact: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Domain:
    """A kind of passage: entities with attributes, one of which, the link, leads to a person with their own.

    Attributes:
        name: short name.
        entities: their names as subjects, "the Aurora".
        pronouns: for each entity, or one for all: "it", "she", "he".
        which, one: "which ship", "the ship that".
        plural: "ships".
        attributes: of the entities, the link aside.
        link: the attribute whose values are the persons.
        holder: the person by way of the entity, "the captain of {s}".
        having: predicate after a plural that leads to the person, "have a captain who".
        person: attributes of the persons.
        intros: first sentences; `{n}` is the number of entities, `{place}` a place.
        backgrounds: sentences beside the point.
    """

    name: str
    entities: tuple[str, ...]
    pronouns: tuple[str, ...]
    which: str
    one: str
    plural: str
    attributes: tuple[Attribute, ...]
    link: Attribute
    holder: str
    having: str
    person: tuple[Attribute, ...]
    intros: tuple[str, ...]
    backgrounds: tuple[Background, ...]
