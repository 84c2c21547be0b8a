"""A memory of whole episodes for off-policy learning."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agents.algorithms.episodes import Episodes, Segment, join


class EpisodeReplay:
    """The latest episodes, as many as hold `capacity` tokens; what was observed follows from source and tokens.

    Args:
        capacity: in tokens.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.tokens = 0
        self.episodes: deque[Episodes] = deque()

    def __len__(self) -> int:
        return len(self.episodes)

    def add(self, episodes: Episodes) -> None:
        """Remember `episodes`, and forget the oldest ones beyond the capacity."""
        for one in split(episodes):
            self.episodes.append(one)
            self.tokens += int(one.valid.sum())
        while self.tokens > self.capacity and len(self.episodes) > 1:
            self.tokens -= int(self.episodes.popleft().valid.sum())

    def sample(self, size: int, rng: np.random.Generator) -> Episodes:
        """`size` episodes drawn uniformly, with replacement."""
        return join([self.episodes[int(i)] for i in rng.integers(len(self.episodes), size=size)])

    def to_tensors(self) -> dict[str, Tensor]:
        """Everything remembered, for a saved file."""
        if not self.episodes:
            return {}
        whole = join(list(self.episodes))
        parts = whole.segments
        prefix = np.full((len(parts), max(len(part.prefix) for part in parts) + 1), -1, dtype=np.int32)
        for i, part in enumerate(parts):
            prefix[i, : len(part.prefix)] = part.prefix
        arrays: dict[str, NDArray[np.generic]] = {
            "tokens": whole.tokens,
            "rewards": whole.rewards,
            "valid": whole.valid,
            "places": np.array([part[:3] for part in parts], dtype=np.int64),
            "sources": np.stack([part.source for part in parts]),
            "prefixes": prefix,
        }
        if whole.masks is not None:
            arrays["masks"] = whole.masks
        images = [part.image for part in parts if part.image is not None]
        if images:  # once a segment, as everything that an observation repeats from step to step
            arrays["images"] = np.stack(images)
        return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}

    def from_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back what `to_tensors` gave."""
        self.episodes.clear()
        self.tokens = 0
        if not tensors:
            return
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        images = arrays.get("images", [None] * len(arrays["places"]))
        segments = tuple(
            Segment(place[0], place[1], place[2], source, prefix[prefix >= 0], image)
            for place, source, prefix, image in zip(
                arrays["places"].tolist(), arrays["sources"], arrays["prefixes"], images, strict=True
            )
        )
        blank = np.zeros_like(arrays["rewards"])
        valid = arrays["valid"]
        infos: tuple[dict[str, object], ...] = tuple({} for _ in valid)
        masks = arrays.get("masks")
        self.add(Episodes(arrays["tokens"], arrays["rewards"], blank, blank, valid, masks, segments, infos))


def split(episodes: Episodes) -> list[Episodes]:
    """Each episode on its own, without the padding; values and log-probabilities of the rollout are dropped."""
    own: list[list[Segment]] = [[] for _ in range(len(episodes))]
    for part in episodes.segments:
        own[part.row].append(part._replace(row=0))
    found = []
    for row, length in enumerate(episodes.lengths.tolist()):
        rewards = episodes.rewards[row : row + 1, :length].copy()
        blank = np.zeros_like(rewards)
        found.append(
            Episodes(
                tokens=episodes.tokens[row : row + 1, :length].copy(),
                rewards=rewards,
                values=blank,
                log_probs=blank,
                valid=np.ones(rewards.shape, dtype=bool),
                masks=None if episodes.masks is None else episodes.masks[row : row + 1, :length].copy(),
                segments=tuple(own[row]),
                infos=({},),
            )
        )
    return found
