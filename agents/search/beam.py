"""Beam search over the policy's distribution, as `transformers` has it (early_stopping="never").

The score of a text is the sum of its log-probabilities over its length to the power `length_penalty`, the end token
included (Wu et al. 2016, "Google's neural machine translation system", with the simpler length term).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.search.planner import Observation, Planner
from textgym.errors import check_int


class BeamSearch(Planner):
    """The likeliest text that a beam finds.

    Args:
        model, env: see `Planner`.
        beams: texts kept at each length.
        length_penalty: 0 compares log-probabilities, 1 their means; above favours long texts. At least 0.
    """

    def __init__(self, model: Any, env: Any, beams: int = 4, length_penalty: float = 1.0) -> None:
        super().__init__(model, env)
        self.beams = check_int("beams", beams, 1)
        if length_penalty < 0:
            raise ValueError(f"length_penalty: got {length_penalty}; allowed is a number of at least 0")
        self.length_penalty = length_penalty

    def plan(self, observation: Observation, example: int | None, deterministic: bool) -> list[int]:
        """See `Planner.plan`; the same every time."""
        return self.search(observation)[0][1]

    def search(self, observation: Observation) -> list[tuple[float, list[int]]]:
        """Up to `beams` finished texts, from here to their ends, with their scores, best first."""
        first, size = int(observation["step"][0]), len(observation["generated"])
        texts = observation["generated"][None].copy()
        totals = np.zeros(1)
        finished: list[tuple[float, list[int]]] = []
        for step in range(first, size):
            distribution = self.policy.get_distribution(self.tensors(observation, texts, step))
            log_probs = distribution.log_probs.double().cpu().numpy()
            scores = (totals[:, None] + log_probs).ravel()
            best = np.argsort(-scores, kind="stable")[: 2 * self.beams]
            rows, tokens = np.divmod(best, log_probs.shape[1])
            ends = (tokens == self.eos) | (step + 1 == size)
            for rank in np.flatnonzero(ends[: self.beams]).tolist():
                text = [*texts[rows[rank], first:step].tolist(), int(tokens[rank])]
                finished.append((float(scores[best[rank]]) / len(text) ** self.length_penalty, text))
            finished = sorted(finished, key=lambda pair: -pair[0])[: self.beams]
            going = np.flatnonzero(~ends)[: self.beams]
            if not len(going):
                break
            texts, totals = texts[rows[going]].copy(), scores[best[going]]
            texts[:, step] = tokens[going]
            hope = totals[0] / (size - first) ** self.length_penalty
            if len(finished) == self.beams and finished[-1][0] >= hope:
                break
        return finished
