"""In a mixture of tasks: to each episode the reward of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import Reward, RewardContext, Scorer, TokenStep
from textgym.types import Example


class OwnTask(Reward):
    """The default reward of the example's own task: the weighted sum of its terms' scores.

        score = sum over the terms of the task of weight * score

    For `TokenMix-v0`, whose corpus says which tasks there are. The range is that of the task's own reward, the weighted
    sum of its terms' ranges: [0, 1] for ROUGE or BLEU. Source: this library; the terms have their own.

    >>> import textgym, gymnasium as gym
    >>> env = gym.make("TokenMix-v0", tasks={"TokenCopy-v0": 1.0, "TokenQA-v0": 1.0}).unwrapped
    >>> env.mdp.corpus.rewards
    ('copy', 'token_f1')
    >>> observation, info = env.reset(options={"example": 0})                # of the first task, so paid by `copy`
    >>> first = " ".join(env.example.references[0].split()[:2])             # two letters of five
    >>> round(sum(env.step(token)[1] for token in env.tokenizer.encode(first, add_special_tokens=False)), 3)
    0.4
    """

    name = "own_task"

    def reset(self, example: Example) -> None:
        """The scorer does the work."""

    def push(self, step: TokenStep) -> None:
        """The scorer does the work."""

    def score(self) -> float:
        """The scorer does the work."""
        return 0.0

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        """One scorer for each term of each task."""
        rewards = getattr(context.corpus, "rewards", None)
        if rewards is None:
            raise ValueError("reward: 'own_task' is for TokenMix-v0, whose examples belong to different tasks")
        return OwnTaskScorer(rewards, context, num_rows)


class OwnTaskScorer(Scorer):
    """Hands each row to the scorers of its task."""

    needs_text = True

    def __init__(self, rewards: Any, context: RewardContext, num_rows: int) -> None:
        from textgym.rewards.terms import parse_terms

        super().__init__(num_rows)
        self._parts: list[list[tuple[float, Scorer]]] = [
            [(term.weight_at(0.0), term.reward.scorer(context, num_rows)) for term in parse_terms(reward)]
            for reward in rewards
        ]
        self._task = np.full(num_rows, -1, dtype=np.int64)

    def credit(self, row: int, feedback: float) -> None:
        """The partner of row `row` has given feedback."""
        for _, scorer in self._parts[self._task[row]]:
            if hasattr(scorer, "credit"):
                scorer.credit(row, feedback)

    def reset(self, row: int, example: Example) -> None:
        """A new episode, perhaps of another task."""
        self._task[row] = example.meta["task"]
        for _, scorer in self._parts[self._task[row]]:
            scorer.reset(row, example)

    def push(self, row: int, token: int) -> None:
        """One token for the row's task."""
        for _, scorer in self._parts[self._task[row]]:
            scorer.push(row, token)

    def score(self, row: int) -> float:
        """The weighted sum of its terms."""
        return float(sum(weight * scorer.score(row) for weight, scorer in self._parts[self._task[row]]))

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        """One token in each row, all rows of a task at once."""
        for place, terms in enumerate(self._parts):
            rows = self._task == place if active is None else (self._task == place) & active
            if rows.any():
                for _, scorer in terms:
                    scorer.push_all(tokens, rows)

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The weighted sums of the given rows."""
        total = np.zeros(len(rows))
        for place, terms in enumerate(self._parts):
            mine = self._task[rows] == place
            if mine.any():
                total[mine] = sum(weight * scorer.score_rows(rows[mine]) for weight, scorer in terms)
        return total

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        """A whole text; feedback of a partner is not in it."""
        self._task[row] = example.meta["task"]
        for _, scorer in self._parts[self._task[row]]:
            scorer.read(row, example, tokens)

    def get_state(self, row: int) -> Any:
        """The states of the row's scorers."""
        return [scorer.get_state(row) for _, scorer in self._parts[self._task[row]]]

    def set_state(self, row: int, example: Example, state: Any) -> None:
        """Back to a snapshot."""
        self._task[row] = example.meta["task"]
        for (_, scorer), part in zip(self._parts[self._task[row]], state, strict=True):
            scorer.set_state(row, example, part)
