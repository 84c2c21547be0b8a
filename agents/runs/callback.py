"""What happens between two updates: validation, keeping the best, checkpoints, stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from stable_baselines3.common.callbacks import BaseCallback

from agents.algorithms import parallel
from agents.algorithms.base import TokenAlgorithm
from agents.runs.interrupt import Interrupted, Interruption


class BetweenUpdates(BaseCallback):
    """Calls back at the boundaries of updates, where a model can be saved and resumed.

    Args:
        interruption: asked at each boundary.
        checkpoint: saves the model; called when its time has come, and before a stop.
        checkpoint_seconds: least time between two checkpoints.
        validate: scores the model, notes what it finds, and says whether to go on; None does without.
        validate_every: steps between two validations.
        validated: step of the last validation of a resumed run, or -1.
        progress: told the step at each boundary and after each step of the environment.
    """

    def __init__(
        self,
        interruption: Interruption,
        checkpoint: Callable[[], None],
        checkpoint_seconds: float,
        progress: Callable[[int], None],
        validate: Callable[[], bool] | None = None,
        validate_every: int = 1,
        validated: int = -1,
    ) -> None:
        super().__init__()
        self.interruption, self.checkpoint, self.progress = interruption, checkpoint, progress
        self.checkpoint_seconds, self.validate, self.validate_every = checkpoint_seconds, validate, validate_every
        self._next_validation: float = 0 if validated < 0 else (validated // validate_every + 1) * validate_every
        self._saved = time.monotonic()
        self._updates = -1
        self._going_on = True

    def _on_rollout_start(self) -> None:
        self._boundary()

    def _on_step(self) -> bool:
        self.progress(self.model.num_timesteps)
        # The algorithms of this package do not announce rollouts; after an update they can be saved at any step.
        if isinstance(self.model, TokenAlgorithm) and self.model._n_updates != self._updates:
            self._boundary()
        return self._going_on

    def _on_training_end(self) -> None:
        self._next_validation = math.inf if self.validate is None else 0
        self._validate()

    def _boundary(self) -> None:
        self._updates = self.model._n_updates
        self.progress(self.model.num_timesteps)
        self._validate()
        device = self.model.device
        self._going_on = not parallel.any_of(not self._going_on, device)
        if parallel.any_of(self.interruption.requested, device):
            self.checkpoint()
            raise Interrupted
        if time.monotonic() - self._saved >= self.checkpoint_seconds:
            self.checkpoint()
            self._saved = time.monotonic()

    def _validate(self) -> None:
        step = self.model.num_timesteps
        if self.validate is not None and step >= self._next_validation:
            self._next_validation = (step // self.validate_every + 1) * self.validate_every
            self._going_on = self.validate()
