"""The rewards of form over arrays against the same rewards on text, and against their formulas."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rewards.hostile import Fragments, context_of, episodes, make_scorer
from tests.text.tokenizers_zoo import KINDS, make_tokenizer
from textgym.kernels import forms, lexer
from textgym.rewards.base import Reward, RowScorer
from textgym.rewards.form import Diversity, Length, Repetition
from textgym.rewards.form_scorer import FormScorer
from textgym.rewards.symbols import symbols
from textgym.rewards.words import WORDS, words
from textgym.text.codec import Codec
from textgym.types import Example

REWARDS: dict[str, Reward] = {
    "repetition": Repetition(),
    "rep-1": Repetition(n=1),
    "rep-16": Repetition(n=16),
    "diversity": Diversity(),
    "other orders": Diversity(orders=(5, 1)),
    "length": Length(),
    "target": Length(target=7),
    "characters": Length(low=30, high=50, unit="characters"),
}
TOKENIZERS = ("fragments", *KINDS)


def codec_of(kind: str) -> Codec:
    return Codec(Fragments() if kind == "fragments" else make_tokenizer(kind))


def by_formula(name: str, text: str, example: Example) -> float:
    """The docstrings' formulas, on the whole text."""
    found = words(text)

    def share(n: int) -> float:
        grams = [tuple(found[i : i + n]) for i in range(len(found) - n + 1)]
        return len(set(grams)) / len(grams) if grams else 1.0

    if name.startswith("rep"):
        return 1.0 - share({"repetition": 3, "rep-1": 1, "rep-16": 16}[name])
    if name in ("diversity", "other orders"):
        shares = [share(n) for n in ((1, 2, 3) if name == "diversity" else (5, 1)) if n <= len(found)]
        return sum(shares) / len(shares) if shares else 0.0
    lengths = [max(1, len(words(reference))) for reference in example.references]
    low, high = {"length": (min(lengths), max(lengths)), "target": (7, 7), "characters": (30, 50)}[name]
    size = len(text) if name == "characters" else len(found)
    return size / low if size < low else max(0.0, 1.0 - max(0, size - high) / low)


@pytest.mark.parametrize("kind", TOKENIZERS)
@pytest.mark.parametrize("name", REWARDS)
def test_every_prefix_as_the_formula_has_it(name: str, kind: str) -> None:
    codec = codec_of(kind)
    scorer = make_scorer(REWARDS[name], codec)
    assert isinstance(scorer, FormScorer)
    for number, (ids, references) in enumerate(episodes(codec, 3, 12, 40)):
        example = Example(str(number), "", references)
        scorer.reset(0, example)
        for end, token in enumerate(ids, 1):
            expected = by_formula(name, codec.decode(ids[:end]), example)
            assert scorer.step(0, token) == expected, (ids[:end], codec.decode(ids[:end]))
        assert scorer.score_tokens(0, example, np.array(ids)) == expected


@pytest.mark.parametrize("kind", TOKENIZERS)
@pytest.mark.parametrize("name", ["repetition", "diversity", "length", "characters"])
def test_rows_as_single_ones_and_as_rows_of_python(name: str, kind: str) -> None:
    codec = codec_of(kind)
    chosen = episodes(codec, 5, 6, 60)
    examples = [Example(str(number), "", references) for number, (_, references) in enumerate(chosen)]
    many, context = make_scorer(REWARDS[name], codec, 6), context_of(codec, 6)
    slow = RowScorer(REWARDS[name], context, 6)
    many.reset_rows(range(6), examples)
    slow.reset_rows(range(6), examples)
    rng = np.random.default_rng(0)
    for step in range(60):
        tokens = np.array([ids[step] for ids, _ in chosen], dtype=np.int32)
        active = rng.random(6) < 0.8
        context.texts.push_all(tokens, np.flatnonzero(active).tolist())
        many.push_all(tokens, active)
        slow.push_all(tokens, active)
        which = rng.permutation(6)
        assert many.score_rows(which).tolist() == slow.score_rows(which).tolist()
        if step % 20 == 7:  # a row goes on as a copy of another, of another scorer
            twin = pickle.loads(pickle.dumps(many)) if step == 7 else copy.deepcopy(many)
            examples[2] = examples[4]
            many.set_state(2, examples[4], twin.get_state(4))
            slow.set_state(2, examples[4], slow.get_state(4))
            context.texts.set_state(2, context.texts.get_state(4))
            chosen[2] = chosen[4]


def read(text: str, cut: int) -> tuple[int, int, int]:
    """Words, different bigrams and characters of a text in two pieces, by the kernel."""
    rows, grams = np.zeros((1, lexer.COUNTS + 1), dtype=np.int64), np.zeros((1, 1, 512), dtype=np.int64)
    orders = np.array([2])
    for piece in (symbols(text[:cut]), symbols(text[cut:])):
        assert forms.read_row(rows, grams, orders, 0, piece, len(piece))
    scores = np.empty(1)
    forms.score_rows(rows, grams, orders, np.ones((1, 2)), np.array([0]), forms.REPETITION, 0, scores)
    count = rows.item(0, lexer.WORDS) + (rows.item(0, lexer.OPEN) != lexer.NOTHING)
    return count, round((1.0 - scores.item()) * max(count - 1, 0)), rows.item(0, lexer.CHARACTERS)


CHARACTERS = st.one_of(
    st.sampled_from([*"aB1.,'’ _-ßẞﬁİſKé字ひ・〇²Ⅳ٣ͅ", "a" * 47, "1" * 23, "'" + "x" * 15, "1." * 5]), st.characters()
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(CHARACTERS, max_size=30).map("".join), st.integers(0, 60))
def test_the_kernel_cuts_words_as_the_pattern_does(text: str, cut: int) -> None:
    text = text[:230]
    found = [match.group().casefold() for match in WORDS.finditer(text)]
    different = len(set(itertools.pairwise(found)))
    assert read(text, cut) == (len(found), different, len(text))


def test_tables_grow_and_are_emptied() -> None:
    codec = codec_of("byte_level")
    scorer: Any = make_scorer(Diversity(), codec, 2)
    rng = np.random.default_rng(0)
    ids = rng.integers(codec.size, size=3000)
    for example in (Example("0", "", ("a",)), Example("1", "", ("b c",))):
        scorer.reset(0, example)
        for token in ids.tolist():
            scorer.push(0, token)
        assert scorer.score(0) == by_formula("diversity", codec.decode(ids), example)
    assert scorer.score(1) == 0.0


@pytest.mark.parametrize("token", [-1, 10_000])
def test_a_token_that_is_none(token: int) -> None:
    scorer = make_scorer(Repetition(), codec_of("fragments"), 2)
    scorer.reset(0, Example("0", "", ("a",)))
    with pytest.raises(ValueError, match=rf"token: got {token}, allowed are 0 to"):
        scorer.step(0, token)
    with pytest.raises(ValueError, match=r"tokens: got shape \(3,\), allowed is \(2,\)"):
        scorer.push_all(np.zeros(3, dtype=np.int32))
