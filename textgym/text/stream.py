"""From token to words as a finite automaton, filled as it is walked.

A state is (detokenizer state, open text): all that matters of a text for how it will go on. Following a token
leads to another state and closes a few words. Both are worked out once, in Python, by the detokenizer and the
official word tokenizer, and then kept in arrays in which the kernels walk on their own.

Most tokens begin with a space, and a space closes whatever word stood open. Such a *break* is kept once per
token, not once per state and token, which is what keeps the table small for large vocabularies.

Most of the others go on with a word by a few letters, and make new words without end. The kernels follow them letter by
letter through the words of the references, and where no reference goes on like that, the word is as good as any other.
A text is only ever compared with references that were read before it began, so it does not matter what is read later.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from textgym import kernels
from textgym.text.chunks import Chunks
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer
from textgym.text.letters import Letters
from textgym.text.words import Words, official

Ints = NDArray[np.int32]
# (detokenizer state, open text, whether that is the beginning, whether its first word stands for any in no reference)
Key = tuple[Any, str, bool, bool]

START, BREAK = 0, kernels.BREAK
_ELSEWHERE = (-1, kernels.EMPTY, kernels.EMPTY, kernels.EMPTY, kernels.NOWHERE)  # a transition that leads nowhere


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
        self._next_word = kernels.UNKNOWN + 1
        self._chunks = Chunks(self._cut)
        self._letters = Letters(words, used=self.detokenizer.settled is not None)
        self._hanging: list[Any] = []  # states of the detokenizer, each with some bytes of a character
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
        hanging, state = divmod(state, kernels.HANGING)
        if hanging:
            return self._hanging[hanging - 1], *self.key(state)[1:]
        key = self._keys[state]
        if isinstance(key, str):
            return self.detokenizer.settled, key[: self.info.item(state, 3)], False, False
        return key

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
            states, filled = len(self._keys) - self._needed, self._filled - self._held
            if self._transitions >= self.limit or states >= self.limit or filled >= 8 * self.limit:
                self._start_anew()
                return
            if self.breaks[token, 0] == 0:
                self._classify(token)
            if kernels.known(self.table, self.info, self.breaks, state, token):
                return
            self._enter_transition(state, token, self._transition(state, token))
            self._transitions += 1

    # --- references ---

    def _pin(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Ids of reference words, which stay valid."""
        for word in words:
            if word not in self._pinned:
                states = len(self._keys)
                self._pinned[word] = self._word(word)
                self._root(word)
                self._needed += len(self._keys) - states
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

    # --- letters ---

    def _root(self, word: str) -> None:
        """Have states for the letters that a word of a reference begins with, and a mark where it goes on otherwise."""
        head = self._letters.head(word)
        state = self._plant(head)
        if not word[len(head) :].isascii():
            self._enter_transition(state, -1 - kernels.FOREIGN, _ELSEWHERE)

    def _plant(self, text: str) -> int:
        """The state after the letters `text` (folded), which is there from now on."""
        if not text:
            return BREAK
        made, size = len(self._keys), len(text)
        self._reserve(size)
        state, made = kernels.plant(self.table, self.info, self._codes(text), made, self._next_word)
        new = made - len(self._keys)
        self._keys += [text] * new
        self._next_word += new
        self._edges += new
        return int(state)

    def _rename(self, text: str, span: int) -> None:
        """The state after the letters `text` has this open span, and last."""
        kernels.rename(self.table, self.info, self._codes(text), span)

    def _codes(self, text: str) -> NDArray[np.uint8]:
        return np.frombuffer(self._letters.codes(text), dtype=np.uint8)

    # --- filling ---

    def _clear(self) -> None:
        self.table: Ints = np.zeros((1 << 10, 8), dtype=np.int32)
        self.info: Ints = np.zeros((1 << 8, 4), dtype=np.int32)
        self.pool: Ints = np.zeros(1 << 10, dtype=np.int32)
        self.breaks: Ints = np.zeros((self.codec.size, 16), dtype=np.int32)
        self._transitions = self._edges = self._filled = 0
        self._word_ids: dict[str, int] = {}
        self._spans: dict[tuple[int, ...], int] = {}
        self._states: dict[Key, int] = {}
        self._keys: list[Key | str] = []  # a text stands for all of its beginnings
        settled = self.detokenizer.settled
        self._state((self.detokenizer.start, "", True, False))
        # With a tokenizer that never settles nothing is a break, and this state is never entered.
        self._state((settled, "", False, False))
        for text, home in (("", kernels.STRANGE), (self._letters.held, -2 - kernels.STRANGE_HELD)):
            self._enter((settled, self._letters.any + text, False, True), kernels.UNKNOWN, kernels.UNKNOWN, home)
        for word, number in self._pinned.items():
            self._root(word)
            if self._letters.all.issuperset(word):
                self._rename(word, number)
            else:
                self._word_ids[word] = number
        for word in self.words.silent():
            self._plant(word)
            self._rename(word, kernels.EMPTY)
        self._needed, self._held = len(self._keys), 0  # of states, and of the pool: they are there in any case
        self.version += 1
        self.age += 1

    def _start_anew(self) -> None:
        walkers = [walker.states() for walker in self._walkers]
        keys = [[self.key(state) for state in states.tolist()] for states in walkers]
        self._clear()
        for states, old in zip(walkers, keys, strict=True):
            states[:] = [self._state(key) for key in old]
        self._needed, self._held = len(self._keys), self._filled

    def _reserve(self, size: int) -> None:
        """Room for `size` more states, and as many entries of the table."""
        if len(self._keys) + size > kernels.HANGING:
            raise MemoryError(f"words of references: got more than {kernels.HANGING} beginnings of them")
        if len(self._keys) + size > len(self.info):
            self.info = _grown(self.info, len(self._keys) + size)
            self.version += 1
        while 2 * (self._edges + size) > len(self.table):
            old = self.table
            self.table = np.zeros((2 * len(old), old.shape[1]), dtype=np.int32)
            kernels.rehash(old, self.table)
            self.version += 1

    def _word(self, word: str) -> int:
        if self._letters.all.issuperset(word):
            state = self._plant(word)
            return self.info.item(state, 0)
        number = self._word_ids.get(word)
        if number is None:
            number = self._word_ids[word] = self._next_word
            self._next_word += 1
        return number

    def _span(self, words: Sequence[str], strange: bool = False) -> int:
        """The words as a span, the first of them `strange`: in no reference."""
        ids = tuple(self._word(word) if i or not strange else kernels.UNKNOWN for i, word in enumerate(words))
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
        before, text, fresh, strange = key
        if text and before == self.detokenizer.settled:
            folded = self._letters.folded(text)
            if folded:
                if strange:
                    return kernels.STRANGE_HELD if self._letters.holds(folded) else kernels.STRANGE
                return self._plant(folded)
        state = self._states.get(key)
        if state is None:
            closable = self.detokenizer.settled is not None and self.detokenizer.closable(before)
            text += "" if before is None else self.detokenizer.tail(before)
            opened = self._span(self.words.pending(text, fresh), strange)
            last = self._last(text, fresh, strange) if closable else kernels.NEVER
            home = self._home(key, text, last) if closable else kernels.NOWHERE
            state = self._enter(key, opened, last, home)
        return state

    def _home(self, key: Key, text: str, last: int) -> int:
        """Where letters go on from, after an open `text`, its tail included; the next state is its own home."""
        before, _, fresh, strange = key
        if not self._letters.all or not text:
            own = before == self.detokenizer.settled and not fresh
            return len(self._keys) if own else BREAK if self._letters.all else kernels.NOWHERE
        folded = self._letters.folded(text)
        if folded:  # the last of these letters are open still
            place = self._state((self.detokenizer.settled, text, False, strange))
            return self.info.item(place, 2)
        words, rest, _ = self.words.advance(text + self._letters.any, fresh)
        return BREAK if rest == self._letters.any and self._span(words, strange) == last else kernels.NOWHERE

    def _enter(self, key: Key, opened: int, last: int, home: int) -> int:
        self._reserve(1)
        state = self._states[key] = len(self._keys)
        self._keys.append(key)
        self.info[state] = opened, last, home, 0
        return state

    def _last(self, text: str, fresh: bool, strange: bool) -> int:
        """The words that a break closes after an open `text`."""
        after, *goes_on = self.words.advance(" x", False)  # a break alone
        words, *same = self.words.advance(text + " x", fresh)
        closed = len(words) - len(after)
        alone = same == goes_on and words[closed:] == after and closed >= 0
        return self._span(words[:closed], strange) if alone else kernels.NEVER

    def _enter_transition(self, state: int, token: int, values: Sequence[int]) -> None:
        self._reserve(1)
        kernels.insert(self.table, state, token, *values)
        self._edges += 1

    def _classify(self, token: int) -> None:
        """The kind of a token and what goes with it, from what it does in the settled state."""
        kind, letters, settled = kernels.OTHER, b"", self.detokenizer.settled
        if self.detokenizer.silent(token):
            kind = kernels.NOTHING
        elif settled is not None:
            after, closed, _ = self.detokenizer.step(settled, token)
            head = self._letters.leading(closed)
            letters, rest = self._letters.codes(self._letters.folded(head)), closed[len(head) :]
            if self._breaks(rest, after):
                kind = kernels.BREAKS if self.detokenizer.restarts(token) else kernels.ENDS
                if not rest and self.detokenizer.independent:
                    after = settled  # whatever becomes of that character, it parts words, and no more
            elif rest and self.words.ends(rest):
                kind = kernels.ENDS
            elif self._goes_on(after):
                letters = self._letters.spelled(closed, after != settled)
                kind = kernels.LETTERS if letters else kernels.OTHER
            elif not rest and self._hangs(after):
                kind = kernels.HANGS
                self.breaks[token, kernels.GOAL] = kernels.HANGING * (1 + self._hanging.index(after))
            if len(letters) > kernels.MOST_LETTERS:
                kind = kernels.OTHER
            if kind in (kernels.BREAKS, kernels.ENDS):
                words, rest, fresh = self.words.advance(rest, False) if rest else ([], "", False)
                self.breaks[token, kernels.GOAL : kernels.SPELLED - 1] = self._leads(after, rest, fresh, False, words)
        if kind in (kernels.OTHER, kernels.NOTHING):
            letters = b""
        self.breaks[token, kernels.SPELLED :] = np.frombuffer(letters.ljust(kernels.MOST_LETTERS, b"\0"), "<i4")
        self.breaks[token, 0] = kind + 8 * len(letters)

    def _breaks(self, text: str, after: Any) -> bool:
        """Whether `text`, then what is open in detokenizer state `after`, breaks off whatever stands before it."""
        if text:
            return self.words.breaks(text)
        coming = self.detokenizer.coming(after)
        return coming is not None and self.words.separates(*coming)

    def _goes_on(self, after: Any) -> bool:
        """Whether a character that is open in detokenizer state `after`, if any, is like a letter whatever follows."""
        coming = self.detokenizer.coming(after) if self.detokenizer.independent else None
        return after == self.detokenizer.settled or (coming is not None and self.words.goes_on(*coming))

    def _hangs(self, after: Any) -> bool:
        """Whether a character that is open in detokenizer state `after` is the end of letters as long as it is open."""
        if not self._letters.all or not self.detokenizer.closable(after):
            return False
        tail, any_letter = self.detokenizer.tail(after), self._letters.any
        parted = self.words.breaks(tail) and self.words.advance(tail + any_letter, False) == ([], any_letter, False)
        if not parted or self.words.pending(tail, False):
            return False
        if after not in self._hanging:
            if len(self._hanging) == kernels.MOST_HANGING:
                return False
            self._hanging.append(after)
        return True

    def _transition(self, state: int, token: int) -> tuple[int, ...]:
        """(goal, span closed, the goal's two spans and home)."""
        before, text, fresh, strange = self.key(state)
        after, closed, _ = self.detokenizer.step(before, token)
        words: list[str] = []
        if closed:
            words, text, fresh = self.words.advance(text + closed, fresh)
        return self._leads(after, text, fresh, strange, words)

    def _leads(self, after: Any, text: str, fresh: bool, strange: bool, words: Sequence[str]) -> tuple[int, ...]:
        """`_transition` to open `text` in detokenizer state `after`, once `words` are closed."""
        goal = self._state((after, text, fresh, strange and not words))
        return goal, self._span(words, strange), *self.info[goal, :3].tolist()


def _grown(array: Ints, size: int) -> Ints:
    larger = np.zeros((max(2 * len(array), size), *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger


_streams: weakref.WeakValueDictionary[tuple[int, int, Words], WordStream] = weakref.WeakValueDictionary()
_latest: deque[WordStream] = deque(maxlen=4)  # these live on: the next environment is often like the last one


def word_stream(codec: Codec, words: Words) -> WordStream:
    """The one stream of a tokenizer and a way to cut words; it lives as long as anyone uses it, or somewhat longer."""
    key = (id(codec.tokenizer), codec.size, words)  # a tokenizer may grow
    stream = _streams.get(key)
    if stream is None:
        stream = _streams[key] = WordStream(codec, words)
        _latest.append(stream)
    return stream
