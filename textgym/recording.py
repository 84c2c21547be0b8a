"""A vector environment's way back to a moment in the middle of its episodes, as JSON.

An episode follows from the state of its row's generator when it began and from the tokens taken since. So that is
all that is kept, and coming back is playing it again: rewards, partners and budgets need no snapshots of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.mdp import INT
from textgym.vector import TokenVectorEnv


class Recording:
    """The starts of the episodes that are on in a `TokenVectorEnv` with same-step autoreset, and their tokens.

    Whoever drives the environment tells it of each reset of all rows and of each step.

    Args:
        env: not reset yet.
    """

    def __init__(self, env: TokenVectorEnv) -> None:
        self.env = env
        rows = env.num_envs
        self.tokens = np.zeros((rows, env.mdp.num_new), dtype=INT)
        self.counts = np.zeros(rows, dtype=np.int64)
        self._starts: list[Any] = [None] * rows  # marks of the generators when the episodes began
        self._now: list[Any] = [None] * rows  # the same as they are; they only move when an episode begins
        self._given: list[int | None] = [None] * rows
        self._rows = np.arange(rows)

    def seed(self, seed: Sequence[int | None] | None, options: Mapping[str, Any] | None) -> None:
        """Before a reset of all rows, which then gets no seed of its own."""
        self.env.draws.seed(seed)
        self._starts = self._marks()
        given = (options or {}).get("example")
        self._given = list(given) if isinstance(given, Sequence) else [given] * self.env.num_envs

    def began(self) -> None:
        """After a reset of all rows."""
        self._now = self._marks()
        self.counts[:] = 0

    def stepped(self, tokens: NDArray[Any], dones: NDArray[np.bool_]) -> None:
        """After a step with `tokens` (N,), of which `dones` (N,) ended their episodes."""
        if self.counts.max() == self.tokens.shape[1]:  # several turns make one episode
            self.tokens = np.concatenate([self.tokens, np.zeros_like(self.tokens)], axis=1)
        self.tokens[self._rows, self.counts] = tokens
        self.counts += 1
        for row in np.flatnonzero(dones).tolist():
            self._starts[row], self._now[row] = self._now[row], self.env.draws.mark(row)
            self._given[row] = None
        self.counts[dones] = 0

    def get_state(self) -> dict[str, Any]:
        """This moment, as JSON; not before the first reset."""
        return {
            "starts": [self.env.draws.state(mark) for mark in self._starts],
            "examples": list(self._given),
            "budgets": self.env.budgets.tolist(),
            "tokens": [self.tokens[row, :count].tolist() for row, count in enumerate(self.counts.tolist())],
        }

    def set_state(self, state: Mapping[str, Any]) -> NDArray[np.float64]:
        """Play the episodes of a `get_state` up to its moment.

        Returns:
            float64 (N,): what each episode has earned so far.

        Raises:
            ValueError: it is of another number of rows.
        """
        env, starts, texts = self.env, state["starts"], state["tokens"]
        if len(starts) != env.num_envs:
            raise ValueError(f"state: got one of {len(starts)} rows, allowed is one of {env.num_envs}")
        env.draws.restore(starts)
        self._starts, self._given = self._marks(), list(state["examples"])
        env._begin(self._rows, self._given)
        env._budgets[:] = state["budgets"]
        self.began()
        self.counts[:] = [len(text) for text in texts]
        self.tokens = np.zeros((env.num_envs, max(env.mdp.num_new, int(self.counts.max()))), dtype=INT)
        for row, text in enumerate(texts):
            self.tokens[row, : len(text)] = text
        earned = np.zeros(env.num_envs)
        for place in range(int(self.counts.max())):
            active = self.counts > place
            earned += np.where(active, env._advance(self.tokens[:, place], active)[0], 0.0)
        return earned

    def _marks(self) -> list[Any]:
        return [self.env.draws.mark(row) for row in range(self.env.num_envs)]
