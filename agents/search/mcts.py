"""Monte-Carlo tree search over an environment's states, guided by the policy and its value head.

Selection by PUCT (Silver et al. 2017, "Mastering the game of Go without human knowledge"),

    argmax_a Q(s, a) + c * P(a | s) * sqrt(N(s)) / (1 + N(s, a)),

with Q(s, a) = r + V(s') scaled to [0, 1] by the least and greatest seen in the tree (Schrittwieser et al. 2020,
"MuZero", equation 5), V of a new leaf by the value head, and as the environment is deterministic the best text that was
ever completed is what is said (Schadd et al. 2008, "Single-player Monte-Carlo tree search").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.search.planner import Observation, Planner
from textgym.errors import check_int


@dataclass(eq=False)
class Node:
    """A state: a text so far."""

    state: Any
    done: bool
    actions: NDArray[np.int64]  # (w,), the likeliest first
    priors: NDArray[np.float64]  # (w,)
    value: float  # by the value head; 0 where the episode is over
    children: dict[int, tuple[float, Node]] = field(default_factory=dict)  # place of the action -> reward, state
    visits: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    totals: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    closed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))  # nothing new below

    def __post_init__(self) -> None:
        self.visits = np.zeros(len(self.actions), dtype=np.int64)
        self.totals = np.zeros(len(self.actions))
        self.closed = np.zeros(len(self.actions), dtype=bool)


class TreeSearch(Planner):
    """The best text that a tree search finds, by what `env` pays.

    The reward looks at the references where it is one of references: then this measures what could be said, not what
    the policy says on its own.

    Args:
        model, env: see `Planner`.
        simulations: leaves looked at before each token; a branch that has been read to its ends is left out.
        exploration: c.
        width: the likeliest tokens considered in a state; 0: all of them.
    """

    def __init__(self, model: Any, env: Any, simulations: int = 64, exploration: float = 1.5, width: int = 32) -> None:
        super().__init__(model, env)
        self.simulations = check_int("simulations", simulations, 1)
        self.width = check_int("width", width, 0)
        if exploration <= 0:
            raise ValueError(f"exploration: got {exploration}; allowed is a number above 0")
        self.exploration = exploration

    def plan(self, observation: Observation, example: int | None, deterministic: bool) -> list[int]:
        """See `Planner.plan`; the same every time."""
        self.at(observation, example)
        self._low, self._high = math.inf, -math.inf
        self._best: tuple[float, list[int]] = (-math.inf, [])
        said: list[int] = []
        node, earned = self._node(observation, done=False), 0.0
        while not node.done:
            for _ in range(self.simulations):
                if node.closed.all():
                    break
                self._simulate(node, said, earned)
            if node.closed.all():  # whatever lies below has been read
                break
            chosen = self._choice(node)
            reward, child = node.children[chosen]
            said, earned, node = [*said, int(node.actions[chosen])], earned + reward, child
        return self._best[1]

    def _choice(self, node: Node) -> int:
        """The place of the most visited action, among equals that of the greatest mean."""
        means = np.divide(node.totals, node.visits, out=np.full(len(node.visits), -np.inf), where=node.visits > 0)
        return int(np.lexsort((means, node.visits))[-1])

    def _simulate(self, root: Node, said: list[int], earned: float) -> None:
        """Walks down to a new state, and tells the states above what is there."""
        path: list[tuple[Node, int, float]] = []
        node, text, total = root, list(said), earned
        while True:
            place = self._select(node)
            text.append(int(node.actions[place]))
            new = place not in node.children
            if new:
                node.children[place] = self._expand(node, text[-1])
            reward, child = node.children[place]
            path.append((node, place, reward))
            total += reward
            node = child
            if new or node.done:
                break
        if node.done and total > self._best[0]:
            self._best = (total, text)
        value, ended = node.value, node.done
        for above, place, reward in reversed(path):
            value += reward
            above.visits[place] += 1
            above.totals[place] += value
            self._low, self._high = min(self._low, value), max(self._high, value)
            above.closed[place] |= ended
            ended = bool(above.closed.all())

    def _select(self, node: Node) -> int:
        """The place of the action to follow, among those with something new below."""
        tried = node.visits > 0
        span = self._high - self._low
        means = np.divide(node.totals, node.visits, out=np.zeros(len(node.visits)), where=tried)
        quality = np.where(tried, (means - self._low) / span, 0.0) if span > 0 else np.zeros(len(means))
        bonus = self.exploration * node.priors * math.sqrt(1 + node.visits.sum()) / (1 + node.visits)
        return int(np.where(node.closed, -np.inf, quality + bonus).argmax())

    def _expand(self, node: Node, token: int) -> tuple[float, Node]:
        self.env.set_state(node.state)
        observation, reward, terminated, truncated, _ = self.env.step(token)
        return float(reward), self._node(observation, terminated or truncated)

    def _node(self, observation: Observation, done: bool) -> Node:
        """The state that `env` is in."""
        if done:
            return Node(None, True, np.zeros(0, dtype=np.int64), np.zeros(0), 0.0)
        given = self.tensors(observation, observation["generated"][None], int(observation["step"][0]))
        log_probs = self.policy.get_distribution(given).log_probs[0]
        value = float(self.policy.predict_values(given))
        allowed = int((log_probs > -1e6).sum())
        kept = log_probs.topk(min(self.width or allowed, allowed))
        actions, priors = kept.indices.cpu().numpy(), kept.values.double().exp().cpu().numpy()
        return Node(self.env.get_state(), False, actions, priors, value)
