"""Is the text so far the beginning of one that the corpus's grammar can make?"""

from __future__ import annotations

from typing import ClassVar

from textgym.corpora.automaton import WORD, Places, WordAutomaton
from textgym.rewards.base import TokenStep
from textgym.rewards.words import WordReward
from textgym.types import Example


class Viability(WordReward):
    """The share of the words that a text of the language can begin with.

        score = words of the longest viable beginning / words

    Range [0, 1]: 1 as long as the text can go on to be one of the language, below 1 from the first word that no such
    text has there; 0 for a text without words. A word that is not finished yet counts if some word that can stand there
    begins with it. Words are runs of letters and digits and single marks; white space between them is not judged, and
    numbers are alike. One look-up a word, whatever the length of the text. Source: the viable prefixes of LR parsing,
    Knuth, "On the Translation of Languages from Left to Right" (1965), here of a regular language.

    >>> from textgym.rewards.evaluate import score_text
    >>> from textgym.corpora.automaton import WordAutomaton
    >>> language = WordAutomaton()
    >>> language.finish(language.say(language.start, ["the [cat|dog] sat on the mat."]))
    >>> reward = Viability()
    >>> reward.language = language
    >>> score_text(reward, "the dog sat on the m"), score_text(reward, "the dog sat under the mat.")
    (1.0, 0.428...)
    """

    name: ClassVar[str] = "viability"
    stepwise: ClassVar[bool] = False
    pattern = WORD
    reach = 0
    fold = False

    def __init__(self) -> None:
        super().__init__()
        self.language: WordAutomaton | None = None
        self._places: list[Places] = [WordAutomaton.start]
        self._viable = [0]  # after each word, how many were viable
        self._open = ""

    def begin(self, example: Example) -> None:
        self._places, self._viable, self._open = [WordAutomaton.start], [0], ""

    def push(self, step: TokenStep) -> None:
        super().push(step)
        spans = self.matches.spans
        finished = not spans or spans[-1][1] < len(step.text)
        self._open = "" if finished else self.stack[-1]

    def add(self, word: str) -> None:
        places = self.language.step(self._places[-1], word) if self.language is not None else frozenset()
        self._places.append(places)
        self._viable.append(self._viable[-1] + bool(places))

    def remove(self, word: str) -> None:
        self._places.pop()
        self._viable.pop()

    def score(self) -> float:
        if not self.stack:
            return 0.0
        viable = self._viable[-1]
        if self._open and viable == len(self.stack) - 1 and self.language is not None:
            viable += self.language.opens(self._places[-2], self._open)
        return viable / len(self.stack)
