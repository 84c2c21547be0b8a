"""The scorer of the rewards of form: rows of numbers, walked by `textgym.kernels.forms`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.kernels import forms as kernel
from textgym.kernels import lexer
from textgym.rewards.base import RewardContext, Scorer, View
from textgym.rewards.symbols import Symbols, TokenSymbols, symbols
from textgym.text.detokenize import Detokenizer
from textgym.types import Example

_ROOM = 1 << 7  # of a table of n-grams, at first


class FormScorer(Scorer):
    """Repetition, diversity or length of `num_rows` texts.

    A token whose text does not depend on those before it is read by the kernel. Others go through the detokenizer: what
    they settle is read likewise, and what is still open is read into a row of its own when there is to be a score.

    Args:
        context: the tokenizer is taken from it.
        kind: `kernel.REPETITION`, `DIVERSITY` or `LENGTH`.
        orders: of the n-grams that are counted.
        unit: of the length, `kernel.IN_WORDS` or `IN_CHARACTERS`.
        band: the lengths for an example.
    """

    def __init__(
        self,
        context: RewardContext,
        num_rows: int,
        kind: int,
        orders: Sequence[int] = (),
        unit: int = kernel.IN_WORDS,
        band: Callable[[Example], tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(num_rows)
        self._orders = tuple(orders)
        self._arguments = context, num_rows, kind, self._orders, unit, band
        self.kind, self.unit, self.band = kind, unit, band
        self.detokenizer = Detokenizer(context.codec)
        self.tokens = TokenSymbols(self.detokenizer)
        self.orders = np.array(orders, dtype=np.int64)
        spare = num_rows + 1  # the last one is for texts with what is open
        self.rows = np.zeros((spare, lexer.COUNTS + len(orders)), dtype=np.int64)
        self.grams = np.zeros((spare, len(orders), _ROOM), dtype=np.int64)
        self.bands = np.ones((spare, 2))
        self.odd = np.zeros(spare, dtype=np.bool_)
        self._all = np.ones(num_rows, dtype=np.bool_)
        self._states: list[Any] = [self.detokenizer.start] * num_rows
        self._tails: dict[int, Symbols] = {}
        for row in range(num_rows):
            self._clear(row)

    def reset(self, row: int, example: Example) -> None:
        self._clear(row)
        if self.band is not None:
            self.bands[row] = self.band(example)

    def push(self, row: int, token: int) -> None:
        self.push_tokens(row, np.array([token], dtype=np.int64))

    def push_tokens(self, row: int, tokens: NDArray[np.int64]) -> None:
        """Row `row` grows by `tokens`, in order."""
        done = 0
        while (done := kernel.push_tokens(*self._texts(), row, tokens, done)) < len(tokens):
            done += self._help(row, tokens.item(done))

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        ids = np.ascontiguousarray(tokens, dtype=np.int64)
        if ids.shape != (self.num_rows,):
            raise ValueError(f"tokens: got shape {ids.shape}, allowed is ({self.num_rows},)")
        chosen = self._all if active is None else np.ascontiguousarray(active)
        row = 0
        while (row := kernel.push_rows(*self._texts(), ids, chosen, row)) < self.num_rows:
            row += self._help(row, ids.item(row))

    def score(self, row: int) -> float:
        if row in self._tails:
            return self._score_with(row, self._tails[row])
        return float(kernel.score_row(*self._counts(), row, self.kind, self.unit))

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        which, scores = np.ascontiguousarray(rows, dtype=np.int64), np.empty(len(rows))
        kernel.score_rows(*self._counts(), which, self.kind, self.unit, scores)
        if self._tails:
            for place, row in enumerate(which.tolist()):
                if row in self._tails:
                    scores[place] = self._score_with(row, self._tails[row])
        return scores

    def step(self, row: int, token: int) -> float:
        done = False
        while not done:
            score: float = kernel.step_row(*self._texts(), self.bands, row, token, self.kind, self.unit)
            if score >= 0.0:
                return score
            done = self._help(row, token)
        return self.score(row)

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        self.reset(row, example)
        self.push_tokens(row, np.ascontiguousarray(tokens, dtype=np.int64))

    def view(self, others: Mapping[str, Scorer]) -> tuple[list[str], View] | None:
        told = [name for name, other in others.items() if self._counts_alike(other)]
        return (told, partial(self._repeated, len(told))) if told else None

    def _counts_alike(self, other: Scorer) -> bool:
        if type(other) is not FormScorer or type(self) is not FormScorer or self.kind == kernel.LENGTH:
            return False
        return (self.kind, self._orders) == (other.kind, other._orders)

    def _repeated(self, count: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.tile(self.score_rows(rows), (count, 1))

    def get_state(self, row: int) -> Any:
        """A snapshot: (detokenizer's state, what is read, n-grams); it means the same in any process."""
        return self._states[row] if self.odd[row] else None, self.rows[row].copy(), self.grams[row].copy()

    def set_state(self, row: int, example: Example, state: Any) -> None:
        self.reset(row, example)
        pending, cells, grams = state
        while grams.shape[1] > self.grams.shape[2]:
            self._make_room()
        self.rows[row] = cells
        kernel.enter(self.grams, row, grams)
        self._pend(row, self.detokenizer.settled if pending is None else pending)

    def __reduce__(self) -> Any:
        rows = range(self.num_rows)
        return _restored, (self._arguments, self.bands, [self.get_state(row) for row in rows])

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # The context holds the tokenizer and the corpus, which are shared.
        make, arguments = self.__reduce__()
        return make(*arguments)

    # --- texts ---

    def _texts(self) -> tuple[NDArray[Any], ...]:
        return self.rows, self.grams, self.orders, self.tokens.places, self.tokens.pool, self.odd

    def _counts(self) -> tuple[NDArray[Any], ...]:
        return self.rows, self.grams, self.orders, self.bands

    def _clear(self, row: int) -> None:
        kernel.clear(self.rows, self.grams, row)
        self._pend(row, self.detokenizer.start)

    def _pend(self, row: int, state: Any) -> None:
        """The detokenizer is in this state behind the text of row `row`."""
        self.odd[row] = state != self.detokenizer.settled
        self._states[row] = state
        text = self.detokenizer.tail(state) if self.odd[row] else ""
        tail, words = _tail(text)
        self.rows[row, lexer.TAIL] = 0 if words else len(tail)
        if words:
            self._tails[row] = tail
        elif self._tails:
            self._tails.pop(row, None)

    def _help(self, row: int, token: int) -> bool:
        """What the kernel cannot do for a token of row `row`; whether the token is done with."""
        place = self.tokens.place(token)
        if place == kernel.UNKNOWN:
            self.tokens.look_up(token)
            return False
        if place != kernel.ODD and not self.odd[row]:
            self._make_room()
            return False
        before = self._states[row] if self.odd[row] else self.detokenizer.settled
        state, closed, _ = self.detokenizer.step(before, token)
        if closed:
            self._read(row, symbols(closed))
        self._pend(row, state)
        return True

    def _read(self, row: int, text: Symbols) -> None:
        while not kernel.read_row(self.rows, self.grams, self.orders, row, text, len(text)):
            self._make_room()

    def _score_with(self, row: int, tail: Symbols) -> float:
        """The score of row `row` with the open text behind it."""
        spare = self.num_rows
        self.rows[spare], self.grams[spare], self.bands[spare] = self.rows[row], self.grams[row], self.bands[row]
        self._read(spare, tail)
        return self.score(spare)

    def _make_room(self) -> None:
        """Tables of twice the size."""
        old = self.grams
        self.grams = np.zeros((*old.shape[:2], 2 * old.shape[2]), dtype=np.int64)
        for row, grams in enumerate(old):
            kernel.enter(self.grams, row, grams)


@lru_cache(maxsize=1 << 10)
def _tail(text: str) -> tuple[Symbols, bool]:
    """Open text as symbols, and whether there may be words in it: other characters part words, and no more."""
    found = symbols(text)
    return found, bool((found >> 24 != lexer.OTHER).any())


def _restored(arguments: Any, bands: NDArray[np.float64], states: list[Any]) -> FormScorer:
    scorer = FormScorer(*arguments)
    for row, state in enumerate(states):
        scorer.set_state(row, Example("", "", ("",)), state)
    scorer.bands[:] = bands
    return scorer
