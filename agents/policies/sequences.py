"""Batches of token sequences: what a policy reads, with or without a buffer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from agents.policies.repetition import History
from agents.policies.tokens import IMAGE_KEY, MASK_KEY


@dataclass(frozen=True, eq=False)
class SequenceBatch:
    """Episodes, or parts of them, with the positions at which an action is to be scored.

    Attributes:
        source: int (n, S), right-padded.
        tokens: int (n, L), the generated tokens from the first one of the episode on.
        valid: bool (n, L); where true, ``tokens[i, t]`` is an action to be scored, given ``source[i]`` and
            ``tokens[i, :t]``. Positions left of the first valid one are context. Flat arrays that go with a batch
            (actions, advantages, ...) follow ``tokens[valid]``: row by row, left to right.
        masks: uint8 (valid.sum(), ceil(V / 8)), the bits of the allowed actions at each valid position, or None.
        image: uint8 (n, H, W, 3) or (n, 3, H, W), the pictures that go with the sources, or None.
    """

    source: Tensor
    tokens: Tensor
    valid: Tensor
    masks: Tensor | None = None
    image: Tensor | None = None

    def __len__(self) -> int:
        return len(self.source)

    @property
    def transitions(self) -> int:
        """The number of valid positions."""
        return int(self.valid.sum())


Observations = Mapping[str, Tensor] | SequenceBatch


@dataclass(frozen=True, eq=False)
class Reading:
    """Integer inputs of one pass over n sequences, and the m places whose hidden state is wanted.

    Attributes:
        source: int64 (n, S'), right-padded to the longest.
        source_length: int64 (n,).
        tokens: int64 (n, L'), right-padded to the longest; what was generated before the last wanted place.
        rows, columns: int64 (m,); the state wanted is that after ``source[row]`` and ``tokens[row, :column]``.
        image: uint8 (n, ...), the pictures that go with the sources, or None.
    """

    source: Tensor
    source_length: Tensor
    tokens: Tensor
    rows: Tensor
    columns: Tensor
    image: Tensor | None = None


def source_lengths(source: Tensor, pad: int) -> Tensor:
    """The length of each row of ``source`` (n, S) without the pads at its end; int64 (n,)."""
    places = torch.arange(1, source.shape[1] + 1, device=source.device)
    return ((source != pad) * places).amax(dim=1)


def reading_of(observation: Observations, pad: int) -> Reading:
    """The inputs of a teacher-forced pass for a batch of sequences or of plain observations."""
    if isinstance(observation, SequenceBatch):
        source, tokens = observation.source, observation.tokens
        rows, columns = observation.valid.nonzero(as_tuple=True)
        image = observation.image
    else:
        source, tokens = observation["source"], observation["generated"]
        columns = observation["step"].reshape(-1).long()
        rows = torch.arange(len(source), device=source.device)
        image = observation.get(IMAGE_KEY)
    length = source_lengths(source, pad)
    width = int(columns.max()) if len(columns) else 0
    return Reading(source[:, : int(length.max())].long(), length, tokens[:, :width].long(), rows, columns, image)


def history_of(observation: Observations) -> History:
    """The texts before the places at which an observation asks for a token."""
    if isinstance(observation, SequenceBatch):
        return History(observation.tokens, *observation.valid.nonzero(as_tuple=True))
    columns = observation["step"].reshape(-1).long()
    return History(observation["generated"], torch.arange(len(columns), device=columns.device), columns)


def once_a_source(reading: Reading, encode: Callable[[Reading], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """What `encode` makes of each row's source, tensors (n, ...); sources that rows share are encoded once."""
    if not reading.source.shape[1] or reading.image is not None:
        return encode(reading)
    sources, which, count = torch.unique(reading.source, dim=0, return_inverse=True, return_counts=True)
    if len(count) == len(which):
        return encode(reading)
    length = reading.source_length.new_zeros(len(sources)).scatter_(0, which, reading.source_length)
    none = which[:0]
    found = encode(Reading(sources, length, reading.tokens[: len(sources)], none, none))
    return tuple(part[which] for part in found)


def packed_masks(observation: Observations) -> Tensor | None:
    """The bits of the allowed actions that travel with an observation, uint8 (m, ceil(V / 8)), or None."""
    return observation.masks if isinstance(observation, SequenceBatch) else observation.get(MASK_KEY)


def unpack_bits(bits: Tensor, size: int) -> Tensor:
    """Bool (m, size) from uint8 (m, ceil(size / 8)), the first action in the highest bit (as `numpy.packbits`)."""
    shifts = torch.arange(7, -1, -1, device=bits.device, dtype=torch.uint8)
    return ((bits.unsqueeze(-1) >> shifts) & 1).bool().flatten(1)[:, :size]


def pack_bits(mask: Tensor) -> Tensor:
    """Uint8 (m, ceil(V / 8)) from bool (m, V); the inverse of `unpack_bits`."""
    short = -mask.shape[1] % 8
    padded = torch.nn.functional.pad(mask, (0, short)).reshape(len(mask), (mask.shape[1] + short) // 8, 8)
    weights = torch.tensor([128, 64, 32, 16, 8, 4, 2, 1], device=mask.device, dtype=torch.uint8)
    return torch.sum(padded.to(torch.uint8) * weights, dim=-1, dtype=torch.uint8)
