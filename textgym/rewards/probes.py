"""The scores of the probes, whose optimal values are known."""

from __future__ import annotations

import hashlib
import math
import re
from abc import abstractmethod
from collections.abc import Sequence

from textgym.rewards.words import WordReward
from textgym.types import Example


class WordsReward(WordReward):
    """A score of the words so far, between white space, against those of the first reference; 0 if that has none."""

    stepwise = False
    pattern = re.compile(r"\S+")
    reach = 0
    fold = False

    def __init__(self) -> None:
        super().__init__()
        self._wanted: tuple[str, ...] = ()
        self._totals = [0.0]  # up to each word
        self._example = Example("", "", ("",))

    def begin(self, example: Example) -> None:
        """Begin on the first reference of `example`."""
        self._example, self._wanted, self._totals = example, tuple(example.references[0].split()), [0.0]

    def add(self, word: str) -> None:
        """One word more; behind as many as the reference has it does not count."""
        total = self._totals[-1]
        self._totals.append(self.plus(total, word) if len(self.stack) < len(self._wanted) else total)

    def remove(self, word: str) -> None:
        """One word less."""
        self._totals.pop()

    def plus(self, total: float, word: str) -> float:
        """The total behind one word more: how many words are in their right place."""
        return total + (word == self._wanted[len(self.stack)])

    def score(self) -> float:
        """The score of the text so far."""
        return self.value() if self._wanted else 0.0

    @abstractmethod
    def value(self) -> float:
        """The score, there being words to find."""


class Delay(WordsReward):
    """1 once there are as many words as in the reference, if the *first* of them was right; else 0.

        score = [words >= k and word_1 = reference_1],    k the length of the reference

    Range: 0 or 1. Source: the umbrella chain, a probe of credit assignment, of Osband et al., "Behaviour Suite for
    Reinforcement Learning" (2020).

    >>> from textgym.rewards.evaluate import score_text
    >>> [score_text(Delay(), text, reference="a b c") for text in ("a", "a x", "a x x", "b b c")]
    [0.0, 0.0, 1.0, 0.0]
    """

    name = "delay"

    def value(self) -> float:
        """Paid with the last word, earned by the first."""
        return float(len(self.stack) >= len(self._wanted) and self._totals[1])


class Needle(WordsReward):
    """1 for a text that begins with the reference, 0 for all others.

        score = [word_i = reference_i for all i <= k],    k the length of the reference

    Range: 0 or 1. Source: the combination lock, a probe of exploration: Kakade, "On the Sample Complexity of
    Reinforcement Learning" (2003); as Deep Sea in Osband et al., "Behaviour Suite for Reinforcement Learning" (2020).

    >>> from textgym.rewards.evaluate import score_text
    >>> [score_text(Needle(), text, reference="a b c") for text in ("a b", "a b c", "a b c d", "a c b")]
    [0.0, 1.0, 1.0, 0.0]
    """

    name = "needle"

    def value(self) -> float:
        """All or nothing."""
        return float(self._totals[-1] == len(self._wanted))


class Noise(WordsReward):
    """The share of words in their right place, and noise on each.

        score = (1/k) * sum over the first k words of ([word right] + sigma * e),   e of mean 0 and variance 1

    k is the length of the reference, sigma ``meta["noise"]``, 0 where the example has none. e is a hash of the example
    and the words up to here, uniform: the same episode has the same rewards, and nothing else predicts them.

    Range [-sqrt(3) sigma, 1 + sqrt(3) sigma], in the mean [0, 1]. Source: the reward noise of Osband et al., "Behaviour
    Suite for Reinforcement Learning" (2020), uniform instead of normal.

    >>> from textgym.rewards.evaluate import score_text
    >>> still, loud = (Example("0", "", ("a b",), {"noise": sigma}) for sigma in (0.0, 0.5))
    >>> score_text(Noise(), "a x", still)
    0.5
    >>> score_text(Noise(), "a x", loud)        # 0.5 + 0.5 / 2 * (e_1 + e_2)
    -0.022...
    """

    name = "noise"

    def plus(self, total: float, word: str) -> float:
        """The right words, and the noise of every prefix."""
        total, sigma = super().plus(total, word), float(self._example.meta.get("noise", 0.0))
        return total + sigma * _noise(self._example.id, [*self.stack, word]) if sigma else total

    def value(self) -> float:
        """The total over the words of the reference."""
        return self._totals[-1] / len(self._wanted)


def _noise(example_id: str, words: Sequence[str]) -> float:
    """Uniform with mean 0 and variance 1, a function of its arguments."""
    digest = hashlib.blake2b(f"{example_id}|{' '.join(words)}".encode(), digest_size=8).digest()
    return math.sqrt(3.0) * (2.0 * (int.from_bytes(digest, "little") / 2**64) - 1.0)
