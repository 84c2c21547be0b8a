"""What a kind of table supplies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Column(NamedTuple):
    """A key of the table and how its value is told.

    Attributes:
        key: "food".
        values: as they stand in the table and, word for word, in the text.
        says: predicates with ``{o}``; the first is the one of the first reference.
    """

    key: str
    values: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of table.

    Attributes:
        name: short name.
        titles: names of what the table is about: the parts are joined by spaces.
        kind: what it is, said first: "is a restaurant"; with other wordings.
        columns: in the order in which the first reference tells them.
        pronouns: for the second and later sentences, by the first part of the name; or one for all.
        noun: "the restaurant", another way to take it up.
    """

    name: str
    titles: tuple[tuple[str, ...], ...]
    kind: tuple[str, ...]
    columns: tuple[Column, ...]
    pronouns: tuple[str, ...]
    noun: str
