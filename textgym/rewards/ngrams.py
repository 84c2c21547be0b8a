"""What the rewards that count n-grams have in common; their working part is `textgym.rewards.engine`."""

from __future__ import annotations

import copy
from typing import Any

from textgym.rewards.base import Reward, RewardContext, Scorer, TokenStep
from textgym.types import Example


class NgramReward(Reward):
    """A reward whose working part is a scorer over arrays: as a single object it is that scorer with one row."""

    _scorer: Scorer | None = None

    def bind(self, context: RewardContext) -> None:
        self._scorer = self.scorer(context, 1)

    def reset(self, example: Example) -> None:
        self._bound().reset(0, example)

    def push(self, step: TokenStep) -> None:
        self._bound().push(0, step.token)

    def score(self) -> float:
        return self._bound().score(0)

    def _bound(self) -> Scorer:
        if self._scorer is None:
            raise ValueError(f"{type(self).__name__}: call bind(context) before reset, push and score")
        return self._scorer

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin = copy.copy(self)
        twin._scorer = copy.deepcopy(self._scorer)
        return twin
