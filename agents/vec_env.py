"""Stable-Baselines3's vector interface over Gymnasium's, with the native vector environment underneath."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

import textgym  # noqa: F401  # registers the ids
from agents.policies.tokens import TokenObservationSpace, TokenSpec
from textgym.recording import Recording
from textgym.vector import TokenVectorEnv


def make_vec_env(
    env_id: str, n_envs: int = 1, seed: int | None = None, samples_per_example: int = 1, **env_kwargs: Any
) -> TokenVecEnv:
    """N token environments as one Stable-Baselines3 `VecEnv`.

    Args:
        env_id: a registered id, e.g. ``"TokenSummarize-v0"``.
        n_envs: N.
        seed: of the first reset; row i is the single environment seeded with ``seed + i``.
        samples_per_example: consecutive rows that play the same examples in the same order, for baselines that
            compare several texts of one example; a divisor of `n_envs`.
        **env_kwargs: as for `gym.make`.
    """
    if samples_per_example != 1:
        env_kwargs["samples_per_example"] = samples_per_example
    venv = TokenVecEnv(gym.make_vec(env_id, num_envs=n_envs, **env_kwargs))
    if seed is not None:
        venv.seed(seed)
    return venv


class TokenVecEnv(VecEnv):
    """A Gymnasium `VectorEnv` of token environments with same-step autoreset, as a Stable-Baselines3 `VecEnv`.

    An episode's last observation is in ``infos[i]["terminal_observation"]``, its outcome (``text``, ``metrics`` and
    so on) in ``infos[i]``, its return, length and seconds since construction in ``infos[i]["episode"]``.

    Raises:
        ValueError: `env` resets in another way, or is no token environment.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any]) -> None:
        mode = env.metadata.get("autoreset_mode")
        if mode is not AutoresetMode.SAME_STEP:
            raise ValueError(
                f"env: got autoreset_mode {mode}; allowed is AutoresetMode.SAME_STEP, since another mode would put a "
                "token without meaning between two episodes"
            )
        self.env = env
        tokens = TokenSpec.from_tokenizer(self._attribute("tokenizer"))
        parts = dict(env.single_observation_space.spaces)  # type: ignore[attr-defined]
        super().__init__(env.num_envs, TokenObservationSpace(parts, tokens), env.single_action_space)
        self._actions: NDArray[Any] = np.zeros(self.num_envs, dtype=np.int64)
        self._started = time.time()
        self._returns = np.zeros(self.num_envs)
        self._lengths = np.zeros(self.num_envs, dtype=np.int64)
        self._recording = Recording(env) if isinstance(env, TokenVectorEnv) else None

    def reset(self) -> VecEnvObs:
        """Starts an episode in each row, with the seeds and options set before, once."""
        seeds: Any = None if all(seed is None for seed in self._seeds) else list(self._seeds)
        options = self._merged_options()
        if self._recording is not None:
            self._recording.seed(seeds, options)
            seeds = None
        observations, infos = self.env.reset(seed=seeds, options=options)
        if self._recording is not None:
            self._recording.began()
        self.reset_infos = _rows(infos, range(self.num_envs), self.num_envs)
        self._reset_seeds()
        self._reset_options()
        self._returns[:] = 0
        self._lengths[:] = 0
        return _writable(observations)

    def _merged_options(self) -> dict[str, Any] | None:
        """Gymnasium's vector options out of one dict a row: a list of N for each key."""
        keys = {key for options in self._options for key in options}
        if not keys:
            return None
        return {key: [options.get(key) for options in self._options] for key in sorted(keys)}

    def step_async(self, actions: NDArray[Any]) -> None:
        """Takes the actions (N,)."""
        self._actions = np.asarray(actions).reshape(self.num_envs)

    def step_wait(self) -> VecEnvStepReturn:
        """Observations, rewards (N,) float32, dones (N,), infos (N dicts)."""
        observations, rewards, terminated, truncated, infos = self.env.step(self._actions)
        self._returns += rewards
        self._lengths += 1
        dones = terminated | truncated
        if self._recording is not None:
            self._recording.stepped(self._actions, dones)
        ended = np.flatnonzero(dones).tolist()
        rows = _rows(infos, range(self.num_envs), self.num_envs)
        if ended:
            finals = _rows(infos.get("final_info", {}), ended, self.num_envs)
            now = time.time() - self._started
            for row, final in zip(ended, finals, strict=True):
                rows[row] = final
                final["terminal_observation"] = infos["final_obs"][row]
                final["TimeLimit.truncated"] = bool(truncated[row] and not terminated[row])
                final["episode"] = {"r": float(self._returns[row]), "l": int(self._lengths[row]), "t": round(now, 6)}
                self.reset_infos[row] = {"example_id": infos["example_id"][row]} if "example_id" in infos else {}
            self._returns[ended] = 0
            self._lengths[ended] = 0
        return _writable(observations), rewards.astype(np.float32), dones, rows

    def get_state(self) -> dict[str, Any] | None:
        """This moment as JSON, for `set_state`; None where it cannot be told (single environments in a vector)."""
        return None if self._recording is None else self._recording.get_state()

    def set_state(self, state: dict[str, Any]) -> tuple[VecEnvObs, NDArray[np.bool_]]:
        """Go back to the moment of a `get_state`, in place of a `reset`.

        Returns:
            The observation, and bool (N,), which rows stand at the start of an episode.

        Raises:
            ValueError: the environment cannot tell moments, or `state` is of another number of rows.
        """
        if self._recording is None:
            raise ValueError("state: got one for single environments in a vector, which cannot go back to it")
        self._returns[:] = self._recording.set_state(state)
        self._lengths[:] = self._recording.counts
        self.reset_infos = [{} for _ in range(self.num_envs)]
        self._reset_seeds()
        self._reset_options()
        return _writable(self._recording.env._observe()), self._recording.counts == 0

    def close(self) -> None:
        """Closes the environments."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """The attribute, once for each index; an attribute of all rows together counts for each."""
        return [self._attribute(attr_name)] * len(self._chosen(indices))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Sets an attribute of all rows together."""
        if len(self._chosen(indices)) != self.num_envs:
            raise ValueError(f"indices: got {indices!r}; allowed is None, the rows share their attributes")
        setattr(self.env.unwrapped, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: VecEnvIndices = None, **method_kwargs: Any
    ) -> list[Any]:
        """Calls a method of all rows together, such as ``action_masks``; each index gets its part of the answer."""
        answer = self._attribute(method_name)(*method_args, **method_kwargs)
        chosen = self._chosen(indices)
        parted = isinstance(answer, np.ndarray | list | tuple) and len(answer) == self.num_envs
        return [answer[row] for row in chosen] if parted else [answer] * len(chosen)

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """False: single-environment wrappers do not apply. The episode statistics are there all the same."""
        return [False] * len(self._chosen(indices))

    def get_images(self) -> Sequence[Any]:
        """What each row renders."""
        return list(self.env.render() or [None] * self.num_envs)

    def _chosen(self, indices: VecEnvIndices) -> list[int]:
        return list(self._get_indices(indices))

    def _attribute(self, name: str) -> Any:
        if hasattr(self.env.unwrapped, name):
            return getattr(self.env.unwrapped, name)
        if hasattr(self.env, "get_attr"):  # Gymnasium's own vector of single environments
            return self.env.get_attr(name)[0]
        raise AttributeError(f"{type(self.env.unwrapped).__name__} has no attribute {name!r}")


def _writable(observations: dict[str, NDArray[Any]]) -> VecEnvObs:
    """Observations of which torch makes tensors without a warning."""
    return {key: value if value.flags.writeable else value.copy() for key, value in observations.items()}


def _rows(infos: dict[str, Any], rows: Iterable[int], size: int) -> list[dict[str, Any]]:
    """Gymnasium's vector infos (arrays with `_key` masks) as one dict for each of `rows`."""
    chosen = list(rows)
    out: list[dict[str, Any]] = [{} for _ in chosen]
    for key, value in infos.items():
        if key.startswith("_") or key in ("final_obs", "final_info"):
            continue
        mask = infos.get("_" + key)
        if isinstance(value, dict):
            parts: list[Any] = _rows(value, chosen, size)
        else:
            parts = (
                [value[row] for row in chosen]
                if len(chosen) < size
                else list(value.tolist() if isinstance(value, np.ndarray) else value)
            )
        for i, (row, part) in enumerate(zip(chosen, parts, strict=True)):
            if mask is None or mask[row]:
                out[i][key] = part
    return out
