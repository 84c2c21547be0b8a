"""From scores to rewards: what is paid at which step, and on whose account.

A term with weight w and score Phi pays, at step t of a dense episode,

    r_t = w * (gamma * Phi(y_1..t) - Phi(y_1..t-1)),        Phi of the empty episode = 0,

so that with gamma = 1 the rewards of an episode add up to w * Phi(final text). With gamma < 1 it is the
potential-based form of Ng, Harada and Russell (1999). The other densities settle the same account less
often: at the end of a word, of a sentence, or once at the end of the episode.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.errors import check_choice
from textgym.rewards.base import Reward, RewardContext
from textgym.rewards.registry import as_reward, make_reward
from textgym.text.boundary import Boundary
from textgym.types import DENSITIES, Example


@dataclass(frozen=True, slots=True)
class Term:
    """One reward of the sum, under the name that `reward_terms` shows, with its weight."""

    name: str
    reward: Reward
    weight: float = 1.0


def parse_terms(spec: object) -> tuple[Term, ...]:
    """The terms that a `reward=` argument stands for.

    Args:
        spec: a name, `{name: weight}`, a `Reward` (class or object), a function, or a sequence of `Term`.

    Raises:
        ValueError: an unknown name, a weight that is not a finite number, or nothing at all.
    """
    if isinstance(spec, str):
        return (Term(spec, make_reward(spec)),)
    if isinstance(spec, Mapping):
        if not spec:
            raise ValueError("reward: got an empty mapping, allowed is {name: weight} with at least one name")
        return tuple(Term(name, make_reward(name), _weight(name, weight)) for name, weight in spec.items())
    if isinstance(spec, Sequence) and spec and all(isinstance(term, Term) for term in spec):
        return tuple(spec)
    reward = as_reward(spec)
    return (Term(reward.name or type(reward).__name__, reward),)


def _weight(name: str, weight: object) -> float:
    if isinstance(weight, bool) or not isinstance(weight, (int, float, np.number)) or not math.isfinite(weight):
        raise ValueError(f"reward[{name!r}]: got weight {weight!r}, allowed is a finite number")
    return float(weight)


class Ledger:
    """The accounts of `num_rows` episodes: for each term and row, what has been paid so far."""

    def __init__(
        self, terms: Sequence[Term], context: RewardContext, num_rows: int, density: str = "dense", gamma: float = 1.0
    ) -> None:
        check_choice("reward_density", density, DENSITIES)
        self.names = tuple(term.name for term in terms)
        self.weights = tuple(term.weight for term in terms)
        self.scorers = tuple(term.reward.scorer(context, num_rows) for term in terms)
        self.gamma = gamma
        self._dense = density == "dense"
        self._boundary = None if density in ("dense", "sparse") else Boundary(context.codec, density, num_rows)
        self._texts = context.texts if any(scorer.needs_text for scorer in self.scorers) else None
        self._paid = np.zeros((len(terms), num_rows))

    def reset(self, row: int, example: Example) -> None:
        """Row `row` starts an episode on `example`."""
        self._paid[:, row] = 0.0
        if self._texts is not None:
            self._texts.reset(row)
        if self._boundary is not None:
            self._boundary.reset(row)
        for scorer in self.scorers:
            scorer.reset(row, example)

    def step(self, row: int, token: int, last: bool) -> tuple[float, dict[str, float]]:
        """One token of one row: its reward, and each term's share of it."""
        if self._texts is not None:
            self._texts.push(row, token)
        settle = self._dense or last
        if self._boundary is not None:
            settle = self._boundary.push(row, token) or last
        total, shares = 0.0, {}
        for k, scorer in enumerate(self.scorers):
            share = 0.0
            if settle:
                score = scorer.step(row, token)
                share = self.weights[k] * (self.gamma * score - self._paid.item(k, row))
                self._paid[k, row] = score
            else:
                scorer.push(row, token)
            shares[self.names[k]] = share
            total += share
        return total, shares

    def step_all(
        self, tokens: NDArray[np.int32], last: NDArray[np.bool_], active: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
        """One token of each (active) row: rewards (N,), and each term's shares (N,)."""
        num_rows = len(tokens)
        if self._texts is not None:
            for row in range(num_rows) if active is None else np.flatnonzero(active).tolist():
                self._texts.push(row, tokens.item(row))
        total, shares = np.zeros(num_rows), {}
        settle = self._settled_rows(tokens, last, active)
        for k, scorer in enumerate(self.scorers):
            if settle is None:
                scores = scorer.step_all(tokens, active)
                share = self.weights[k] * (self.gamma * scores - self._paid[k])
                self._paid[k] = scores
            else:
                share = np.zeros(num_rows)
                scorer.push_all(tokens, active)
                if len(settle):
                    scores = scorer.score_rows(settle)
                    share[settle] = self.weights[k] * (self.gamma * scores - self._paid[k, settle])
                    self._paid[k, settle] = scores
            shares[self.names[k]] = share
            total += share
        return total, shares

    def _settled_rows(
        self, tokens: NDArray[np.int32], last: NDArray[np.bool_], active: NDArray[np.bool_] | None
    ) -> NDArray[np.intp] | None:
        """The rows whose account is settled at this step; None for all of them."""
        if self._dense:
            return None if active is None else np.flatnonzero(active)
        settle = last if self._boundary is None else self._boundary.push_all(tokens, active) | last
        return np.flatnonzero(settle if active is None else settle & active)

    def get_state(self, row: int) -> dict[str, Any]:
        """A snapshot of row `row`, picklable."""
        return {
            "paid": self._paid[:, row].tolist(),
            "scorers": [scorer.get_state(row) for scorer in self.scorers],
            "texts": None if self._texts is None else self._texts.get_state(row),
            "boundary": None if self._boundary is None else self._boundary.get_state(row),
        }

    def set_state(self, row: int, example: Example, state: dict[str, Any]) -> None:
        """Row `row` goes back to a snapshot taken on `example`."""
        self._paid[:, row] = state["paid"]
        if self._texts is not None:
            self._texts.set_state(row, state["texts"])
        if self._boundary is not None:
            self._boundary.set_state(row, state["boundary"])
        for scorer, snapshot in zip(self.scorers, state["scorers"], strict=True):
            scorer.set_state(row, example, snapshot)
