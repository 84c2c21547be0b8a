"""Text from token ids, one token at a time, equal at every step to decoding the whole prefix."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.text.codec import Codec
from textgym.text.pieces import (
    BYTE_TOKEN,
    BytePieces,
    Front,
    State,
    TextPieces,
    Whole,
    Windowed,
    byte_alphabet,
)
from textgym.text.stages import CLEAN_UP, Replace, Stage, StripFirst

_MEMO_LIMIT = 1 << 16
_CLOSELY = 48  # trials that are compared at every prefix
_HOSTILE = (
    " it ' s 's n't ' ' ' m 'm . . ? ! , 've 're 're . ' '",
    "Don't . Stop , I 'm here ; they 've gone !  (x) \" y \" a . b",
    "\u65e5\u672c \U0001f469\u200d\U0001f469 e\u0301 \u00a0 \u05d0 \ufffd",
)


class Machine:
    """A front and the stages after it, as one state machine; what a `Detokenizer` runs.

    Attributes:
        start: the state of the empty text.
        settled: the state after an ordinary token with nothing pending, or None if there is no such state.
    """

    def __init__(self, tokenizer: Any, front: Front, stages: Sequence[Stage] = ()) -> None:
        self.tokenizer = tokenizer  # kept alive: the cache of machines goes by its identity
        self.front, self.stages = front, tuple(stages)
        self.start: State = (front.start, *(stage.start for stage in stages)) if stages else front.start
        self.settled: State = None
        if front.settled is not None:
            self.settled = (front.settled, *(stage.settled for stage in stages)) if stages else front.settled
        self._memo: dict[tuple[State, int], tuple[State, str, str]] = {}

    def step(self, state: State, token: int) -> tuple[State, str, str]:
        """(state after `token`, text it closes, open text at the end)."""
        if not self.stages:
            after, closed = self.front.step(state, token)
            return after, closed, self.front.tail(after)
        known = self._memo.get((state, token))
        if known is None:
            known = self._run(state, token)
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            self._memo[state, token] = known
        return known

    def tail(self, state: Any) -> str:
        """The open text at the end, in `state`."""
        if not self.stages:
            return self.front.tail(state)
        return self._flush(self.front.tail(state[0]), state[1:])

    def whole(self, tokens: Sequence[int]) -> str:
        """The text of `tokens` at once."""
        front: Any = self.front
        return self._staged([front.whole(tokens)])[0]

    def rows(self, tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> list[str]:
        """The texts of the first `lengths[i]` ids in each row i of `tokens` (n, T)."""
        front: Any = self.front
        return self._staged(front.rows(tokens, lengths))

    def closable(self, state: Any) -> bool:
        """Whether a token that `restarts` closes the tail of `state` as it is, and goes on as from `settled`."""
        if state == self.settled or not self._passes(state):
            return state == self.settled and state is not None
        return self.front.closable(state[0] if self.stages else state)

    def restarts(self, token: int) -> bool:
        """Whether `token` is such a one."""
        return self.front.restarts(token)

    def silent(self, token: int) -> bool:
        """Whether `token` puts nothing and changes no state."""
        return self.front.silent(token)

    def coming(self, state: Any) -> tuple[int, int] | None:
        """`Front.coming`, where that character is what the text ends with."""
        return self.front.coming(state[0] if self.stages else state) if self._passes(state) else None

    def _passes(self, state: Any) -> bool:
        return not self.stages or all(stage.passes(held) for stage, held in zip(self.stages, state[1:], strict=True))

    def _run(self, state: Any, token: int) -> tuple[State, str, str]:
        front, closed = self.front.step(state[0], token)
        after = []
        for stage, held in zip(self.stages, state[1:], strict=True):
            held, closed = stage.step(held, closed)
            after.append(held)
        return (front, *after), closed, self._flush(self.front.tail(front), after)

    def _staged(self, texts: list[str]) -> list[str]:
        for stage in self.stages:
            texts = list(map(stage.whole, texts))
        return texts

    def _flush(self, tail: str, held: Sequence[State]) -> str:
        for stage, state in zip(self.stages, held, strict=True):
            state, text = stage.step(state, tail)
            tail = text + stage.tail(state)
        return tail


_machines: weakref.WeakValueDictionary[tuple[int, int], Machine] = weakref.WeakValueDictionary()


class Detokenizer:
    """The text of a growing sequence of tokens.

    At every prefix, the closed texts of all steps together and the last tail are `codec.decode(prefix)`,
    byte for byte. How that is reached depends on the tokenizer: a state machine over per-token pieces if one
    is found that agrees with `decode` on seeded random sequences, else decoding a window of tokens, else the
    whole prefix at each step. Detokenizers of one tokenizer share the work.

    Attributes:
        start: the state of the empty text; states are hashable and do not grow with the text.
        settled: the state that most tokens lead to (nothing pending), or None.
    """

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        key = id(codec.tokenizer), codec.size  # it may grow
        machine = _machines.get(key)
        if machine is None:
            machine = _machines[key] = build_machine(codec)
        self.machine = machine
        self.start, self.settled = machine.start, machine.settled
        self.step = machine.step
        self.tail = machine.tail
        self.closable, self.restarts, self.coming = machine.closable, machine.restarts, machine.coming
        self.silent, self.independent = machine.silent, machine.front.independent

    def __reduce__(self) -> Any:
        return Detokenizer, (self.codec,)

    def text(self, tokens: NDArray[np.int32]) -> str:
        """`codec.decode(tokens)`, by the pieces where these are all there is to it."""
        return self.machine.whole(tokens.tolist()) if self.settled is not None else self.codec.decode(tokens)

    def texts(self, tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> list[str]:
        """`text` of the first `lengths[i]` ids in each row i of `tokens` (n, T)."""
        if self.settled is not None:
            return self.machine.rows(tokens, lengths)
        return [self.text(ids[:length]) for ids, length in zip(tokens, lengths, strict=True)]


class TextRows:
    """The texts of `num_rows` growing token sequences."""

    def __init__(self, detokenizer: Detokenizer, num_rows: int) -> None:
        self.detokenizer = detokenizer
        self._state: list[State] = [detokenizer.start] * num_rows
        self._parts: list[list[str]] = [[] for _ in range(num_rows)]
        self._chars = [0] * num_rows  # characters closed
        self._tail = [""] * num_rows
        self._start = [0] * num_rows
        self._length = [0] * num_rows

    def reset(self, row: int) -> None:
        """Row `row` is empty again."""
        self.set_state(row, (self.detokenizer.start, "", "", 0, 0))

    def push(self, row: int, token: int) -> None:
        """Row `row` grows by one token."""
        old, chars = self._tail[row], self._chars[row]
        state, closed, tail = self.detokenizer.step(self._state[row], token)
        self._state[row], self._tail[row] = state, tail
        self._length[row] += 1
        self._start[row] = chars if not old else chars + _shared(old, closed + tail)
        if closed:
            self._parts[row].append(closed)
            self._chars[row] = chars + len(closed)

    def push_all(self, tokens: NDArray[np.int32], rows: Iterable[int]) -> None:
        """Each of `rows` grows by its token among `tokens` (N,)."""
        ids, push = tokens.tolist(), self.push
        for row in rows:
            push(row, ids[row])

    def read(self, row: int, tokens: NDArray[np.int32]) -> None:
        """Row `row` holds the text of `tokens`; it must be reset before it grows again."""
        self.set_state(row, (None, self.detokenizer.text(tokens), "", len(tokens), 0))

    def length(self, row: int) -> int:
        """The number of tokens of row `row`."""
        return self._length[row]

    def text(self, row: int) -> str:
        """The whole text of row `row`."""
        parts = self._parts[row]
        if len(parts) > 1:
            parts[:] = ["".join(parts)]
        return (parts[0] if parts else "") + self._tail[row]

    def start(self, row: int) -> int:
        """`text(row)[start(row):]` is what the last token of row `row` put there or changed."""
        return self._start[row]

    def get_state(self, row: int) -> Any:
        """A snapshot of row `row`, picklable."""
        return self._state[row], "".join(self._parts[row]), self._tail[row], self._length[row], self._start[row]

    def set_state(self, row: int, state: Any) -> None:
        """Row `row` goes back to a snapshot."""
        self._state[row], closed, self._tail[row], self._length[row], self._start[row] = state
        self._parts[row] = [closed] if closed else []
        self._chars[row] = len(closed)


def _shared(old: str, new: str) -> int:
    """How many characters at the beginning two strings share."""
    for n, (left, right) in enumerate(zip(old, new, strict=False)):
        if left != right:
            return n
    return min(len(old), len(new))


def build_machine(codec: Codec) -> Machine:
    """The fastest machine that agrees with `codec.decode` on seeded random sequences."""
    trials = list(_trials(codec))
    for machine in _candidates(codec):
        if _agrees(machine, codec, trials):
            return machine
    return Machine(codec.tokenizer, Whole(codec.decode))


def _candidates(codec: Codec) -> Iterator[Machine]:
    clean = tuple(Replace(old, new) for old, new in CLEAN_UP)
    cleans = _cleans(codec.tokenizer)
    fronts: list[tuple[Front, tuple[Stage, ...]]] = []
    names = codec.tokenizer.convert_ids_to_tokens(list(range(codec.size)))
    dropped = _dropped(codec)
    byte_level = _byte_pieces(names, dropped)
    if byte_level is not None:
        fronts.append((byte_level, ()))
    fronts.extend(_text_pieces(codec, names, dropped))
    for front, stages in fronts:
        # Most random sequences do not touch the clean-up: the likelier form has to come first.
        yield Machine(codec.tokenizer, front, (*stages, *clean) if cleans else stages)
        yield Machine(codec.tokenizer, front, stages if cleans else (*stages, *clean))
    yield Machine(codec.tokenizer, Windowed(codec.decode, dropped))


def _cleans(tokenizer: Any) -> bool:
    """Whether decoding ends with the clean-up of spaces: if it is switched on, and the model is not BPE."""
    if not getattr(tokenizer, "clean_up_tokenization_spaces", False):
        return False
    if getattr(tokenizer, "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output", False):
        return True
    model = getattr(getattr(tokenizer, "backend_tokenizer", None), "model", None)
    return type(model).__name__ != "BPE"


def _dropped(codec: Codec) -> frozenset[int]:
    """Ids that decoding leaves out, as if they were not there."""
    special = set(codec.tokenizer.all_special_ids)
    added = getattr(codec.tokenizer, "added_tokens_decoder", {})
    special.update(token for token, added_token in added.items() if getattr(added_token, "special", False))
    return frozenset(special)


def _byte_pieces(names: Sequence[str | None], dropped: frozenset[int]) -> BytePieces | None:
    alphabet = byte_alphabet()
    pieces, foreign = [], 0
    for token, name in enumerate(names):
        if name is None or token in dropped:
            pieces.append(b"")
        elif all(char in alphabet for char in name):
            pieces.append(bytes(alphabet[char] for char in name))
        else:
            pieces.append(name.encode("utf-8", "replace"))
            foreign += 1
    return BytePieces(pieces) if foreign * 10 <= len(names) else None


def _text_pieces(
    codec: Codec, names: Sequence[str | None], dropped: frozenset[int]
) -> Iterator[tuple[Front, tuple[Stage, ...]]]:
    decode = _raw_decode(codec)
    anchor = next((t for t in range(codec.size) if t not in dropped and decode([[t]])[0].strip().isalpha()), None)
    if anchor is None:
        return
    runs: dict[int, bytes] = {}
    for token, name in enumerate(names):
        match = BYTE_TOKEN.fullmatch(name or "")
        if match:
            runs[token] = bytes([int(match[1], 16)])
    head = decode([[anchor]])[0]
    pieces = [text[len(head) :] for text in decode([[anchor, token] for token in range(codec.size)])]
    firsts = decode([[token] for token in range(codec.size)])
    # A token without a name is left out; one that puts nothing in either place may still end the beginning.
    silent = dropped | {token for token, name in enumerate(names) if name is None}
    if all(first == (piece[1:] if piece[:1] == " " else piece) for piece, first in zip(pieces, firsts, strict=True)):
        yield TextPieces(pieces, pieces, runs, silent), (StripFirst(),)
    yield TextPieces(pieces, firsts, runs, silent), ()


def _raw_decode(codec: Codec) -> Any:
    """`decode` of many sequences, without the clean-up, in one call where the tokenizer has one."""
    tokenizer: Any = codec.tokenizer
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    if hasattr(backend, "decode_batch"):
        return lambda sequences: backend.decode_batch(sequences, skip_special_tokens=True)
    keywords = {"skip_special_tokens": True}
    if getattr(tokenizer, "clean_up_tokenization_spaces", False):
        keywords["clean_up_tokenization_spaces"] = False
    return lambda sequences: [tokenizer.decode(ids, **keywords) for ids in sequences]


def _trials(codec: Codec, length: int = 16) -> Iterator[list[int]]:
    """Random sequences, among them many of the tokens that decoders treat in a special way."""
    rng = np.random.Generator(np.random.PCG64(codec.size))
    names = codec.tokenizer.convert_ids_to_tokens(list(range(codec.size)))
    odd = [t for t, name in enumerate(names) if name is None or not any(map(str.isalnum, name)) or "'" in name]
    odd += [token for token, name in enumerate(names) if name and BYTE_TOKEN.fullmatch(name)]
    odd += [token for token in codec.tokenizer.all_special_ids if token < codec.size]
    for n in range(_CLOSELY - len(_HOSTILE)):
        ids = rng.integers(codec.size, size=length)
        if odd and n % 3:
            chosen = rng.random(length) < (0.4 if n % 3 == 1 else 0.9)
            ids = np.where(chosen, np.array(odd)[rng.integers(len(odd), size=length)], ids)
        yield [int(token) for token in ids]
    for text in _HOSTILE:
        try:
            encoded = codec.encode(text)[:64]
        except (LookupError, ValueError):  # a small tokenizer may not know these letters
            continue
        yield [token for token in encoded if token < codec.size]
    everything = rng.permutation(codec.size)
    for start in range(0, codec.size, 64):
        yield everything[start : start + 64].tolist()


def _agrees(machine: Machine, codec: Codec, trials: Sequence[Sequence[int]]) -> bool:
    for n, ids in enumerate(trials):
        state, done = machine.start, ""
        for t, token in enumerate(ids):
            try:
                state, closed, tail = machine.step(state, token)
            except ValueError:
                return False
            done += closed
            # The first trials are compared at every prefix; the rest, which visit each token once, at their end.
            if (n < _CLOSELY or t == len(ids) - 1) and done + tail != codec.decode(ids[: t + 1]):
                return False
    return True
