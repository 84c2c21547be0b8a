"""The writer: draws a persona and a course of the conversation, with the best reply to each turn of the user."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.dialogues import meetings, services
from textgym.corpora.dialogues.judge import Beat
from textgym.corpora.dialogues.scenario import Fact, Scenario, Wish
from textgym.corpora.reports.dice import Dice
from textgym.errors import check_choice

SCENARIOS: tuple[Scenario, ...] = (*services.SCENARIOS, *meetings.SCENARIOS)
ACKNOWLEDGED: tuple[str, ...] = ("Great.", "Good to know.", "Thank you.", "I see.", "All right.", "Lovely.")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a difficulty asks for.

    Attributes:
        facts: sentences of the persona besides the first.
        questions: how many of them are asked for.
        wish: whether the user has a wish, where the scenario knows one.
        recall: whether the user comes back to it in the end.
    """

    facts: int
    questions: int
    wish: bool
    recall: bool


SHAPES = {"easy": Shape(3, 2, False, False), "medium": Shape(3, 2, True, False), "hard": Shape(4, 3, True, True)}


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """A dialogue to be led, all randomness from `rng`.

    The source is the persona and the user's first words; the reference is the best reply to each turn, a line
    each. ``meta`` holds ``scenario``; ``persona``, the description; ``turns``, the best replies; ``lines``, the
    user's words before each of them; ``beats``, what it expects (`Beat`).

    Raises:
        ValueError: unknown difficulty.
    """
    check_choice("difficulty", difficulty, SHAPES)
    shape, dice = SHAPES[difficulty], Dice(rng)
    scenario = dice.pick(SCENARIOS)
    kept = sorted(dice.shuffled(range(len(scenario.facts)))[: shape.facts])
    facts = [(fact, dice.pick(fact.values)) for fact in (scenario.facts[place] for place in kept)]
    name = dice.pick(scenario.names)
    persona = " ".join([dice.pick(scenario.roles).format(name), *(fact.says.format(value) for fact, value in facts)])
    beats = _beats(dice, scenario, facts, shape)
    lines = [f"{dice.pick(scenario.greetings)} {beats[0].line}"]
    for before, beat in itertools.pairwise(beats):
        given = before.kind == "ask"  # the user answers a question at once, thanks for an answer first
        lines.append(beat.line if given else f"{dice.pick(ACKNOWLEDGED)} {beat.line}")
    turns = tuple(beat.best for beat in beats)
    meta = {"scenario": scenario.name, "persona": persona, "turns": turns, "lines": tuple(lines), "beats": tuple(beats)}
    return Draft(f"Persona: {persona}\nUser: {lines[0]}", ("\n".join(turns),), meta)


def _beats(dice: Dice, scenario: Scenario, facts: list[tuple[Fact, str]], shape: Shape) -> list[Beat]:
    truths = tuple(value for _, value in facts)
    chosen = sorted(dice.shuffled(range(len(facts)))[: shape.questions])
    asked = [facts[place] for place in chosen]
    beats = [_question(dice, fact, value, truths) for fact, value in asked]
    if not shape.wish or not scenario.wishes:
        left = [pair for pair in facts if pair not in asked]
        if shape.wish and left:  # a scenario without wishes asks for more
            beats.append(_question(dice, *left[0], truths))
        return beats
    wish = dice.pick(scenario.wishes)
    detail = dice.pick(wish.values)
    beats = [*_wish(dice, wish, detail, truths), *beats]
    if shape.recall:
        known = (detail, second_person(detail))
        line, remind = dice.pick(list(zip(wish.recalls, wish.reminds, strict=True)))
        beats.append(Beat("tell", line, remind.format(known[1]), known, wish.values, (), truths))
    return beats


def _question(dice: Dice, fact: Fact, value: str, truths: tuple[str, ...]) -> Beat:
    line, answer = dice.pick(list(zip(fact.questions, fact.answers, strict=True)))
    return Beat("tell", line, answer.format(value), (value,), fact.values, fact.topics, truths)


def _wish(dice: Dice, wish: Wish, detail: str, truths: tuple[str, ...]) -> list[Beat]:
    ask = Beat("ask", dice.pick(wish.wishes), dice.pick(wish.asks), wish.cues, (), (), truths)
    given, taken = dice.pick(wish.details).format(detail), dice.pick(wish.confirms).format(second_person(detail))
    return [ask, Beat("confirm", given, taken, (detail, second_person(detail)), wish.values, (), truths)]


def second_person(detail: str) -> str:
    """ "my back" as the other side says it: "your back"."""
    return f"your{detail[2:]}" if detail.startswith("my ") else detail
