"""The letters of a way to cut words, as the kernels know them: one byte each."""

from __future__ import annotations

from itertools import takewhile

from textgym.kernels import FOREIGN
from textgym.text.words import Words

_ASCII = 128


class Letters:
    """What `Words.letters`, `unended` and `goes_on` say, in the forms in which a stream asks for it.

    A letter is its code; with FOREIGN added if nothing `ends` after it; FOREIGN itself is any that is not ASCII.

    Attributes:
        all: the letters that words have; false if no rule is known.
        any: a letter that stands for a word in no reference.
        held: one after which nothing `ends`, or nothing.
    """

    def __init__(self, words: Words, used: bool) -> None:
        """`used`: whether to have letters at all."""
        folds = words.letters() if used else {}
        self.words, self.all = words, frozenset(folds.values())
        self.any = max(filter(str.isalpha, self.all), default="")
        self.held = max(words.unended(), default="") if used else ""
        self._fold = {code: folds.get(chr(code)) for code in range(_ASCII)}  # None: left out
        self._codes = {ord(char): ord(char) + FOREIGN for char in words.unended()}

    def folded(self, text: str) -> str:
        """What a word that begins with `text` begins with; empty if `text` is not all letters."""
        folded = text.translate(self._fold) if text.isascii() else ""
        return folded if len(folded) == len(text) else ""

    def head(self, word: str) -> str:
        """The letters that a word begins with."""
        return "".join(takewhile(self.all.__contains__, word))

    def leading(self, text: str) -> str:
        """The letters that `text` begins with, as they stand there."""
        return "".join(takewhile(lambda char: self._fold.get(ord(char)), text))

    def holds(self, text: str) -> bool:
        """Whether the last of the letters `text` is one after which nothing `ends`."""
        return ord(text[-1]) in self._codes

    def codes(self, text: str) -> bytes:
        """`text`, of letters, as the kernels know them."""
        return text.translate(self._codes).encode("latin-1")

    def spelled(self, text: str, foreign: bool) -> bytes:
        """The letters of a token that puts `text`, then the beginning of a `foreign` one; empty for any other token."""
        folded = [self._fold.get(ord(char)) or "" for char in text]
        others = [ord(char) for char, letter in zip(text, folded, strict=True) if not letter]
        if not all(code >= _ASCII and self.words.goes_on(code, code) for code in others):
            return b""
        spelled = self.codes("".join(takewhile(bool, folded)))
        if others or foreign:
            # Behind a foreign one all that matters is whether the last letter holds.
            last = "" if foreign or not folded[-1] or not self.holds(folded[-1]) else folded[-1]
            spelled += bytes([FOREIGN]) + self.codes(last)
        return spelled
