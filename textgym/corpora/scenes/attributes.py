"""What a caption says of a scene, and what may be said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from textgym.corpora.scenes.scene import COLOURS, OPPOSITE, SHAPES, SIZES, Scene, relation, relations

Attribute = tuple[str, ...]
"""("shape", s), ("colour", s, c), ("size", s, z) or ("relation", s1, "left of" or "above", s2)."""

_ONE_OF = {name: "|".join(words) for name, words in (("size", SIZES), ("colour", COLOURS), ("shape", SHAPES))}
_PART = re.compile(
    rf"\b(?:(?:(?P<size>{_ONE_OF['size']}) )?(?:(?P<colour>{_ONE_OF['colour']}) )?(?P<shape>{_ONE_OF['shape']})|"
    rf"(?P<relation>{'|'.join(OPPOSITE)}))\b"
)


def stated(text: str) -> frozenset[Attribute]:
    """The attributes that a caption mentions.

    >>> sorted(stated("A small red circle is left of a star."))
    [('colour', 'circle', 'red'), ('relation', 'circle', 'left of', 'star'), ('shape', 'circle'),
     ('shape', 'star'), ('size', 'circle', 'small')]
    """
    found: set[Attribute] = set()
    for sentence in text.lower().split("."):
        found.update(_in_sentence(sentence))
    return frozenset(found)


def _in_sentence(sentence: str) -> Iterator[Attribute]:
    before: str | None = None  # the shape mentioned last
    waiting: tuple[str | None, str] | None = None  # a relation and who stands in it, the other one to come
    fronted: tuple[str, str] | None = None  # "above the ring" came first: who stands there is to come
    for match in _PART.finditer(sentence):
        if match["relation"]:
            waiting = (before, match["relation"])
            continue
        shape = match["shape"]
        yield ("shape", shape)
        if match["colour"]:
            yield ("colour", shape, match["colour"])
        if match["size"]:
            yield ("size", shape, match["size"])
        if fronted is not None:
            yield _related(shape, *fronted)
            fronted = None
        if waiting is not None:
            subject, how = waiting
            if subject is None:
                fronted = (how, shape)
            else:
                yield _related(subject, how, shape)
            waiting = None
        before = shape


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
