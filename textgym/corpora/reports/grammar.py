"""Small English: frames with alternatives and slots, numbers, articles, sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from textgym.corpora.reports.dice import Dice

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ARTICLE = re.compile(r"\ba\(n\) (\w+)")
# Spelling and sound disagree: "a uniform", "an hour", "an 80".
_SAID_WITH_CONSONANT = ("uni", "use", "eu", "one")
_SAID_WITH_VOWEL = ("hour", "honest", "heir")


def number(value: int) -> str:
    """A count as a news desk writes it: in words up to nine, in digits from 10.

    >>> number(9), number(10)
    ('nine', '10')
    """
    return _WORDS[value] if 0 <= value <= 9 else str(value)


def article(word: str) -> str:
    """The indefinite article that goes before `word`.

    >>> article("engine"), article("unit"), article("hour"), article("80")
    ('an', 'a', 'an', 'an')
    """
    low = word.lower()
    if low.isdigit():
        return "an" if low[0] == "8" or low in ("11", "18") else "a"
    if low.startswith(_SAID_WITH_CONSONANT):
        return "a"
    return "an" if low[0] in "aeiou" or low.startswith(_SAID_WITH_VOWEL) else "a"


@cache
def _parts(frame: str) -> tuple[str | tuple[str, ...], ...]:
    """The frame cut at its brackets: literal text, or a tuple of alternatives."""
    pieces = re.split(r"\[([^\]]*)\]", frame)
    return tuple(tuple(piece.split("|")) if i % 2 else piece for i, piece in enumerate(pieces))


def fill(frame: str, slots: Mapping[str, str]) -> str:
    """The frame with its ``{slots}`` filled and each ``a(n)`` settled; no alternatives.

    Raises:
        KeyError: the frame names a slot that is not in `slots`.
    """
    text = frame.format_map(slots)
    if "a(n)" in text:
        text = _ARTICLE.sub(lambda found: f"{article(found[1])} {found[1]}", text)
    return text


def render(frame: str, slots: Mapping[str, str], dice: Dice) -> str:
    """As `fill`, after a choice at each ``[this|that]``."""
    chosen = [part if isinstance(part, str) else dice.pick(part) for part in _parts(frame)]
    return fill("".join(chosen), slots)


def sentence(text: str) -> str:
    """The clause as a sentence: a capital in front, a full stop at the end."""
    return f"{text[0].upper()}{text[1:]}."


def word_count(text: str) -> int:
    """The number of words between spaces."""
    return text.count(" ") + 1 if text else 0
