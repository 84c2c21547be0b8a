"""Several continuations of one prompt as one sequence, so that a teacher-forced pass reads the prompt once.

A row is ``prompt, continuation 1, continuation 2, ...``. Its mask lets each continuation see the prompt and itself, its
positions count on from the prompt's end, so every state is that of the continuation read alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from agents.policies.sequences import Reading

WIDEST = 512  # places in a row: attention pays for the square of it, in masked places too
FEWEST = 2.0  # continuations a prompt, on average, from which on it pays


@dataclass(frozen=True, eq=False)
class Shared:
    """Packed rows, and where the wanted states are.

    Attributes:
        ids, positions: int64 (p, W), right-padded.
        segment: int64 (p, W), 0 in the prompt, the number of the continuation in its places, -1 beyond.
        rows, places: int64 (k,), the wanted states.
        wanted: int64 (k,), which of the reading's wanted places they answer.
    """

    ids: Tensor
    positions: Tensor
    segment: Tensor
    rows: Tensor
    places: Tensor
    wanted: Tensor

    def mask(self, dtype: torch.dtype) -> Tensor:
        """The additive attention mask (p, 1, W, W)."""
        key, query = self.segment.unsqueeze(1), self.segment.unsqueeze(2)
        seen = torch.ones(self.ids.shape[1:] * 2, dtype=torch.bool, device=self.ids.device).tril()
        seen = seen & ((key == 0) | (key == query))
        return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, torch.finfo(dtype).min)[
            :, None
        ]


def shared_sources(reading: Reading) -> list[list[int]] | None:
    """The rows of each source, or None where too few share one for it to pay."""
    groups: dict[tuple[int, bytes], list[int]] = {}
    lengths = reading.source_length.tolist()
    for row, (length, source) in enumerate(zip(lengths, reading.source.cpu().numpy(), strict=True)):
        groups.setdefault((length, source[:length].tobytes()), []).append(row)
    return list(groups.values()) if len(groups) * FEWEST <= len(lengths) else None


def pack(reading: Reading, groups: list[list[int]], prompts: Tensor, lengths: Tensor, budget: int) -> Iterator[Shared]:
    """Packed rows of like width, about `budget` places at once.

    Args:
        reading: n sequences.
        groups: the rows of each source.
        prompts: int64 (n, P), the framed sources, right-padded.
        lengths: int64 (n,), theirs.
        budget: places, padding included.
    """
    depth = torch.zeros_like(reading.source_length).scatter_reduce(0, reading.rows, reading.columns, "amax").tolist()
    prompt = lengths.tolist()
    packs = sorted(_split(groups, prompt, depth), key=lambda rows: _width(rows, prompt, depth))
    while packs:
        take = 1
        while take < len(packs) and (take + 1) * _width(packs[take], prompt, depth) <= budget:
            take += 1
        yield _packed(reading, packs[:take], prompts, prompt, depth)
        packs = packs[take:]


def _width(rows: list[int], prompt: list[int], depth: list[int]) -> int:
    return prompt[rows[0]] + sum(depth[row] for row in rows)


def _split(groups: list[list[int]], prompt: list[int], depth: list[int]) -> Iterator[list[int]]:
    """Groups of at most `WIDEST` places, or of one continuation."""
    for group in groups:
        part: list[int] = []
        for row in group:
            if part and _width([*part, row], prompt, depth) > WIDEST:
                yield part
                part = []
            part.append(row)
        yield part


def _packed(reading: Reading, packs: list[list[int]], prompts: Tensor, prompt: list[int], depth: list[int]) -> Shared:
    device = reading.source.device
    shape = len(packs), max(_width(rows, prompt, depth) for rows in packs)
    ids = torch.zeros(shape, dtype=torch.long, device=device)
    positions, segment = torch.zeros_like(ids), torch.full_like(ids, -1)
    count = len(reading.source)
    place, before, last = (torch.full((count,), -1, dtype=torch.long) for _ in range(3))
    for at, rows in enumerate(packs):
        start = length = prompt[rows[0]]
        ids[at, :length] = prompts[rows[0], :length]
        positions[at, :length] = torch.arange(length, device=device)
        segment[at, :length] = 0
        for number, row in enumerate(rows, 1):
            stop = start + depth[row]
            ids[at, start:stop] = reading.tokens[row, : depth[row]]
            positions[at, start:stop] = torch.arange(length, length + depth[row], device=device)
            segment[at, start:stop] = number
            place[row], before[row], last[row] = at, start - 1, length - 1
            start = stop
    place, before, last = place.to(device), before.to(device), last.to(device)
    wanted = (place[reading.rows] >= 0).nonzero().squeeze(1)
    of, column = reading.rows[wanted], reading.columns[wanted]
    places = torch.where(column > 0, before[of] + column, last[of])
    return Shared(ids, positions, segment, place[of], places, wanted)
