"""Rewards that look at words: a stack of the words so far, kept up to date token by token.

A token may lengthen the last word, or rewrite the end of the text. The words that it can have touched are
popped and read again, so each token costs the same whatever the length of the text.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator

from textgym.rewards.base import Reward, TokenStep
from textgym.types import Example

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTERS = rf"[^\W\d_{_IDEOGRAPH}][^\W_{_IDEOGRAPH}]{{0,47}}(?:['’][^\W\d_]{{1,16}})?"
_NUMBER = r"\d{1,24}(?:[.,]\d{1,24}){0,6}"

WORDS = re.compile(rf"[{_IDEOGRAPH}]|{_LETTERS}|{_NUMBER}")
"""Words and numbers: "isn't", "h2o", "3,500.25"; an ideograph or kana is a word of its own."""

TOKENS = re.compile(rf"{WORDS.pattern}|[^\w\s]|_")
"""Words, numbers, and each punctuation mark."""

# A match is settled once the text goes on two characters behind it: "3" "," may become "3,5".
_LOOKAHEAD = 1


def words(text: str, fold: bool = True) -> list[str]:
    """The words of a text, case-folded unless asked otherwise.

    >>> words("The mayor's 3,500 words.")
    ['the', "mayor's", '3,500', 'words']
    """
    found = WORDS.findall(text)
    return [word.casefold() for word in found] if fold else found


def ngrams(items: list[str], n: int) -> Iterator[tuple[str, ...]]:
    """All runs of `n` items, in order."""
    return (tuple(items[i : i + n]) for i in range(len(items) - n + 1))


class WordReward(Reward):
    """A reward over the words of the text. Subclasses say what a word adds, and take it back.

    `self.stack` holds the words so far; `remove` is the exact inverse of `add`, called in reverse order.
    """

    pattern = WORDS
    fold = True

    def __init__(self) -> None:
        self.stack: list[str] = []
        self._ends: list[int] = []
        self._length = 0

    def reset(self, example: Example) -> None:
        self.stack, self._ends, self._length = [], [], 0
        self.begin(example)

    def push(self, step: TokenStep) -> None:
        text, start = step.text, step.start
        if start == len(text) == self._length:
            return
        self._length = len(text)
        ends, stack = self._ends, self.stack
        while ends and ends[-1] >= start - _LOOKAHEAD:
            ends.pop()
            self.remove(stack.pop())
        for match in self.pattern.finditer(text, ends[-1] if ends else 0):
            word = match.group().casefold() if self.fold else match.group()
            self.add(word)
            stack.append(word)
            ends.append(match.end())

    @abstractmethod
    def begin(self, example: Example) -> None:
        """A new episode: forget all words."""

    @abstractmethod
    def add(self, word: str) -> None:
        """`word` comes after those on the stack."""

    @abstractmethod
    def remove(self, word: str) -> None:
        """`word`, the last one, is taken back; it is off the stack already."""
