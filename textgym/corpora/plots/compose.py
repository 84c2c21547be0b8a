"""The writer: a hero with a goal, trouble, a turn, an ending; the words to use are picked from the ending part."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.plots.schema import Setting
from textgym.corpora.plots.settings_more import SETTINGS
from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import render, sentence
from textgym.errors import check_choice

_MARKED = re.compile(r"\*(\w+)\*")
_WOMEN = (
    "Ada", "Bella", "Cora", "Daisy", "Edith", "Flora", "Greta", "Hanna", "Ines", "Jana", "Kira", "Lena", "Mila", "Nina",
    "Olga", "Pia", "Ruth", "Sara", "Tessa", "Wanda",
)  # fmt: skip
_MEN = (
    "Abel", "Bruno", "Carl", "Dario", "Emil", "Finn", "Gus", "Hugo", "Ivan", "Jacob", "Karl", "Luis", "Milan", "Noah",
    "Otto", "Peter", "Ralph", "Sven", "Theo", "Walter",
)  # fmt: skip
_FEMALE = ("sister", "aunt", "grandmother", "neighbour", "best friend", "cousin")
_MALE = ("brother", "uncle", "grandfather", "neighbour", "best friend", "cousin")
_TRAITS = ("shy", "brave", "clever", "curious", "patient", "stubborn", "cheerful", "quiet", "young", "dreamy")
_PLACES = (
    "Amberley", "Birkwood", "Coldwater", "Dunfield", "Eastmoor", "Foxhill", "Greywick", "Hollin", "Kestrel Bay",
    "Linwood", "Marsh End", "Nettlebed", "Oldcastle", "Pinewick", "Ravenport", "Stonefield", "Thornby", "Willowford",
)  # fmt: skip
_TIMES = (
    "one spring", "one summer", "last autumn", "years ago", "not long ago", "one morning in May", "one day in June",
    "at the end of a long winter", "on a windy Sunday", "many summers ago",
)  # fmt: skip
_PROMISES = (
    "{their} {relation} {helper} promised to help",
    "only {their} {relation} {helper} believed in it",
    "{their} {relation} {helper} wished {them} luck",
    "{their} {relation} {helper} thought it was a fine idea",
)
_FIRST = ("but ", "at first all went smoothly, but then ", "on the very first day, ", "it began badly, for ")
_SECOND = ("no sooner was that over than ", "a little later, ", "but that was not all, for soon ", "then ")
_FEELINGS = (
    "{hero} almost lost *hope*",
    "for a *moment*, {hero} wanted to give up",
    "{hero} sat down and took a deep *breath*",
    "{hero} felt like crying, but {they} bit {their} *lip*",
)
_TURNS = ("luckily, ", "after a while, ", "")
_ENDS = ("in the end, ", "and so, after all that trouble, ", "finally, ")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a difficulty asks of a story: troubles, words to use, and whether feelings and a coda are told."""

    troubles: int
    words: int
    feelings: bool
    coda: bool
    ordered: bool


SHAPES = {
    "easy": Shape(1, 2, False, False, True),
    "medium": Shape(1, 3, True, True, False),
    "hard": Shape(2, 5, True, True, False),
}


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """An opening with words to use, and a continuation that uses them; all randomness from `rng`.

    ``meta`` holds ``keywords``, the words that must occur, in the order in which they are asked for; ``opening``;
    ``domain``; ``facts``, what the opening says of the hero; and ``plot``, what each sentence of the continuation
    is: "trouble", "feeling", "turn", "ending" or "coda".

    Args:
        rng: source of all choices.
        difficulty: "easy" (three sentences, two words in their order), "medium" (five sentences, three words) or
            "hard" (two troubles, seven sentences, five words).

    Raises:
        ValueError: unknown difficulty.
    """
    check_choice("difficulty", difficulty, SHAPES)
    shape, dice = SHAPES[difficulty], Dice(rng)
    setting = dice.pick(SETTINGS)
    slots = _cast(dice)
    goal = dice.pick(setting.goals)
    want = render(goal.want, slots, dice)
    trait, role, time = dice.pick(_TRAITS), dice.pick(setting.roles), dice.pick(_TIMES)
    first = render(f"{time}, {{hero}}, a(n) {trait} {role}, [wanted|decided|was determined] to {want}", slots, dice)
    opening = f"{sentence(first)} {sentence(render(dice.pick(_PROMISES), slots, dice))}"
    told = _continue(dice, setting, goal.done, shape)
    lines = [sentence(render(frame, slots, dice)) for _, frame in told]
    marked = list(dict.fromkeys(_MARKED.findall(" ".join(lines))))
    known = set(re.findall(r"\w+", opening.lower()))
    words = _choose(dice, [word for word in marked if word.lower() not in known], shape)
    facts = (
        (slots["hero"], "is", f"{trait} {role}"),
        (slots["hero"], "wants to", want),
        (slots["helper"], "is", slots["relation"]),
    )
    meta = {
        "keywords": tuple(words),
        "opening": opening,
        "domain": setting.name,
        "facts": facts,
        "plot": tuple(part for part, _ in told),
    }
    reference = " ".join(_capital(_MARKED.sub(r"\1", line)) for line in lines)
    return Draft(f"{opening}\nWords: {', '.join(words)}", (reference,), meta)


def _cast(dice: Dice) -> dict[str, str]:
    """Hero, helper and the words for them."""
    woman = dice.chance(0.5)
    helper_woman = not woman  # so that every "she" and "he" is clear
    hero = dice.fresh(_WOMEN if woman else _MEN)
    helper = dice.fresh(_WOMEN if helper_woman else _MEN)
    they, them, their = ("she", "her", "her") if woman else ("he", "him", "his")
    return {
        "hero": hero,
        "helper": helper,
        "relation": dice.pick(_FEMALE if helper_woman else _MALE),
        "they": they,
        "them": them,
        "their": their,
        "place": dice.pick(_PLACES),
    }


def _continue(dice: Dice, setting: Setting, done: tuple[str, ...], shape: Shape) -> list[tuple[str, str]]:
    """Part and frame of each sentence of the continuation."""
    told: list[tuple[str, str]] = []
    feeling = dice.between(0, shape.troubles - 1) if shape.feelings else -1
    for index, trouble in enumerate(dice.shuffled(setting.troubles)[: shape.troubles]):
        told.append(("trouble", dice.pick(_SECOND if index else _FIRST) + dice.pick(trouble.happens)))
        if index == feeling:
            told.append(("feeling", dice.pick(_FEELINGS)))
        told.append(("turn", dice.pick(_TURNS) + dice.pick(trouble.turns)))
    told.append(("ending", dice.pick(_ENDS) + dice.pick(done)))
    if shape.coda:
        told.append(("coda", dice.pick(setting.codas)))
    return told


def _choose(dice: Dice, marked: list[str], shape: Shape) -> list[str]:
    words = dice.shuffled(marked)[: shape.words]
    return [word for word in marked if word in words] if shape.ordered else words


def _capital(line: str) -> str:
    return line[0].upper() + line[1:]
