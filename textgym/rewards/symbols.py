"""Text as the symbols that `textgym.kernels.lexer` reads."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from textgym.kernels import forms, lexer
from textgym.rewards.words import is_ideograph
from textgym.text.detokenize import Detokenizer

Symbols = NDArray[np.int32]


def symbols(text: str) -> Symbols:
    """The symbols of a text (n,): one for each character, and one more for each further one that it folds to."""
    found: list[int] = []
    for character in text:
        found += _symbols(character)
    return np.array(found, dtype=np.int32)


@lru_cache(maxsize=1 << 12)
def _symbols(character: str) -> tuple[int, ...]:
    kind = _kind(character)
    folded = character.casefold() if kind != lexer.OTHER else character
    return ord(folded[0]) + (kind << 24), *(ord(further) + (lexer.MORE << 24) for further in folded[1:])


def _kind(character: str) -> int:
    if is_ideograph(character):
        return lexer.IDEOGRAPH if character.isalnum() else lexer.SIGN
    if character.isdecimal():
        return lexer.DIGIT
    if character.isalnum():
        return lexer.LETTER
    return lexer.APOSTROPHE if character in "'\u2019" else lexer.POINT if character in ".," else lexer.OTHER


class TokenSymbols:
    """What each token puts, as symbols; looked up as tokens come.

    Attributes:
        places: (V, 2), see `textgym.kernels.forms`.
        pool: the symbols.
    """

    def __init__(self, detokenizer: Detokenizer) -> None:
        self.detokenizer = detokenizer
        self.places = np.full((detokenizer.codec.size, 2), forms.UNKNOWN, dtype=np.int64)
        self.pool: Symbols = np.zeros(1 << 12, dtype=np.int32)
        self._filled = 0

    def place(self, token: int) -> int:
        """Where the symbols of a token begin, or `UNKNOWN` or `ODD`.

        Raises:
            ValueError: the token is not an id of the tokenizer.
        """
        if not 0 <= token < len(self.places):
            raise ValueError(f"token: got {token}, allowed are 0 to {len(self.places) - 1}")
        return self.places.item(token, 0)

    def look_up(self, token: int) -> None:
        """Find out what a token puts where nothing is pending."""
        settled = self.detokenizer.settled
        state, text, tail = (None, "", "") if settled is None else self.detokenizer.step(settled, token)
        if settled is None or state != settled or tail:
            self.places[token] = forms.ODD
            return
        found = symbols(text)
        first, end = self._filled, self._filled + len(found)
        if end > len(self.pool):
            self.pool = np.concatenate([self.pool, np.zeros(max(len(self.pool), len(found)), dtype=np.int32)])
        self.pool[first:end] = found
        self.places[token] = first, end
        self._filled = end
