"""Decoders as small state machines: a token goes in, the text that it settles comes out.

A *front* turns tokens into text, a *stage* (`textgym.text.stages`) rewrites the text of the one before it. Both keep a
state that is hashable and does not grow with the text, and both split what they know in two: `closed` text, which no
later token can change, and a `tail`, which is the text now but may still change (an unfinished UTF-8 sequence shows as
U+FFFD; a space may still be eaten by the full stop that follows it).
"""

from __future__ import annotations

import codecs
import functools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.text.joined import Joined

State = Hashable
Decode = Callable[[Sequence[int]], str]

BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
REPLACEMENT = "\ufffd"
_CONTINUATIONS = frozenset([b"", *(bytes([byte]) for byte in range(0x80, 0xC0))])  # of UTF-8, and nothing
_SHORTEST = {2: 0x80, 3: 0x800, 4: 0x10000}  # the first code point of each length


class Front(ABC):
    """Tokens to text."""

    start: State
    """The state before the first token."""
    settled: State
    """The state after an ordinary token, with nothing pending."""
    independent = True
    """Whether an open character that does not become one has no say in what is read after it."""

    @abstractmethod
    def step(self, state: State, token: int) -> tuple[State, str]:
        """The state after `token`, and the text that it closes."""

    @abstractmethod
    def tail(self, state: State) -> str:
        """The text that is there now but may still change."""

    def closable(self, state: State) -> bool:
        """Whether a token that `restarts` closes the tail of `state` as it is, and goes on as from `settled`."""
        return state == self.settled and state is not None

    def restarts(self, token: int) -> bool:
        """Whether `token` is such a one: it cannot be the rest of a character."""
        return True

    def silent(self, token: int) -> bool:
        """Whether `token` puts nothing and changes no state."""
        return False

    def coming(self, state: State) -> tuple[int, int] | None:
        """The first and last code point that the one open character at the end of `state` may become, besides U+FFFD.

        None if there is none, or more than one.
        """
        return None


class Pieces(Front):
    """Fronts in which each token puts a piece of its own, so that whole texts can be put together."""

    @abstractmethod
    def whole(self, tokens: Sequence[int]) -> str:
        """The text of `tokens` at once."""

    @property
    @abstractmethod
    def joined(self) -> Joined:
        """The bytes of the pieces."""

    def rows(self, tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> list[str]:
        """The texts of the first `lengths[i]` ids in each row i of `tokens` (n, T)."""
        texts = self.joined.texts(tokens, lengths)
        if texts is None:
            return [self.whole(ids[:length].tolist()) for ids, length in zip(tokens, lengths, strict=True)]
        return texts


class BytePieces(Pieces):
    """Each token is a run of bytes, the text is their UTF-8 decoding (byte-level BPE, as in GPT-2).

    The state is the unfinished UTF-8 sequence at the end, at most 3 bytes.
    """

    start = settled = b""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces
        self._texts: list[str | None] = []
        for piece in pieces:
            text, used = codecs.utf_8_decode(piece, "replace", False)
            self._texts.append(text if used == len(piece) else None)

    def step(self, state: Any, token: int) -> tuple[State, str]:
        if token >= len(self.pieces):
            return state, ""
        if not state:
            whole = self._texts[token]
            if whole is not None:
                return b"", whole
        data = state + self.pieces[token]
        text, used = codecs.utf_8_decode(data, "replace", False)
        return data[used:], text

    def tail(self, state: Any) -> str:
        return codecs.utf_8_decode(state, "replace", True)[0]

    def closable(self, state: Any) -> bool:
        return True

    def restarts(self, token: int) -> bool:
        return token < len(self.pieces) and self.pieces[token][:1] not in _CONTINUATIONS

    def silent(self, token: int) -> bool:
        return token >= len(self.pieces) or not self.pieces[token]

    def coming(self, state: Any) -> tuple[int, int] | None:
        return _coming(state) if state else None

    def whole(self, tokens: Sequence[int]) -> str:
        pieces = self.pieces
        try:
            data = b"".join(map(pieces.__getitem__, tokens))
        except IndexError:  # ids without a piece put nothing
            data = b"".join([pieces[token] for token in tokens if token < len(pieces)])
        return data.decode("utf-8", "replace")

    @functools.cached_property
    def joined(self) -> Joined:
        return Joined(self.pieces)


def _coming(begun: bytes) -> tuple[int, int]:
    """The first and last code point of the characters whose UTF-8 begins so, at least one byte."""
    if begun[0] < 0x80:
        return begun[0], begun[0]
    size = 2 + (begun[0] >= 0xE0) + (begun[0] >= 0xF0)
    bits, missing = begun[0] & (0x7F >> size), size - len(begun)
    for byte in begun[1:]:
        bits = bits << 6 | byte & 0x3F
    low = bits << 6 * missing
    return max(low, _SHORTEST[size]), low | (1 << 6 * missing) - 1


class TextPieces(Pieces):
    """Each token is a piece of text, the same wherever it stands except at the very beginning.

    Covers metaspace (SentencePiece), WordPiece, word-level and character tokenizers. Tokens named `<0x41>`
    are bytes: a run of them is text if it is valid UTF-8, and otherwise one U+FFFD for each byte, so a valid
    run stays open until it ends.

    The state is (whether a piece has been put, the open run of bytes or None, or "bad" for an invalid run).
    """

    start: State = (False, None)
    settled: State = (True, None)
    independent = False

    def __init__(
        self, pieces: Sequence[str], firsts: Sequence[str], runs: dict[int, bytes], silent: frozenset[int]
    ) -> None:
        self.pieces, self.firsts, self.runs, self._silent = pieces, firsts, runs, silent
        special = silent | runs.keys()
        self._plain = [None if token in special else piece for token, piece in enumerate(pieces)]

    def whole(self, tokens: Sequence[int]) -> str:
        try:
            parts: list[str | None] = list(map(self._plain.__getitem__, tokens))
        except IndexError:  # ids without a piece put nothing
            return self.whole([token for token in tokens if token < len(self.pieces)])
        if parts and parts[0] is not None:
            parts[0] = self.firsts[tokens[0]]
        if None not in parts:
            return "".join(parts)  # type: ignore[arg-type]
        text, run, started = "", b"", False
        for token, part in zip(tokens, parts, strict=True):
            if part is None:
                run += self.runs.get(token, b"")
                continue
            text += (_read(run) if run else "") + (part if started or run else self.firsts[token])
            run, started = b"", True
        return text + _read(run)

    @functools.cached_property
    def joined(self) -> Joined:
        firsts = [
            None if piece is None else first.encode() for piece, first in zip(self._plain, self.firsts, strict=True)
        ]
        return Joined([None if piece is None else piece.encode() for piece in self._plain], firsts, self.runs)

    def step(self, state: Any, token: int) -> tuple[State, str]:
        if token in self._silent or token >= len(self.pieces):
            return state, ""
        started, run = state
        byte = self.runs.get(token)
        if byte is None:
            piece = (self.pieces if started else self.firsts)[token]
            return self.settled, piece if run is None else self.tail(state) + piece
        if run == "bad":
            return state, REPLACEMENT
        run = byte if run is None else run + byte
        try:
            codecs.utf_8_decode(run, "strict", False)
        except UnicodeDecodeError:
            return (True, "bad"), REPLACEMENT * len(run)
        return (True, run), ""

    def closable(self, state: Any) -> bool:
        return bool(state[0])

    def coming(self, state: Any) -> tuple[int, int] | None:
        run = state[1]
        if run is None or run == "bad":
            return None
        text, used = codecs.utf_8_decode(run, "strict", False)
        return _coming(run) if len(text) + (used < len(run)) == 1 else None

    def restarts(self, token: int) -> bool:
        return token not in self.runs and not self.silent(token)

    def silent(self, token: int) -> bool:
        return token in self._silent or token >= len(self.pieces)

    def tail(self, state: Any) -> str:
        run = state[1]
        if run is None or run == "bad":
            return ""
        text: str
        text, used = codecs.utf_8_decode(run, "strict", False)
        return text if used == len(run) else REPLACEMENT * len(run)


def _read(run: bytes) -> str:
    """A run of byte tokens as text."""
    try:
        return run.decode()
    except UnicodeDecodeError:
        return REPLACEMENT * len(run)


class Windowed(Front):
    """Any tokenizer in which a token changes the text of its nearest neighbours only.

    The state is (context, window): token ids whose text is closed, and the last few whose text is not. The
    text of a window is what `decode` adds for it after its context.
    """

    start: State = ((), ())
    settled: State = None

    def __init__(self, decode: Decode, silent: frozenset[int], window: int = 4) -> None:
        self.window, self._silent = window, silent
        self._decode = lru_cache(maxsize=1 << 14)(lambda ids: decode(list(ids)))

    def step(self, state: Any, token: int) -> tuple[State, str]:
        if self.silent(token):
            return state, ""
        context, window = state
        window = (*window, token)
        if len(window) <= self.window:
            return (context, window), ""
        before = (*context, *window[: -self.window])
        nearer = (before[-self.window :], window[-self.window :])
        whole, rest = self.tail((context, window)), self.tail(nearer)
        if not whole.endswith(rest) or not self._decode((*before, *window[-self.window :])).endswith(rest):
            return (context, window), ""  # the text of this window depends on more than the context: keep it open
        return nearer, whole[: len(whole) - len(rest)]

    def silent(self, token: int) -> bool:
        return token in self._silent

    def tail(self, state: Any) -> str:
        context, window = state
        whole: str = self._decode((*context, *window))
        before: str = self._decode(context)
        if not whole.startswith(before):
            raise ValueError("tokenizer: its decode changes text that earlier, distant tokens put")
        return whole[len(before) :]


class Whole(Front):
    """Any tokenizer at all: the state is the tokens so far, and nothing is ever closed."""

    start: State = ()
    settled: State = None

    def __init__(self, decode: Decode) -> None:
        self._decode = decode

    def step(self, state: Any, token: int) -> tuple[State, str]:
        return (*state, token), ""

    def tail(self, state: Any) -> str:
        return self._decode(state)


@lru_cache(maxsize=1)
def byte_alphabet() -> dict[str, int]:
    """The characters that stand for bytes in byte-level BPE (Radford et al. 2019, `bytes_to_unicode`)."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    table = {chr(byte): byte for byte in plain}
    others = [byte for byte in range(256) if byte not in set(plain)]
    return table | {chr(256 + n): byte for n, byte in enumerate(others)}
