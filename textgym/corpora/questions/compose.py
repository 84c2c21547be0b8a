"""The writer: draws a world and a question, and tells of the world what the question needs, and more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.questions.ask import ASKERS, Query
from textgym.corpora.questions.domains_more import DOMAINS
from textgym.corpora.questions.lexicon import PLACES
from textgym.corpora.questions.schema import Attribute
from textgym.corpora.questions.world import Key, World, build
from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number, render, sentence
from textgym.errors import check_choice

Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a difficulty asks of a passage; bounds are inclusive.

    Attributes:
        entities: how many.
        told: attributes of each.
        person: attributes of the person behind each.
        backgrounds: sentences beside the point.
        left_out: the chance that a fact which the question does not need is left out.
        kinds: of questions, with their weights as repetitions.
        deep: whether counting, comparing and yes/no questions may go by way of the persons.
    """

    entities: tuple[int, int]
    told: int
    person: int
    backgrounds: tuple[int, int]
    left_out: float
    kinds: tuple[str, ...]
    deep: bool


_ALL = ("one_hop", "two_hop", "two_hop", "count", "compare", "yes_no", "unanswerable")
SHAPES = {
    "easy": Shape((2, 3), 2, 0, (0, 0), 0.0, ("one_hop", "one_hop", "one_hop", "yes_no", "unanswerable"), False),
    "medium": Shape((3, 4), 2, 1, (0, 1), 0.1, _ALL, False),
    "hard": Shape((4, 5), 3, 1, (1, 2), 0.25, _ALL, True),
}


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """A question with its passage, and the accepted answers; all randomness from `rng`.

    ``meta`` holds ``facts``, the (subject, relation, object) triples that the passage states, all of them;
    ``kind``, one of "one_hop", "two_hop", "count", "compare", "yes_no" and "unanswerable"; ``domain``; and the
    ``question`` and the ``passage`` by themselves. What no fact says is answered with "unanswerable".

    Args:
        rng: source of all choices.
        difficulty: "easy" (two or three entities; one-hop, yes/no and unanswerable questions), "medium" (three or
            four, with persons behind them; every kind) or "hard" (four or five, sentences beside the point, facts
            left out; counting, comparing and yes/no questions may take two hops).

    Raises:
        ValueError: unknown difficulty.
    """
    check_choice("difficulty", difficulty, SHAPES)
    shape = SHAPES[difficulty]
    dice = Dice(rng)
    kind = dice.pick(shape.kinds)
    query = None
    while query is None:
        world = build(dice, dice.pick(DOMAINS), dice.between(*shape.entities), shape.told, shape.person)
        query = ASKERS[kind](dice, world, shape.deep)
    passage, facts = _tell(dice, world, _stated(dice, world, query, shape.left_out), dice.between(*shape.backgrounds))
    question = f"{query.text[0].upper()}{query.text[1:]}?"
    meta = {
        "facts": tuple(facts),
        "kind": query.kind,
        "domain": world.domain.name,
        "question": question,
        "passage": passage,
    }
    return Draft(f"Question: {question}\nPassage: {passage}", query.answers, meta)


def _stated(dice: Dice, world: World, query: Query, left_out: float) -> set[Key]:
    """The facts that the passage tells: each entity keeps one, and its person stays known."""
    stated = {key for key in world.values if key != query.dropped}
    for entity in world.entities:
        for attribute in world.attributes:
            key = (entity, attribute.relation)
            others = any((entity, a.relation) in stated for a in world.attributes if a is not attribute)
            if key in stated and key not in query.needed and others and dice.chance(left_out):
                stated.discard(key)
    return stated


def _tell(dice: Dice, world: World, stated: set[Key], backgrounds: int) -> tuple[str, list[Triple]]:
    """The passage and its facts in the order of telling."""
    domain = world.domain
    place = dice.pick(PLACES)
    intro = render(dice.pick(domain.intros), {"n": number(len(world.entities)), "place": place}, dice)
    facts: list[Triple] = [(domain.plural, "number", number(len(world.entities))), (domain.plural, "place", place)]
    blocks: list[tuple[list[str], list[Triple]]] = []
    for entity in world.entities:
        blocks.append(_entity(dice, world, entity, stated))
        if world.links:
            block = _person(dice, world, world.links[entity], stated)
            if dice.chance(0.5):
                blocks[-1] = (blocks[-1][0] + block[0], blocks[-1][1] + block[1])
            else:
                blocks.append(block)
    for background in dice.shuffled(domain.backgrounds)[:backgrounds]:
        line = sentence(render(background.text, {}, dice))
        blocks.insert(dice.between(0, len(blocks)), ([line], [background.fact]))
    lines = [sentence(intro)]
    for told, triples in blocks:
        lines += told
        facts += triples
    return " ".join(lines), facts


def _entity(dice: Dice, world: World, entity: str, stated: set[Key]) -> tuple[list[str], list[Triple]]:
    """What is told of an entity, in sentences of one or two predicates."""
    domain = world.domain
    attributes = [*world.attributes, *([domain.link] if world.links else [])]
    told = dice.shuffled([a for a in attributes if (entity, a.relation) in stated])
    pronoun = domain.pronouns[domain.entities.index(entity)] if len(domain.pronouns) > 1 else domain.pronouns[0]
    lines: list[str] = []
    facts: list[Triple] = []
    subject = entity
    while told:
        size = 2 if len(told) == 2 or (len(told) > 2 and dice.chance(0.6)) else 1
        group, told = told[:size], told[size:]
        lines.append(_sentence(dice, subject, [(a, world.values[entity, a.relation]) for a in group]))
        facts += [(entity, a.relation, world.values[entity, a.relation]) for a in group]
        # After a person was named, "she" and "he" could be that person.
        clear = pronoun == "it" or domain.link not in group
        subject = pronoun if clear and dice.chance(0.85) else entity
    return lines, facts


def _person(dice: Dice, world: World, person: str, stated: set[Key]) -> tuple[list[str], list[Triple]]:
    told = [a for a in world.person if (person, a.relation) in stated]
    if not told:
        return [], []
    pairs = [(a, world.values[person, a.relation]) for a in told]
    return [_sentence(dice, person, pairs)], [(person, a.relation, value) for a, value in pairs]


def _sentence(dice: Dice, subject: str, pairs: list[tuple[Attribute, str]]) -> str:
    predicates = [_say(dice, dice.pick(attribute.says), value) for attribute, value in pairs]
    return sentence(f"{subject} {' and '.join(predicates)}")


def _say(dice: Dice, frame: str, value: str) -> str:
    """`render`, by the short way where the frame has nothing but the value; most do."""
    if "[" in frame or "(" in frame:
        return render(frame, {"o": value}, dice)
    return frame.replace("{o}", value)
