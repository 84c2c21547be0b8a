"""Texts taken apart at spaces: the ids are those of the whole text, by the library that reads it whole."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.rewards.hostile import FRAGMENTS
from tests.text.test_words import WAY
from tests.text.tokenizers_zoo import make_tokenizer
from textgym.text import words as w
from textgym.text.builtin import BuiltinTokenizer, train_tokenizer
from textgym.text.chunks import Chunks
from textgym.text.codec import Codec
from textgym.text.stream import WordStream
from textgym.text.tokenizers import shipped_tokenizer

TEXTS = st.lists(st.sampled_from([*FRAGMENTS, " ", " ", "word", "\n"]) | st.text(max_size=5), max_size=16).map("".join)
TRAINED = train_tokenizer("bpe", 320, ["the cat's hat, isn't it 12 3 \u00fcber na\u00efve"] * 3)


def hugging_face() -> Any:
    """The same vocabulary behind the Hugging Face interface, with a token that is read from text by its name."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    fast = Tokenizer.from_str(TRAINED.definition)
    fast.encode_special_tokens = False
    return PreTrainedTokenizerFast(tokenizer_object=fast, eos_token="<eos>", pad_token="<pad>")


def marked(*merged: str) -> Any:
    """BPE over whole texts in which a mark stands for each space, as SentencePiece's; `merged` are pairs of tokens."""
    from tokenizers import Tokenizer, models, normalizers
    from transformers import PreTrainedTokenizerFast

    pairs = [tuple(pair.split()) for pair in merged]
    tokens = ["<unk>", "</s>", *"\u2581acdehost'.", *("".join(pair) for pair in pairs)]
    model = models.BPE({token: i for i, token in enumerate(tokens)}, pairs, unk_token="<unk>", fuse_unk=True)
    fast = Tokenizer(model)
    fast.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    return PreTrainedTokenizerFast(tokenizer_object=fast, eos_token="</s>", unk_token="<unk>")


WRAPPED = ["unigram+wrapped", "word_piece+wrapped", "word_piece_plain+cleaned", "word_level+wrapped"]
TOKENIZERS = {
    "word": shipped_tokenizer("translate"),
    "bpe": TRAINED,
    "hugging face": hugging_face(),
    "char": train_tokenizer("char", None, ["the cat's hat \u00fcber \u65e5"]),
    "byte": train_tokenizer("byte", None, []),
    "marked": marked("\u2581 c", "\u2581c a", "a t", "\u2581 \u2581", "s '"),
    **{kind: make_tokenizer(kind) for kind in WRAPPED},
}


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=300, deadline=None)
@given(texts=st.lists(TEXTS, max_size=4), width=st.integers(1, 40))
@example(texts=["a\n b", "a \nb", "a \n \n b", "a  b", " a", "a ", "", " ", "a\u00a0 b", "a\x1f b"], width=9)
@example(
    texts=["\u2581 a", "a\u2581 \u2581b", "\u2581", "a \u2581\u2581 x", "A\u03a3 a", "e \u0301", "<unk> </s>a"], width=9
)
@example(texts=["a\n <eos>", "<eos> a", "a <eos>b", "it 's", "it's 12.5 %", "x" * 70 + " y"], width=9)
def test_encode_is_that_of_the_whole_text(name: str, texts: list[str], width: int) -> None:
    codec = Codec(TOKENIZERS[name])
    assert codec._chunks is not None
    backend = codec.tokenizer.backend_tokenizer
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    whole = [backend.encode(text, add_special_tokens=False).ids for text in texts]
    assert [codec.encode(text) for text in texts] == whole
    rows = codec.encode_rows(texts, width)
    expected = [(ids + [codec.pad_id] * width)[:width] for ids in whole]
    assert rows.shape == (len(texts), width)
    assert rows.tolist() == expected


def test_other_tokenizers_are_left_alone() -> None:
    definition = json.loads(TRAINED.definition)
    definition["pre_tokenizer"]["use_regex"] = False  # so that merges may go on across a space
    codec = Codec(BuiltinTokenizer(json.dumps(definition)))
    assert codec._chunks is None
    assert codec.encode_rows(["the hat"], 2).tolist() == [codec.encode("the hat")[:2]]
    assert Codec(marked("t \u2581"))._chunks is None  # a token that goes on across the mark of a space

    class Upper(type(TRAINED)):  # type: ignore[misc]  # somebody's own encode
        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            return super().encode(text.upper(), add_special_tokens)

    upper = Codec(Upper(TRAINED.definition))
    assert upper._chunks is None
    assert upper.encode("it's") == TRAINED.encode("IT'S")


@WAY
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@example(texts=["(5. (5) x", " x", "x ", "", " ", "a  b", "\u4e2d a \u4e2d", "don't-\n -x", "A\u03a3 a"])
def test_reference_words_are_the_official_ones(words: w.Words, official: Any, texts: list[str]) -> None:
    if isinstance(words, (w.WordEnds, w.SentenceEnds)):  # they mark ends, and no reference is read with them
        return
    stream = WordStream(Codec(TRAINED), words)
    for _ in range(2):  # learning and remembering
        ids, ends = stream.read(texts)
        spelled = {number: word for word, number in stream._pinned.items()}
        found = [[spelled[i] for i in part.tolist()] for part in np.split(ids, ends[:-1])]
        assert found == [list(words.words(text)) for text in texts]


def test_what_is_remembered_is_bounded() -> None:
    asked: list[str] = []

    def cut(chunk: str, first: bool, last: bool) -> list[int]:
        asked.append(chunk)
        return [len(chunk)] * 3

    chunks = Chunks(cut, most=50)
    for start in range(0, 400, 10):
        numbers = [str(i) for i in range(start, start + 20)]
        ids = chunks.ids(" ".join(numbers))
        assert ids is not None
        assert ids.tolist() == [len(number) for number in numbers for _ in range(3)]
        assert chunks._count <= 50
    assert len(asked) > 420
    again = pickle.loads(pickle.dumps(Chunks(len)))  # type: ignore[arg-type]  # empty, but of the same kind
    assert isinstance(again, Chunks)
