"""Hidden states of observations that follow one another, from caches that follow them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from agents.policies.sequences import reading_of
from agents.policies.tokens import IMAGE_KEY, OBSERVATION_KEYS
from agents.policies.trunk import Trunk, TrunkCache, by_length, group_tokens

READ_KEYS = (*OBSERVATION_KEYS, IMAGE_KEY)
UNREAD = -2  # a step that is neither any step nor the one before it
KEPT_BATCHES = 2  # a rollout's rows, and those of whoever looks in between (an evaluation, one truncated row)


class RolloutCache:
    """States (n, D) of plain observations, the same as a pass over each whole text would give.

    Every call compares the observation with what the cache has read: a row whose source and text are those of the
    last call plus one token reads that token; a row that is as it was keeps its state; any other row, a fresh episode
    among them, is read again from its first token. All is dropped when a weight changes. Pickles and copies as empty.
    """

    def __init__(self, trunks: Sequence[Trunk], pad: int) -> None:
        self.trunks = list(trunks)
        self.pad = pad
        self.drop()

    def drop(self) -> None:
        """Forgets everything, and frees the memory."""
        self._followers: OrderedDict[int, _Follower] = OrderedDict()
        self._weights: list[Tensor] = []
        self._stamp: tuple[int, ...] = ()

    def begins_anew(self, observation: Mapping[str, Tensor]) -> bool:
        """Whether a row that was followed into a text stands at the start of another one."""
        follower = self._followers.get(len(observation["source"]))
        return follower is not None and bool(((observation["step"] == 0) & (follower.step > 0)).any())

    def states(self, observation: Mapping[str, Tensor], needed: Tensor | None = None) -> list[Tensor] | None:
        """The states of each trunk, or None where one of them cannot be cached.

        Args:
            observation: of n rows.
            needed: bool (n,), the rows that need be read; None: all. The states of the others are undefined.
        """
        rows = len(observation["source"])
        if not self._weights:
            self._weights = [weight for trunk in self.trunks for weight in (*trunk.parameters(), *trunk.buffers())]
        stamp = stamp_of(self._weights)
        if stamp != self._stamp:
            self._followers.clear()
            self._stamp = stamp
        follower = self._followers.pop(rows, None)
        if follower is None:
            caches = [trunk.open_cache(rows) for trunk in self.trunks]
            if any(cache is None for cache in caches):
                return None
            follower = _Follower([cache for cache in caches if cache is not None], observation, self.pad)
        states = follower.states(observation, needed)
        self._followers[rows] = follower  # only now: a pass that failed half-way must not be trusted
        while len(self._followers) > KEPT_BATCHES:
            self._followers.popitem(last=False)
        return states

    def __deepcopy__(self, memo: dict[int, Any]) -> RolloutCache:
        trunks = [memo.get(id(trunk), trunk) for trunk in self.trunks]
        return type(self)(trunks, self.pad)

    def __getstate__(self) -> dict[str, Any]:
        return {"trunks": self.trunks, "pad": self.pad}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


class _Follower:
    """The caches of n rows, and the observation they have read."""

    def __init__(self, caches: list[TrunkCache], observation: Mapping[str, Tensor], pad: int) -> None:
        self.caches = caches
        self.pad = pad
        self.source = torch.zeros_like(observation["source"])
        self.generated = torch.zeros_like(observation["generated"])
        self.image: Tensor | None = None
        self.step = torch.full_like(observation["step"], UNREAD)
        self.places = torch.arange(self.generated.shape[1], device=self.generated.device)
        self.hidden: list[Tensor] = []

    def states(self, observation: Mapping[str, Tensor], needed: Tensor | None) -> list[Tensor]:
        source, generated, step = observation["source"], observation["generated"], observation["step"]
        # Copies: an environment may write its next observation into the same memory, and then the
        # comparison below would be that of the observation with itself.
        known = (source == self.source).all(dim=1)
        image = observation.get(IMAGE_KEY)
        if image is not None:
            if self.image is not None:
                # Of another layout (Stable-Baselines3 puts the channels first) is another picture.
                alike = image.shape == self.image.shape
                known &= (image == self.image).flatten(1).all(dim=1) if alike else False
            self.image = image.clone()
        known &= ((generated == self.generated) | (self.places >= self.step)).all(dim=1)
        ahead = (step - self.step).squeeze(1)
        follows, stays = known & (ahead == 1), known & (ahead == 0)
        following, staying = torch.stack([follows, stays]).sum(dim=1).tolist()
        if following * 4 < len(source):  # a step computes all rows; for a few, reading them again costs less
            follows, following = torch.zeros_like(follows), 0
        if following:
            last = generated.gather(1, (step.long() - 1).clamp(min=0)).squeeze(1).long()
            self._merge([cache.step(last, follows) for cache in self.caches], follows)
        self.source, self.generated, self.step = source.clone(), generated.clone(), step.clone()
        if following + staying < len(source):
            missing = ~(follows | stays)
            if needed is not None:
                self.step[missing & ~needed] = UNREAD
                missing &= needed
            rows = missing.nonzero().squeeze(1)
            if len(rows):
                self._fill(observation, rows)
        return self.hidden

    def _merge(self, states: list[Tensor], follows: Tensor) -> None:
        everywhere = bool(follows.all())
        self.hidden = [
            new if everywhere else torch.where(follows.unsqueeze(1), new, old)
            for new, old in zip(states, self.hidden, strict=True)
        ]

    def _fill(self, observation: Mapping[str, Tensor], rows: Tensor) -> None:
        """Reads rows afresh; equal neighbours, the samples of one example at their start, are read once."""
        parts = {key: observation[key][rows] for key in READ_KEYS if key in observation}
        first = first_of_equals(parts)
        read = (first == torch.arange(len(rows), device=rows.device)).nonzero().squeeze(1)
        reading = reading_of({key: part[read] for key, part in parts.items()}, self.pad)
        for part, chosen in by_length(reading, group_tokens(rows.device)):
            into = rows[read[chosen]]
            states = [cache.fill(into, part) for cache in self.caches]
            if not self.hidden:
                self.hidden = [state.new_zeros(len(self.source), state.shape[1]) for state in states]
            self.hidden = [old.index_copy(0, into, new) for old, new in zip(self.hidden, states, strict=True)]
        if len(read) < len(rows):
            origins = rows[first]
            for cache in self.caches:
                cache.copy(origins, rows)
            self.hidden = [old.index_copy(0, rows, old[origins]) for old in self.hidden]


def stamp_of(weights: Iterable[Tensor]) -> tuple[int, ...]:
    """What differs once one of the weights has changed."""
    return tuple(number for weight in weights for number in (weight.data_ptr(), weight._version))


def first_of_equals(parts: Mapping[str, Tensor]) -> Tensor:
    """For each row, the first of the run of rows that it belongs to, int64 (r,); a run's rows are equal in all parts.

    >>> first_of_equals({"source": torch.tensor([[3, 4], [3, 4], [5, 6], [3, 4]])})
    tensor([0, 0, 2, 3])
    """
    same = [(part[1:] == part[:-1]).flatten(1).all(dim=1) for part in parts.values()]
    places = torch.arange(len(same[0]) + 1, device=same[0].device)
    begins = torch.nn.functional.pad(~torch.stack(same).all(dim=0), (1, 0), value=True)
    return places.where(begins, 0).cummax(dim=0).values
