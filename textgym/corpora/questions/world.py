"""The drawn state of affairs that a passage tells of: entities, persons, and their values."""

from __future__ import annotations

from dataclasses import dataclass

from textgym.corpora.questions.schema import Attribute, Domain
from textgym.corpora.reports.dice import Dice

Key = tuple[str, str]
"""(subject, relation)."""


@dataclass(slots=True)
class World:
    """Who has what.

    Attributes:
        domain: the kind of passage.
        entities: those of this passage.
        attributes: what is told of them, the link aside.
        person: what is told of the persons; empty where there are none.
        unused: attributes of the domain that this passage says nothing of.
        values: (subject, relation) -> value, as text.
        links: entity -> person; empty where there are none.
    """

    domain: Domain
    entities: list[str]
    attributes: list[Attribute]
    person: list[Attribute]
    unused: list[Attribute]
    values: dict[Key, str]
    links: dict[str, str]

    def keys(self, attribute: Attribute) -> frozenset[Key]:
        """All places of an attribute."""
        subjects = self.links.values() if attribute in self.domain.person else self.entities
        return frozenset((subject, attribute.relation) for subject in subjects)

    def of(self, attribute: Attribute) -> dict[str, str]:
        """Subject -> value of an attribute."""
        subjects = self.links.values() if attribute in self.domain.person else self.entities
        return {subject: self.values[subject, attribute.relation] for subject in subjects}


def build(dice: Dice, domain: Domain, count: int, told: int, person: int) -> World:
    """A world of `count` entities with `told` attributes each, and `person` attributes of their persons."""
    entities = _some(dice, domain.entities, count)
    attributes = dice.shuffled(domain.attributes)
    persons = dice.shuffled(domain.person)[:person]
    values: dict[Key, str] = {}
    for attribute in attributes[:told]:
        _assign(dice, attribute, entities, values)
    links: dict[str, str] = {}
    if person:
        taken: set[str] = set()
        for entity in entities:
            name = dice.pick(domain.link.values)
            while name.rpartition(" ")[2] in taken:
                name = dice.pick(domain.link.values)
            taken.add(name.rpartition(" ")[2])
            links[entity] = values[entity, domain.link.relation] = name
        for attribute in persons:
            _assign(dice, attribute, list(links.values()), values)
    return World(domain, entities, attributes[:told], persons, attributes[told:], values, links)


def _assign(dice: Dice, attribute: Attribute, subjects: list[str], values: dict[Key, str]) -> None:
    """Numbers and names differ from subject to subject; shared values come from a small pool."""
    if attribute.shared:
        pool = _some(dice, attribute.values, max(2, len(subjects) - 1))
        drawn = [dice.pick(pool) for _ in subjects]
    else:
        drawn = _some(dice, attribute.values, len(subjects))
    for subject, value in zip(subjects, drawn, strict=True):
        values[subject, attribute.relation] = value


def _some(dice: Dice, options: tuple[str, ...], count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        option = dice.pick(options)
        if option not in found:
            found.append(option)
    return found
