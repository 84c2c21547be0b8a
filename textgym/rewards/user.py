"""What the partner of a conversation thinks of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import Reward, RewardContext, Scorer, TokenStep
from textgym.types import Example


class User(Reward):
    """The sum of the feedback that the partner has given so far; paid on the last token of each turn.

        score = sum over turns of Reply.feedback

    The partner decides on its range; 0 in tasks without one. That of `TokenDialogue-v0`, which wants to hear n things,
    gives [-1.1 / n, 1] (`textgym.corpora.dialogues.user.SimulatedUser`). It is the environment that credits it. Source:
    the user simulators of dialogue research, with an agenda as in Schatzmann et al. (2007), but paid at every turn.

    >>> import textgym, gymnasium as gym
    >>> env = gym.make("TokenDialogue-v0", reward="user").unwrapped
    >>> observation, info = env.reset(options={"example": 0})
    >>> n, best = len(env.example.meta["beats"]), env.example.meta["beats"][0].best
    >>> tokens = [*env.tokenizer.encode(best, add_special_tokens=False), env.tokenizer.eos_token_id]
    >>> [round(env.step(token)[1] * n, 3) for token in tokens][-2:]          # a good turn earns 1 / n, at its end
    [0.0, 1.0]
    """

    name = "user"

    def reset(self, example: Example) -> None:
        """Nothing to remember: the scorer keeps the sums."""

    def push(self, step: TokenStep) -> None:
        """A token by itself earns nothing."""

    def score(self) -> float:
        """Without a partner there is no feedback."""
        return 0.0

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        """The sums of all rows."""
        return UserScorer(num_rows)


class UserScorer(Scorer):
    """One number for each row, raised from outside by `credit`."""

    def __init__(self, num_rows: int) -> None:
        super().__init__(num_rows)
        self._total: NDArray[np.float64] = np.zeros(num_rows)

    def credit(self, row: int, feedback: float) -> None:
        """The partner of row `row` has given feedback."""
        self._total[row] += feedback

    def reset(self, row: int, example: Example) -> None:
        """A new conversation."""
        self._total[row] = 0.0

    def push(self, row: int, token: int) -> None:
        """A token by itself earns nothing."""

    def score(self, row: int) -> float:
        """The feedback so far."""
        return self._total.item(row)

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        """Tokens by themselves earn nothing."""

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The feedback of the given rows so far."""
        return self._total[rows]

    def get_state(self, row: int) -> Any:
        """The sum itself."""
        return self._total.item(row)

    def set_state(self, row: int, example: Example, state: Any) -> None:
        """Back to a sum."""
        self._total[row] = state
