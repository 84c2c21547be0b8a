"""What a corpus is, and the one for procedural generators."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from textgym.errors import check_choice
from textgym.types import DIFFICULTIES, SPLITS, Example

if TYPE_CHECKING:
    from textgym.corpora.automaton import WordAutomaton

SPLIT_SIZES: Mapping[str, int] = {"train": 20_000, "validation": 6_000, "test": 6_000}
"""Examples a split; with some to spare above 5,000 different ones, for a short text is now and then drawn twice."""


class Corpus(Protocol):
    """A fixed, indexable list of examples: one split of one data set."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Example: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generator draws: an example that has no id yet."""

    source: str
    references: tuple[str, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the split goes by: the source."""
        return self.source

    def write(self) -> Draft:
        """Itself: it is written already."""
        return self


class Plan(Protocol):
    """An example that is planned, not yet written. Two thirds of all plans belong to another split and never are."""

    @property
    def key(self) -> str:
        """What the split goes by; it must follow from the source text, so that no source is in two splits."""

    def write(self) -> Draft | None:
        """The example, or None where the plan does not work out."""


Generator = Callable[[np.random.Generator, str], Plan]
"""``generator(rng, difficulty) -> Plan``, or simply a `Draft`; all randomness comes from `rng`."""


def split_of(key: str) -> str:
    """The split that a plan's key belongs to, by a hash of the key alone: a third each.

    Since the key follows from the source text, no source can be in two splits.
    """
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return SPLITS[int.from_bytes(digest, "little") % len(SPLITS)]


class ProceduralCorpus:
    """Example `i` of a split is drawn from its own stream, until the draw falls into the split.

    Args:
        name: prefix of the example ids.
        generator: draws one `Plan` or `Draft` from a random generator.
        split: "train", "validation" or "test"; disjoint by construction, see `split_of`.
        difficulty: "easy", "medium" or "hard".
        size: number of examples; by default 20,000 for training, 6,000 for the others.
        seed: a different seed is a different corpus of the same kind.
        grammar: gives the recogniser of the references' language at a difficulty.
        keep: whether its texts are worth keeping on disk (`textgym.corpora.store`): they take long to draw, and
            episodes do well without the examples' `meta`.
    """

    def __init__(
        self,
        name: str,
        generator: Generator,
        split: str = "train",
        difficulty: str = "medium",
        size: int | None = None,
        seed: int = 0,
        grammar: Callable[[str], WordAutomaton] | None = None,
        keep: bool = False,
    ) -> None:
        check_choice("split", split, SPLITS)
        check_choice("difficulty", difficulty, DIFFICULTIES)
        self.name, self.generator, self.split, self.difficulty, self.seed = name, generator, split, difficulty, seed
        self._size = SPLIT_SIZES[split] if size is None else size
        self._grammar = grammar
        self.keep = keep

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> Example:
        if not 0 <= index < self._size:
            raise IndexError(f"example: got {index}, the {self.split} split has 0..{self._size - 1}")
        stream = (self.seed, DIFFICULTIES.index(self.difficulty), SPLITS.index(self.split), index)
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(stream)))
        while True:
            plan = self.generator(rng, self.difficulty)
            draft = plan.write() if split_of(plan.key) == self.split else None
            if draft is not None:
                return Example(self.id(index), draft.source, draft.references, draft.meta)

    def id(self, index: int) -> str:
        """The id of example `index`."""
        return f"{self.name}-{self.difficulty}-{self.split}-{index}"

    def grammar(self, example: Example) -> WordAutomaton | None:
        """The recogniser of the language that the references are from; None where there is none."""
        return None if self._grammar is None else self._grammar(self.difficulty)


def grammar_of(corpus: Corpus, example: Example) -> WordAutomaton | None:
    """The recogniser that the corpus has for the references of `example`; None for free text."""
    find = getattr(corpus, "grammar", None)
    return None if find is None else find(example)
