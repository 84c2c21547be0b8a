"""What a caption says of a scene, and what may be said of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from textgym.corpora.scenes.scene import COLOURS, OPPOSITE, SHAPES, SIZES, Scene, relation, relations
from textgym.text.words import small

Attribute = tuple[str, ...]
"""("shape", s), ("colour", s, c), ("size", s, z) or ("relation", s1, "left of" or "above", s2)."""

_ONE_OF = {name: "|".join(words) for name, words in (("size", SIZES), ("colour", COLOURS), ("shape", SHAPES))}

PARTS = re.compile(
    rf"\b(?:(?:(?:{_ONE_OF['size']}) )?(?:(?:{_ONE_OF['colour']}) )?(?:{_ONE_OF['shape']})|{'|'.join(OPPOSITE)})\b|\."
)
"""What a caption is read by, in small letters: "small red circle", "left of", and the ends of sentences."""

LONGEST_PART = 1 + sum(max(map(len, words)) + 1 for words in (SIZES, COLOURS, SHAPES))
"""More characters than any part has."""


class Reading(NamedTuple):
    """Where the reading of a sentence stands.

    Attributes:
        before: the shape mentioned last.
        waiting: a relation and who stands in it, the other one to come.
        fronted: "above the ring" came first: who stands there is to come.
    """

    before: str | None = None
    waiting: tuple[str | None, str] | None = None
    fronted: tuple[str, str] | None = None

    def read(self, part: str) -> tuple[Reading, tuple[Attribute, ...]]:
        """The reading behind one of the `PARTS`, and the attributes that it mentions."""
        if part == ".":
            return Reading(), ()
        if part in OPPOSITE:
            return self._replace(waiting=(self.before, part)), ()
        *adjectives, shape = part.split()
        said: list[Attribute] = [("shape", shape)]
        said += [("colour" if word in COLOURS else "size", shape, word) for word in adjectives]
        fronted = None
        if self.fronted is not None:
            said.append(_related(shape, *self.fronted))
        if self.waiting is not None:
            subject, how = self.waiting
            if subject is None:
                fronted = (how, shape)
            else:
                said.append(_related(subject, how, shape))
        return Reading(shape, None, fronted), tuple(said)


def stated(text: str) -> frozenset[Attribute]:
    """The attributes that a caption mentions.

    >>> sorted(stated("A small red circle is left of a star."))
    [('colour', 'circle', 'red'), ('relation', 'circle', 'left of', 'star'), ('shape', 'circle'),
     ('shape', 'star'), ('size', 'circle', 'small')]
    """
    found: set[Attribute] = set()
    reading = Reading()
    for match in PARTS.finditer(small(text)):
        reading, said = reading.read(match.group())
        found.update(said)
    return frozenset(found)


def _related(first: str, how: str, second: str) -> Attribute:
    if how in ("left of", "above"):
        return ("relation", first, how, second)
    return ("relation", second, OPPOSITE[how], first)


def expected(scene: Scene) -> frozenset[Attribute]:
    """What a full caption says: all things, and how each lies to the one before."""
    found: set[Attribute] = set()
    for thing in scene.things:
        found |= {("shape", thing.shape), ("colour", thing.shape, thing.colour), ("size", thing.shape, thing.size)}
    for first, second in zip(scene.things, scene.things[1:], strict=False):
        found.add(_related(first.shape, relation(first, second), second.shape))
    return frozenset(found)


def true(scene: Scene) -> frozenset[Attribute]:
    """All that may be said of a scene."""
    found = set(expected(scene))
    for first in scene.things:
        for second in scene.things:
            if first is not second:
                found |= {_related(first.shape, how, second.shape) for how in relations(first, second)}
    return frozenset(found)
