"""The grammar of the captions: what `compose` can write, by its own frames."""

from __future__ import annotations

from textgym.corpora.automaton import Places, WordAutomaton, remembered
from textgym.corpora.scenes import compose
from textgym.corpora.scenes.scene import COLOURS, GROUNDS, SHAPES, SIZES

_SLOTS = {
    "size": tuple(SIZES),
    "colour": tuple(COLOURS),
    "shape": SHAPES,
    "ground": tuple(GROUNDS),
    "rel": ("to the left of", "to the right of", "above", "below"),
    "where": tuple(
        place for places in compose.PLACES.values() for place in places
    ) + tuple(
        form.format(f"{row} {column}") for form in compose.CORNER for row in ("top", "bottom")
        for column in ("left", "right")
    ),
}  # fmt: skip
_NOUN = "{size} {colour} {shape}"


@remembered
def captions(difficulty: str) -> WordAutomaton:
    """One thing and its place, or two and their relation, and further ones beside them."""
    grammar = WordAutomaton()

    def say(places: Places, *templates: str, **more: Places) -> Places:
        return grammar.say(places, templates, _SLOTS, **more)  # type: ignore[arg-type]

    grounds = [form.format("{ground}") + "." for form in compose.GROUND]
    shown = say(grammar.start, *(f"{shows} a {_NOUN}" for shows in compose.SHOWS))
    plain = say(grammar.start, f"A {_NOUN}")
    named = shown | plain | say(plain, "is")
    if difficulty == "easy":
        where = say(named, "{where}")
        first = grammar.say(grammar.start, [f"{{where}} is a {_NOUN}"], _capitalised("where"))
        grammar.finish(say(where | first, *grounds))
        return grammar
    ends = say(named, *(f"{{rel}} a {_NOUN} {ground}" for ground in grounds))
    known = "the {colour} {shape}"
    grammar.say(ends, [f"{{rel}} {known} is a {_NOUN}.", f"{{rel}} {known} there is a {_NOUN}."],
                _capitalised("rel"), to=ends)  # fmt: skip
    say(ends, f"A {_NOUN} is {{rel}} {known}.", to=ends)
    grammar.finish(ends)
    return grammar


def _capitalised(name: str) -> dict[str, tuple[str, ...]]:
    return {**_SLOTS, name: tuple(value.capitalize() for value in _SLOTS[name])}
