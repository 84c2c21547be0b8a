"""A small sentiment classifier that needs no more than the built-in reviews: naive Bayes over short runs of words."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from textgym.errors import unknown
from textgym.rewards.words import WordReward, words
from textgym.types import Example

LABELS = ("negative", "positive")
_REVIEWS = 2_000
_ORDER = 2  # the longest run: "by no means cold" must not count as "cold"


@functools.cache
def _odds() -> dict[str, float]:
    """Run of words -> ln p(run | positive) / p(run | negative) over built-in reviews, one added to each count."""
    from textgym.tasks.classify import Classify

    counts: dict[str, Counter[str]] = {label: Counter() for label in LABELS}
    corpus = Classify().builtin("train", "easy")
    for index in range(min(_REVIEWS, len(corpus))):
        example = corpus[index]
        read = words(example.source)
        counts[example.references[0]].update(_run(read[:end]) for end in range(1, len(read) + 1))
    known = sorted({run for count in counts.values() for run in count})
    totals = {label: sum(count.values()) + len(known) for label, count in counts.items()}
    shift = math.log(totals["negative"] / totals["positive"])
    positive, negative = counts["positive"], counts["negative"]
    return {run: math.log((positive[run] + 1) / (negative[run] + 1)) + shift for run in known}


def _run(stack: Sequence[str]) -> str:
    """The last words, as one feature."""
    return " ".join(stack[-_ORDER:])


class Bayes(WordReward):
    """The probability of "positive" (or "negative") under naive Bayes, both equally likely beforehand.

        score = sigmoid(+- sum over the words of ln p(w | positive) / p(w | negative))

    with w a word and the one before it. Range [0, 1], 0 for a text without words; what the reviews lack says nothing.
    Source: Maron, "Automatic Indexing: An Experimental Inquiry" (1961).

    Args:
        label: "positive", "negative", or "reference": the example's first reference names it.

    >>> from textgym.rewards.evaluate import score_text
    >>> good, bad = (score_text(Bayes(), f"the camera was {word}") for word in ("excellent", "useless"))
    >>> good > 0.8 > 0.2 > bad
    True
    """

    name: ClassVar[str] = "classifier"

    def __init__(self, label: str = "positive") -> None:
        super().__init__()
        self.label = str(label).casefold()
        if self.label not in (*LABELS, "reference"):
            raise unknown("label", label, (*LABELS, "reference"))
        self._sign, self._sums = 1.0, [0.0]  # after each word: sums that are taken back exactly

    def begin(self, example: Example) -> None:
        wanted = example.references[0].casefold() if self.label == "reference" else self.label
        if wanted not in LABELS:
            raise unknown("label", wanted, LABELS)
        self._sign, self._sums = 1.0 if wanted == "positive" else -1.0, [0.0]

    def add(self, word: str) -> None:
        self._sums.append(self._sums[-1] + _odds().get(_run([*self.stack[1 - _ORDER :], word]), 0.0))

    def remove(self, word: str) -> None:
        self._sums.pop()

    def score(self) -> float:
        return 0.5 * (1.0 + math.tanh(0.5 * self._sign * self._sums[-1])) if self.stack else 0.0
