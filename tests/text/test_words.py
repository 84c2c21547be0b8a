"""Closing words early changes nothing: closed words and pending ones are those of the official library."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.rewards.hostile import FRAGMENTS
from textgym.text import sacrebleu_words as sw
from textgym.text import words as w


def bleu(name: str, lowercase: bool) -> Callable[[str], list[str]]:
    def official(text: str) -> list[str]:
        from sacrebleu.metrics import BLEU

        return BLEU(tokenize=name, lowercase=lowercase)._preprocess_segment(text).split()

    return official


def rouge(stemmer: bool) -> Callable[[str], list[str]]:
    from rouge_score.tokenizers import DefaultTokenizer

    return DefaultTokenizer(stemmer).tokenize


def ter(words: sw.TerWords) -> Callable[[str], list[str]]:
    from sacrebleu.metrics import TER

    metric = TER(**dataclasses.asdict(words))
    return lambda text: metric._preprocess_segment(text).split()


def squad(text: str) -> list[str]:
    import re
    import string

    kept = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split()).split()


TER_WORDS = [sw.TerWords(*options) for options in itertools.product((False, True), repeat=4)]
WAYS: list[tuple[w.Words, Callable[[str], list[str]] | None]] = [
    (w.PlainWords(), str.split),
    (w.RougeWords(), rouge(False)),
    (w.RougeWords(stemmer=True), rouge(True)),
    *((sw.bleu_words(name, low), bleu(name, low)) for name in sw.BLEU_WORDS for low in (False, True)),
    (sw.ChrFCharacters(), None),
    (sw.ChrFCharacters(lowercase=True), None),
    (sw.ChrFCharacters(whitespace=True), list),
    (sw.ChrFCharacters(lowercase=True, whitespace=True), lambda text: list(text.lower())),
    (sw.ChrFWords(), None),
    (sw.ChrFWords(lowercase=True), None),
    *((words, ter(words)) for words in TER_WORDS),
    (w.SquadWords(), squad),
    (w.WordEnds(), None),
    (w.SentenceEnds(), None),
]
WAY = pytest.mark.parametrize(("words", "official"), WAYS, ids=[repr(words) for words, _ in WAYS])


def of_letters(words: w.Words, text: str, fresh: bool) -> bool:
    """Whether open `text` is letters after which something may end, or nothing."""
    return all(char in words.letters() for char in text) and text[-1:] not in tuple(words.unended()) and not fresh


def check(words: w.Words, official: Callable[[str], list[str]] | None, parts: list[str]) -> None:
    text, rest, fresh, closed = "", "", True, []
    for part in parts:
        text += part
        before_break = (rest, fresh)
        done, rest, fresh = words.advance(rest + part, fresh)
        closed += done
        expected = words.words(text)
        if official is not None:
            assert expected == official(text)
        assert closed + words.pending(rest, fresh) == expected
        # What a break does, in two steps: it closes the open text, then starts from nothing.
        if part and (words.breaks(part) or (words.ends(part) and of_letters(words, *before_break))):
            finished, left, still = words.advance(before_break[0] + " x", before_break[1])
            if left == "x" and not still:
                more, rest_2, fresh_2 = words.advance(part, False)
                assert (finished + more, rest_2, fresh_2) == (done, rest, fresh)


@WAY
def test_hostile_fragments(words: w.Words, official: Callable[[str], list[str]] | None) -> None:
    rng = np.random.default_rng(0)
    for n in range(150):
        few = FRAGMENTS if n % 2 else [FRAGMENTS[i] for i in rng.integers(len(FRAGMENTS), size=5)]
        check(words, official, [few[i] for i in rng.integers(len(few), size=14)])


@WAY
@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=4)), max_size=12))
@example(parts=["foo-", "\n", " ", "bar"])
@example(parts=["(5", " (5.", " ", "x"])
@example(parts=["A\u03a3", ".", "a"])
@example(parts=["it's\n", "-x", " \n", "-", "5.\n\n", "-3"])
def test_hypothesis(words: w.Words, official: Callable[[str], list[str]] | None, parts: list[str]) -> None:
    check(words, official, parts)


def test_letters_that_lower_to_ascii() -> None:
    odd = [
        chr(code)
        for code in range(128, sys.maxunicode + 1)
        if any(char.isascii() and char.isalnum() for char in chr(code).lower())
    ]
    assert odd == ["\u0130", "\u212a"]


def test_no_white_space_is_overlooked() -> None:
    spaces = [code for code in range(128, sys.maxunicode + 1) if chr(code).isspace()]
    assert not any(w.no_space(code, code) for code in spaces)
    assert w.no_space(0x4E00, 0x9FFF)
    assert not w.no_space(0x2000, 0x2FFF)


def test_memory_of_boundaries_is_small() -> None:
    for words in (w.WordEnds(), w.SentenceEnds()):
        rests = set()
        rest, fresh = "", True
        for part in FRAGMENTS * 3:
            _, rest, fresh = words.advance(rest + part, fresh)
            rests.add((rest, fresh))
        assert len(rests) <= 4


def test_unknown_tokenizer_reads_the_whole_text() -> None:
    words = sw.BleuWords("13a")
    assert words.advance("a b c", True) == ([], "a b c", True)
    assert words.pending("a b, c", True) == ["a", "b", ",", "c"]
