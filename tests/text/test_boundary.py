"""The densities "word" and "sentence" settle where the decoded text has a word or a sentence complete."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest

from tests.rewards.hostile import Fragments
from tests.text.tokenizers_zoo import CORPUS, make_tokenizer
from textgym.text.boundary import Boundary
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer

PATTERNS = {"word": r"\S\s", "sentence": "[.!?…。！？][\"'’”»)\\]}」』]*\\s"}


def closed_text(codec: Codec, ids: list[int]) -> str:
    """The decoded text without what may still change."""
    detokenizer = Detokenizer(codec)
    state, text = detokenizer.start, ""
    for token in ids:
        state, closed, _ = detokenizer.step(state, token)
        text += closed
    return text


@pytest.mark.parametrize("kind", ["word", "sentence"])
@pytest.mark.parametrize("tokenizer", ["fragments", "byte_level", "unigram+wrapped", "word_piece_plain+cleaned"])
def test_flags_follow_the_text(kind: str, tokenizer: str) -> None:
    codec = Codec(Fragments() if tokenizer == "fragments" else make_tokenizer(tokenizer))
    rng = np.random.default_rng(0)
    num_rows = 6
    many, one = Boundary(codec, kind, num_rows), Boundary(Detokenizer(codec), kind, num_rows)
    rows: list[list[int]] = [[] for _ in range(num_rows)]
    real = [token for line in CORPUS[:2] for token in codec.encode(line)] or list(range(2, codec.size))
    for t in range(60):
        tokens = np.where(
            rng.random(num_rows) < 0.5, rng.choice(real, num_rows), rng.integers(codec.size, size=num_rows)
        )
        active = rng.random(num_rows) < 0.9
        flags = many.push_all(tokens.astype(np.int32), active)
        for row in range(num_rows):
            if not active[row]:
                assert not flags[row]
                continue
            before = len(re.findall(PATTERNS[kind], closed_text(codec, rows[row])))
            rows[row].append(int(tokens[row]))
            after = len(re.findall(PATTERNS[kind], closed_text(codec, rows[row])))
            assert flags[row] == (after > before)
            assert one.push(row, int(tokens[row])) == flags[row]
        if t == 30:
            saved = pickle.loads(pickle.dumps(many.get_state(0)))
            many.set_state(0, saved)
            many = pickle.loads(pickle.dumps(many))
            for boundary in (many, one):
                boundary.reset(1)
            rows[1] = []


def test_a_sentence_and_its_words() -> None:
    codec = Codec(make_tokenizer("characters"))
    text = 'it is (yes!) so. "no" 3.5 a'
    ids = codec.encode(text)
    for kind, expected in (("word", [3, 6, 13, 17, 22, 26]), ("sentence", [13, 17])):
        boundary = Boundary(codec, kind, 1)
        assert [t + 1 for t, token in enumerate(ids) if boundary.push(0, token)] == expected


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match="did you mean 'sentence'"):
        Boundary(Codec(Fragments()), "sentences", 1)
