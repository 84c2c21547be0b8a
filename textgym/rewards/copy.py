"""How far a text copies its reference."""

from __future__ import annotations

from collections.abc import Sequence

from textgym.rewards.base import Reward, TokenStep
from textgym.types import Example


class Copy(Reward):
    """The longest correct beginning, in words, over the number of words of the reference; the best reference counts.

        score = max over references of (words right in order from the first) / (words of the reference)

    Range [0, 1]; 1 for the reference itself and for any text that begins with it. Source: this library, for the copy
    task of Graves et al., "Neural Turing Machines" (2014).

    >>> reward = Copy()
    >>> reward.reset(Example("0", "a b c d", ("a b c d",)))
    >>> reward.push(TokenStep(5, 0, "a b d", 0))
    >>> reward.score()
    0.5
    """

    name = "copy"
    stepwise = False

    def __init__(self) -> None:
        self._references: list[list[str]] = []
        self._text = ""

    def reset(self, example: Example) -> None:
        """Begin on the references of `example`."""
        self._references, self._text = [reference.split() for reference in example.references], ""

    def push(self, step: TokenStep) -> None:
        """Take the text as it stands."""
        self._text = step.text

    def score(self) -> float:
        """The share of the reference that is right so far."""
        words = self._text.split()
        return max(_right(words, reference) / len(reference) for reference in self._references)


def _right(words: Sequence[str], reference: Sequence[str]) -> int:
    count = 0
    for word, wanted in zip(words, reference, strict=False):
        if word != wanted:
            break
        count += 1
    return count
