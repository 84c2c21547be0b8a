"""A little of everything, so that each kernel is compiled and lands in numba's cache."""

from __future__ import annotations

import numpy as np

from textgym import kernels
from textgym.rewards.base import Reward, RewardContext
from textgym.rewards.bleu import Bleu
from textgym.rewards.chrf import ChrF
from textgym.rewards.demo import CharacterTokenizer, NoCorpus
from textgym.rewards.engine import NgramScorer
from textgym.rewards.form import Diversity
from textgym.rewards.rouge import Rouge
from textgym.rewards.ter import Ter
from textgym.text.boundary import Boundary
from textgym.text.chunks import Chunks
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows
from textgym.text.pieces import BytePieces
from textgym.types import Example


def warm_up() -> None:
    """Run every kernel once, with the argument types that the scorers use."""
    codec = Codec(CharacterTokenizer())
    context = RewardContext(codec, NoCorpus(), TextRows(Detokenizer(codec), 1), 8)  # type: ignore[arg-type]
    example = Example("warm", "", ("a cat. ",))
    tokens = np.array(codec.encode("a cat sat"), dtype=np.int32)
    rewards: list[Reward] = [Rouge(), Bleu(), ChrF(word_order=2), Ter(), Diversity()]
    for reward in rewards:
        scorer = reward.scorer(context, 2)
        scorer.reset(0, example)
        scorer.step(0, int(tokens[0]))
        scorer.push(0, int(tokens[1]))
        scorer.score(0)
        scorer.step_all(tokens[:2])
        scorer.push_all(tokens[:2], np.array([True, False]))
        scorer.score_rows(np.arange(2))
        scorer.score_tokens(1, example, tokens)
        scorer.read_rows([example, example], np.stack([tokens, tokens]), np.array([2, 3], dtype=np.int32))
        scorer.set_state(0, example, scorer.get_state(0))
        if isinstance(scorer, NgramScorer):
            scorer.reset_rows([0, 1], [example, example])
            table = scorer.engine.stream.table
            kernels.rehash(table, np.zeros_like(table))
    rows, counts, all_rows = np.arange(2), np.ones(2, dtype=np.int32), np.ones(2, dtype=bool)
    texts, step, sums, turns = (
        np.zeros((2, 2), dtype=np.int32),
        counts[:, None].copy(),
        np.zeros(2),
        np.zeros(2, np.int64),
    )
    kernels.advance(rows, 9, all_rows, texts, counts * 0, counts, 1, all_rows.copy())
    for dtype in (np.uint8, np.uint16, np.int32):
        kernels.begin(rows, rows, texts.astype(dtype), turns, texts, texts, counts * 0, counts, counts * 0, 0, 2)
    kernels.observe(rows, texts, texts, counts, texts, texts, step, counts)
    kernels.follow(turns, texts, texts, step, turns, texts, texts, step)
    kernels.pay(sums, 1.0, sums, sums, sums, sums, sums)
    BytePieces([b"a", b" cat"]).rows(tokens[None] % 2, counts[:1])
    Chunks(lambda chunk, first, last: [len(chunk)]).rows(["a cat", "sat"], 2, 0)
    boundary = Boundary(codec, "word", 2)
    boundary.push_all(tokens[:2])
    boundary.push(0, int(tokens[0]))
