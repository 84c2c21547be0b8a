"""The text of every prefix is what the tokenizer decodes it to."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.text.tokenizers_zoo import CORPUS, KINDS, make_tokenizer
from textgym import kernels
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows
from textgym.text.pieces import BytePieces, TextPieces, Whole, Windowed

FRONTS = {
    "byte_level": BytePieces, "metaspace_strip": TextPieces, "metaspace_plain": TextPieces, "unigram": TextPieces,
    "word_piece": TextPieces, "word_level": TextPieces, "characters": TextPieces, "suffix_bpe": Windowed,
    "letters": TextPieces, "spaced": Windowed, "folded": Whole, "word_piece_plain": TextPieces,
}  # fmt: skip


def check(codec: Codec, ids: list[int]) -> None:
    detokenizer = Detokenizer(codec)
    rows = TextRows(detokenizer, 2)
    state, done, before = detokenizer.start, "", ""
    for t, token in enumerate(ids):
        state, closed, tail = detokenizer.step(state, token)
        hash(state)
        done += closed
        rows.push(1, token)
        expected = codec.decode(ids[: t + 1])
        assert done + tail == expected
        assert detokenizer.tail(state) == tail
        assert rows.text(1) == expected
        assert rows.length(1) == t + 1
        start = rows.start(1)
        assert expected[:start] == before[:start]
        before = expected
    assert rows.text(0) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_random_ids_and_real_text(kind: str) -> None:
    codec = Codec(make_tokenizer(kind))
    rng = np.random.default_rng(1)
    for _ in range(12):
        check(codec, rng.integers(codec.size + 2 * (kind not in ("letters", "spaced", "folded")), size=30).tolist())
    for line in CORPUS[:5]:
        check(codec, codec.encode(line)[:60])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "folded" not in kind])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_hypothesis(kind: str, data: st.DataObject) -> None:
    codec = Codec(make_tokenizer(kind))
    check(codec, data.draw(st.lists(st.integers(0, codec.size - 1), max_size=20)))


@pytest.mark.parametrize("kind", KINDS)
def test_fast_way_is_chosen(kind: str) -> None:
    machine = Detokenizer(Codec(make_tokenizer(kind))).machine
    assert type(machine.front) is FRONTS[kind.partition("+")[0]]
    assert (len(machine.stages) >= 10) == kind.endswith("+cleaned")


def test_runs_of_quotes_and_bytes() -> None:
    for kind in ("word_piece_plain+cleaned", "metaspace_strip", "byte_level"):
        codec = Codec(make_tokenizer(kind))
        rng = np.random.default_rng(2)
        names = codec.tokenizer.convert_ids_to_tokens(list(range(codec.size)))
        odd = [t for t, name in enumerate(names) if name in ("'", "s", ".", "n't", "'s", "▁", "m")]
        odd += [names.index(f"<0x{byte:02X}>") for byte in (0x20, 0x41, 0xE2, 0x82, 0xAC, 0xF0) if "strip" in kind]
        odd += list(codec.encode("👩‍👩‍👧 日")) if kind == "byte_level" else []
        for _ in range(25):
            check(codec, [odd[i] for i in rng.integers(len(odd), size=12)])


def test_states_stay_small() -> None:
    for kind in ("byte_level", "unigram", "word_piece_plain+cleaned", "metaspace_strip", "suffix_bpe"):
        codec = Codec(make_tokenizer(kind))
        detokenizer = Detokenizer(codec)
        state = detokenizer.start
        for token in np.random.default_rng(0).integers(codec.size, size=2000).tolist():
            state, _, _ = detokenizer.step(state, token)
            assert len(pickle.dumps(state)) < 400


def test_snapshots() -> None:
    codec = Codec(make_tokenizer("byte_level"))
    rows = TextRows(Detokenizer(codec), 2)
    ids = codec.encode("日本 the cat")
    for token in ids[:2]:
        rows.push(0, token)
    saved = pickle.loads(pickle.dumps(rows.get_state(0)))
    for token in ids[2:]:
        rows.push(0, token)
    rows.set_state(1, saved)
    assert rows.text(1) == codec.decode(ids[:2])
    for token in ids[2:]:
        rows.push(1, token)
    assert rows.text(1) == rows.text(0) == "日本 the cat"
    rows.reset(1)
    assert (rows.text(1), rows.length(1), rows.start(1)) == ("", 0, 0)


def test_shared_and_picklable() -> None:
    codec = Codec(make_tokenizer("unigram+wrapped"))
    assert Detokenizer(codec).machine is Detokenizer(Codec(codec.tokenizer)).machine
    again = pickle.loads(pickle.dumps(Detokenizer(codec)))
    assert again.step(again.start, 20)[1:] == Detokenizer(codec).step(again.start, 20)[1:]


@pytest.mark.parametrize("kind", KINDS)
def test_many_texts_are_those_that_decode_gives(kind: str) -> None:
    """Rows of any ids, bytes in runs and tokens that put nothing among them, cut off anywhere."""
    codec = Codec(make_tokenizer(kind))
    detokenizer, rng = Detokenizer(codec), np.random.default_rng(5)
    odd = [*range(4), *getattr(detokenizer.machine.front, "runs", {})]
    for n in range(60):
        rows, width = int(rng.integers(1, 6)), int(rng.integers(1, 20))
        ids = rng.integers(codec.size, size=(rows, width)).astype(np.int32)
        mask = rng.random((rows, width)) < (0.0, 0.2, 0.6)[n % 3]
        ids[mask] = rng.choice(odd, mask.sum())
        lengths = rng.integers(width + 1, size=rows).astype(np.int32)
        expected = [codec.decode(row[:length]) for row, length in zip(ids, lengths, strict=True)]
        assert detokenizer.texts(ids, lengths) == expected
        assert [detokenizer.text(row[:length]) for row, length in zip(ids, lengths, strict=True)] == expected


def test_a_text_may_have_the_character_that_parts_them() -> None:
    pieces = BytePieces([b"a", kernels.PARTING.encode(), b"\xef", b"\xbf\xbf"])
    ids = np.array([[0, 1, 0], [2, 3, 0], [0, 0, 0]], dtype=np.int32)
    assert pieces.rows(ids, np.array([3, 3, 1], dtype=np.int32)) == ["a\uffffa", "\uffffa", "a"]
