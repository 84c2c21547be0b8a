"""What the algorithms of this package share: the loop of `learn`, their own randomness, exact saving, the guard."""

from __future__ import annotations

import sys
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import MaybeCallback, Schedule
from stable_baselines3.common.utils import safe_mean
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms import parallel
from agents.algorithms.episodes import Choose, Episodes, Restrict, play
from agents.algorithms.guard import FiniteGuard
from agents.algorithms.randomness import TorchStream
from agents.policies.base import TokenPolicy

Self = TypeVar("Self", bound="TokenAlgorithm")


class TokenAlgorithm(BaseAlgorithm):
    """An algorithm on token environments: subclasses say what one iteration does.

    It keeps every random number to itself (`rng` for data and examples, a `TorchStream` for the policy), so that two
    runs with one seed are the same bit for bit, whatever else the program draws, and so that a run that was saved
    and loaded goes on as if it had never stopped.

    Args:
        policy: a policy class, `TransformerPolicy` or `LSTMPolicy`.
        env: an environment id, or a `VecEnv` from `agents.make_vec_env`.
        learning_rate: a number, or a function of the remaining progress (1 to 0).
        policy_kwargs: arguments of the policy.
        stats_window_size: how many episodes the `rollout/` means are taken over.
        tensorboard_log: a directory, or None.
        verbose: 0 silent, 1 a table at each log.
        seed: of the weights, the sampling and the order of the examples; None: a fresh one.
        device: "auto", "cpu", "cuda", ...
    """

    policy: TokenPolicy
    env: VecEnv
    joins_processes: ClassVar[bool] = False  # whether several can train it together, see `agents.algorithms.parallel`
    log_name: ClassVar[str] = "run"

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule,
        *,
        policy_kwargs: dict[str, Any] | None = None,
        stats_window_size: int = 100,
        tensorboard_log: str | None = None,
        verbose: int = 0,
        seed: int | None = None,
        device: torch.device | str = "auto",
        _init_setup_model: bool = True,
    ) -> None:
        if isinstance(env, str):
            from agents.vec_env import make_vec_env

            env = make_vec_env(env, n_envs=16)
        super().__init__(
            policy,
            env,
            learning_rate,
            policy_kwargs=policy_kwargs,
            stats_window_size=stats_window_size,
            tensorboard_log=tensorboard_log,
            verbose=verbose,
            device=device,
            support_multi_env=True,
            seed=seed,
        )
        self.stats_window_size = stats_window_size
        self._guard = FiniteGuard()
        self._mark: dict[str, Any] | None = None
        if _init_setup_model:
            self._setup_model()

    def _setup_model(self) -> None:
        self._setup_lr_schedule()
        self.rng = np.random.default_rng(np.random.SeedSequence(self.seed))
        self.stream = TorchStream(self.seed, self.device)
        with self.stream:
            self.policy = self.policy_class(  # type: ignore[assignment]
                self.observation_space, self.action_space, self.lr_schedule, **self.policy_kwargs
            ).to(self.device)
        if not isinstance(self.policy, TokenPolicy):
            raise ValueError(
                f"policy: got {self.policy_class.__name__}, allowed is a TransformerPolicy or an LSTMPolicy"
            )

    # --- the loop -----------------------------------------------------------------------------------------------

    @abstractmethod
    def _iterate(self, callback: BaseCallback) -> bool:
        """Collect, update, count `num_timesteps`; False if a callback ended the training."""

    def _begin_learning(self) -> None:
        """Anything to be done once, when `learn` starts."""

    def learn(
        self: Self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int | None = 1,
        tb_log_name: str | None = None,
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> Self:
        """Train on `total_timesteps` tokens (more by less than one iteration); logs every `log_interval` iterations.

        To go on after `load`: `learn(total - model.num_timesteps, reset_num_timesteps=False)`.
        """
        self._part_ways()
        total, callback = self._setup_learn(
            total_timesteps, callback, reset_num_timesteps, tb_log_name or type(self).__name__, progress_bar
        )
        iteration = 0
        with self.stream:
            self._begin_learning()
            callback.on_training_start(locals(), globals())
            try:
                while (done := int(parallel.total(self.num_timesteps, self.device))) < total:
                    self._mark_boundary()
                    self._update_current_progress_remaining(done, total)
                    if self.env.has_attr("set_progress"):  # rewards whose weights follow the training
                        self.env.env_method("set_progress", 1.0 - self._current_progress_remaining)
                    if not self._iterate(callback):
                        break
                    iteration += 1
                    if log_interval is not None and iteration % log_interval == 0:
                        self.dump_logs(iteration)
            finally:
                self._mark = None
            callback.on_training_end()
        return self

    def _part_ways(self) -> None:
        """Where several processes train together, each goes on with random numbers of its own."""
        if parallel.count() == 1:
            return
        if not self.joins_processes:
            raise ValueError(f"{type(self).__name__}: got several processes; allowed are REINFORCE and BehaviorCloning")
        if self.seed is None:
            raise ValueError("seed: got None; allowed is an integer, the same in all processes that train together")
        parallel.share(self.policy.state_dict().values())
        if parallel.rank() > 0:
            keys = self.seed, parallel.rank(), self.num_timesteps
            self.rng = np.random.default_rng(np.random.SeedSequence(keys))
            self.stream = TorchStream(int(self.rng.integers(1 << 31)), self.device)
            self.set_logger(Logger(folder=None, output_formats=[]))

    def _init_callback(self, callback: MaybeCallback, progress_bar: bool = False) -> BaseCallback:
        found = super()._init_callback(callback, progress_bar)
        guard = next((part for part in _flatten(found) if isinstance(part, FiniteGuard)), None)
        if guard is None:
            guard = FiniteGuard()
            guard.init_callback(self)
            found = CallbackList([found, guard])
            found.model = self
        self._guard = guard
        return found

    def dump_logs(self, iteration: int = 0) -> None:
        """Write the log: `time/` and `rollout/` beside what the update recorded."""
        seconds = max((time.time_ns() - self.start_time) / 1e9, sys.float_info.epsilon)
        self.logger.record("time/iterations", iteration, exclude="tensorboard")
        self.logger.record("time/fps", int((self.num_timesteps - self._num_timesteps_at_start) / seconds))
        self.logger.record("time/time_elapsed", int(seconds), exclude="tensorboard")
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        if self.ep_info_buffer:
            self.logger.record("rollout/ep_rew_mean", safe_mean([info["r"] for info in self.ep_info_buffer]))
            self.logger.record("rollout/ep_len_mean", safe_mean([info["l"] for info in self.ep_info_buffer]))
        self._guard.check_logged()
        self.logger.dump(step=self.num_timesteps)

    # --- episodes and updates -----------------------------------------------------------------------------------

    def _play(
        self,
        callback: BaseCallback | None,
        examples: list[int],
        seed: int,
        greedy: bool = False,
        choose: Choose | None = None,
        restrict: Restrict | None = None,
    ) -> Episodes | None:
        """One episode on each of `examples` (N,); counts its tokens. None if the callback ended the training.

        `choose` and `restrict` are those of `episodes.play`.
        """
        self.env.seed(seed)
        self.env.set_options([{"example": example} for example in examples])

        def on_step(variables: dict[str, Any]) -> bool:
            self.num_timesteps += len(variables["rewards"])
            if callback is None:
                return True
            callback.update_locals({**variables, "self": self, "env": self.env})
            return callback.on_step()

        episodes = play(self.policy, self.env, deterministic=greedy, on_step=on_step, choose=choose, restrict=restrict)
        if episodes is not None and not greedy:
            self._episode_num += len(episodes)
            pairs = zip(episodes.returns.tolist(), episodes.lengths.tolist(), strict=True)
            self.ep_info_buffer.extend({"r": r, "l": length, "t": 0.0} for r, length in pairs)  # type: ignore[union-attr]
        return episodes

    def _descend(self, max_grad_norm: float | None, tokens: int = 1) -> float:
        """The optimizer's step on the gradients that are there; the norm that they had before clipping.

        Where several processes train together, on the mean of theirs, each counting as many times as it has `tokens`.
        """
        limit = float("inf") if max_grad_norm is None else max_grad_norm
        weights = [weight for group in self.policy.optimizer.param_groups for weight in group["params"]]
        parallel.average_gradients(weights, tokens)
        norm = float(torch.nn.utils.clip_grad_norm_(weights, limit))
        self._guard.check("train/grad_norm", norm)
        self.policy.optimizer.step()
        self._n_updates += 1
        return norm

    def _record(self, metrics: Mapping[str, float | Tensor]) -> None:
        for name, value in metrics.items():
            self.logger.record(f"train/{name}", float(value))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    # --- saving -------------------------------------------------------------------------------------------------

    def _mark_boundary(self) -> None:
        """Remember this moment, at which the weights have just changed: a save before the next one resumes here."""
        self._mark = self._moment()

    def _moment(self) -> dict[str, Any]:
        return {
            "num_timesteps": self.num_timesteps,
            "n_updates": self._n_updates,
            "episode_num": self._episode_num,
            "rng": self.rng.bit_generator.state,
            "torch": self.stream.get_state(),
            "more": self._more_state(),
        }

    def _more_state(self) -> dict[str, Any]:
        """What else a subclass must remember, as JSON."""
        return {}

    def _set_more_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `_more_state` gave."""

    def get_training_state(self) -> dict[str, Any]:
        """Counters and random states from which training goes on exactly: those of the last update."""
        return self._moment() if self._mark is None else self._mark

    def set_training_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a `get_training_state`."""
        self.num_timesteps, self._n_updates = state["num_timesteps"], state["n_updates"]
        self._episode_num = state["episode_num"]
        self.rng.bit_generator.state = state["rng"]
        self.stream.set_state(state["torch"])
        self._set_more_state(state["more"])

    def extra_tensors(self) -> dict[str, Tensor]:
        """Tensors beside the policy's and its optimizer's that belong into a saved file."""
        return {}

    def set_extra_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back `extra_tensors`."""

    def save(self, path: str | Path) -> Path:  # type: ignore[override]
        """Write the model to `path`, ".zip" added where there is no suffix; see `agents.saving`.

        Of processes that train together the main one writes; `agents.save` does so in each.
        """
        from agents.saving import save

        return save(self, path) if parallel.rank() == 0 else Path(path)

    @classmethod
    def load(cls: type[Self], path: str | Path, env: VecEnv | None = None, **settings: Any) -> Self:  # type: ignore[override]
        """The model that `save` wrote; see `agents.load` for the arguments."""
        from agents.saving import load

        found: Self = load(path, env, algorithms={cls.__name__: cls}, **settings)
        if not isinstance(found, cls):
            raise ValueError(f"path: {str(path)!r} holds a {type(found).__name__}, allowed is a {cls.__name__}")
        return found


def _flatten(callback: BaseCallback) -> list[BaseCallback]:
    parts: Callable[[BaseCallback], list[BaseCallback]] = lambda c: c.callbacks if isinstance(c, CallbackList) else []  # noqa: E731
    return [callback, *(inner for part in parts(callback) for inner in _flatten(part))]
