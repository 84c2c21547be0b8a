"""Pictures of scenes, drawn by numpy with soft edges."""

from __future__ import annotations

import functools
from typing import cast

import numpy as np
from numpy.typing import NDArray

from textgym.corpora.scenes.scene import COLOURS, GROUNDS, SIZES, Scene, Thing

_FINE = 3  # samples along each side of a pixel


@functools.lru_cache(maxsize=512)
def _stamp(shape: str, half: int) -> NDArray[np.float64]:
    """How much of each pixel of the square (2h+2, 2h+2) around an object it covers, in 0..1."""
    size = 2 * half + 2
    axis = (np.arange(size * _FINE) + 0.5) / _FINE - size / 2
    x, y = np.meshgrid(axis / half, axis / half)
    inside = _inside(shape, x, y).reshape(size, _FINE, size, _FINE).mean(axis=(1, 3))
    return cast(NDArray[np.float64], inside)


def _inside(shape: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    radius = np.hypot(x, y)
    if shape == "circle":
        found = radius <= 1
    elif shape == "ring":
        found = (radius <= 1) & (radius >= 0.55)
    elif shape == "square":
        found = np.maximum(abs(x), abs(y)) <= 0.88
    elif shape == "diamond":
        found = abs(x) * 1.25 + abs(y) <= 1
    elif shape == "cross":
        found = (np.minimum(abs(x), abs(y)) <= 0.3) & (np.maximum(abs(x), abs(y)) <= 1)
    elif shape == "triangle":
        found = (y <= 0.85) & (abs(x) <= 0.55 * (y + 1))
    elif shape == "heart":
        u, v = x * 1.2, 0.25 - y * 1.2
        found = (u**2 + v**2 - 1) ** 3 - u**2 * v**3 <= 0
    else:  # a star: between its five points the edge runs straight from tip to notch
        turn = (np.arctan2(x, -y) / (2 * np.pi / 5)) % 1.0
        angle = abs(turn - 0.5) * 2 * np.pi / 5  # 0 at a notch, 36 degrees at a tip
        tip, notch = 1.0, 0.45
        wide = np.pi / 5
        edge = tip * notch * np.sin(wide) / (tip * np.sin(wide - angle) + notch * np.sin(angle))
        found = radius <= edge
    return found.astype(np.float64)


def picture(scene: Scene, size: int = 64) -> NDArray[np.uint8]:
    """The scene as an image, uint8 (size, size, 3)."""
    canvas = np.empty((size, size, 3))
    canvas[:] = GROUNDS[scene.ground]
    for thing in scene.things:
        _put(canvas, thing, size)
    return np.rint(canvas).astype(np.uint8)


def _put(canvas: NDArray[np.float64], thing: Thing, size: int) -> None:
    half = max(2, round(SIZES[thing.size] * size))
    cover = _stamp(thing.shape, half)
    left, top = round(thing.x * size) - half - 1, round(thing.y * size) - half - 1
    rows, columns = slice(max(top, 0), top + len(cover)), slice(max(left, 0), left + len(cover))
    part = canvas[rows, columns]
    share = cover[max(-top, 0) :, max(-left, 0) :][: part.shape[0], : part.shape[1], None]
    part += share * (np.array(COLOURS[thing.colour]) - part)
