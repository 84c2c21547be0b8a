"""The painter: draws a scene, and describes it in several ways, all of them true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.reports.dice import Dice
from textgym.corpora.scenes.scene import COLOURS, GROUNDS, OPPOSITE, SHAPES, SIZES, Scene, Thing, code, relation
from textgym.errors import check_choice

COUNTS = {"easy": (1, 1), "medium": (2, 2), "hard": (3, 3)}
NUM_REFERENCES = 4
_CENTRES = (0.2, 0.5, 0.8)

SHOWS = ("There is", "The picture shows", "You can see", "I see", "Here is")
PLACES = {
    "middle": ("in the middle", "in the centre"),
    "top": ("at the top",),
    "bottom": ("at the bottom",),
    "left": ("on the left",),
    "right": ("on the right",),
}
CORNER = ("in the {} corner", "at the {}")
GROUND = ("on a {} background", "on a {} ground")


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """A scene and its captions, all randomness from `rng`.

    The source is the scene in figures, which the agent is not shown. ``meta`` holds ``scene`` (a `Scene`) and
    ``pairs``, the indices of things between which the captions state a relation.

    Raises:
        ValueError: unknown difficulty.
    """
    check_choice("difficulty", difficulty, COUNTS)
    dice = Dice(rng)
    scene = _scene(dice, dice.between(*COUNTS[difficulty]))
    pairs = tuple((place, place + 1) for place in range(len(scene.things) - 1))
    captions: list[str] = []
    while len(captions) < NUM_REFERENCES:
        caption = _caption(dice, scene, pairs)
        if caption not in captions:
            captions.append(caption)
    return Draft(code(scene), tuple(captions), {"scene": scene, "pairs": pairs})


def _scene(dice: Dice, count: int) -> Scene:
    """Things in different ninths of the picture, clearly apart, clearly placed, none like another."""
    cells = dice.shuffled([(x, y) for x in _CENTRES for y in _CENTRES])
    colours, shapes = dice.shuffled(list(COLOURS)), dice.shuffled(SHAPES)
    things = []
    for place in range(count):
        x, y = cells[place]
        jitter = (round(x + dice.between(-40, 40) / 1000, 3), round(y + dice.between(-40, 40) / 1000, 3))
        things.append(Thing(shapes[place], colours[place], dice.pick(list(SIZES)), *jitter))
    return Scene(dice.pick(list(GROUNDS)), tuple(things))


def noun(thing: Thing, article: str = "a") -> str:
    """ "a large red circle"."""
    return f"{article} {thing.size} {thing.colour} {thing.shape}"


def _short(thing: Thing) -> str:
    return f"the {thing.colour} {thing.shape}"


def _where(dice: Dice, place: str) -> str:
    return dice.pick(PLACES[place]) if place in PLACES else dice.pick(CORNER).format(place)


def _ground(dice: Dice, scene: Scene) -> str:
    return dice.pick(GROUND).format(scene.ground)


def _side(dice: Dice, how: str) -> str:
    return f"to the {how}" if how.endswith("of") else how


def _caption(dice: Dice, scene: Scene, pairs: Sequence[tuple[int, int]]) -> str:
    if len(scene.things) == 1:
        return _single(dice, scene)
    first, second = scene.things[:2]
    how, ground = relation(first, second), _ground(dice, scene)
    if dice.chance(0.5):
        first, second, how = second, first, OPPOSITE[how]
    rel = _side(dice, how)
    text = dice.pick(
        (
            f"{noun(first, 'A')} is {rel} {noun(second)} {ground}.",
            f"{dice.pick(SHOWS)} {noun(first)} {rel} {noun(second)} {ground}.",
            f"{noun(first, 'A')} {rel} {noun(second)} {ground}.",
        )
    )
    for left, right in pairs[1:]:
        text += " " + _further(dice, scene.things[right], scene.things[left])
    return text


def _further(dice: Dice, new: Thing, known: Thing) -> str:
    """One more thing, by its place beside one that was mentioned."""
    rel = _side(dice, relation(new, known)).capitalize()
    options = (
        f"{rel} {_short(known)} is {noun(new)}.",
        f"{rel} {_short(known)} there is {noun(new)}.",
        f"{noun(new, 'A')} is {rel.lower()} {_short(known)}.",
    )
    return dice.pick(options)


def _single(dice: Dice, scene: Scene) -> str:
    thing = scene.things[0]
    where, ground = _where(dice, thing.place), _ground(dice, scene)
    return dice.pick(
        (
            f"{noun(thing, 'A')} is {where} {ground}.",
            f"{dice.pick(SHOWS)} {noun(thing)} {where} {ground}.",
            f"{where.capitalize()} is {noun(thing)} {ground}.",
            f"{noun(thing, 'A')} {where} {ground}.",
        )
    )
