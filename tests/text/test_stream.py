"""The automaton: shared, bounded, and gone some time after the last one uses it."""

from __future__ import annotations

import gc
import pickle
import weakref

import numpy as np
import pytest

from tests.rewards.hostile import Fragments
from tests.text.tokenizers_zoo import make_tokenizer
from textgym import kernels
from textgym.text.codec import Codec
from textgym.text.stream import WordStream, word_stream
from textgym.text.words import PlainWords, RougeWords


class Walker:
    def __init__(self, num_rows: int) -> None:
        self.array = np.zeros(num_rows, dtype=np.int64)

    def states(self) -> np.ndarray:
        return self.array


def walk(stream: WordStream, walker: Walker, tokens: np.ndarray) -> np.ndarray:
    flags, done = np.zeros(len(tokens), dtype=np.bool_), 0
    active = np.ones(len(tokens), dtype=np.bool_)
    while True:
        arrays = (stream.table, stream.info, stream.breaks)
        done = kernels.cross(*arrays, walker.array, tokens, active, done, flags)
        if done == len(tokens):
            return flags
        stream.resolve(int(walker.array[done]), int(tokens[done]))


def test_one_stream_for_equal_words_of_one_tokenizer() -> None:
    tokenizer = Fragments()
    stream = word_stream(Codec(tokenizer), RougeWords())
    assert word_stream(Codec(tokenizer), RougeWords()) is stream
    assert word_stream(Codec(tokenizer), RougeWords(stemmer=True)) is not stream
    assert word_stream(Codec(Fragments()), RougeWords()) is not stream
    assert pickle.loads(pickle.dumps(stream)).words == stream.words


def test_a_tokenizer_may_grow() -> None:
    tokenizer = make_tokenizer("unigram+wrapped")
    before = word_stream(Codec(tokenizer), RougeWords())
    tokenizer.add_tokens(["zebra"])
    codec = Codec(tokenizer)
    after, new = word_stream(codec, RougeWords()), codec.size - 1
    assert after is not before
    after.resolve(0, new)
    assert after.detokenizer.text(np.array([new])) == codec.decode([new]) == "zebra"


def test_only_the_latest_outlive_their_users() -> None:
    tokenizers = [Fragments() for _ in range(6)]
    streams = [weakref.ref(word_stream(Codec(tokenizer), RougeWords())) for tokenizer in tokenizers]
    owners = [weakref.ref(tokenizer) for tokenizer in tokenizers]
    assert word_stream(Codec(tokenizers[-1]), RougeWords()) is streams[-1]()
    del tokenizers
    gc.collect()
    for found in (streams, owners):
        assert [one() is None for one in found] == [True, True, False, False, False, False]


def test_starting_anew_keeps_every_walker_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    codec = Codec(Fragments())
    rng = np.random.default_rng(0)
    tokens = rng.integers(codec.size, size=(80, 5))
    free = WordStream(codec, PlainWords())
    expected_walker = Walker(5)
    expected = [walk(free, expected_walker, row) for row in tokens]
    monkeypatch.setattr(WordStream, "limit", 25)
    tight = WordStream(codec, PlainWords())
    first, second = Walker(5), Walker(5)
    tight.register(first)
    tight.register(second)
    for row, flags in zip(tokens, expected, strict=True):
        assert walk(tight, first, row).tolist() == walk(tight, second, row).tolist() == flags.tolist()
    assert [tight.key(s) for s in first.array.tolist()] == [free.key(s) for s in expected_walker.array.tolist()]
    assert len(tight._keys) <= 60
    assert free.version > 0


def test_breaks_keep_the_table_small() -> None:
    codec = Codec(Fragments())
    stream = WordStream(codec, RougeWords())
    walker = Walker(1)
    spaced = [t for t in range(2, codec.size) if codec.decode([t])[:1] == " " and codec.decode([t]).strip()]
    for token in spaced * 3:
        walk(stream, walker, np.array([token]))
    table = stream.table[(stream.table[:, 0] > 0) & (stream.table[:, 1] >= 0)]  # letters are below 0
    assert len(table) <= 2 * len(spaced)
