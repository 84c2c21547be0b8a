"""Coverage: how much of what the source tells the text mentions."""

from __future__ import annotations

import math
from collections import Counter
from typing import ClassVar

from textgym.corpora.base import Corpus
from textgym.errors import check_choice, check_int
from textgym.rewards.base import RewardContext
from textgym.rewards.phrases import PhraseCounts, content_words, facts_of, keywords_of
from textgym.rewards.shared import Shared
from textgym.rewards.words import WordReward, words
from textgym.types import Example

MARKS = ("auto", "keywords", "facts", "words")


class Coverage(WordReward):
    """The share of the example's key points that the text mentions.

        score = sum of the weights of the points mentioned / sum of all weights

    Range [0, 1]; 0 where there are no points. Case does not matter, mentioning a point again gains nothing, and
    what else the text says costs nothing: combine it with `length` or `faithfulness`. Source: the content-unit
    recall of the Pyramid method, Nenkova and Passonneau (2004).

    Args:
        of: what the points are. "keywords": the phrases in `meta["keywords"]`. "facts": the triples in
            `meta["facts"]`, mentioned where their subject and their object both are. "words": the content words
            of the source, weighted by how rare they are in the corpus, ln((1 + N) / (1 + documents with the
            word)). "auto": key words where the example has them, else facts, else words.
        max_examples: how many examples of the corpus the rarity is counted on.

    >>> from textgym.rewards.evaluate import score_text
    >>> example = Example("a", "", ("",), {"keywords": ("storm", "12 homes", "Monday", "Ash Hill")})
    >>> score_text(Coverage(), "A storm hit 12 homes in Ash on Monday.", example)
    0.75
    """

    name: ClassVar[str] = "coverage"
    stepwise: ClassVar[bool] = False

    def __init__(self, of: str = "auto", max_examples: int = 500) -> None:
        super().__init__()
        check_choice("of", of, MARKS)
        self.of, self.max_examples = of, check_int("max_examples", max_examples, 1)
        self._corpus: Shared[Corpus | None] = Shared(None)
        self._rarity: Shared[_Rarity | None] = Shared(None)
        self._matcher = PhraseCounts(())
        self._points: list[list[int]] = []  # the points that a phrase is part of
        self._missing: list[int] = []
        self._weights: list[int] = []
        self._got, self._all = 0, 0

    def bind(self, context: RewardContext) -> None:
        self._corpus, self._rarity = Shared(context.corpus), Shared(None)

    def begin(self, example: Example) -> None:
        points, weights = self._points_of(example)
        phrases = list(dict.fromkeys(phrase for point in points for phrase in point))
        place = {phrase: k for k, phrase in enumerate(phrases)}
        self._matcher = PhraseCounts(phrases)
        self._points = [[] for _ in phrases]
        for k, point in enumerate(points):
            for phrase in set(point):
                self._points[place[phrase]].append(k)
        self._missing = [len(set(point)) for point in points]
        self._weights, self._got, self._all = weights, 0, sum(weights)

    def add(self, word: str) -> None:
        for phrase in self._matcher.add(self.stack, word):
            for point in self._points[phrase]:
                self._missing[point] -= 1
                if not self._missing[point]:
                    self._got += self._weights[point]

    def remove(self, word: str) -> None:
        for phrase in self._matcher.remove(self.stack, word):
            for point in self._points[phrase]:
                if not self._missing[point]:
                    self._got -= self._weights[point]
                self._missing[point] += 1

    def score(self) -> float:
        return self._got / self._all if self._all else 0.0

    def _points_of(self, example: Example) -> tuple[list[list[tuple[str, ...]]], list[int]]:
        """The points, each a list of phrases, and their weights: whole numbers, so that sums are exact."""
        if self.of in ("auto", "keywords"):
            phrases = keywords_of(example)
            if phrases or self.of == "keywords":
                return [[phrase] for phrase in phrases], [1] * len(phrases)
        if self.of in ("auto", "facts"):
            pairs = [[tuple(words(s)), tuple(words(o))] for s, _, o in facts_of(example)]
            points = [[phrase for phrase in pair if phrase] for pair in pairs]
            points = [point for point in points if point]
            if points or self.of == "facts":
                return points, [1] * len(points)
        found = content_words(example.source)
        return [[(word,)] for word in found], [self._weight(word) for word in found]

    def _weight(self, word: str) -> int:
        corpus = self._corpus.value
        if corpus is None:
            return 1
        if self._rarity.value is None:
            self._rarity.value = _Rarity(corpus, self.max_examples)
        return self._rarity.value.weight(word)


class _Rarity:
    """In how many sources a word is."""

    def __init__(self, corpus: Corpus, max_examples: int) -> None:
        self.size = min(len(corpus), max_examples)
        self._documents: Counter[str] = Counter()
        for i in range(self.size):
            self._documents.update(set(words(corpus[i].source)))

    def weight(self, word: str) -> int:
        return 1 + round(1000 * math.log((1 + self.size) / (1 + self._documents[word])))
