"""Whole episodes: how they are played, what is kept of them, how an update reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.policies.base import TokenPolicy
from agents.policies.sequences import SequenceBatch
from agents.policies.tokens import IMAGE_KEY, MASK_KEY, OBSERVATION_KEYS

Observation = dict[str, NDArray[Any]]


class Segment(NamedTuple):
    """Steps `start` to `stop` of episode `row`, in which each observation continues the one before it.

    Most episodes are one segment; a partner's turn, which changes the source, begins another.
    """

    row: int
    start: int
    stop: int
    source: NDArray[np.int32]  # (S,)
    prefix: NDArray[np.int32]  # what `generated` held before `start`
    image: NDArray[np.uint8] | None = None


class Pass(NamedTuple):
    """Sequences for one pass of the policy; entry k of its flat answers belongs to step (rows[k], steps[k])."""

    batch: SequenceBatch
    rows: Tensor  # int64 (m,)
    steps: Tensor  # int64 (m,)


@dataclass(frozen=True, eq=False)
class Episodes:
    """n finished episodes of up to L steps, right-padded.

    Attributes:
        tokens: int32 (n, L), the actions.
        rewards, values, log_probs: float32 (n, L); the last two as the policy gave them while it sampled.
        valid: bool (n, L), true where a step was taken.
        masks: uint8 (n, L, ceil(V / 8)), the bits of the allowed actions, or None.
        segments: how the steps hang together.
        infos: n dicts, those of the last steps.
    """

    tokens: NDArray[np.int32]
    rewards: NDArray[np.float32]
    values: NDArray[np.float32]
    log_probs: NDArray[np.float32]
    valid: NDArray[np.bool_]
    masks: NDArray[np.uint8] | None
    segments: tuple[Segment, ...]
    infos: tuple[Mapping[str, Any], ...]

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def returns(self) -> NDArray[np.float64]:
        """(n,) undiscounted."""
        total: NDArray[np.float64] = self.rewards.sum(axis=1, dtype=np.float64)
        return total

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n,) in tokens."""
        count: NDArray[np.int64] = self.valid.sum(axis=1)
        return count

    def passes(
        self, device: torch.device, sequences: int | None = None, rng: np.random.Generator | None = None
    ) -> Iterator[Pass]:
        """All steps, `sequences` segments a pass (None: all in one), those of like length together; in random
        order with `rng`."""
        order = sorted(range(len(self.segments)), key=lambda i: _reach(self.segments[i]))
        if rng is not None:
            order = rng.permutation(len(order)).tolist()
        size = sequences or len(order)
        for start in range(0, len(order), size):
            yield self._pass([self.segments[i] for i in order[start : start + size]], device)

    def _pass(self, parts: Sequence[Segment], device: torch.device) -> Pass:
        tokens = np.zeros((len(parts), max(map(_reach, parts))), dtype=np.int32)
        valid = np.zeros(tokens.shape, dtype=bool)
        for i, part in enumerate(parts):
            known, reach = len(part.prefix), _reach(part)
            tokens[i, :known] = part.prefix
            tokens[i, known:reach] = self.tokens[part.row, part.start : part.stop]
            valid[i, known:reach] = True
        rows = np.concatenate([np.full(part.stop - part.start, part.row) for part in parts])
        steps = np.concatenate([np.arange(part.start, part.stop) for part in parts])

        def tensor(array: NDArray[Any]) -> Tensor:
            return torch.from_numpy(array).to(device)

        batch = SequenceBatch(
            source=tensor(np.stack([part.source for part in parts])),
            tokens=tensor(tokens),
            valid=tensor(valid),
            masks=None if self.masks is None else tensor(self.masks[rows, steps]),
            image=stack_images([part.image for part in parts], device),
        )
        return Pass(batch, tensor(rows), tensor(steps))


def stack_images(images: Sequence[NDArray[np.uint8] | None], device: torch.device) -> Tensor | None:
    """The pictures of n sequences, uint8 (n, H, W, 3); None where there are none."""
    present = [image for image in images if image is not None]
    return torch.from_numpy(np.stack(present)).to(device) if present else None


def _reach(part: Segment) -> int:
    return len(part.prefix) + part.stop - part.start


OnStep = Callable[[dict[str, Any]], bool]
Choose = Callable[[Observation, NDArray[Any], NDArray[np.bool_]], NDArray[Any]]
Restrict = Callable[[dict[str, Tensor]], Tensor]


def play(
    policy: TokenPolicy,
    env: VecEnv,
    deterministic: bool = False,
    on_step: OnStep | None = None,
    choose: Choose | None = None,
    restrict: Restrict | None = None,
) -> Episodes | None:
    """One episode in each row of `env`, from a reset to its end, sampled or greedy.

    Rows that are done wait for the longest: the policy sees their last observation again, which costs it nothing,
    and what the environment does in them is not used.

    Args:
        on_step: called after each step with the rollout's variables (`rewards`, `dones`, `infos`, `active`, ...);
            False from it ends the rollout.
        choose: (observation, sampled actions (n,), active (n,)) -> the actions that are taken, which may be others;
            `log_probs` stay those of what was sampled.
        restrict: observation -> the packed bits of the allowed actions (n, ceil(V / 8)), in place of the
            environment's; they are kept in `Episodes.masks`.

    Returns:
        n = `env.num_envs` episodes, or None if `on_step` ended the rollout.
    """
    policy.set_training_mode(False)
    record = _Record(env)
    report = _reporter(env)
    obs: Observation = env.reset()  # type: ignore[assignment]
    active = np.ones(env.num_envs, dtype=bool)
    while active.any():
        with torch.no_grad():
            given = {key: torch.as_tensor(part, device=policy.device) for key, part in obs.items()}
            if restrict is not None:
                given[MASK_KEY] = restrict(given)
                obs = {**obs, MASK_KEY: given[MASK_KEY].cpu().numpy()}
            sampled, value, log_prob = policy(given, deterministic=deterministic)
        actions = np.where(active, sampled.cpu().numpy(), record.idle)
        if choose is not None:
            actions = choose(obs, actions, active)
        values, log_probs = value.flatten().cpu().numpy(), log_prob.cpu().numpy()
        if report is not None:
            report(log_probs)
        after, rewards, dones, infos = env.step(actions)
        record.add(obs, actions, rewards, values, log_probs, active, dones, infos)
        if on_step is not None and not on_step(
            {"rewards": rewards[active], "values": values[active], "log_probs": log_probs[active],
             "dones": dones & active, "infos": infos, "active": active, "actions": actions}
        ):  # fmt: skip
            return None
        active = active & ~dones
        obs = {key: _rows_of(active, part, obs[key]) for key, part in after.items()}  # type: ignore[union-attr]
    return record.episodes()


def _reporter(env: VecEnv) -> Callable[[NDArray[Any]], None] | None:
    """How rewards learn the log-probabilities of the tokens, where one asks for them."""
    asking = any(hasattr(scorer, "report") for scorer in env.get_attr("mdp")[0].ledger.scorers)
    return env.get_attr("report_log_probs")[0] if asking and env.has_attr("report_log_probs") else None


def _rows_of(active: NDArray[np.bool_], new: NDArray[Any], old: NDArray[Any]) -> NDArray[Any]:
    return np.where(active.reshape(-1, *[1] * (new.ndim - 1)), new, old)


class _Record:
    """The steps of a rollout as they come."""

    def __init__(self, env: VecEnv) -> None:
        self.rows = env.num_envs
        self.idle = idle_token(env)
        self.columns: list[tuple[NDArray[Any], ...]] = []
        self.masks: list[NDArray[np.uint8]] = []
        self.open: list[Segment | None] = [None] * self.rows
        self.segments: list[Segment] = []
        self.infos: list[Mapping[str, Any]] = [{}] * self.rows
        self.last: Observation | None = None

    def add(
        self,
        obs: Observation,
        actions: NDArray[Any],
        rewards: NDArray[Any],
        values: NDArray[Any],
        log_probs: NDArray[Any],
        active: NDArray[np.bool_],
        dones: NDArray[np.bool_],
        infos: Sequence[Mapping[str, Any]],
    ) -> None:
        """One step of all rows; `active` (n,) are those whose episode is still on."""
        step = len(self.columns)
        for row in np.flatnonzero(active & self._broken(obs)).tolist():
            self._close(row, step)
            prefix = obs["generated"][row, : int(obs["step"][row, 0])].astype(np.int32)
            image = obs[IMAGE_KEY][row].copy() if IMAGE_KEY in obs else None
            self.open[row] = Segment(row, step, step, obs["source"][row].astype(np.int32), prefix, image)
        self.columns.append((actions, rewards, values, log_probs, active))
        if MASK_KEY in obs:
            self.masks.append(obs[MASK_KEY].copy())
        self.last = {key: obs[key] for key in OBSERVATION_KEYS}
        for row in np.flatnonzero(active & dones).tolist():
            self._close(row, step + 1)
            self.infos[row] = infos[row]

    def _broken(self, obs: Observation) -> NDArray[np.bool_]:
        """Bool (n,): the rows whose observation is not the last one plus the last action."""
        if self.last is None:
            return np.ones(self.rows, dtype=bool)
        before, at = self.last["step"][:, 0], np.arange(self.rows)
        expected = self.last["generated"].copy()
        expected[at, np.minimum(before, expected.shape[1] - 1)] = self.columns[-1][0]
        same = (obs["generated"] == expected) | (np.arange(expected.shape[1]) > before[:, None])
        follows = (obs["step"][:, 0] == before + 1) & same.all(axis=1)
        broken: NDArray[np.bool_] = ~(follows & (obs["source"] == self.last["source"]).all(axis=1))
        return broken

    def _close(self, row: int, stop: int) -> None:
        part = self.open[row]
        if part is not None:
            self.segments.append(part._replace(stop=stop))
            self.open[row] = None

    def episodes(self) -> Episodes:
        """What was recorded; rows that were done are blank from there on."""
        actions, rewards, values, log_probs, valid = (
            np.stack(column, axis=1) for column in zip(*self.columns, strict=True)
        )
        return Episodes(
            tokens=np.where(valid, actions, 0).astype(np.int32),
            rewards=np.where(valid, rewards, 0).astype(np.float32),
            values=np.where(valid, values, 0).astype(np.float32),
            log_probs=np.where(valid, log_probs, 0).astype(np.float32),
            valid=valid,
            masks=np.stack(self.masks, axis=1) if self.masks else None,
            segments=tuple(self.segments),
            infos=tuple(self.infos),
        )


def idle_token(env: VecEnv) -> int:
    """An allowed token that does not end an episode, for the rows that wait."""
    codec = env.get_attr("mdp")[0].codec
    choices = np.flatnonzero(codec.allowed & (np.arange(codec.size) != codec.eos_id))
    return int(choices[0]) if len(choices) else int(codec.eos_id)


def join(parts: Sequence[Episodes]) -> Episodes:
    """Several lots of episodes as one."""
    if len(parts) == 1:
        return parts[0]
    length = max(part.tokens.shape[1] for part in parts)

    def padded(name: str) -> NDArray[Any]:
        arrays = [getattr(part, name) for part in parts]
        return np.concatenate([np.pad(a, [(0, 0), (0, length - a.shape[1]), *[(0, 0)] * (a.ndim - 2)]) for a in arrays])

    offsets = np.cumsum([0, *map(len, parts)])
    return Episodes(
        **{name: padded(name) for name in ("tokens", "rewards", "values", "log_probs", "valid")},
        masks=None if parts[0].masks is None else padded("masks"),
        segments=tuple(
            segment._replace(row=segment.row + int(offset))
            for part, offset in zip(parts, offsets, strict=False)
            for segment in part.segments
        ),
        infos=tuple(info for part in parts for info in part.infos),
    )
