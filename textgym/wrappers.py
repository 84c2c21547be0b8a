"""Wrappers: a growing budget of tokens, and long texts in segments.

Each comes for single and for vector environments, with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from textgym.errors import check_int

Observation = dict[str, NDArray[Any]]
Schedule = Callable[[float], float]


def linear(progress: float) -> float:
    """The schedule that grows evenly."""
    return progress


class _Budget:
    """The budget of a curriculum, for both kinds of environment."""

    def __init__(self, space: gym.Space[Any], start: int, schedule: Schedule) -> None:
        self.top = _length(space, "generated")
        self.start = check_int("start", start, 1, self.top)
        self.schedule = schedule

    def at(self, progress: float) -> int:
        if isinstance(progress, bool) or not isinstance(progress, (int, float)) or not 0.0 <= progress <= 1.0:
            raise ValueError(f"progress: got {progress!r}, allowed is a number in [0, 1]")
        share = min(1.0, max(0.0, float(self.schedule(float(progress)))))
        return self.start + round(share * (self.top - self.start))

    def space(self, space: gym.Space[Any]) -> spaces.Dict:
        return _with(space, budget=spaces.Box(1, self.top, (1,), np.int32))


class MaxNewTokensCurriculum(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Episodes that are short in the beginning of a training and grow to their full length.

    An episode ends, with finish reason "length" and its whole reward, after as many tokens as the schedule
    allows when it begins. The budget is part of the observation: the key `budget` (1,), beside `step`.
    `set_progress` is called by the training, as for scheduled rewards.

    Args:
        env: a token environment.
        start: the budget at progress 0; at 1 it is T.
        schedule: progress -> share of the way, both in [0, 1].

    >>> import gymnasium as gym, textgym
    >>> env = MaxNewTokensCurriculum(gym.make("TokenCopy-v0"), start=3)
    >>> env.reset(seed=0)[0]["budget"]
    array([3], dtype=int32)
    >>> env.set_progress(0.5)
    >>> env.reset()[0]["budget"]
    array([6], dtype=int32)
    """

    def __init__(self, env: gym.Env[Any, Any], start: int = 8, schedule: Schedule = linear) -> None:
        RecordConstructorArgs.__init__(self, start=start, schedule=schedule)
        gym.Wrapper.__init__(self, env)
        self._plan = _Budget(env.observation_space, start, schedule)
        self.observation_space = self._plan.space(env.observation_space)
        self._next = self._now = self._plan.start
        _needs(env.unwrapped, "set_max_new_tokens")

    def set_progress(self, progress: float) -> None:
        """How much of the training is done, in [0, 1]; the next episodes follow."""
        self._next = self._plan.at(progress)
        self.env.get_wrapper_attr("set_progress")(progress)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode with the budget of now."""
        unwrapped: Any = self.env.unwrapped
        unwrapped.set_max_new_tokens(self._next)
        self._now = self._next
        observation, info = self.env.reset(seed=seed, options=options)
        return self._budgeted(observation), info

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """One token."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._budgeted(observation), float(reward), terminated, truncated, info

    def _budgeted(self, observation: Observation) -> Observation:
        return {**observation, "budget": np.array([self._now], dtype=np.int32)}


class VectorMaxNewTokensCurriculum(VectorWrapper):  # type: ignore[type-arg]
    """`MaxNewTokensCurriculum` for `gym.make_vec`: rows take the budget of the time at which they begin.

    >>> import gymnasium as gym, textgym
    >>> envs = VectorMaxNewTokensCurriculum(gym.make_vec("TokenCopy-v0", num_envs=2), start=3)
    >>> envs.reset(seed=0)[0]["budget"].tolist()
    [[3], [3]]
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], start: int = 8, schedule: Schedule = linear) -> None:
        super().__init__(env)
        self._plan = _Budget(env.single_observation_space, start, schedule)
        self.single_observation_space = self._plan.space(env.single_observation_space)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        base: Any = env.unwrapped
        self._base: Any = base
        _needs(self._base, "set_max_new_tokens")
        base.set_max_new_tokens(self._plan.start)
        self._before = base.budgets

    def set_progress(self, progress: float) -> None:
        """How much of the training is done, in [0, 1]; the next episodes follow."""
        self._base.set_max_new_tokens(self._plan.at(progress))
        self._base.set_progress(progress)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start episodes with the budget of now."""
        observation, infos = self.env.reset(seed=seed, options=options)  # type: ignore[arg-type]
        return self._budgeted(observation), infos

    def step(self, actions: Any) -> tuple[Observation, Any, Any, Any, dict[str, Any]]:
        """One token in each row."""
        self._before = self._base.budgets
        observation, rewards, terminated, truncated, infos = self.env.step(actions)
        for row in np.flatnonzero(infos.get("_final_obs", ())).tolist():
            infos["final_obs"][row]["budget"] = self._before[row : row + 1]
        return self._budgeted(observation), rewards, terminated, truncated, infos

    def _budgeted(self, observation: Observation) -> Observation:
        return {**observation, "budget": self._base.budgets[:, None]}


class _Cut:
    """The observation of a long text as that of its last segment; a pure function, with or without a batch."""

    def __init__(self, space: gym.Space[Any], pad: int, length: int, keep: int) -> None:
        self.total, self.room = _length(space, "generated"), _length(space, "source")
        self.length = check_int("length", length, 1, self.total)
        self.keep = check_int("keep", keep, 0, self.room)
        self.pad = pad
        top = -(-self.total // self.length) - 1
        ids = space["generated"]  # type: ignore[index]
        self.space = _with(
            space,
            generated=spaces.Box(ids.low[0], ids.high[0], (self.length,), np.int32),
            step=spaces.Box(0, self.length, (1,), np.int32),
            segment=spaces.Box(0, top, (1,), np.int32),
        )

    def __call__(self, observation: Mapping[str, NDArray[Any]], over: bool) -> Observation:
        """`over` says whether the episode is: then a full segment is shown, not the empty one after it."""
        step = int(observation["step"][0])
        segment = step // self.length
        if over and step and step % self.length == 0:
            segment -= 1
        begin = segment * self.length
        written = observation["generated"]
        now = np.full(self.length, self.pad, dtype=np.int32)
        now[: step - begin] = written[begin:step]
        source = observation["source"]
        if begin and self.keep:
            tail = written[max(0, begin - self.keep) : begin]
            used = len(source) - int(np.argmax(source[::-1] != self.pad)) if (source != self.pad).any() else 0
            head = source[: min(used, self.room - len(tail))]
            source = np.full(self.room, self.pad, dtype=np.int32)
            source[: len(head)], source[len(head) : len(head) + len(tail)] = head, tail
        return {
            **observation,
            "source": source,
            "generated": now,
            "step": np.array([step - begin], dtype=np.int32),
            "segment": np.array([segment], dtype=np.int32),
        }


class Segments(gym.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """A long text, written in segments of a length that a policy can handle.

    Rewards, ends and infos are those of the whole text. What is seen is the segment being written: `generated`
    (length,) and `step` count within it; when it is full, its last `keep` ids stand behind the source, and
    the next one begins. The key `segment` (1,) is its number.

    Args:
        env: a token environment with a large `max_new_tokens`.
        length: of a segment, in tokens.
        keep: how many ids before the segment stay in view.

    >>> import gymnasium as gym, textgym
    >>> env = Segments(gym.make("TokenCopy-v0", max_source_tokens=8), length=4, keep=2)
    >>> observation, _ = env.reset(seed=0)
    >>> for token in (5, 6, 7, 8, 9):
    ...     observation, *_ = env.step(token)
    >>> observation["segment"], observation["step"], observation["generated"]
    (array([1], dtype=int32), array([1], dtype=int32), array([9, 0, 0, 0], dtype=int32))
    >>> observation["source"][5:]
    array([7, 8, 0], dtype=int32)
    """

    def __init__(self, env: gym.Env[Any, Any], length: int = 64, keep: int = 32) -> None:
        RecordConstructorArgs.__init__(self, length=length, keep=keep)
        gym.Wrapper.__init__(self, env)
        unwrapped: Any = env.unwrapped
        _needs(unwrapped, "mdp")
        self._cut = _Cut(env.observation_space, unwrapped.mdp.codec.pad_id, length, keep)
        self.observation_space = self._cut.space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self._cut(observation, False), info

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """One token."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._cut(observation, terminated), float(reward), terminated, truncated, info


class VectorSegments(VectorWrapper):  # type: ignore[type-arg]
    """`Segments` for `gym.make_vec`."""

    def __init__(self, env: VectorEnv[Any, Any, Any], length: int = 64, keep: int = 32) -> None:
        super().__init__(env)
        unwrapped: Any = env.unwrapped
        _needs(unwrapped, "mdp")
        self._cut = _Cut(env.single_observation_space, unwrapped.mdp.codec.pad_id, length, keep)
        self.single_observation_space = self._cut.space
        self.observation_space = batch_space(self._cut.space, self.num_envs)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start episodes."""
        observation, infos = self.env.reset(seed=seed, options=options)  # type: ignore[arg-type]
        return self._rows(observation, np.zeros(self.num_envs, dtype=bool)), infos

    def step(self, actions: Any) -> tuple[Observation, Any, Any, Any, dict[str, Any]]:
        """One token in each row."""
        observation, rewards, terminated, truncated, infos = self.env.step(actions)
        final = infos.get("_final_obs")
        for row in np.flatnonzero(() if final is None else final).tolist():
            infos["final_obs"][row] = self._cut(infos["final_obs"][row], bool(terminated[row]))
        over = terminated if final is None else terminated & ~final
        return self._rows(observation, over), rewards, terminated, truncated, infos

    def _rows(self, observation: Observation, over: NDArray[np.bool_]) -> Observation:
        rows = [
            self._cut({key: array[row] for key, array in observation.items()}, bool(over[row]))
            for row in range(self.num_envs)
        ]
        return {key: np.stack([row[key] for row in rows]) for key in rows[0]}


def _with(space: gym.Space[Any], **more: gym.Space[Any]) -> spaces.Dict:
    """A Dict space with keys added or replaced."""
    if not isinstance(space, spaces.Dict):
        raise ValueError(f"env: got observations {space}, allowed is a token environment")
    return spaces.Dict({**space.spaces, **more})


def _length(space: gym.Space[Any], key: str) -> int:
    found = space.spaces.get(key) if isinstance(space, spaces.Dict) else None
    if found is None or found.shape is None:
        raise ValueError(f"env: got observations {space}, allowed is a token environment")
    return int(found.shape[0])


def _needs(env: object, name: str) -> None:
    if not hasattr(env, name):
        raise ValueError(f"env: got {type(env).__name__}, allowed is a token environment of this package")
