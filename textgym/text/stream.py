"""From token to words as a finite automaton, filled as it is walked.

A state is (detokenizer state, open text): all that matters of a text for how it will go on. Following a token
leads to another state and closes a few words. Both are worked out once, in Python, by the detokenizer and the
official word tokenizer, and then kept in arrays in which the kernels walk on their own.

Most tokens begin with a space, and a space closes whatever word stood open. Such a *break* is kept once per
token, not once per state and token, which is what keeps the table small for large vocabularies.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from textgym import kernels
from textgym.text.chunks import Chunks
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer
from textgym.text.words import Words, official

Ints = NDArray[np.int32]
Key = tuple[Any, str, bool]  # (detokenizer state, open text, whether that is the beginning)

START, BREAK = 0, kernels.BREAK


class Walker(Protocol):
    """Whoever keeps states of a stream in an array, and has them changed when the stream starts its tables anew."""

    def states(self) -> NDArray[Any]:
        """The array itself (N,), of integers."""


class WordStream:
    """The automaton of one detokenizer and one way to cut words.

    Attributes:
        table, info, pool, breaks: the arrays of `textgym.kernels.transitions`.
        version: changes whenever one of these is replaced.
        age: changes when they are started anew, so that states and spans mean something else.
        limit: the number of transitions at which the tables are started anew from the states in use.
    """

    limit = 1_000_000

    def __init__(self, codec: Codec, words: Words) -> None:
        self.codec, self.words = codec, words
        self.detokenizer = Detokenizer(codec)
        self.version = self.age = 0
        self._lock = threading.RLock()
        self._walkers: weakref.WeakSet[Any] = weakref.WeakSet()
        self._pinned: dict[str, int] = {}  # words of references: their ids stay
        self._next_word = 0
        self._chunks = Chunks(self._cut)
        self._clear()

    def __reduce__(self) -> Any:
        return word_stream, (self.codec, self.words)

    # --- for the scorers ---

    def register(self, walker: Walker) -> None:
        """Have `walker.states()` looked after; it is forgotten when it dies."""
        self._walkers.add(walker)

    def read(self, references: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The official words of texts as ids, end to end, and where each text's end (n,). The ids stay valid."""
        with self._lock:
            ids, ends, whole = self._chunks.many(references)
            if whole:
                parts = [self._pin(official(self.words, text)) for text in references]
                return np.concatenate(parts), np.cumsum([len(part) for part in parts])
            return ids, ends

    def key(self, state: int) -> Key:
        """What `state` stands for: valid for ever, in any process."""
        return self._keys[state]

    def state(self, key: Key) -> int:
        """The state of a key."""
        with self._lock:
            return self._state(key)

    def resolve(self, state: int, token: int) -> None:
        """Work out what the kernels miss at `state` for `token`; look the state up again before going on.

        Raises:
            ValueError: the token is not an id of the tokenizer.
        """
        with self._lock:
            if not 0 <= token < self.codec.size:
                raise ValueError(f"token: got {token}, allowed are 0 to {self.codec.size - 1}")
            if self._transitions >= self.limit or len(self._keys) >= self.limit or self._filled >= 8 * self.limit:
                self._start_anew()
                return
            if self.breaks[token, 0] == 0:
                self._resolve_break(token)
            if self.breaks[token, 0] == 1 and self.info[state, 1] != kernels.NEVER:
                if not self.breaks[token, kernels.KNOWN]:
                    self.breaks[token, kernels.KNOWN :] = 1, *self._transition(BREAK, token), 0, 0
            elif not kernels.known(self.table, state, token):
                self._add_transition(state, token)

    # --- references ---

    def _pin(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Ids of reference words, which stay valid."""
        for word in words:
            self._pinned[word] = self._word(word)
        return np.array([self._pinned[word] for word in words], dtype=np.int64)

    def _cut(self, chunk: str, first: bool, last: bool) -> NDArray[np.int64] | None:
        """The words of a chunk of a reference, where the spaces around it close them; see `Words.breaks`."""
        words, text = self.words, chunk if first else " " + chunk
        if not first and not words.breaks(text):
            return None
        closed, rest, fresh = words.advance(text, first)
        if last:
            return self._pin(closed + words.pending(rest, fresh))
        more, rest, fresh = words.advance(rest + " x", fresh)
        return self._pin(closed + more) if rest == "x" and not fresh else None

    # --- filling ---

    def _clear(self) -> None:
        self.table: Ints = np.zeros((1 << 10, 8), dtype=np.int32)
        self.info: Ints = np.zeros((1 << 8, 2), dtype=np.int32)
        self.pool: Ints = np.zeros(1 << 10, dtype=np.int32)
        self.breaks: Ints = np.zeros((self.codec.size, 8), dtype=np.int32)
        self._transitions = self._filled = 0
        self._word_ids = dict(self._pinned)
        self._spans: dict[tuple[int, ...], int] = {}
        self._states: dict[Key, int] = {}
        self._keys: list[Key] = []
        self._state((self.detokenizer.start, "", True))
        # With a tokenizer that never settles nothing is a break, and this state is never entered.
        self._state((self.detokenizer.settled, "", False))
        self.version += 1
        self.age += 1

    def _start_anew(self) -> None:
        walkers = [walker.states() for walker in self._walkers]
        keys = [[self._keys[state] for state in states.tolist()] for states in walkers]
        self._clear()
        for states, old in zip(walkers, keys, strict=True):
            states[:] = [self._state(key) for key in old]

    def _word(self, word: str) -> int:
        number = self._word_ids.get(word)
        if number is None:
            number = self._word_ids[word] = self._next_word
            self._next_word += 1
        return number

    def _span(self, words: Sequence[str]) -> int:
        ids = tuple(map(self._word, words))
        if len(ids) < 2:
            return ids[0] if ids else kernels.EMPTY
        start = self._spans.get(ids)
        if start is None:
            start, end = self._filled, self._filled + 1 + len(ids)
            if end > len(self.pool):
                self.pool = _grown(self.pool, end)
                self.version += 1
            self.pool[start:end] = len(ids), *ids
            self._spans[ids], self._filled = start, end
        return -2 - start

    def _state(self, key: Key) -> int:
        state = self._states.get(key)
        if state is None:
            detokenizer_state, text, fresh = key
            state = self._states[key] = len(self._keys)
            self._keys.append(key)
            if state >= len(self.info):
                self.info = _grown(self.info, state + 1)
                self.version += 1
            closable = detokenizer_state == self.detokenizer.settled and detokenizer_state is not None
            tail = "" if detokenizer_state is None else self.detokenizer.tail(detokenizer_state)
            opened = self._span(self.words.pending(text + tail, fresh))
            self.info[state] = opened, self._last(text, fresh) if closable else kernels.NEVER
        return state

    def _last(self, text: str, fresh: bool) -> int:
        """The words that a break closes after an open `text`."""
        words, rest, still = self.words.advance(text + " x", fresh)
        return self._span(words) if rest == "x" and not still else kernels.NEVER

    def _resolve_break(self, token: int) -> None:
        settled = self.detokenizer.settled
        _, closed, _ = self.detokenizer.step(settled, token) if settled is not None else (None, "", "")
        self.breaks[token, 0] = 1 if closed and self.words.breaks(closed) else 2

    def _add_transition(self, state: int, token: int) -> None:
        values = self._transition(state, token)
        if 2 * self._transitions >= len(self.table):
            old = self.table
            self.table = np.zeros((2 * len(old), old.shape[1]), dtype=np.int32)
            kernels.rehash(old, self.table)
            self.version += 1
        kernels.insert(self.table, state, token, *values)
        self._transitions += 1

    def _transition(self, state: int, token: int) -> tuple[int, int, int, int]:
        """(goal, span closed, the goal's two spans)."""
        before, text, fresh = self._keys[state]
        after, closed, _ = self.detokenizer.step(before, token)
        words: list[str] = []
        if closed:
            words, text, fresh = self.words.advance(text + closed, fresh)
        goal = self._state((after, text, fresh))
        return goal, self._span(words), self.info.item(goal, 0), self.info.item(goal, 1)


def _grown(array: Ints, size: int) -> Ints:
    larger = np.zeros((max(2 * len(array), size), *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger


_streams: weakref.WeakValueDictionary[tuple[int, Words], WordStream] = weakref.WeakValueDictionary()


def word_stream(codec: Codec, words: Words) -> WordStream:
    """The one stream of a tokenizer and a way to cut words; it lives as long as anyone uses it."""
    key = (id(codec.tokenizer), words)
    stream = _streams.get(key)
    if stream is None:
        stream = _streams[key] = WordStream(codec, words)
    return stream
