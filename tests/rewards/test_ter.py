"""The edits that the kernel counts are sacrebleu's, whatever is shifted where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.lib_ter import translation_edit_rate

from tests.rewards.hostile import Fragments, make_scorer
from textgym.kernels import ter as ter_kernel
from textgym.rewards.ter import Ter
from textgym.text.codec import Codec
from textgym.types import Example


def edits(text: list[int], reference: list[int]) -> int:
    """`ter_kernel.edits` of two lists of words."""
    first: dict[int, int] = {}
    for place, word in enumerate(reference):
        first.setdefault(word, place)
    grids = np.zeros((3, len(text) + 1, len(reference) + 1), dtype=np.int32)
    lines = np.zeros((8, max(len(text), len(reference)) + 2), dtype=np.int32)
    lines[ter_kernel.TEXT, : len(text)] = [first.get(word, -1) for word in text]
    lines[ter_kernel.REFERENCE, 1 : len(reference) + 1] = [first[word] for word in reference]
    return int(ter_kernel.edits(grids, lines, len(text), len(reference)))


def check(text: list[int], reference: list[int]) -> None:
    expected = translation_edit_rate([str(word) for word in text], [str(word) for word in reference])[0]
    assert edits(text, reference) == expected


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
