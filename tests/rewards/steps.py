"""Feeding a reward without an environment."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from textgym.rewards.base import Reward, TokenStep
from textgym.types import Example

Edit = tuple[int, str]
"""How many characters at the end are taken back, and what is put there."""


def grow(edits: Iterable[Edit]) -> list[TokenStep]:
    """The steps of a text that grows by edits."""
    text, steps = "", []
    for position, (cut, piece) in enumerate(edits):
        start = max(0, len(text) - cut)
        text = text[:start] + piece
        steps.append(TokenStep(0, position, text, start))
    return steps


def whole(reward: Reward, example: Example, step: TokenStep) -> float:
    """The score of the text of `step`, read in one piece by a fresh copy."""
    twin = copy.deepcopy(reward)
    twin.reset(example)
    twin.push(TokenStep(step.token, step.position, step.text, 0))
    return twin.score()
