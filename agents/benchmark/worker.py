"""One cell: construct, warm start, learn, look, score."""

from __future__ import annotations

import contextlib
import logging
import random
import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from agents import TransformerPolicy
from agents.algorithms.behavior_cloning import BehaviorCloning
from agents.algorithms.critic import fit_value_head
from agents.benchmark.algorithms import construct, group_size
from agents.benchmark.cells import BenchFolder, Cell
from agents.benchmark.examine import Examiner, point, training_kwargs
from agents.benchmark.suites import CLONING
from agents.benchmark.watch import WatchedVecEnv, watched
from agents.runs.folder import write_json
from agents.runs.log import RunLog
from agents.runs.settings import made_with
from agents.saving import load, save


def run_cell(folder: str, cell: Cell, command: str) -> None:
    """Run a cell to its end and write what it gave; does nothing if that is there already.

    Two calls with one cell write the same result.json, bit for bit, on one machine with the same versions.
    """
    place = BenchFolder(Path(folder))
    if not place.finished(cell):
        CellRun(place, cell, command).run()


class CellRun:
    """The run of a cell.

    Args:
        folder: of the benchmark.
        cell: what to run.
        command: for the manifest.
    """

    def __init__(self, folder: BenchFolder, cell: Cell, command: str) -> None:
        self.folder, self.cell, self.command = folder, cell, command
        self.path = folder.cell(cell)
        self.curve: list[dict[str, Any]] = []
        self.validation = Examiner(cell.task, "validation")

    def run(self) -> None:
        """Everything from an empty folder to result.json."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        self.log = RunLog(None, self.path / "log.txt")  # type: ignore[arg-type]  # no terminal here
        began = time.monotonic()
        manifest = {**self.cell.spec(), **made_with(), "command": self.command, "threads": torch.get_num_threads()}
        write_json(self.path / "manifest.json", manifest)
        self._seed()
        model, tokens = self._cloning() if self.cell.algo == CLONING else self._agent()
        test = Examiner(self.cell.task, "test")
        found = test(model)
        result = {
            "id": self.cell.id, "task": self.cell.task.name, "algo": self.cell.label, "condition": self.cell.condition,
            "seed": self.cell.seed, "tokens": tokens, "n_examples": len(found.rows), "score": found.mean_return,
            "random": found.random_return, "oracle": found.oracle_return, "normalized": found.normalized_return,
            "metrics": dict(found.metrics), "signatures": dict(found.signatures), "length": found.mean_length,
            "finished": found.finished, "copying": found.copy_rate, "curve": self.curve,
            "samples": test.samples(found, self.cell.task.samples),
        }  # fmt: skip
        seconds = time.monotonic() - began
        self.log.note(f"test score {found.mean_return:.4f}, normalised {found.normalized_return:.4f}; {seconds:.1f} s")
        write_json(self.path / "manifest.json", {**manifest, "seconds": round(seconds, 1)})
        write_json(self.path / "result.json", result)

    def _seed(self) -> None:
        """For algorithms that draw from the program's own generators."""
        random.seed(self.cell.seed)
        np.random.seed(self.cell.seed)
        torch.manual_seed(self.cell.seed)

    def _look(self, model: Any, tokens: int, reward: float | None = None) -> None:
        found = point(self.validation(model), tokens, reward)
        self.curve.append(found)
        paid = "" if reward is None else f", training reward {reward:.4f}"
        self.log.note(f"{tokens:,} tokens: validation score {found['score']:.4f}{paid}")

    def _env(self, budget: int, group: int = 1) -> WatchedVecEnv:
        task, cell = self.cell.task, self.cell
        kwargs = training_kwargs(task, cell.condition)
        if group != 1:
            kwargs["samples_per_example"] = group
        return watched(task.env, task.n_envs, cell.seed, budget, task.looks, **kwargs)

    def _cloning(self) -> tuple[Any, int]:
        """Maximum likelihood; the policy is kept for the agents that start from it."""
        task = self.cell.task
        env = self._env(task.warm_tokens)
        learner = BehaviorCloning(
            TransformerPolicy, env, seed=self.cell.seed, device="cpu", policy_kwargs={"model": task.model},
            **self.cell.settings,
        )  # fmt: skip
        self._look(learner, 0)
        marks = [task.warm_tokens * k // task.looks for k in range(1, task.looks + 1)]
        learner.learn(task.warm_tokens, _AtMarks(marks, lambda tokens: self._look(learner, tokens)))
        save(learner, self.path / "policy.zip")
        env.close()
        return learner, learner.num_timesteps

    def _agent(self) -> tuple[Any, int]:
        task, cell = self.cell.task, self.cell
        env = self._env(task.tokens, group_size(cell.settings))
        model = construct(cell.algo, task, env, cell.seed, cell.settings)
        spent = self._warm_start(model, env) if task.warm else 0
        own = getattr(model, "num_timesteps", None)
        if isinstance(own, int):
            env.count = lambda: spent + model.num_timesteps
        self._look(model, spent)
        env.look = lambda tokens, reward: self._look(model, tokens, reward)
        env.mean_return()
        self.log.note(f"{type(model).__name__} learns from {task.tokens - spent:,} tokens")
        model.learn(task.tokens - spent)
        env.look = None
        tokens = env.count()
        self._look(model, tokens, env.mean_return())
        env.close()
        return model, tokens

    def _warm_start(self, model: Any, env: WatchedVecEnv) -> int:
        """Begin with the policy of maximum likelihood; an actor-critic's value head is fitted to it.

        Returns:
            The tokens that this took.
        """
        start = load(self.folder.warm_policy(self.cell), device="cpu").policy
        if hasattr(model, "warm_start"):
            model.warm_start(start)
        elif isinstance(model, BaseAlgorithm) and isinstance(model.policy, TransformerPolicy):
            model.policy.load_state_dict(start.state_dict())
            if isinstance(model, OnPolicyAlgorithm):
                played, explained = fit_value_head(model.policy, env, self.cell.task.critic_tokens, model.gamma)
                self.log.note(f"value head: {played:,} tokens, explains {explained:.0%} of the returns' variance")
                return played
        else:
            self.log.note("starts from nothing: it has neither a TransformerPolicy nor a method warm_start(policy)")
        return 0


class _AtMarks(BaseCallback):
    """Calls `look(tokens)` when the count passes each of `marks`."""

    def __init__(self, marks: list[int], look: Any) -> None:
        super().__init__()
        self.marks, self.look = marks, look

    def _on_step(self) -> bool:
        if self.marks and self.model.num_timesteps >= self.marks[0]:
            while self.marks and self.model.num_timesteps >= self.marks[0]:
                self.marks.pop(0)
            self.look(self.model.num_timesteps)
        return True


def prepare_process() -> None:
    """One thread, and no chatter: what a process needs once before it runs cells."""
    from transformers.utils import logging as transformers_logging

    torch.set_num_threads(1)
    with contextlib.suppress(RuntimeError):  # it can be set only once
        torch.set_num_interop_threads(1)
    transformers_logging.disable_progress_bar()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
