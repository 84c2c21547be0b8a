"""A reward on plain text, for trying it out and for the examples in the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from textgym.rewards.base import Reward, RewardContext
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows
from textgym.types import Example

if TYPE_CHECKING:
    from textgym.corpora.base import Corpus


class CharacterTokenizer:
    """One token per Unicode character: id 0 pads, id 1 ends, id 2 + n is the character with code n."""

    pad_token_id: int | None = 0
    bos_token_id: int | None = None
    eos_token_id: int | None = 1

    def __init__(self, size: int = 256) -> None:
        self.size = size
        self.all_special_ids = [0, 1]

    def __len__(self) -> int:
        return self.size + 2

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        """The codes of the characters, 2 added."""
        return [ord(char) + 2 for char in text if ord(char) < self.size]

    def decode(self, token_ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        """The characters again."""
        return "".join(chr(token - 2) for token in token_ids if token > 1)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        """Each id's character."""
        return [("<pad>", "<eos>")[token] if token < 2 else chr(token - 2) for token in ids]


class NoCorpus:
    """A corpus for rewards that need none."""


def score_text(reward: Reward, text: str, references: Sequence[str], corpus: Corpus | None = None) -> float:
    """The score that `reward` gives `text`, reached token by token (Latin-1 characters).

    >>> from textgym.rewards.base import FunctionReward
    >>> score_text(FunctionReward(lambda text, example: len(text) / 10), "hello", ["x"])
    0.5
    """
    codec = Codec(CharacterTokenizer())
    context = RewardContext(codec, corpus or NoCorpus(), TextRows(Detokenizer(codec), 1), len(text))  # type: ignore[arg-type]
    scorer = reward.scorer(context, 1)
    context.texts.reset(0)
    scorer.reset(0, Example("demo", "", tuple(references)))
    score = 0.0
    for token in np.array(codec.encode(text), dtype=np.int32).tolist():
        context.texts.push(0, token)
        score = scorer.step(0, token)
    return score
