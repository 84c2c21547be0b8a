"""Texts that word tokenizers stumble over, as a tokenizer whose tokens are the stumbling blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from textgym.rewards.base import Reward, RewardContext, Scorer
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows

FRAGMENTS = [
    " ", "  ", "\n", "\r\n", "\t", "-\n", "-", "--", "\u00a0", "\u2028", "\u3000", "\x1c", "\u200b",
    ".", ",", "...", ".,", "5", "10", "1,000.5", ".5", "5.", " 3.", "-5", "5-", "(5", "$", "%", "+", "=",
    "<skipped>", "<SKIPPED>", "<skip", "ped>", "<", ">", "->", "&", "&quot;", "&amp;", "&lt;", "&gt;", "&QUOT;",
    "&amp;lt;", "quot;", "&a", "mp;", '"', "'", "''", "`", "!", "?", ";", ":", "/", "\\", "(", ")", "[", "]", "_",
    "the", " the", "The", " a", "an ", " cat", "cats", " running", "ning", " relational", "x", "X", "k", "i",
    "\u0130", "\u212a", "\u212b", "\u03a3", "\u03c3", "\u0391\u03a3", "\u0345", "\u00ad", "\u0301", "e\u0301", "\ufb01",
    "\u65e5\u672c", "\u8a9e", "\uff0c", "\u3002", "\uff11", "\u2019", "\u201c", "\u2024", "\u24b6", "\u2160", "\u2003",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f3f4", "\u05d0\u05d1", "\u200f", "\u0660", "\u0967", "\u00b2",
    "\u0391", "\u00df", "\u1e9e", "\u00b7", "\u037a", "\ufeff", "\x85", "\x00", "\ufffd", "\U0001d400",
]  # fmt: skip


class Fragments:
    """One token per fragment; the text is their concatenation."""

    pad_token_id, bos_token_id, eos_token_id = 0, None, 1
    all_special_ids = [0, 1]  # noqa: RUF012

    def __len__(self) -> int:
        return len(FRAGMENTS) + 2

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [FRAGMENTS.index(text) + 2] if text in FRAGMENTS else []

    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> str:
        return "".join(FRAGMENTS[token - 2] for token in token_ids if token > 1)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return ["<special>" if token < 2 else FRAGMENTS[token - 2] for token in ids]


def context_of(codec: Codec, num_rows: int = 1) -> RewardContext:
    return RewardContext(codec, None, TextRows(Detokenizer(codec), num_rows), 64)  # type: ignore[arg-type]


def make_scorer(reward: Reward, codec: Codec, num_rows: int = 1) -> Scorer:
    return reward.scorer(context_of(codec, num_rows), num_rows)


def episodes(codec: Codec, seed: int, count: int, length: int = 24) -> list[tuple[list[int], tuple[str, ...]]]:
    """(tokens, references): random ids; references that copy, repeat, extend or shuffle them."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(count):
        few = rng.integers(codec.size, size=8)
        ids = [int(t) for t in (rng.choice(few, size=length) if n % 2 else rng.integers(codec.size, size=length))]
        other = [int(t) for t in rng.integers(codec.size, size=length)]
        shuffled = [int(t) for t in rng.permutation(ids)]
        pool = [ids, ids + other, ids[: length // 2], other, ids + ids, shuffled, other[:5] + ids[3:9] * 2, [], ids[4:]]
        chosen = [pool[(n + k) % len(pool)] for k in range(1 + n % 3)]
        found.append((ids, tuple(codec.decode(one) for one in chosen)))
    return found
