"""A text with each token coloured by its reward: for the terminal, and for a page."""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows

RESET = "\x1b[0m"
_SHADES = "@%#*+=-:. "
_GREEN, _RED = (46, 160, 67), (218, 54, 51)


def pieces(codec: Codec, tokens: Sequence[int]) -> list[str]:
    """What each token puts: the concatenation is the text. Special tokens put "".

    A character spread over several tokens appears with the last of them.
    """
    rows = TextRows(Detokenizer(codec), 1)
    rows.reset(0)
    starts = []
    for token in tokens:
        rows.push(0, token)
        starts.append(rows.start(0))
    text = rows.text(0)
    # A token that rewrites the tail of its predecessor takes that tail over.
    for i in range(len(starts) - 1, 0, -1):
        starts[i - 1] = min(starts[i - 1], starts[i])
    return [text[start:end] for start, end in itertools.pairwise([*starts, len(text)])]


def _shade(reward: float, scale: float) -> tuple[tuple[int, int, int], float]:
    """Colour and strength in 0..1 of one reward, `scale` being the largest in the text."""
    strength = min(1.0, abs(reward) / scale) if scale > 0 else 0.0
    return (_GREEN if reward > 0 else _RED), strength


def to_ansi(codec: Codec, tokens: Sequence[int], rewards: Sequence[float]) -> str:
    """The text for a terminal with 24-bit colour: green pays, red costs, plain is nothing."""
    scale = max((abs(r) for r in rewards), default=0.0)
    out = []
    for piece, reward in zip(pieces(codec, tokens), rewards, strict=True):
        colour, strength = _shade(reward, scale)
        if strength == 0.0 or not piece:
            out.append(piece)
            continue
        red, green, blue = (round(30 + strength * (c - 30)) for c in colour)
        out.append(f"\x1b[48;2;{red};{green};{blue}m\x1b[38;2;255;255;255m{piece}{RESET}")
    return "".join(out)


def image_to_ansi(image: NDArray[np.uint8], columns: int = 64, colour: bool = True) -> str:
    """A picture uint8 (H, W, 3) for a terminal, at most `columns` wide: two pixels to a character, one above the other.

    Without `colour`, for a terminal that has none, in shades of characters.
    """
    height, width, _ = image.shape
    across = min(columns, width)
    down = max(2, 2 * round(height * across / width / 2))
    rows, cols = (np.arange(n) * size // n for n, size in ((down, height), (across, width)))
    small = image[np.ix_(rows, cols)]
    lines = []
    for top, bottom in zip(small[::2].tolist(), small[1::2].tolist(), strict=True):
        if colour:
            pairs = zip(top, bottom, strict=True)
            cells = (f"\x1b[38;2;{r};{g};{b}m\x1b[48;2;{x};{y};{z}m▀" for (r, g, b), (x, y, z) in pairs)
            lines.append("".join(cells) + RESET)
        else:
            lines.append("".join(_SHADES[sum(pixel) * len(_SHADES) // 766] for pixel in top))
    return "\n".join(lines)


def to_html(codec: Codec, tokens: Sequence[int], rewards: Sequence[float]) -> str:
    """The text as HTML spans with the reward as background and as tooltip."""
    scale = max((abs(r) for r in rewards), default=0.0)
    out = []
    for piece, reward in zip(pieces(codec, tokens), rewards, strict=True):
        (red, green, blue), strength = _shade(reward, scale)
        style = f"background:rgba({red},{green},{blue},{0.8 * strength:.2f})"
        out.append(f'<span class="token" style="{style}" title="{reward:+.4f}">{html.escape(piece)}</span>')
    return "".join(out)
