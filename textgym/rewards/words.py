"""Rewards that look at words: a stack of the words so far, kept up to date token by token."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from textgym.rewards.base import Reward, TokenStep
from textgym.rewards.matches import Matches
from textgym.types import Example

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_IDEOGRAPHS = re.compile(f"[{_IDEOGRAPH}]")
_LETTERS = rf"[^\W\d_{_IDEOGRAPH}][^\W_{_IDEOGRAPH}]{{0,47}}(?:['’][^\W\d_]{{1,16}})?"
_NUMBER = r"\d{1,24}(?:[.,]\d{1,24}){0,6}"

WORDS = re.compile(rf"[{_IDEOGRAPH}]|{_LETTERS}|{_NUMBER}")
"""Words and numbers: "isn't", "h2o", "3,500.25"; an ideograph or kana is a word of its own."""

TOKENS = re.compile(rf"{WORDS.pattern}|[^\w\s]|_")
"""Words, numbers, and each punctuation mark."""


def is_ideograph(character: str) -> bool:
    """Whether a character is a word of its own."""
    return _IDEOGRAPHS.match(character) is not None


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
    lookahead = 1  # "3" "," may become "3,5"
    reach: int | None = 0  # see `Matches`; None where a subclass has a pattern of its own and does not say
    small = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "pattern" in vars(cls) and "reach" not in vars(cls):
            cls.reach = 0 if cls.pattern in (WORDS, TOKENS) else None

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.matches = Matches(self.pattern, self.lookahead, self.reach, self.small)

    def reset(self, example: Example) -> None:
        self.stack.clear()
        self.matches.clear()
        self.begin(example)

    def push(self, step: TokenStep) -> None:
        gone, found = self.matches.update(step.text, step.start)
        stack = self.stack
        while gone:
            self.remove(stack.pop())
            gone -= 1
        for match in found:
            word = match.group().casefold() if self.fold else match.group()
            self.add(word)
            stack.append(word)

    @abstractmethod
    def begin(self, example: Example) -> None:
        """A new episode: forget all words."""

    @abstractmethod
    def add(self, word: str) -> None:
        """`word` comes after those on the stack."""

    @abstractmethod
    def remove(self, word: str) -> None:
        """`word`, the last one, is taken back; it is off the stack already."""
