"""How an agent is scored: greedy texts on held-out examples, by the environment's own reward and metrics."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import gymnasium as gym

from agents.benchmark.suites import BenchTask, plain
from agents.evaluation import Evaluation, run, summarize
from agents.runs.scoring import samples_of
from agents.scripted import OraclePolicy, RandomPolicy
from textgym.rewards.alarms import repetition_rate
from textgym.rewards.control import Shuffled

WIDTH = 128  # texts side by side


class Examiner:
    """A split of a task, ready to be played any number of times.

    Args:
        task: whose environment, with its own reward, dense.
        split: "validation" or "test".
    """

    def __init__(self, task: BenchTask, split: str) -> None:
        self.size = task.test_examples if split == "test" else task.validation_examples
        self.settings = {"id": task.env, "split": split, **plain(task.env_kwargs)}
        self.vector = _vector(json.dumps(self.settings), min(WIDTH, self.size))
        self.anchors = _anchors(json.dumps(self.settings), self.size)

    def __call__(self, model: Any) -> Evaluation:
        """`model` on each example, greedy."""
        return summarize(run(model, self.vector, range(self.size)), self.vector, self.anchors)

    def samples(self, found: Evaluation, number: int) -> list[dict[str, Any]]:
        """The first texts of an evaluation, each token with its reward, term by term."""
        return samples_of(found.rows[:number], self.settings, self.vector.unwrapped.mdp)


def point(found: Evaluation, tokens: int, reward: float | None) -> dict[str, Any]:
    """An evaluation as a point of a learning curve; `reward` is the mean return of training since the last one."""
    return {
        "tokens": tokens,
        "score": found.mean_return,
        "normalized": found.normalized_return,
        "metrics": dict(found.metrics),
        "length": found.mean_length,
        "repetition": repetition_rate(row.hypothesis for row in found.rows),
        "copying": found.copy_rate,
        "reward": reward,
    }


def training_kwargs(task: BenchTask, condition: str) -> dict[str, Any]:
    """Arguments of the training environment under a condition."""
    kwargs: dict[str, Any] = {"split": "train", **plain(task.env_kwargs)}
    if condition == "sparse":
        kwargs["reward_density"] = "sparse"
    elif condition == "constant":
        kwargs["reward"] = "constant"
    elif condition == "shuffled":
        own = kwargs.get("reward", _default_reward(task.env))
        if not isinstance(own, str):
            raise ValueError(f"conditions: got 'shuffled' for {task.env}, whose reward is a mixture")
        kwargs["reward"] = Shuffled(own)
    return kwargs


def _default_reward(env_id: str) -> Any:
    from agents.runs.options import task_of

    return task_of(env_id).default_reward


@functools.lru_cache(maxsize=4)
def _vector(settings: str, width: int) -> Any:
    kwargs: Mapping[str, Any] = json.loads(settings)
    others = {name: value for name, value in kwargs.items() if name != "id"}
    return gym.make_vec(kwargs["id"], num_envs=width, autoreset_mode="Disabled", **others)


@functools.lru_cache(maxsize=32)
def _anchors(settings: str, size: int) -> tuple[float, float]:
    """Mean returns of random tokens and of the references."""
    vector = _vector(settings, min(WIDTH, size))
    means = []
    for policy in (RandomPolicy(0), OraclePolicy()):
        rows = run(policy, vector, range(size))
        means.append(sum(row.total for row in rows) / len(rows))
    return means[0], means[1]
