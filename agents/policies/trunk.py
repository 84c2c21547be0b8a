"""What a network must offer to be a policy: read sequences in one pass, and follow them token by token."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from agents.policies.distribution import Head
from agents.policies.sequences import Reading
from agents.policies.vision import ImagePrefix


@dataclass(frozen=True, slots=True)
class Frame:
    """The ids around each source.

    Attributes:
        opening, closing: before and after it.
        empty: stands for an empty source where nothing is put around it.
    """

    opening: tuple[int, ...]
    closing: tuple[int, ...]
    empty: int

    @property
    def width(self) -> int:
        """The places it takes at most."""
        return max(1, len(self.opening) + len(self.closing))

    def around(self, reading: Reading, room: int = 0) -> tuple[Tensor, Tensor]:
        """The framed sources, int64 (n, W + room), with `empty` in the places beyond, and their lengths (n,)."""
        source, length = reading.source, reading.source_length.unsqueeze(1)
        before, rows = len(self.opening), len(source)
        ids = source.new_full((rows, source.shape[1] + self.width + room), self.empty)
        places = torch.arange(source.shape[1], device=source.device)
        ids[:, before : before + source.shape[1]] = source.where(places < length, self.empty)
        ids[:, :before] = source.new_tensor(self.opening)
        after = before + length + torch.arange(len(self.closing), device=source.device)
        ids.scatter_(1, after, source.new_tensor(self.closing).expand(rows, -1))
        return ids, (reading.source_length + before + len(self.closing)).clamp(min=1)


# Tokens read at once: enough for full matrix products, few enough to sort rows by length.
GROUP_TOKENS = {"cpu": 2048, "accelerator": 16384}


def group_tokens(device: torch.device) -> int:
    """The tokens to read at once on a device."""
    return GROUP_TOKENS["cpu" if device.type == "cpu" else "accelerator"]


def by_length(reading: Reading, budget: int) -> Iterator[tuple[Reading, Tensor]]:
    """Parts of a reading with rows of like length and about `budget` tokens, padding included.

    Yields:
        the part, and which of the wanted places it answers, int64 (k,), in its order.
    """
    rows = len(reading.source)
    depth = torch.zeros_like(reading.source_length).scatter_reduce(0, reading.rows, reading.columns, "amax")
    total = (reading.source_length + depth).cpu()
    if rows * int(total.max()) <= budget:
        yield reading, torch.arange(len(reading.rows), device=reading.rows.device)
        return
    order = total.argsort(stable=True)
    lengths = total[order].tolist()
    start = 0
    while start < rows:
        stop = start + 1
        while stop < rows and (stop + 1 - start) * lengths[stop] <= budget:
            stop += 1
        chosen = order[start:stop].sort().values.to(reading.source.device)  # rows and places keep their order
        start = stop
        place = torch.full_like(reading.source_length, -1)
        place[chosen] = torch.arange(len(chosen), device=chosen.device)
        wanted = (place[reading.rows] >= 0).nonzero().squeeze(1)
        length = reading.source_length[chosen]
        source = reading.source[chosen, : int(length.max())]
        tokens = reading.tokens[chosen, : int(depth[chosen].max())]
        image = None if reading.image is None else reading.image[chosen]
        yield Reading(source, length, tokens, place[reading.rows[wanted]], reading.columns[wanted], image), wanted


class TrunkCache(ABC):
    """What a network remembers of n sequences, so that one more token costs one more token.

    Inference only: it is never stored with an experience, never pickled, and ends with the weights it was made of.
    """

    @abstractmethod
    def fill(self, rows: Tensor, reading: Reading) -> Tensor:
        """Reads ``len(rows)`` sequences afresh into the rows (r,) of the cache.

        Args:
            rows: int64 (r,).
            reading: r sequences and one wanted place for each, in order.

        Returns:
            (r, D), the state at the wanted place.
        """

    @abstractmethod
    def copy(self, origins: Tensor, rows: Tensor) -> None:
        """Gives the rows (r,) what the rows `origins` (r,) have read."""

    @abstractmethod
    def step(self, tokens: Tensor, active: Tensor) -> Tensor:
        """Lets the active rows read one more token.

        Args:
            tokens: int64 (n,); anything where a row is not active.
            active: bool (n,); the other rows stay as they are.

        Returns:
            (n, D), the state after the token; undefined where a row is not active.
        """


class Trunk(nn.Module, ABC):
    """A network from (source, tokens so far) to a hidden state.

    Args:
        source, generated: S and T, the most tokens of either.
        cached: False reads every observation from its first token.

    Attributes:
        vision: what puts a picture before the source, or None.
        width: D, the size of the hidden state.
        exact: whether reading token by token gives the states of reading at once; None: not tried yet.
    """

    width: int

    def __init__(self, source: int, generated: int, cached: bool = True) -> None:
        super().__init__()
        self.vision: ImagePrefix | None = None
        self.source_size = source
        self.generated_size = generated
        self.exact = None if cached else False

    def inputs(self, ids: Tensor, reading: Reading, embedding: nn.Module) -> dict[str, Tensor]:
        """What a transformer reads for ids (n, W): themselves, or embeddings with the picture in the first places."""
        if self.vision is None or reading.image is None:
            return {"input_ids": ids}
        return {"inputs_embeds": self.embed(ids, reading, embedding)}

    def embed(self, ids: Tensor, reading: Reading, embedding: nn.Module) -> Tensor:
        """The embeddings (n, W, D) of ids (n, W), with the picture, where there is one, in the first places."""
        if self.vision is None or reading.image is None:
            found: Tensor = embedding(ids)
            return found
        prefix = self.vision(reading.image)
        return torch.cat((prefix, embedding(ids[:, prefix.shape[1] :])), dim=1)

    @abstractmethod
    def read_together(self, reading: Reading) -> Tensor:
        """The states (m, D) at the wanted places, all rows padded to one length."""

    def read(self, reading: Reading) -> Tensor:
        """The states (m, D) at the wanted places, by one teacher-forced pass over each row.

        Rows of like length go together, so that little is padded; the result is the same.
        """
        groups = list(by_length(reading, group_tokens(reading.source.device)))
        if len(groups) <= 1:
            return self.read_together(reading)
        states = torch.cat([self.read_together(part) for part, _ in groups])
        return states[torch.cat([places for _, places in groups]).argsort()]

    @abstractmethod
    def head(self) -> Head:
        """The map from a state to the logits of the V actions."""

    @abstractmethod
    def new_cache(self, rows: int) -> TrunkCache:
        """An empty cache of `rows` sequences."""

    def open_cache(self, rows: int) -> TrunkCache | None:
        """An empty cache of `rows` sequences, or None where a first trial shows that it would not be exact."""
        if self.exact is None:
            fault = cache_fault(self)
            self.exact = fault is None
            if fault is not None:
                warnings.warn(f"no cache, every observation is read from its first token: {fault}", stacklevel=2)
        return self.new_cache(rows) if self.exact else None


@torch.no_grad()
def cache_fault(trunk: Trunk) -> str | None:
    """What is wrong with a trunk's cache, tried on two short rows of different length; None if nothing.

    Architectures differ in where positions and masks come from; a trial judges better than a list of names.
    """
    device = next(trunk.parameters()).device
    source = torch.tensor([[1, 0, 1], [1, 1, 0]], device=device)[:, : trunk.source_size]
    tokens = torch.tensor([[0, 1, 0], [1, 0, 1]], device=device)[:, : trunk.generated_size]
    length = torch.tensor([source.shape[1], 1], device=device)
    rows = torch.arange(2, device=device)
    columns = torch.tensor([min(1, tokens.shape[1] - 1), 0], device=device)
    try:
        cache = trunk.new_cache(2)
        found = [cache.fill(rows, Reading(source, length, tokens[:, : int(columns.max())], rows, columns))]
        for _ in range(int(columns[0]), tokens.shape[1]):
            found.append(cache.step(tokens.gather(1, columns.unsqueeze(1)).squeeze(1), torch.ones_like(rows).bool()))
            columns = columns + 1
    except (AttributeError, IndexError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    first = columns - len(found) + 1
    wanted = [trunk.read(Reading(source, length, tokens, rows, first + i)) for i in range(len(found))]
    gap = max(float((a - b).abs().max()) for a, b in zip(found, wanted, strict=True))
    scale = max(float(b.abs().max()) for b in wanted)
    limit = torch.finfo(wanted[0].dtype).eps ** 0.5 * max(1.0, scale)
    return None if gap <= limit else f"its states differ by {gap:.2g} from those of one pass"
