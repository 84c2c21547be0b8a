"""Stable-Baselines3 callbacks for token environments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from textgym.errors import check_int
from textgym.rewards.alarms import Alarm, Alarms, copy_rate, repetition_rate

LOGGED = "alarms/"


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


class RewardAlarms(BaseCallback):
    """Warns while training when the reward rises and what is not trained on falls, or texts run away.

    Each `every` tokens it looks at the episodes that have ended since: their mean reward, length, repetition and
    copying of the source, and the metrics that no reward term is named after. What it sees goes to the logger as
    ``alarms/reward`` and so on, the metrics as ``alarms/held_out/bleu``; ``alarms/rung`` counts the alarms.

    Args:
        every: tokens between two looks, each over at least one episode.
        alarms: thresholds and what an alarm does, see `Alarms`; by default it becomes a Python warning.
        held_out: further metrics, by name, computed at each look: say, of an evaluation on the validation split.

    Attributes:
        rung: the alarms so far.

    Raises:
        ValueError: `every` is no integer above 0.
    """

    def __init__(
        self,
        every: int = 10_000,
        alarms: Alarms | None = None,
        held_out: Callable[[], Mapping[str, float]] | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(verbose)
        self.every, self.alarms, self.held_out = check_int("every", every, 1), alarms or Alarms(), held_out
        self.rung: list[Alarm] = []
        self._ended: list[tuple[float, str, str, Mapping[str, float]]] = []  # return, text, source, metrics

    def _on_training_start(self) -> None:
        mdp = self.training_env.get_attr("mdp")[0]
        self._paid, self._codec = tuple(mdp.ledger.names), mdp.codec
        self._next = self.num_timesteps + self.every

    def _on_step(self) -> bool:
        for done, info in zip(self.locals["dones"], self.locals["infos"], strict=True):  # rows that idle are not done
            if done and "episode" in info and "text" in info:
                source = self._codec.decode(info["terminal_observation"]["source"].tolist())
                self._ended.append((float(info["episode"]["r"]), info["text"], source, info["metrics"]))
        if self.num_timesteps >= self._next and self._ended:
            self._next = self.num_timesteps + self.every
            self._look()
        return True

    def _look(self) -> None:
        rewards, texts, sources, metrics = zip(*self._ended, strict=True)
        self._ended = []
        figures: dict[str, Any] = {
            "reward": _mean(rewards),
            "length": _mean([len(text.split()) for text in texts]),
            "repetition": repetition_rate(texts),
            "copying": copy_rate(texts, sources),
        }
        # What is watched on its own is left out: that repetition falls is no bad news.
        unpaid = [name for name in metrics[0] if not name.startswith(self._paid) and name not in figures]
        held_out = {name: _mean([found[name] for found in metrics]) for name in unpaid}
        held_out |= self.held_out() if self.held_out is not None else {}
        self.rung += self.alarms.update(self.num_timesteps, held_out=held_out, **figures)
        figures |= {f"held_out/{name}": value for name, value in held_out.items()}
        for name, value in {**figures, "rung": len(self.rung)}.items():
            self.logger.record(LOGGED + name, value)


def _mean(values: Any) -> float:
    return float(sum(values)) / len(values)
