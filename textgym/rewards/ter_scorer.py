"""The scorer of TER: texts and references as rows of numbers, walked by `textgym.kernels.ter`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.kernels import ter as kernel
from textgym.kernels import ter_grids, ter_rows, ter_shifts
from textgym.rewards.base import RewardContext, Scorer
from textgym.text.sacrebleu_words import TerWords
from textgym.text.stream import START, word_stream
from textgym.types import Example

Ints = NDArray[np.int64]
_REMEMBERED = 1 << 12  # examples whose references are kept as numbers


class TerScorer(Scorer):
    """1 - TER of `num_rows` texts.

    A token that changes no word costs next to nothing; the words that no reference has are all alike. What was worked
    out for a text is kept for the next one, see `textgym.kernels.ter_shifts`; snapshots leave it out.

    Args:
        context: the codec is taken from it.
        words: how TER cuts words.
    """

    def __init__(self, context: RewardContext, num_rows: int, words: TerWords) -> None:
        super().__init__(num_rows)
        self.context, self.words = context, words
        self.stream = word_stream(context.codec, words)
        self.texts: Ints = np.zeros((num_rows, 2, 64), dtype=np.int64)
        self.goals: Ints = np.zeros((num_rows, 64), dtype=np.int64)
        self.scores = np.zeros(num_rows)
        self.references: list[tuple[str, ...]] = [("",)] * num_rows
        self._known: dict[tuple[str, ...], Ints] = {}
        self._trial: Ints = np.zeros((ter_grids.MAX_CANDIDATES, ter_rows.WIDE), dtype=np.int64)
        self._most, self._longest = 1, 0  # references of an example, words of a reference
        self._make_room(64)
        self.stream.register(self)
        for row in range(num_rows):
            self._reset(row, ("",))

    def states(self) -> Ints:
        """The stream states of all rows (N,), a view."""
        return self.texts[:, 0, 0]

    def reset(self, row: int, example: Example) -> None:
        self._reset(row, example.references)

    def push(self, row: int, token: int) -> None:
        while (need := kernel.push_row(*self._stream(), self.goals, self.texts, row, token)) != kernel.DONE:
            self._supply(row, token, need)

    def score(self, row: int) -> float:
        while kernel.score_row(*self._work(), row) != kernel.DONE:
            self._make_room(2 * self.texts.shape[2])
        return self.scores.item(row)

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        ids = np.ascontiguousarray(tokens, dtype=np.int64)
        if ids.shape != (self.num_rows,):
            raise ValueError(f"tokens: got shape {ids.shape}, allowed is ({self.num_rows},)")
        chosen = np.ones(self.num_rows, dtype=np.bool_) if active is None else np.ascontiguousarray(active)
        row, need = 0, kernel.DONE
        while row < self.num_rows:
            row, need = kernel.push_rows(*self._stream(), self.goals, self.texts, ids, chosen, row)
            if need != kernel.DONE:
                self._supply(row, ids.item(row), need)

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        which, done = np.ascontiguousarray(rows, dtype=np.int64), 0
        while (done := kernel.score_rows(*self._work(), which, done)) < len(which):
            self._make_room(2 * self.texts.shape[2])
        return self.scores[which]

    def get_state(self, row: int) -> Any:
        """A snapshot: (stream key, numbers of the closed words); it means the same in any process."""
        state, count = self.texts[row, 0, :2].tolist()
        return self.stream.key(state), self.texts[row, 0, 2 : 2 + count].copy()

    def set_state(self, row: int, example: Example, state: Any) -> None:
        key, numbers = state
        self._reset(row, example.references)
        if 2 + len(numbers) > self.texts.shape[2]:
            self._make_room(2 * len(numbers))
        self.texts[row, 0, 0] = self.stream.state(key)
        self.texts[row, 0, 1] = len(numbers)
        self.texts[row, 0, 2 : 2 + len(numbers)] = numbers

    def __reduce__(self) -> Any:
        snapshots = [(self.references[row], self.get_state(row)) for row in range(self.num_rows)]
        return _restored, (self.context, self.num_rows, self.words, snapshots)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # The context holds the tokenizer and the corpus, which are shared.
        make, arguments = self.__reduce__()
        return make(*arguments)

    # --- arrays ---

    def _stream(self) -> tuple[NDArray[np.int32], ...]:
        return self.stream.table, self.stream.info, self.stream.pool, self.stream.breaks

    def _work(self) -> tuple[NDArray[Any], ...]:
        return (
            self.stream.info, self.stream.pool, self.goals, self.texts, self.scores, self._grids, self._lines,
            self._cells, self._notes, self._trial
        )  # fmt: skip

    def _supply(self, row: int, token: int, need: int) -> None:
        if need == kernel.MISSING:
            self.stream.resolve(self.texts.item(row, 0, 0), token)
        else:
            self._make_room(2 * self.texts.shape[2])

    def _make_room(self, width: int) -> None:
        """Texts of up to `width - 2` words, and what is needed to score them."""
        if width > self.texts.shape[2]:
            self.texts = np.pad(self.texts, ((0, 0), (0, 0), (0, width - self.texts.shape[2])))
        width, slots = self.texts.shape[2], self._most * ter_shifts.TURNS
        self._cells: Ints = np.zeros((self.num_rows, slots, width, ter_rows.CELLS), dtype=np.int64)
        self._notes: Ints = np.zeros((self.num_rows, slots, ter_rows.NOTES), dtype=np.int64)
        self.texts[:, 1, 1] = -1  # what was kept of them is gone
        self._make_grids()

    def _make_grids(self) -> None:
        width = self.texts.shape[2]
        self._grids = np.zeros((3, width, self._longest + 1), dtype=np.int32)
        self._lines = np.zeros((8, max(width, self._longest + 2)), dtype=np.int32)

    def _reset(self, row: int, references: tuple[str, ...]) -> None:
        goal = self._known.get(references)
        if goal is None:
            goal = self._prepare(references)
        self.references[row] = references
        self.goals[row, : len(goal)] = goal
        self.texts[row, 0, :2] = START, 0
        self.texts[row, 1, 1] = -1

    def _prepare(self, references: tuple[str, ...]) -> Ints:
        """The references as a row of `goals`, with room made for them."""
        if not references:
            raise ValueError("references: got none, allowed is at least one text to compare with")
        words, ends = self.stream.read(references)
        ids, lengths = words.tolist(), np.diff(ends, prepend=0).tolist()
        numbers = np.array([ids.index(word) for word in ids], dtype=np.int64)
        places = [_places(part, len(ids)) for part in np.split(numbers, ends[:-1])]
        goal = np.concatenate([[len(lengths), len(ids)], lengths, ids, numbers, *places]).astype(np.int64)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[references] = goal
        if len(goal) > self.goals.shape[1]:
            self.goals = np.pad(self.goals, ((0, 0), (0, 2 * len(goal) - self.goals.shape[1])))
        if max(lengths) > self._longest:
            self._longest = max(lengths)
            self._make_grids()
        if len(lengths) > self._most:
            self._most = len(lengths)
            self._make_room(self.texts.shape[2])
        return goal


def _places(numbers: Ints, num_words: int) -> Ints:
    """Where each of `num_words` numbers stands in a reference, as bits; and counted from its end (2 * num_words,)."""
    places = np.zeros((2, num_words), dtype=np.int64)
    if len(numbers) <= ter_rows.LONGEST:
        bits = np.left_shift(1, np.arange(len(numbers), dtype=np.int64))
        np.bitwise_or.at(places[0], numbers, bits)
        np.bitwise_or.at(places[1], numbers, bits[::-1])
    return places.ravel()


def _restored(context: RewardContext, num_rows: int, words: TerWords, snapshots: list[Any]) -> TerScorer:
    scorer = TerScorer(context, num_rows, words)
    for row, (references, state) in enumerate(snapshots):
        scorer.set_state(row, Example("", "", references), state)
    return scorer
