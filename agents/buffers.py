"""Rollouts as token sequences: what was generated is stored once, and the update reads whole texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.buffers import BaseBuffer, RolloutBuffer
from torch import Tensor

from agents.policies.pending import PendingValues
from agents.policies.sequences import SequenceBatch
from agents.policies.tokens import IMAGE_KEY, MASK_KEY, OBSERVATION_KEYS, check_spaces


class SequenceSamples(NamedTuple):
    """A minibatch of whole sequences; the flat arrays follow ``observations.tokens[observations.valid]``."""

    observations: SequenceBatch
    actions: Tensor  # int64 (m,)
    old_values: Tensor  # float32 (m,)
    old_log_prob: Tensor  # float32 (m,)
    advantages: Tensor  # float32 (m,)
    returns: Tensor  # float32 (m,)
    action_masks: None = None  # for MaskablePPO, which asks; those of a sequence are in `observations.masks`


class Segment(NamedTuple):
    """Part of one episode inside one rollout: transitions `start` to `stop` of row `row`."""

    row: int
    start: int
    stop: int
    source: int  # index into the sources of the rollout
    prefix: NDArray[np.int32]  # what the episode had generated before `start`


class SequenceRolloutBuffer(RolloutBuffer):
    """The rollout buffer of `A2C` and `PPO` for token environments.

    Takes what Stable-Baselines3 gives any rollout buffer. Of an observation it keeps the source and the picture, once
    an episode, and where a rollout begins inside an episode what that has generated; actions give the rest. A
    transition costs 25 bytes (reward, value, log-probability, advantage and return in float32, the token in int32,
    one flag). An observation that does not continue the last one (a reset, a partner's turn) opens a new sequence.

    `get` yields minibatches of whole sequences, so that an update reads each text once in place of once a token.
    """

    observation_space: spaces.Dict

    def __init__(
        self,
        buffer_size: int,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        device: torch.device | str = "auto",
        gae_lambda: float = 1,
        gamma: float = 0.99,
        n_envs: int = 1,
    ) -> None:
        check_spaces(observation_space, action_space)
        BaseBuffer.__init__(self, buffer_size, observation_space, action_space, device, n_envs=n_envs)
        self.gae_lambda = gae_lambda
        self.gamma = gamma
        self.generator_ready = False
        self.reset()

    def reset(self) -> None:
        """Empties the buffer."""
        shape = (self.buffer_size, self.n_envs)
        self.actions = np.zeros(shape, dtype=np.int32)
        for name in ("rewards", "values", "log_probs", "advantages", "returns"):
            setattr(self, name, np.zeros(shape, dtype=np.float32))
        self.episode_starts = np.zeros(shape, dtype=bool)
        bits = self.observation_space.spaces.get(MASK_KEY)
        self.masks = None if bits is None else np.zeros((*shape, *(bits.shape or ())), dtype=np.uint8)
        self.sources: list[NDArray[np.int32]] = []
        self.images: list[NDArray[np.uint8]] = []
        self._open: list[Segment | None] = [None] * self.n_envs
        self._segments: list[Segment] = []
        self._last: dict[str, NDArray[Any]] = {}
        self.pos = 0
        self.full = False

    @property
    def nbytes(self) -> int:
        """Bytes held, sources included."""
        arrays = [self.actions, self.rewards, self.values, self.log_probs, self.advantages, self.returns]
        held = sum(array.nbytes for array in [*arrays, self.episode_starts, *self.sources, *self.images])
        prefixes = sum(part.prefix.nbytes for part in [*self._segments, *self._open] if part is not None)
        return held + prefixes + (0 if self.masks is None else self.masks.nbytes)

    def add(  # type: ignore[override]
        self,
        obs: dict[str, NDArray[Any]],
        action: NDArray[Any],
        reward: NDArray[Any],
        episode_start: NDArray[Any],
        value: Tensor,
        log_prob: Tensor,
    ) -> None:
        """One step of all rows, in Stable-Baselines3's order of arguments."""
        at = self.pos
        for row in np.flatnonzero(self._broken(obs, episode_start)).tolist():
            self._begin(row, obs)
        self._last = {key: obs[key].copy() for key in (*OBSERVATION_KEYS, IMAGE_KEY) if key in obs}
        self.actions[at] = np.asarray(action).reshape(self.n_envs)
        self.rewards[at] = reward
        self.episode_starts[at] = episode_start
        self.values[at] = value.detach().cpu().numpy().reshape(self.n_envs)
        self.log_probs[at] = log_prob.detach().cpu().numpy().reshape(self.n_envs)
        if self.masks is not None:
            self.masks[at] = obs[MASK_KEY]
        self.pos += 1
        if self.pos == self.buffer_size:
            self.full = True
            self._segments += [self._closed(part) for part in self._open if part is not None]
            self._open = [None] * self.n_envs

    def compute_returns_and_advantage(self, last_values: Tensor, dones: NDArray[Any]) -> None:
        """See Stable-Baselines3; the values of rows that are done do not count, and are not read (`PendingValues`)."""
        if isinstance(last_values, PendingValues):
            last_values = last_values.of(~torch.as_tensor(dones, dtype=torch.bool, device=self.device))
        super().compute_returns_and_advantage(last_values, dones)

    def _broken(self, obs: dict[str, NDArray[Any]], episode_start: NDArray[Any]) -> NDArray[np.bool_]:
        """Bool (N,): the rows whose observation is not the last one plus the last action."""
        if self.pos == 0:
            return np.ones(self.n_envs, dtype=bool)
        last, step, places = self._last, obs["step"], np.arange(obs["generated"].shape[1])
        written = np.take_along_axis(obs["generated"], np.maximum(step - 1, 0).astype(np.int64), axis=1)
        follows = (step == last["step"] + 1) & (written == self.actions[self.pos - 1][:, None])
        kept = (obs["generated"] == last["generated"]) | (places >= last["step"])
        same = kept.all(axis=1) & (obs["source"] == last["source"]).all(axis=1)
        if IMAGE_KEY in obs:
            same &= (obs[IMAGE_KEY] == last[IMAGE_KEY]).reshape(self.n_envs, -1).all(axis=1)
        broken: NDArray[np.bool_] = np.asarray(episode_start, dtype=bool) | ~(follows[:, 0] & same)
        return broken

    def _begin(self, row: int, obs: dict[str, NDArray[Any]]) -> None:
        part = self._open[row]
        if part is not None:
            self._segments.append(self._closed(part))
        self.sources.append(obs["source"][row].astype(np.int32))
        if IMAGE_KEY in obs:
            self.images.append(obs[IMAGE_KEY][row].copy())
        prefix = obs["generated"][row, : int(obs["step"][row, 0])].astype(np.int32)
        self._open[row] = Segment(row, self.pos, self.pos, len(self.sources) - 1, prefix)

    def _closed(self, part: Segment) -> Segment:
        return part._replace(stop=self.pos)

    def get(self, batch_size: int | None = None) -> Iterator[SequenceSamples]:  # type: ignore[override]
        """Minibatches of whole sequences in random order, each of about `batch_size` transitions; None: all in one."""
        if not self.full:
            raise ValueError(
                f"rollout buffer: holds {self.pos} steps; get() is allowed once it holds {self.buffer_size}"
            )
        batches = self._group(batch_size or self.buffer_size * self.n_envs)
        for index in np.random.permutation(len(batches)):
            yield self._samples(batches[index])

    def _group(self, batch_size: int) -> list[list[Segment]]:
        """Sequences of like length together, so that little is padded; ties, and with them the groups, at random."""
        total = self.buffer_size * self.n_envs
        count = max(1, round(total / batch_size))
        order = np.random.permutation(len(self._segments))
        lengths = np.array(
            [len(self._segments[i].prefix) + self._segments[i].stop - self._segments[i].start for i in order]
        )
        order = order[np.argsort(lengths, kind="stable")]
        groups: list[list[Segment]] = [[]]
        filled = 0
        for index in order.tolist():
            part = self._segments[index]
            size = part.stop - part.start
            # The next group begins where this sequence would lie more beyond the border than before it.
            if groups[-1] and len(groups) < count and filled + size / 2 > len(groups) * total / count:
                groups.append([])
            groups[-1].append(part)
            filled += size
        return groups

    def _samples(self, parts: list[Segment]) -> SequenceSamples:  # type: ignore[override]
        lengths = [len(part.prefix) + part.stop - part.start for part in parts]
        tokens = np.zeros((len(parts), max(lengths)), dtype=np.int32)
        valid = np.zeros(tokens.shape, dtype=bool)
        for i, (part, length) in enumerate(zip(parts, lengths, strict=True)):
            known = len(part.prefix)
            tokens[i, :known] = part.prefix
            tokens[i, known:length] = self.actions[part.start : part.stop, part.row]
            valid[i, known:length] = True
        batch = SequenceBatch(
            source=self.to_torch(np.stack([self.sources[part.source] for part in parts])),
            tokens=self.to_torch(tokens),
            valid=self.to_torch(valid),
            masks=None if self.masks is None else self._flat(self.masks, parts),
            image=self.to_torch(np.stack([self.images[part.source] for part in parts])) if self.images else None,
        )
        return SequenceSamples(
            observations=batch,
            actions=self._flat(self.actions, parts).long(),
            old_values=self._flat(self.values, parts),
            old_log_prob=self._flat(self.log_probs, parts),
            advantages=self._flat(self.advantages, parts),
            returns=self._flat(self.returns, parts),
        )

    def _flat(self, array: NDArray[Any], parts: list[Segment]) -> Tensor:
        """The entries of the sequences' transitions, in the order of ``tokens[valid]``."""
        return self.to_torch(np.concatenate([array[part.start : part.stop, part.row] for part in parts]))
