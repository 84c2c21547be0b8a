"""Stable-Baselines3 callbacks for token environments."""

from __future__ import annotations

from stable_baselines3.common.callbacks import BaseCallback


class RewardSchedule(BaseCallback):
    """Tells the environments how far the training has come, so that scheduled reward weights follow.

    Progress is tokens trained over `total_timesteps`, in [0, 1]; the episodes that begin next use it.

    Args:
        total_timesteps: the tokens of the whole training; by default those that `learn` was asked for.
    """

    def __init__(self, total_timesteps: int | None = None, verbose: int = 0) -> None:
        super().__init__(verbose)
        self.total_timesteps = total_timesteps

    def _on_rollout_start(self) -> None:
        total = self.total_timesteps or self.model._total_timesteps
        self.training_env.env_method("set_progress", min(1.0, self.num_timesteps / max(1, total)))

    def _on_step(self) -> bool:
        return True
