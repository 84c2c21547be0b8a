"""The scorer of TER: texts and references as rows of numbers, walked by `textgym.kernels.ter`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.kernels import ter as kernel
from textgym.kernels import ter_path, ter_rows, ter_shifts, ter_weigh
from textgym.rewards.base import RewardContext, Scorer
from textgym.text.sacrebleu_words import TerWords
from textgym.text.stream import START, word_stream
from textgym.text.words import official
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
        self._most, self._limbs = 1, 1  # references of an example, limbs of a reference
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
            self.stream.info, self.stream.pool, self.goals, self.texts, self.scores, self._cells, self._beams,
            self._notes, self._kept, self._trial
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
        shape, limbs = (self.num_rows, self._most * ter_shifts.TURNS), self._limbs
        trial = ter_weigh.TRIAL + ter_weigh.ROWS * limbs
        self._cells: Ints = np.zeros((*shape, self.texts.shape[2], ter_rows.CELLS + ter_rows.LIMB * limbs), np.int64)
        beams = ter_rows.BEAMS + ter_rows.MASKS * limbs
        self._beams: Ints = np.zeros((self.num_rows, self._most, self.texts.shape[2], beams), np.int64)
        self._notes: Ints = np.zeros((*shape, ter_path.ALIGNED + 2 * ter_rows.BITS * limbs), np.int64)
        self._kept: Ints = np.zeros((*shape, ter_weigh.MAX_KEPT, trial), np.int64)
        self._trial: Ints = np.zeros((ter_weigh.MAX_CANDIDATES, trial), np.int64)
        self.texts[:, 1, 1] = -1  # what was kept of them is gone

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
        # sacrebleu takes references apart twice, `_cache_references` and `_extract_reference_info`: it can matter.
        words, ends = self.stream.read([" ".join(official(self.words, text)) for text in references])
        ids, lengths = words.tolist(), np.diff(ends, prepend=0).tolist()
        numbers = np.array([ids.index(word) for word in ids], dtype=np.int64)
        limbs = max(1, -(-max(lengths) // ter_rows.BITS))
        places = [_places(part, len(ids), limbs) for part in np.split(numbers, ends[:-1])]
        goal = np.concatenate([[len(lengths), len(ids), limbs], lengths, ids, *places]).astype(np.int64)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[references] = goal
        if len(goal) > self.goals.shape[1]:
            self.goals = np.pad(self.goals, ((0, 0), (0, 2 * len(goal) - self.goals.shape[1])))
        if limbs > self._limbs or len(lengths) > self._most:
            self._most, self._limbs = max(len(lengths), self._most), max(limbs, self._limbs)
            self._make_room(self.texts.shape[2])
        return goal


def _places(numbers: Ints, num_words: int, limbs: int) -> Ints:
    """Where each of `num_words` numbers stands in a reference, as bits; and from its end (words * limbs * 2,)."""
    places = np.zeros((num_words, limbs, 2), dtype=np.int64)
    for side, order in enumerate((numbers, numbers[::-1])):
        for at, number in enumerate(order.tolist()):
            places[number, at // ter_rows.BITS, side] |= 1 << at % ter_rows.BITS
    return places.ravel()


def _restored(context: RewardContext, num_rows: int, words: TerWords, snapshots: list[Any]) -> TerScorer:
    scorer = TerScorer(context, num_rows, words)
    for row, (references, state) in enumerate(snapshots):
        scorer.set_state(row, Example("", "", references), state)
    return scorer
