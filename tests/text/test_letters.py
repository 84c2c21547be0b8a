"""Words by letters: what the kernels make of any tokens is what the official tokenizer makes of the text.

A stream tells words apart only as far as a row's own references need it; which those are, it learns between episodes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.rewards.hostile import FRAGMENTS, Fragments
from tests.text.test_words import WAYS
from tests.text.tokenizers_zoo import make_tokenizer
from textgym import kernels
from textgym.kernels.transitions import span_size, span_word, spans, transition
from textgym.text import sacrebleu_words as sw
from textgym.text import words as w
from textgym.text.codec import Codec
from textgym.text.pieces import byte_alphabet
from textgym.text.stream import START, WordStream

LETTERS = [words for words, _ in WAYS if words.letters()]
SYLLABLES = ["qu", "een", "s", " qu", " Queen", "\u00e9", "K", "'", "7", " a", "n", " the"]


class ByteFragments(Fragments):
    """Byte-level tokens: hostile texts, syllables, bytes that begin, continue and end characters, or do not."""

    def __init__(self) -> None:
        odd = [*range(0x80, 0x100, 5), 0xC2, 0xC3, 0xC4, 0xB0, 0xE2, 0x84, 0xAA, 0x80, 0x83, 0xE3, 0xE9, 0xBF, 0xBD]
        texts = [text.encode() for text in FRAGMENTS + SYLLABLES]
        mixed = [b"\xa9 x", b"a\xe9", b"\xe9\xbf\xbd", b"n\xe2", b"K\xc4"]
        self.pieces = [b"", b"", *texts, *(bytes([byte]) for byte in odd), *mixed]
        self._names = {byte: char for char, byte in byte_alphabet().items()}

    def __len__(self) -> int:
        return len(self.pieces)

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [self.pieces.index(text.encode())] if text.encode() in self.pieces[2:] else []

    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> str:
        return b"".join(self.pieces[token] for token in token_ids).decode("utf-8", "replace")

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return ["".join(self._names[byte] for byte in self.pieces[i]) if i > 1 else "<special>" for i in ids]


ZOO = {kind: partial(make_tokenizer, kind) for kind in ("metaspace_strip", "word_piece", "unigram", "byte_level")}
TOKENIZERS: dict[str, Callable[[], Any]] = {"bytes": ByteFragments, "fragments": Fragments, **ZOO}


class Text:
    """One text: the tokens so far, its references, and the words that the stream has closed."""

    def __init__(self, stream: WordStream, references: list[str]) -> None:
        self.stream, self.tokens = stream, list[int]()
        self.ids: dict[str, int] = {}
        for text in references:
            ids, _ = stream.read([text])
            self.ids.update(zip(stream.words.words(text), ids.tolist(), strict=True))
        self._state = np.full(1, START)
        self._closed: list[int] = []
        stream.register(self)

    def states(self) -> np.ndarray:
        return self._state

    def push(self, token: int) -> None:
        stream = self.stream
        while True:
            state = self._state.item()
            _, last, home = spans(stream.info, state)
            arrays = (stream.table, stream.breaks)
            goal, before, closed, *new = transition(*arrays, state, last, home, token)
            if goal >= 0:
                break
            stream.resolve(state, token)
        self._closed += self._words(before) + self._words(closed)
        self._state[0] = goal
        self.tokens.append(token)
        assert goal == state or list(spans(stream.info, goal)) == new

    def _words(self, span: int) -> list[int]:
        return [int(span_word(self.stream.pool, span, i)) for i in range(span_size(self.stream.pool, span))]

    def check(self) -> None:
        text = self.stream.codec.decode(self.tokens)
        found = self._closed + self._words(spans(self.stream.info, self._state.item())[0])
        expected = self.stream.words.words(text)
        own = set(self.ids.values())
        assert [number if number in own else None for number in found] == [self.ids.get(word) for word in expected], (
            text
        )


def run(stream: WordStream, rng: np.random.Generator, count: int, length: int = 14) -> None:
    codec = stream.codec
    texts: list[Text] = []
    for n in range(count):
        few = rng.integers(2, codec.size, size=6)
        tokens = rng.choice(few, size=length).tolist() if n % 3 else rng.integers(2, codec.size, size=length).tolist()
        references = [codec.decode(tokens[: rng.integers(length)]), codec.decode(rng.permutation(tokens[:6]).tolist())]
        texts.append(Text(stream, references))
        for token in tokens:
            texts[-1].push(token)
            texts[-1].check()
            older = texts[rng.integers(len(texts))]  # what is read in between changes nothing for it
            older.push(int(rng.choice(tokens)))
            older.check()
        del texts[:-4]


@pytest.mark.parametrize("kind", ["bytes", "fragments", "metaspace_strip"])
@pytest.mark.parametrize("words", LETTERS, ids=repr)
def test_words_of_references_are_told_apart_from_all_others(words: w.Words, kind: str) -> None:
    stream = WordStream(Codec(TOKENIZERS[kind]()), words)
    run(stream, np.random.default_rng(0), 40)


@pytest.mark.parametrize("kind", ZOO)
@pytest.mark.parametrize("words", [w.RougeWords(), sw.Mteval13a(), sw.TerWords(normalized=True)], ids=repr)
def test_whatever_the_tokenizer(words: w.Words, kind: str) -> None:
    run(WordStream(Codec(TOKENIZERS[kind]()), words), np.random.default_rng(2), 40)


@pytest.mark.parametrize("words", [sw.International(), sw.Mteval13a(), w.SquadWords(), w.RougeWords()], ids=repr)
def test_also_when_the_tables_are_started_anew(words: w.Words, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WordStream, "limit", 4)
    stream = WordStream(Codec(ByteFragments()), words)
    run(stream, np.random.default_rng(1), 30)
    assert stream.age > 2


def test_new_words_need_no_new_states() -> None:
    """Random syllables make words without end; after the tokens themselves there is nothing to work out."""
    codec = Codec(ByteFragments())
    stream = WordStream(codec, w.RougeWords())
    stream.read(["the queen's cat runs"])
    text = Text(stream, [])
    plain = [codec.encode(piece)[0] for piece in SYLLABLES]
    for token in plain * 2:
        text.push(token)
    states = len(stream._keys)
    for token in np.random.default_rng(0).choice(plain, size=2000).tolist():
        text.push(token)
    text.check()
    assert len(stream._keys) == states


def test_half_a_character_behind_letters_needs_no_new_states() -> None:
    """The first byte of a letter, a dotted I or a Kelvin sign: the next one tells whether it ends the word."""
    codec = Codec(ByteFragments())
    stream = WordStream(codec, w.RougeWords())
    letters = [codec.encode(piece)[0] for piece in ("qu", "een", "s", "n", "K", "7")]
    leads = [stream.codec.tokenizer.pieces.index(piece) for piece in (b"\xc4", b"\xe2", b"n\xe2", b"K\xc4")]
    rest = [stream.codec.tokenizer.pieces.index(piece) for piece in (b"\xb0", b"\x84", b"\xaa", b" qu", b"7", b"\xc4")]
    for token in [*letters, *leads, *rest]:
        Text(stream, ["queens a"]).push(token)
    states = len(stream._keys)
    rng = np.random.default_rng(0)
    for _ in range(300):
        text = Text(stream, [])
        for token in (*rng.choice(letters, size=rng.integers(4)), rng.choice(leads)):
            text.push(int(token))
            text.check()
        if len(text.tokens) > 1:
            assert text.states().item() >= kernels.HANGING
            assert len(stream._keys) == states
        for token in rng.choice(rest, size=rng.integers(4)):
            text.push(int(token))
            text.check()
        states = len(stream._keys)


def test_a_word_that_is_read_later_is_a_word_of_references() -> None:
    """A transition to a word that no reference had is not kept for those that have it."""
    codec = Codec(ByteFragments())
    stream = WordStream(codec, sw.Mteval13a())
    tokens = [codec.encode(piece)[0] for piece in (" qu", "een", "s")]
    for references in (["a cat"], ["a queen"], ["a queens' queen"], ["qu\u00e9"]):
        text = Text(stream, references)
        for token in tokens:
            text.push(token)
            text.check()


def test_compiled_and_interpreted_agree_on_what_a_strange_word_is() -> None:
    stream = WordStream(Codec(ByteFragments()), w.RougeWords())
    assert stream.info[kernels.STRANGE, :3].tolist() == [kernels.UNKNOWN, kernels.UNKNOWN, kernels.STRANGE]
