"""Form: does the text repeat itself, how varied is it, how long is it."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import ClassVar

from textgym.errors import check_choice, check_int
from textgym.rewards.base import RewardContext, Scorer, TokenStep
from textgym.rewards.shared import Shared
from textgym.rewards.words import WordReward, words
from textgym.text.codec import Codec
from textgym.types import Example

_MOST = 2**53  # of a length; a float has all integers up to here


class _NgramCounts(WordReward):
    """Counts of word n-grams: for each n, how many there are and how many different ones."""

    stepwise: ClassVar[bool] = False

    def __init__(self, orders: tuple[int, ...]) -> None:
        super().__init__()
        self.orders = orders
        self._counts: dict[tuple[str, ...], int] = {}
        self._distinct = dict.fromkeys(orders, 0)

    def begin(self, example: Example) -> None:
        self._counts = defaultdict(int)
        self._distinct = dict.fromkeys(self.orders, 0)

    def add(self, word: str) -> None:
        for n in self.orders:
            if len(self.stack) >= n - 1:
                gram = (*self.stack[len(self.stack) - n + 1 :], word)
                self._counts[gram] += 1
                self._distinct[n] += self._counts[gram] == 1

    def remove(self, word: str) -> None:
        for n in self.orders:
            if len(self.stack) >= n - 1:
                gram = (*self.stack[len(self.stack) - n + 1 :], word)
                self._counts[gram] -= 1
                if not self._counts[gram]:
                    del self._counts[gram]
                    self._distinct[n] -= 1

    def distinct_share(self, n: int) -> float:
        """Different n-grams per n-gram; 1 where there are none."""
        total = len(self.stack) - n + 1
        return self._distinct[n] / total if total > 0 else 1.0


class Repetition(_NgramCounts):
    """The share of word n-grams that occurred earlier in the text.

        score = 1 - distinct n-grams / n-grams

    Range [0, 1], 0 for a text without a repeated n-gram; give it a negative weight. Source: the "rep-n" of
    Su et al., "A Contrastive Framework for Neural Text Generation" (2022), as a share instead of per cent.

    Args:
        n: words in an n-gram.

    >>> from textgym.rewards.evaluate import score_text
    >>> score_text(Repetition(n=2), "the cat and the cat and the dog")    # 4 different bigrams of 7
    0.428...
    """

    name: ClassVar[str] = "repetition"

    def __init__(self, n: int = 3) -> None:
        self.n = check_int("n", n, 1, 16)
        super().__init__((self.n,))

    def score(self) -> float:
        return 1.0 - self.distinct_share(self.n)

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym.kernels import forms
        from textgym.rewards.form_scorer import FormScorer

        if type(self) is not Repetition:  # it may have other words, or another score
            return super().scorer(context, num_rows)
        return FormScorer(context, num_rows, forms.REPETITION, (self.n,))


class Diversity(_NgramCounts):
    """Distinct-n: different word n-grams per n-gram.

        score = mean over the given n of distinct n-grams / n-grams

    Range [0, 1]; 0 for a text without words, 1 for one that repeats nothing. Orders longer than the text are
    left out. Source: Li et al., "A Diversity-Promoting Objective Function" (2016).

    Args:
        orders: the n that are averaged over.

    >>> from textgym.rewards.evaluate import score_text
    >>> score_text(Diversity(orders=(1, 2)), "the cat the cat")           # (2/4 + 2/3) / 2
    0.583...
    """

    name: ClassVar[str] = "diversity"

    def __init__(self, orders: tuple[int, ...] = (1, 2, 3)) -> None:
        checked = tuple(check_int("orders", n, 1, 16) for n in orders)
        if not checked or len(set(checked)) < len(checked):
            raise ValueError(f"orders: got {orders!r}, allowed are different integers from 1 to 16, at least one")
        super().__init__(checked)

    def score(self) -> float:
        shares = [self.distinct_share(n) for n in self.orders if n <= len(self.stack)]
        return sum(shares) / len(shares) if shares else 0.0

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym.kernels import forms
        from textgym.rewards.form_scorer import FormScorer

        if type(self) is not Diversity:  # as above
            return super().scorer(context, num_rows)
        return FormScorer(context, num_rows, forms.DIVERSITY, self.orders)


class Length(WordReward):
    """How well the length of the text fits: 1 inside a band, falling in a straight line to 0 outside.

        score = n / low                     for n < low
              = 1                           for low <= n <= high
              = max(0, 1 - (n - high)/low)  for n > high

    Range [0, 1]. Without a band or a target, the band is that of the references' lengths. Source: the
    piecewise-linear length reward is common in summarisation; the form is this library's.

    Args:
        low, high: the band, both given or none.
        target: the same as low = high = target.
        unit: "words", "characters" or "tokens" (those that put text).

    >>> from textgym.rewards.evaluate import score_text
    >>> [score_text(Length(target=4), "word " * n) for n in (1, 4, 6, 9)]
    [0.25, 1.0, 0.5, 0.0]
    """

    name: ClassVar[str] = "length"

    def __init__(
        self, low: int | None = None, high: int | None = None, target: int | None = None, unit: str = "words"
    ) -> None:
        super().__init__()
        check_choice("unit", unit, ("words", "characters", "tokens"))
        if target is not None:
            if low is not None or high is not None:
                raise ValueError(f"target: got {target!r} besides low={low!r}, high={high!r}; give a band or a target")
            low = high = check_int("target", target, 1, _MOST)
        if (low is None) != (high is None):
            raise ValueError(f"low, high: got {low!r}, {high!r}, allowed are both or none")
        if low is not None and high is not None:
            low = check_int("low", low, 1, _MOST)
            high = check_int("high", high, low, _MOST)
        self.band, self.unit = None if low is None or high is None else (low, high), unit
        self._low, self._high, self._size = 1, 1, 0
        self._codec: Shared[Codec] | None = None

    def bind(self, context: RewardContext) -> None:
        self._codec = Shared(context.codec)

    def begin(self, example: Example) -> None:
        self._size = 0
        self._low, self._high = self.band_of(example)

    def band_of(self, example: Example) -> tuple[int, int]:
        """The band that is given, or that of the lengths of an example's references."""
        if self.band is not None:
            return self.band
        lengths = [max(1, self._measure(text)) for text in example.references] or [1]
        return min(lengths), max(lengths)

    def push(self, step: TokenStep) -> None:
        if self.unit == "words":
            super().push(step)
            self._size = len(self.stack)
        elif self.unit == "characters":
            self._size = len(step.text)
        elif self._codec is None or not self._codec.value.silent[step.token]:
            self._size += 1

    def add(self, word: str) -> None:
        pass

    def remove(self, word: str) -> None:
        pass

    def score(self) -> float:
        if self._size < self._low:
            return self._size / self._low
        return max(0.0, 1.0 - max(0, self._size - self._high) / self._low)

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        from textgym.kernels import forms
        from textgym.rewards.form_scorer import FormScorer

        if type(self) is not Length or self.unit == "tokens":
            return super().scorer(context, num_rows)
        unit = forms.IN_WORDS if self.unit == "words" else forms.IN_CHARACTERS
        return FormScorer(context, num_rows, forms.LENGTH, (), unit, copy.copy(self).band_of)

    def _measure(self, text: str) -> int:
        if self.unit == "words":
            return len(words(text))
        if self.unit == "characters" or self._codec is None:
            return len(text)
        return len(self._codec.value.encode(text))
