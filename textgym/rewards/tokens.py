"""Rewards that look at token ids and need no text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from textgym.rewards.base import Reward, RewardContext, TokenStep
from textgym.rewards.shared import Shared
from textgym.text.codec import Codec
from textgym.types import Example


class TokenReward(Reward):
    """A reward over the ids of the text and of the references, the end token included."""

    reads_text: ClassVar[bool] = False

    def __init__(self) -> None:
        self._codec: Shared[Codec] | None = None
        self.size, self.end, self.budget = 1, 0, 0

    def bind(self, context: RewardContext) -> None:
        self._codec = Shared(context.codec)
        self.bind_tokens(context.codec.size, context.codec.eos_id, context.max_new_tokens)

    def bind_tokens(self, size: int, end: int, budget: int) -> None:
        """Learn the number of ids, the end token and the number of tokens that an episode can have."""
        self.size, self.end, self.budget = size, end, budget

    def reset(self, example: Example) -> None:
        if self._codec is None:
            raise ValueError(f"{self.name}: it needs the tokenizer; call bind(context) first")
        codec = self._codec.value
        self.begin([[*codec.encode(text), codec.eos_id] for text in example.references])

    def push(self, step: TokenStep) -> None:
        token: int | None = step.token
        if self._codec is not None and token != self.end and self._codec.value.silent[token]:
            token = None
        self.add(token, step.token == self.end or step.position + 1 == self.budget)

    @abstractmethod
    def begin(self, references: Sequence[Sequence[int]]) -> None:
        """A new episode; `references` are ids, each with the end token."""

    @abstractmethod
    def add(self, token: int | None, last: bool) -> None:
        """The next token, None for one that puts no text; `last` if the episode ends with it."""
