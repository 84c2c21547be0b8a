"""What a scene is: a few objects on a ground, and the relations between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (214, 48, 49), "green": (46, 160, 67), "blue": (41, 98, 220), "yellow": (250, 204, 21),
    "orange": (240, 128, 24), "purple": (134, 65, 196), "pink": (245, 130, 190), "brown": (121, 78, 46),
    "black": (25, 25, 28),
}  # fmt: skip
GROUNDS: Mapping[str, tuple[int, int, int]] = {
    "white": (250, 250, 250), "grey": (186, 190, 196), "cream": (250, 238, 210), "turquoise": (150, 222, 214),
}  # fmt: skip
SHAPES: tuple[str, ...] = ("circle", "square", "triangle", "star", "ring", "cross", "diamond", "heart")
SIZES: Mapping[str, float] = {"small": 0.075, "large": 0.15}
"""Half the width of an object, as a share of the picture's."""

OPPOSITE: Mapping[str, str] = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}


class Thing(NamedTuple):
    """One object; `x` and `y` in 0..1 from the upper left corner are its middle."""

    shape: str
    colour: str
    size: str
    x: float
    y: float

    @property
    def place(self) -> str:
        """Where in the picture it is: "top left", "middle" and so on, by thirds."""
        row = "top" if self.y < 0.36 else "bottom" if self.y > 0.64 else ""
        column = "left" if self.x < 0.36 else "right" if self.x > 0.64 else ""
        return " ".join(word for word in (row, column) if word) or "middle"


class Scene(NamedTuple):
    """Some things on a ground, no two of the same colour and shape."""

    ground: str
    things: tuple[Thing, ...]


def relation(first: Thing, second: Thing) -> str:
    """Where `first` is as seen from `second`, along the direction in which they are further apart."""
    dx, dy = first.x - second.x, first.y - second.y
    if abs(dx) >= abs(dy):
        return "left of" if dx < 0 else "right of"
    return "above" if dy < 0 else "below"


def relations(first: Thing, second: Thing) -> tuple[str, ...]:
    """All that is plainly true of where `first` is as seen from `second`."""
    dx, dy = first.x - second.x, first.y - second.y
    across = () if abs(dx) < 0.1 else ("left of",) if dx < 0 else ("right of",)
    along = () if abs(dy) < 0.1 else ("above",) if dy < 0 else ("below",)
    return (*across, *along)


def code(scene: Scene) -> str:
    """A scene as one line, distinct for distinct pictures."""
    things = "; ".join(f"{t.size} {t.colour} {t.shape} at {t.x:.3f} {t.y:.3f}" for t in scene.things)
    return f"{scene.ground}: {things}"
