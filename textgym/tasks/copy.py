"""A probe: repeat a short string of letters. Any algorithm that works solves it in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from textgym.corpora.automaton import WordAutomaton, remembered, sequences
from textgym.corpora.base import Corpus, Draft, ProceduralCorpus
from textgym.tasks.base import Task

SYMBOLS: tuple[str, ...] = tuple("abcdefgh")
LENGTHS: Mapping[str, int] = {"easy": 3, "medium": 5, "hard": 8}


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """A string of random letters, 3, 5 or 8 by difficulty, and itself as the reference."""
    text = " ".join(SYMBOLS[int(i)] for i in rng.integers(len(SYMBOLS), size=LENGTHS[difficulty]))
    return Draft(text, (text,))


@remembered
def strings(difficulty: str) -> WordAutomaton:
    """The language of the references: as many letters as the difficulty says."""
    return sequences(SYMBOLS, LENGTHS[difficulty])


@dataclass(frozen=True)
class Copy(Task):
    """The source is the answer; the dense reward pays for each further letter that is right."""

    name: ClassVar[str] = "copy"
    default_reward: ClassVar[str | Mapping[str, float]] = "copy"
    metrics: ClassVar[tuple[str, ...]] = ("copy", "exact_match")
    max_source_tokens: ClassVar[int] = 8
    max_new_tokens: ClassVar[int] = 9  # the longest string and the end token

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Random strings; at easy and medium the same string comes again within a split, never across."""
        return ProceduralCorpus("copy", draw, split, difficulty, grammar=strings)

    def tokenizer_options(self) -> dict[str, Any]:
        """One token for each letter."""
        return {"symbols": SYMBOLS}
