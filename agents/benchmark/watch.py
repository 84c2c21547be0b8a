"""The environment that an agent trains in, which looks at the agent from time to time.

Nothing is asked of the algorithm but `learn` and `predict`: the looks come from the environment, between two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym

from agents.vec_env import TokenVecEnv

OVERRUN = 4  # an agent that plays more than this times its budget is ended; rows that wait for others play on


class WatchedVecEnv(TokenVecEnv):
    """Counts tokens, averages returns, and calls back when the count passes given marks.

    The count is `count()`: the agent's own number where it keeps one, else all tokens played.

    Args:
        env: a native vector environment.
        budget: tokens of the agent.
        marks: counts at which `look(tokens, mean return since the last look)` is called, rising.
    """

    def __init__(self, env: Any, budget: int, marks: Sequence[int]) -> None:
        super().__init__(env)
        self.budget, self.tokens = budget, 0
        self.look: Callable[[int, float | None], None] | None = None
        self.count: Callable[[], int] = lambda: self.tokens
        self._marks = list(marks)
        self._paid: list[float] = []

    def step_wait(self) -> Any:
        """As `TokenVecEnv`, after a look if one is due."""
        if self._marks and self.look is not None and self.count() >= self._marks[0]:
            count = self.count()
            self._marks = [mark for mark in self._marks if mark > count]
            self.look(count, self.mean_return())
        if self.tokens > OVERRUN * self.budget + 64 * self.num_envs:
            raise ValueError(f"learn: {self.tokens} tokens were played, allowed are about {self.budget}")
        observations, rewards, dones, infos = super().step_wait()
        self.tokens += self.num_envs
        self._paid += [infos[row]["episode"]["r"] for row in dones.nonzero()[0]]
        return observations, rewards, dones, infos

    def mean_return(self) -> float | None:
        """The mean return of the episodes that have ended since this was last asked."""
        paid, self._paid = self._paid, []
        return sum(paid) / len(paid) if paid else None


def watched(env_id: str, n_envs: int, seed: int, budget: int, looks: int, **kwargs: Any) -> WatchedVecEnv:
    """A watched environment with `looks` marks, the last of them at the end of the budget left to the caller."""
    marks = [budget * k // looks for k in range(1, looks)]
    env = WatchedVecEnv(gym.make_vec(env_id, num_envs=n_envs, **kwargs), budget, marks)
    env.seed(seed)
    return env
