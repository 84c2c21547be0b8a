"""Text to text: what some tokenizers do to the text of their pieces, on a text that grows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from textgym.text.pieces import State


class Stage(ABC):
    """Text to text, with what is held back as the state."""

    start: State
    settled: State

    @abstractmethod
    def step(self, state: State, text: str) -> tuple[State, str]:
        """The state after `text`, and the text that is closed by it."""

    @abstractmethod
    def whole(self, text: str) -> str:
        """What becomes of a whole text."""

    @abstractmethod
    def tail(self, state: State) -> str:
        """What is held back, as it would read if the text ended here."""

    def passes(self, state: State) -> bool:
        """Whether all text goes through as it is from now on."""
        return False


class StripFirst(Stage):
    """Drops one space at the beginning of the text. The state is whether the beginning is over."""

    start, settled = False, True

    def step(self, state: Any, text: str) -> tuple[State, str]:
        if state or not text:
            return state, text
        return True, text[1:] if text[0] == " " else text

    def whole(self, text: str) -> str:
        return text[1:] if text[:1] == " " else text

    def tail(self, state: Any) -> str:
        return ""

    def passes(self, state: Any) -> bool:
        return bool(state)


class Replace(Stage):
    """`str.replace(old, new)` on a growing text. The state is the beginning of `old` at the text's end."""

    start = settled = ""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new
        self._heads = tuple(old[:n] for n in range(len(old) - 1, 0, -1))

    def step(self, state: Any, text: str) -> tuple[State, str]:
        *done, rest = (state + text).split(self.old)
        closed = "".join(part + self.new for part in done)
        for head in self._heads:
            if rest.endswith(head):
                return head, closed + rest[: len(rest) - len(head)]
        return "", closed + rest

    def whole(self, text: str) -> str:
        return text.replace(self.old, self.new)

    def tail(self, state: Any) -> str:
        return str(state)


# The clean-up of `transformers` (PreTrainedTokenizerBase.clean_up_tokenization), in its order.
CLEAN_UP = (
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"),
    (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
)  # fmt: skip
