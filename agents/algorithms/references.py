"""The reference texts of an environment's corpus as token sequences, in batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from agents.algorithms.episodes import stack_images
from agents.policies.sequences import SequenceBatch
from agents.policies.tokens import IMAGE_KEY


class Pair(NamedTuple):
    """A source and one text for it: what the episode that emits this text consists of."""

    source: NDArray[np.int32]  # (S,), right-padded
    tokens: NDArray[np.int32]  # (l,), with the end token if there is room for it
    image: NDArray[np.uint8] | None = None  # (H, W, 3)


class References:
    """What there is to imitate.

    A text is cut to the environment's budget of T tokens; the end token belongs to it where it fits. Tokens that an
    agent may not choose stay in the context but are never targets. An example with several references gives a pair
    for each.

    Args:
        mdp: the `TokenMDP` of an environment.
        seed: of the order; batch k of epoch e is the same in every process.
        batch_size: sequences in a batch.
        held_out: how many examples, drawn by `seed`, are kept from training.
        chunk: batches whose examples are sorted by length together.
    """

    def __init__(self, mdp: Any, seed: int, batch_size: int, held_out: int = 0, chunk: int = 16) -> None:
        self.mdp, self.seed, self.batch_size = mdp, seed, batch_size
        self._chunk = chunk * batch_size
        size = len(mdp.corpus)
        if held_out >= size:
            raise ValueError(f"held_out: got {held_out}, allowed is less than the {size} examples of the corpus")
        order = self._generator().permutation(size)
        self.held_out = np.sort(order[:held_out])
        self.training = np.sort(order[held_out:])
        self._tokens: dict[int, list[NDArray[np.int32]]] = {}

    def _generator(self, *keys: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence((self.seed, *keys)))

    def epoch(self, number: int, skip: int = 0) -> Iterator[tuple[Pair, ...]]:
        """The batches of epoch `number`, without the first `skip`."""
        order = self._generator(1, number).permutation(self.training)
        for start in range(0, len(order), self._chunk):
            pairs = [pair for index in order[start : start + self._chunk].tolist() for pair in self.pairs(index)]
            batches = list(self._batches(pairs))
            for at in self._generator(2, number, start).permutation(len(batches)).tolist():
                if skip:
                    skip -= 1
                else:
                    yield batches[at]

    def validation(self) -> Iterator[tuple[Pair, ...]]:
        """Batches of the held-out examples, always the same."""
        return self._batches([pair for index in self.held_out.tolist() for pair in self.pairs(index)])

    def everything(self, limit: int) -> Iterator[tuple[Pair, ...]]:
        """Batches of the first `limit` examples of the corpus."""
        indices = range(min(limit, len(self.mdp.corpus)))
        return self._batches([pair for index in indices for pair in self.pairs(index)])

    def _batches(self, pairs: list[Pair]) -> Iterator[tuple[Pair, ...]]:
        pad = self.mdp.codec.pad_id
        pairs = sorted(pairs, key=lambda pair: int((pair.source != pad).sum()) + len(pair.tokens))
        for start in range(0, len(pairs), self.batch_size):
            yield tuple(pairs[start : start + self.batch_size])

    def pairs(self, index: int) -> list[Pair]:
        """Example `index` with each of its references."""
        example, source, extra = self.mdp.prepared(index)
        found = self._tokens.get(index)
        if found is None:
            found = self._tokens[index] = [self._encode(text) for text in example.references]
        return [Pair(source, tokens, extra.get(IMAGE_KEY)) for tokens in found]

    def _encode(self, text: str) -> NDArray[np.int32]:
        limit, codec = self.mdp.num_new, self.mdp.codec
        ids = codec.encode(text, limit)
        return np.array(ids if len(ids) == limit else [*ids, codec.eos_id], dtype=np.int32)

    def batch(self, pairs: Sequence[Pair], device: torch.device) -> SequenceBatch:
        """The pairs for one teacher-forced pass; valid are the tokens that an agent may choose."""
        tokens = np.zeros((len(pairs), max(len(pair.tokens) for pair in pairs)), dtype=np.int32)
        valid = np.zeros(tokens.shape, dtype=bool)
        for row, pair in enumerate(pairs):
            tokens[row, : len(pair.tokens)] = pair.tokens
            valid[row, : len(pair.tokens)] = self.mdp.codec.allowed[pair.tokens]
        return SequenceBatch(
            source=torch.from_numpy(np.stack([pair.source for pair in pairs])).to(device),
            tokens=torch.from_numpy(tokens).to(device),
            valid=torch.from_numpy(valid).to(device),
            image=stack_images([pair.image for pair in pairs], device),
        )
