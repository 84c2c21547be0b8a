"""A reward on its own, without an environment: the score of a finished text."""

from __future__ import annotations

from textgym.rewards.base import Reward, TokenStep
from textgym.types import Example


def score_text(
    reward: Reward, text: str, example: Example | None = None, source: str = "", reference: str = ""
) -> float:
    """The score that `reward` gives to `text`, read in one piece.

    Serves rewards that look at the text and not at token ids, and need nothing from an environment.

    Args:
        reward: its state is lost.
        text: what is scored.
        example: what the text answers to; without one, made of `source` and `reference`.

    >>> from textgym.rewards.form import Diversity
    >>> score_text(Diversity(), "no word twice")
    1.0
    """
    if example is None:
        example = Example("example", source, (reference,))
    reward.reset(example)
    if text:
        reward.push(TokenStep(0, 0, text, 0))
    return reward.score()
