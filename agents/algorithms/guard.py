"""Training stops at the first number that is not finite, with its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback
from torch import Tensor

WATCHED = ("loss", "grad_norm", "entropy", "kl", "reward")  # parts of the names of logged metrics that must be finite
ROLLOUT = ("rewards", "values", "log_probs")  # local variables of a rollout that must be


class TrainingDiverged(FloatingPointError):
    """A metric is not finite any more.

    Attributes:
        metric: its name.
        step: `num_timesteps` when it happened.
        checkpoint: where the last sound weights were written, or None.
    """

    def __init__(self, metric: str, value: float, step: int, checkpoint: Path | None = None) -> None:
        saved = "" if checkpoint is None else f"; the weights before it are in {checkpoint}"
        super().__init__(f"{metric}: got {value} at step {step}, allowed is a finite number{saved}")
        self.metric, self.step, self.checkpoint = metric, step, checkpoint


class FiniteGuard(BaseCallback):
    """Checks rewards, values, losses and gradients, for any Stable-Baselines3 algorithm.

    Gradients are checked *before* the optimizer's step, so that the weights are still sound when training stops.
    Put it last in a list of callbacks: the others have then done their work for the step. The algorithms of this
    package add one by themselves.

    Args:
        checkpoint: where the model is saved (by `agents.save`) before the error is raised; None: nowhere.

    Raises:
        TrainingDiverged: from `learn()`.
    """

    def __init__(self, checkpoint: str | Path | None = None, verbose: int = 0) -> None:
        super().__init__(verbose)
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self._hook: Any = None

    def check(self, metric: str, value: float | Tensor | np.ndarray[Any, Any]) -> None:
        """Raise unless every number in `value` is finite."""
        if isinstance(value, Tensor):
            if bool(torch.isfinite(value).all()):
                return
            value = value.detach().float().cpu().numpy()
        numbers = np.asarray(value, dtype=np.float64).reshape(-1)
        wrong = numbers[~np.isfinite(numbers)]
        if len(wrong):
            self._stop(metric, float(wrong[0]))

    def _stop(self, metric: str, value: float) -> None:
        self._release()
        checkpoint = None
        if self.checkpoint is not None:
            from agents.saving import save

            checkpoint = save(self.model, self.checkpoint)
        raise TrainingDiverged(metric, value, self.model.num_timesteps, checkpoint)

    def _init_callback(self) -> None:
        self._release()
        optimizer = getattr(self.model.policy, "optimizer", None)
        if optimizer is not None:
            self._hook = optimizer.register_step_pre_hook(self._check_gradients)

    def _check_gradients(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if not gradients or bool(torch.isfinite(torch.stack([g.sum() for g in gradients])).all()):
            return
        for name, weight in self.model.policy.named_parameters():
            if weight.grad is not None and not bool(torch.isfinite(weight.grad).all()):
                self.check(f"train/gradient of {name}", weight.grad)

    def _on_rollout_start(self) -> None:
        self.check_logged()

    def _on_step(self) -> bool:
        for name in ROLLOUT:
            if name in self.locals:
                self.check(f"rollout/{name}", self.locals[name])
        return True

    def _on_training_end(self) -> None:
        self.check_logged()
        self._release()

    def check_logged(self) -> None:
        """Raise unless the watched metrics in the logger are finite."""
        for name, value in self.logger.name_to_value.items():
            if any(part in name for part in WATCHED) and isinstance(value, (int, float, np.number)):
                self.check(name, float(value))

    def _release(self) -> None:
        if self._hook is not None:
            self._hook.remove()
            self._hook = None
