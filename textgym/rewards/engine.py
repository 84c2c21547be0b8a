"""Scorers that count n-grams: texts as rows of integers, references as an index, both walked by the kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from textgym import kernels
from textgym.rewards.base import RewardContext, Scorer, View
from textgym.text.codec import Codec
from textgym.text.stream import START, word_stream
from textgym.text.words import Words
from textgym.types import Example

Ints = NDArray[np.int32]
_POOL_LIMIT = 1 << 24  # index elements, 64 MiB, before examples that no row works on are forgotten
_NOTHING = ("",)  # what a row works on before its first reset


class Engine:
    """Rows of one metric over one way to cut words: the stream, the index of references, the counts.

    Args:
        orders: the longest n-gram that is counted.
        merged: all references share one clip count per n-gram, the largest (BLEU).
        mode: 0, `kernels.LCS` or `kernels.PREFIX`.
    """

    def __init__(
        self, codec: Codec, words: Words, num_rows: int, orders: int, merged: bool = False, mode: int = 0
    ) -> None:
        self.codec, self.words, self.num_rows = codec, words, num_rows
        self.orders, self.merged, self.mode = orders, merged, mode
        self.stream = word_stream(codec, words)
        self.index: Ints = np.zeros(1 << 12, dtype=np.int32)
        self.rows: Ints = np.zeros((num_rows, 96), dtype=np.int32)
        self._filled = 0
        self._entries: dict[tuple[str, ...], int] = {}
        self._all_active = np.ones(num_rows, dtype=np.bool_)
        self.version = 0  # of all arrays together
        self._seen, self._age = self.stream.version, self.stream.age
        self.stream.register(self)
        self.reset_rows(range(num_rows), [_NOTHING] * num_rows)

    def states(self) -> Ints:
        """The stream states of all rows (N,), a view."""
        return self.rows[:, kernels.STATE]

    def sync(self) -> bool:
        """Whether an array has been replaced since the last call."""
        if self._seen == self.stream.version:
            return False
        self._seen = self.stream.version
        return True

    def arrays(self) -> tuple[Ints, ...]:
        """(table, pool, breaks, index, rows): the leading arguments of the kernels."""
        stream = self.stream
        if self._age != stream.age:
            self._age = stream.age
            kernels.enter_all(stream.info, self.rows)
        return stream.table, stream.pool, stream.breaks, self.index, self.rows

    def resolve(self, row: int, token: int) -> None:
        """Work out the transition that row `row` lacks for `token`."""
        self.stream.resolve(self.rows.item(row, kernels.STATE), token)

    # --- texts ---

    def reset(self, row: int, references: tuple[str, ...]) -> None:
        """Row `row` starts afresh on its references."""
        entry = self._entries.get(references)
        if entry is None:
            (entry,) = self._prepare((references,))
        kernels.reset_row(self.stream.info, self.index, self.rows, row, entry, START)

    def reset_rows(self, which: Sequence[int], references: Sequence[tuple[str, ...]]) -> None:
        """Rows `which` start afresh, each on its references."""
        entries = [self._entries.get(refs) for refs in references]
        if None in entries:
            entries = self._prepare(references)  # type: ignore[assignment]
        places = np.array(entries, dtype=np.int64)
        kernels.reset_rows(self.stream.info, self.index, self.rows, np.array(which, dtype=np.int64), places, START)

    def references(self) -> list[tuple[str, ...]]:
        """What each row works on (N,)."""
        found = {entry: refs for refs, entry in self._entries.items()}
        return [found[entry] for entry in self.rows[:, kernels.ENTRY].tolist()]

    def expect(self, references: Sequence[tuple[str, ...]]) -> None:
        """Rows may soon start on these references: those that are any are indexed, if none must be forgotten for it."""
        missing = [refs for refs in dict.fromkeys(references) if refs and refs not in self._entries]
        if missing:
            self._enter(missing)

    def push(self, row: int, token: int) -> None:
        """Row `row` grows by one token."""
        while not kernels.push_row(*self.arrays(), row, token):
            self.resolve(row, token)

    def push_all(self, tokens: NDArray[Any], active: NDArray[np.bool_] | None) -> None:
        """Each active row grows by its token."""
        ids, chosen = self.batch(tokens, active)
        done = 0
        while (done := kernels.push_rows(*self.arrays(), ids, chosen, done)) < self.num_rows:
            self.resolve(done, ids.item(done))

    def push_tokens(self, row: int, tokens: NDArray[Any]) -> None:
        """Row `row` grows by `tokens`, in order."""
        ids = np.ascontiguousarray(tokens, dtype=np.int64)
        done = 0
        while (done := kernels.push_tokens(*self.arrays(), row, ids, done)) < len(ids):
            self.resolve(row, ids.item(done))

    def push_texts(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> None:
        """Each row i of the first ones grows by the first `lengths[i]` of `tokens[i]` (n, T), in order."""
        ids, done = np.ascontiguousarray(tokens, dtype=np.int64), np.zeros(len(tokens), dtype=np.int64)
        counts, row = np.ascontiguousarray(lengths, dtype=np.int64), 0
        while (row := kernels.push_texts(*self.arrays(), ids, counts, done, row)) < len(ids):
            self.resolve(row, ids.item(row, done.item(row)))

    def batch(
        self, tokens: NDArray[Any], active: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Tokens and mask as the kernels take them."""
        ids = np.ascontiguousarray(tokens, dtype=np.int64)
        if ids.shape != (self.num_rows,):
            raise ValueError(f"tokens: got shape {ids.shape}, allowed is ({self.num_rows},)")
        return ids, self._all_active if active is None else np.ascontiguousarray(active, dtype=np.bool_)

    def get_state(self, row: int) -> Any:
        """A snapshot: (stream key, head, used counts); it means the same in any process."""
        head, size, end = kernels.sizes(self.index, self.rows.item(row, kernels.ENTRY))
        cells = self.rows[row]
        key = self.stream.key(cells.item(kernels.STATE))
        return key, cells[head : head + size].copy(), cells[head + 2 * size : end].copy()

    def set_state(self, row: int, references: tuple[str, ...], state: Any) -> None:
        """Row `row` goes back to a snapshot that was taken on these references."""
        key, head, used = state
        self.reset(row, references)
        cells = self.rows[row]
        start = cells.item(kernels.HEAD)
        cells[start : start + len(head)] = head
        start += 2 * len(head)
        cells[start : start + len(used)] = used
        kernels.enter_row(self.stream.info, self.rows, row, self.stream.state(key))

    # --- references ---

    def _prepare(self, wanted: Sequence[tuple[str, ...]]) -> list[int]:
        """Enter in the index what of `wanted` is not there; returns where each starts."""
        missing = list(dict.fromkeys(refs for refs in wanted if refs not in self._entries))
        if missing:
            self._enter(missing, wanted)
        return [self._entries[refs] for refs in wanted]

    def _enter(self, missing: list[tuple[str, ...]], wanted: Sequence[tuple[str, ...]] | None = None) -> None:
        """Enter `missing`, which are among `wanted`: all others may be forgotten for them, or none if that is None."""
        if () in missing:
            raise ValueError("references: got none, allowed is at least one text to compare with")
        counts = np.array(list(map(len, missing)), dtype=np.int64)
        words, ends = self.stream.read(list(chain.from_iterable(missing)))
        size = kernels.entries_size(ends, counts, self.orders, self.merged)
        if self._filled + size > len(self.index):
            if wanted is None and self._filled + size > _POOL_LIMIT:
                return
            self._make_room(size, wanted or missing)
        starts = np.empty(len(missing) + 1, dtype=np.int64)
        width = kernels.build_entries(
            self.index, self._filled, words, ends, counts, self.orders, self.merged, self.mode, starts
        )
        *places, self._filled = starts.tolist()
        self._entries.update(zip(missing, places, strict=True))
        if width > self.rows.shape[1]:
            wider = np.zeros((self.num_rows, width + width // 2), dtype=np.int32)
            wider[:, : self.rows.shape[1]] = self.rows
            self.rows = wider
            self._replaced()

    def _make_room(self, size: int, wanted: Sequence[tuple[str, ...]]) -> None:
        """A larger index, or one with nothing but what the rows work on and what is `wanted`."""
        old, filled = self.index, self._filled
        if filled + size <= _POOL_LIMIT:
            # Zeros that nobody has touched take no memory.
            self.index = np.zeros(max(filled + size, min(16 * (filled + size), _POOL_LIMIT)), dtype=np.int32)
            self.index[:filled] = old[:filled]
        else:
            self._drop(size, wanted)
        self._replaced()

    def _drop(self, size: int, wanted: Sequence[tuple[str, ...]]) -> None:
        old, live, needed = self.index, set(self.rows[:, kernels.ENTRY].tolist()), set(wanted)
        places = sorted(self._entries.values())
        ends = dict(zip(places, [*places[1:], self._filled], strict=True))
        entries = {refs: entry for refs, entry in self._entries.items() if entry in live or refs in needed}
        kept = sum(ends[entry] - entry for entry in entries.values())
        self.index = np.zeros(max(2 * (kept + size), min(len(old), _POOL_LIMIT)), dtype=np.int32)
        self._entries, self._filled = {}, 0
        moved = {}
        for refs, entry in sorted(entries.items(), key=lambda item: item[1]):
            length = ends[entry] - entry
            self.index[self._filled : self._filled + length] = old[entry : ends[entry]]
            moved[entry] = self._entries[refs] = self._filled
            self._filled += length
        self.rows[:, kernels.ENTRY] = [moved[entry] for entry in self.rows[:, kernels.ENTRY].tolist()]

    def _replaced(self) -> None:
        self._seen = -1


class NgramScorer(Scorer):
    """The scores of one metric for `num_rows` texts.

    Args:
        context: the codec is taken from it.
        words: how the metric cuts words.
        params: kind and options of the metric, see `textgym.kernels.scores`.
        orders, merged, mode: as in `Engine`.
    """

    def __init__(
        self,
        context: RewardContext,
        num_rows: int,
        words: Words,
        params: Sequence[float],
        orders: int,
        merged: bool = False,
        mode: int = 0,
    ) -> None:
        super().__init__(num_rows)
        self._arguments = (context, num_rows, words, params, orders, merged, mode)
        self.params = np.array(params, dtype=np.float64)
        self.engine = Engine(context.codec, words, num_rows, orders, merged, mode)
        self.engines: tuple[Engine, ...] = (self.engine,)  # all that count for the metric
        self._bind()

    def _bind(self) -> None:
        engine = self.engine
        engine.sync()
        self._step = partial(kernels.step, *engine.arrays(), self.params)

    def reset(self, row: int, example: Example) -> None:
        for engine in self.engines:
            engine.reset(row, example.references)

    def reset_rows(self, rows: Sequence[int], examples: Sequence[Example]) -> None:
        """`reset` of several rows, in one call."""
        references = [example.references for example in examples]
        for engine in self.engines:
            engine.reset_rows(rows, references)

    def expect(self, examples: Sequence[Example]) -> None:
        references = [example.references for example in examples]
        for engine in self.engines:
            engine.expect(references)

    def push(self, row: int, token: int) -> None:
        for engine in self.engines:
            engine.push(row, token)

    def score(self, row: int) -> float:
        _, pool, _, index, rows = self.engine.arrays()
        return float(kernels.score_row(pool, index, rows, self.params, row))

    def step(self, row: int, token: int) -> float:
        if self.engine.sync():
            self._bind()
        score = self._step(row, token)
        while score < 0.0:
            self.engine.resolve(row, token)
            self._bind()
            score = self._step(row, token)
        return score  # type: ignore[no-any-return]

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        for engine in self.engines:
            engine.push_all(tokens, active)

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self._scores_as(self.params[None], rows)[0]
        return scores

    def step_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        engine = self.engine
        ids, chosen = engine.batch(tokens, active)
        scores, done = np.empty(self.num_rows), 0
        while True:
            done = kernels.step_rows(*engine.arrays(), self.params, ids, chosen, done, scores)
            if done == self.num_rows:
                return scores
            engine.resolve(done, ids.item(done))

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        self.reset(row, example)
        for engine in self.engines:
            engine.push_tokens(row, tokens)

    def read_rows(self, examples: Sequence[Example], tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> None:
        self.reset_rows(range(len(examples)), examples)
        for engine in self.engines:
            engine.push_texts(tokens, lengths)

    def view(self, others: Mapping[str, Scorer]) -> tuple[list[str], View] | None:
        told = {name: other.params for name, other in others.items() if self._tells(other)}
        if not told:
            return None
        params = np.zeros((len(told), max(map(len, told.values()))))
        for row, values in zip(params, told.values(), strict=True):
            row[: len(values)] = values
        return list(told), partial(self._scores_as, params)

    def _tells(self, other: Scorer) -> TypeGuard[NgramScorer]:
        if type(other) is not NgramScorer:
            return False
        ours, theirs = self.engine, other.engine
        same = ours.words == theirs.words and ours.merged == theirs.merged
        if other.params[0] == kernels.ROUGE:  # each type reads its own counts
            same &= theirs.orders <= ours.orders and theirs.mode in (0, ours.mode)
        else:
            same &= theirs.orders == ours.orders and theirs.mode == ours.mode
        return same

    def _scores_as(self, params: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The scores (k, n) of rows (n,) by each row of `params` (k, P)."""
        _, pool, _, index, cells = self.engine.arrays()
        scores = np.empty((len(params), len(rows)))
        kernels.score_rows(pool, index, cells, params, np.ascontiguousarray(rows, np.int64), scores)
        return scores

    def get_state(self, row: int) -> Any:
        return self.engine.get_state(row)

    def set_state(self, row: int, example: Example, state: Any) -> None:
        self.engine.set_state(row, example.references, state)

    def __reduce__(self) -> Any:
        snapshots = [(refs, self.get_state(row)) for row, refs in enumerate(self.engine.references())]
        return _restored, (type(self), self._arguments, snapshots)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # The context holds the tokenizer and the corpus, which are shared.
        make, arguments = self.__reduce__()
        return make(*arguments)


def _restored(kind: Any, arguments: tuple[Any, ...], snapshots: Sequence[tuple[tuple[str, ...], Any]]) -> Any:
    scorer = kind(*arguments)
    for row, (references, state) in enumerate(snapshots):
        scorer.set_state(row, Example("", "", references), state)
    return scorer
