"""Best-of-n: sample n texts, keep the best (e.g. Stiennon et al. 2020, "Learning to summarize from human feedback")."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.search.planner import Observation, Planner
from textgym.errors import check_choice, check_int

CRITERIA = ("log_prob", "reward")


class BestOfN(Planner):
    """The best of n sampled texts.

    Args:
        model, env: see `Planner`.
        n: texts to sample.
        by: "log_prob", the policy's mean log-probability a token; "reward", the return that `env` pays, which looks at
            the references where the reward does: then it measures what the policy could say, not what it says.
    """

    def __init__(self, model: Any, env: Any, n: int = 8, by: str = "log_prob") -> None:
        super().__init__(model, env)
        self.n = check_int("n", n, 1)
        check_choice("by", by, CRITERIA)
        self.by = by

    def plan(self, observation: Observation, example: int | None, deterministic: bool) -> list[int]:
        """See `Planner.plan`; sampled either way."""
        texts, log_probs = self.sample(observation)
        if self.by == "log_prob":
            scores = [total / len(text) for text, total in zip(texts, log_probs, strict=True)]
        else:
            self.at(observation, example)
            here = self.env.get_state()
            scores = [self._earned(here, text) for text in texts]
        return texts[int(np.argmax(scores))]

    def sample(self, observation: Observation) -> tuple[list[list[int]], list[float]]:
        """n texts from here to their ends, and their log-probabilities."""
        first, size = int(observation["step"][0]), len(observation["generated"])
        texts = np.repeat(observation["generated"][None], self.n, axis=0)
        going, totals = np.ones(self.n, dtype=bool), np.zeros(self.n)
        found: list[list[int]] = [[] for _ in range(self.n)]
        for step in range(first, size):
            actions, _, log_prob = self.policy(self.tensors(observation, texts, step))
            texts[:, step] = actions.cpu().numpy()
            totals += np.where(going, log_prob.cpu().numpy(), 0.0)
            for row in np.flatnonzero(going).tolist():
                found[row].append(int(texts[row, step]))
            going &= texts[:, step] != self.eos
            if not going.any():
                break
        return found, totals.tolist()

    def _earned(self, here: Any, text: list[int]) -> float:
        self.env.set_state(here)
        total = 0.0
        for token in text:
            _, reward, terminated, truncated, _ = self.env.step(token)
            total += float(reward)
            if terminated or truncated:
                break
        return total
