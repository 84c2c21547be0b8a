"""Questions over a world, each with its answers and the facts that it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textgym.corpora.questions.schema import Attribute
from textgym.corpora.questions.world import Key, World
from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number, render

UNANSWERABLE = "unanswerable"
"""The answer where the passage does not say."""


class Query(NamedTuple):
    """A question.

    Attributes:
        kind: one of `KINDS`.
        text: without its capital and question mark.
        answers: accepted answers, the full one first.
        needed: the facts that the passage must state.
        dropped: the fact that it must not state, or None.
    """

    kind: str
    text: str
    answers: tuple[str, ...]
    needed: frozenset[Key]
    dropped: Key | None = None


def one_hop(dice: Dice, world: World, deep: bool) -> Query:
    """One fact, asked from its subject or from its value."""
    attribute = dice.pick([*world.attributes, *world.person, *([world.domain.link] if world.links else [])])
    values = world.of(attribute)
    subject = dice.pick(list(values))
    value = values[subject]
    backwards = subject in world.entities and list(values.values()).count(value) == 1
    if backwards and dice.chance(0.4):
        text = f"{world.domain.which} {render(dice.pick(attribute.says), {'o': value}, dice)}"
        return Query("one_hop", text, names(subject), world.keys(attribute))
    text = render(dice.pick(attribute.asks), {"s": subject}, dice)
    return Query("one_hop", text, _shortened(value), frozenset({(subject, attribute.relation)}))


def two_hop(dice: Dice, world: World, deep: bool) -> Query:
    """A fact of the person behind an entity."""
    entity, attribute = dice.pick(world.entities), dice.pick(world.person)
    person = world.links[entity]
    text = render(dice.pick(attribute.asks), {"s": _holder(world, entity)}, dice)
    needed = frozenset({(entity, world.domain.link.relation), (person, attribute.relation)})
    return Query("two_hop", text, _shortened(world.values[person, attribute.relation]), needed)


def count(dice: Dice, world: World, deep: bool) -> Query | None:
    """How many entities have a value; with `deep` also by way of their persons."""
    told = [a for a in world.attributes if a.shared and a.plural]
    told += [a for a in world.person if deep and a.shared]
    if not told:
        return None
    attribute = dice.pick(told)
    values = list(world.of(attribute).values())
    value = dice.pick(values)
    found = values.count(value)
    needed = world.keys(attribute)
    if attribute in world.person:
        predicate = f"{world.domain.having} {render(dice.pick(attribute.says), {'o': value}, dice)}"
        needed |= world.keys(world.domain.link)
    else:
        predicate = render(attribute.plural, {"o": value}, dice)
    return Query("count", f"how many {world.domain.plural} {predicate}", (number(found), str(found)), needed)


def compare(dice: Dice, world: World, deep: bool) -> Query | None:
    """The larger of two numbers, or the largest of all; with `deep` the two go by the names of their persons."""
    told = [a for a in world.attributes if a.scale]
    if not told:
        return None
    attribute = dice.pick(told)
    scale = attribute.scale
    if scale is None:
        return None
    values = world.of(attribute)
    superlative = len(values) > 2 and dice.chance(0.4)
    rivals = list(values) if superlative else dice.shuffled(list(values))[:2]
    best = max(rivals, key=lambda subject: scale.sign * leading_number(values[subject]))
    needed = frozenset((rival, attribute.relation) for rival in rivals)
    if superlative:
        return Query("compare", f"{world.domain.which} {scale.most}", names(best), needed)
    called = rivals
    if deep and world.links and dice.chance(0.5):
        says = dice.pick(world.domain.link.says)
        called = [f"{world.domain.one} {render(says, {'o': world.links[rival]}, dice)}" for rival in rivals]
        needed |= {(rival, world.domain.link.relation) for rival in rivals}
    return Query("compare", f"{world.domain.which} {scale.more}, {called[0]} or {called[1]}", names(best), needed)


def yes_no(dice: Dice, world: World, deep: bool) -> Query:
    """Whether a fact holds; the false ones mostly have a value of another subject."""
    through = deep and bool(world.person) and dice.chance(0.5)
    attribute = dice.pick(world.person if through else world.attributes)
    values = world.of(attribute)
    entity = dice.pick(world.entities)
    subject = world.links[entity] if through else entity
    true, answer = values[subject], dice.chance(0.5)
    value = true if answer else _other(dice, attribute, true, list(values.values()))
    text = render(attribute.check, {"s": _holder(world, entity) if through else subject, "o": value}, dice)
    needed = {(subject, attribute.relation), *([(entity, world.domain.link.relation)] if through else [])}
    return Query("yes_no", text, ("yes" if answer else "no",), frozenset(needed))


def unanswerable(dice: Dice, world: World, deep: bool) -> Query:
    """A question like the others whose answer the passage does not give."""
    domain, answers = world.domain, (UNANSWERABLE,)
    way = dice.pick(("dropped", "dropped", "stranger", "unused", "value", *(("person",) * 2 if world.person else ())))
    entity = dice.pick(world.entities)
    if way == "person":
        attribute = dice.pick(world.person)
        text = render(dice.pick(attribute.asks), {"s": _holder(world, entity)}, dice)
        link = frozenset({(entity, domain.link.relation)})
        return Query(UNANSWERABLE, text, answers, link, (world.links[entity], attribute.relation))
    if way == "unused" and world.unused:
        text = render(dice.pick(dice.pick(world.unused).asks), {"s": entity}, dice)
        return Query(UNANSWERABLE, text, answers, frozenset())
    attribute = dice.pick(world.attributes)
    if way == "value":
        absent = _other(dice, attribute, "", [], tuple(world.of(attribute).values()))
        text = f"{domain.which} {render(dice.pick(attribute.says), {'o': absent}, dice)}"
        return Query(UNANSWERABLE, text, answers, world.keys(attribute))
    if way == "stranger":
        stranger = dice.pick([name for name in domain.entities if name not in world.entities])
        return Query(UNANSWERABLE, render(dice.pick(attribute.asks), {"s": stranger}, dice), answers, frozenset())
    text = render(dice.pick(attribute.asks), {"s": entity}, dice)
    return Query(UNANSWERABLE, text, answers, frozenset(), (entity, attribute.relation))


ASKERS: dict[str, Callable[[Dice, World, bool], Query | None]] = {
    "one_hop": one_hop,
    "two_hop": two_hop,
    "count": count,
    "compare": compare,
    "yes_no": yes_no,
    UNANSWERABLE: unanswerable,
}
KINDS = tuple(ASKERS)


def leading_number(value: str) -> int:
    """The number that a value begins with: 90 of "90 metres"."""
    return int(value.partition(" ")[0])


def names(entity: str) -> tuple[str, ...]:
    """An entity as it is called, and without article or quotation marks."""
    plain = entity.removeprefix("the ").strip('"')
    return (entity,) if plain == entity else (entity, plain)


def _shortened(value: str) -> tuple[str, ...]:
    first = value.partition(" ")[0]
    return (value, first) if first.isdigit() and first != value else (value,)


def _holder(world: World, entity: str) -> str:
    return world.domain.holder.format(s=entity)


def _other(dice: Dice, attribute: Attribute, value: str, told: list[str], banned: tuple[str, ...] = ()) -> str:
    """A value that is not `value`: mostly one of `told`."""
    near = [other for other in told if other != value]
    if near and dice.chance(0.7):
        return dice.pick(near)
    return dice.pick([other for other in attribute.values if other != value and other not in banned])
