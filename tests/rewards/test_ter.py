"""The edits that the kernel counts are sacrebleu's, whatever is shifted where."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import TER
from sacrebleu.metrics.lib_ter import translation_edit_rate

from tests.rewards.hostile import Fragments, make_scorer
from textgym.rewards.base import Scorer
from textgym.rewards.demo import score_text
from textgym.rewards.ter import Ter
from textgym.text.codec import Codec
from textgym.types import Example


class Numbered:
    """A token for each of 2,000 words."""

    pad_token_id, bos_token_id, eos_token_id = 0, None, 1
    all_special_ids = [0, 1]  # noqa: RUF012

    def __len__(self) -> int:
        return 2002

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [int(word) + 2 for word in text.split()]

    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> str:
        return "".join(f" {token - 2}" for token in token_ids if token > 1)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return [f" {token - 2}" for token in ids]


def example_of(references: list[list[int]]) -> Example:
    return Example("e", "", tuple(" ".join(map(str, reference)) for reference in references))


def rating(count: Callable[[list[int], list[int]], int], text: list[int], references: list[list[int]]) -> float:
    """The score of a text by `count`, the edits of a pair."""
    fewest, words = min(count(text, reference) for reference in references), sum(map(len, references))
    return 1.0 - 100.0 * (fewest / (words / len(references)) if words else float(fewest > 0)) / 100.0


@functools.cache
def scorer_of() -> Scorer:
    return make_scorer(Ter(), Codec(Numbered()), 2)


def score_at_once(text: list[int], references: list[list[int]]) -> float:
    """The score of a text of which nothing was scored before."""
    scorer = scorer_of()
    scorer.reset(1, example_of(references))
    for word in text:
        scorer.push(1, word % 2000 + 2)
    return scorer.score(1)


def check(text: list[int], reference: list[int]) -> None:
    assert score_at_once(text, [reference]) == rating(official, text, [reference])


def official(text: list[int], reference: list[int]) -> int:
    return translation_edit_rate([str(word) for word in text], [str(word) for word in reference])[0]


def variants(rng: np.random.Generator, reference: list[int], words: int) -> list[list[int]]:
    """Texts: unrelated, shuffled, with runs moved, with words replaced, turned around, repeated, cut short."""
    moved = list(reference)
    for _ in range(3):
        start, goal, length = (int(n) for n in rng.integers(max(1, len(moved)), size=3))
        run = moved[start : start + 1 + length % 8]
        del moved[start : start + len(run)]
        moved[goal:goal] = run
    half = len(reference) // 2
    return [
        rng.integers(words, size=int(rng.integers(40))).tolist(),
        rng.permutation(reference).astype(int).tolist(),
        moved,
        [word if rng.random() < 0.8 else -word - 1 for word in reference],
        reference[half:] + reference[:half],
        reference * 2,
        reference[:half],
    ]


@pytest.mark.parametrize("words", [2, 5, 30, 1000])
def test_many_pairs(words: int) -> None:
    rng = np.random.default_rng(words)
    for size in range(0, 26, 3):
        reference = rng.integers(words, size=size).tolist()
        for text in variants(rng, reference, words):
            check(text, reference)


@pytest.mark.parametrize("size", [60, 200])
def test_long_references(size: int) -> None:
    rng = np.random.default_rng(size)
    reference = rng.integers(500, size=size).tolist()
    for text in ([], [7], [word if rng.random() < 0.9 else -1 for word in reference], reference[9:] + reference[:9],
                 reference[: size // 4], reference + rng.integers(500, size=20).tolist()):  # fmt: skip
        check(text, reference)


def test_too_many_candidates() -> None:
    rng = np.random.default_rng(0)
    check(rng.integers(2, size=60).tolist(), rng.integers(2, size=60).tolist())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=14), st.lists(st.integers(0, 3), max_size=14))
def test_hypothesis(text: list[int], reference: list[int]) -> None:
    check(text, reference)


def grow(text: list[int], references: list[list[int]], rate: Callable[[list[int]], float] | None = None) -> None:
    """Compare the score of each beginning of the text with sacrebleu's, or with what `rate` says of it."""
    scorer, example = make_scorer(Ter(), Codec(Numbered()), 2), example_of(references)
    scorer.reset(1, example)
    for end in range(1, len(text) + 1):
        expected = rate(text[:end]) if rate else rating(official, text[:end], references)
        assert scorer.step(1, text[end - 1] + 2) == expected
        if end % 37 == 0:  # on from a snapshot, where nothing is kept
            scorer.set_state(1, example, scorer.get_state(1))


def grow_anew(text: list[int], references: list[list[int]]) -> None:
    """Compare the score of each beginning of the text with that of the same text scored at once."""
    grow(text, references, lambda beginning: score_at_once(beginning, references))


def collage(rng: np.random.Generator, reference: list[int], size: int) -> list[int]:
    """Runs of the reference in any order, and words that it lacks between them."""
    text: list[int] = []
    while len(text) < size:
        start, length, gap = (int(n) for n in rng.integers([len(reference), 12, 20]))
        text += reference[start : start + 1 + length] + [99] * gap
    return text


@pytest.mark.parametrize("words", [3, 12, 90])
def test_growing_texts(words: int) -> None:
    rng = np.random.default_rng(words)
    for size in (1, 8, 15):
        reference = rng.integers(words, size=size).tolist()
        grow(rng.permutation(reference).tolist(), [reference])
        grow(rng.integers(words, size=20).tolist(), [reference, reference[::-1] * 2, [5]])
        grow(collage(rng, reference, 20), [reference])


@pytest.mark.parametrize("size", [4, 17, 24, 25, 40, 62, 63])
def test_what_is_kept_is_what_is_worked_out_anew(size: int) -> None:
    rng = np.random.default_rng(size)
    for words in (4, 20, 90):
        reference = rng.integers(words, size=size).tolist()
        grow_anew(rng.integers(99, size=200).tolist(), [reference])
        grow_anew(collage(rng, reference, 100), [reference])
        grow_anew(reference + rng.integers(99, size=60).tolist(), [reference, reference[size // 2 :]])
        grow_anew((rng.permutation(reference).tolist() + [99] * 9) * 2, [reference])


@pytest.mark.parametrize("size", [25, 40, 63])
def test_texts_that_press_against_the_beam(size: int) -> None:
    rng = np.random.default_rng(size)
    reference, others = rng.integers(90, size=size).tolist(), [99] * 30
    for text in (
        reference + others,  # the beam cuts a copy off, more of it with each word
        others + reference,
        rng.integers(150, size=90).tolist(),
        reference[size // 2 :] + others + reference[: size // 2],
        collage(rng, reference, 80),
    ):
        scorer = scorer_of()
        scorer.reset(0, example_of([reference]))
        for end in range(1, len(text) + 1):
            score = scorer.step(0, text[end - 1] + 2)
            if end == len(text) or rng.random() < 2 / len(text):
                assert score == rating(official, text[:end], [reference])


def test_texts_longer_than_foreseen() -> None:
    import sacrebleu

    codec = Codec(Fragments())
    scorer = make_scorer(Ter(), codec)
    scorer.reset(0, Example("e", "", ("the cat", "the cats running")))
    ids = [codec.encode(piece)[0] for piece in (" the", " cat")] * 100
    for token in ids:
        last = scorer.step(0, token)
    text = codec.decode(ids)
    assert last == 1 - sacrebleu.TER().sentence_score(text, ["the cat", "the cats running"]).score / 100
    assert scorer.step_all(np.array([0], dtype=np.int32))[0] == last


@pytest.mark.parametrize("text", ["x's", "dog's\r\n", "x's\t", "a's\u00a0b", "x's\t's", "5's.,5"])
@pytest.mark.parametrize("references", [("x's\t",), ("dog's",), ("x's's", "a 's.,5"), ("&amp;quot; x's.",)])
def test_normalized_references_are_taken_apart_twice_as_officially(text: str, references: tuple[str, ...]) -> None:
    official = TER(normalized=True).sentence_score(text, list(references)).score
    assert score_text(Ter(normalized=True), text, references=references) == pytest.approx(1 - official / 100, abs=1e-9)
