"""The few types that every room of the house shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Split = Literal["train", "validation", "test"]
Difficulty = Literal["easy", "medium", "hard"]
Density = Literal["dense", "word", "sentence", "sparse"]

SPLITS: tuple[str, ...] = ("train", "validation", "test")
DIFFICULTIES: tuple[str, ...] = ("easy", "medium", "hard")
DENSITIES: tuple[str, ...] = ("dense", "word", "sentence", "sparse")


@dataclass(frozen=True, slots=True)
class Example:
    """One item of a corpus.

    Attributes:
        id: unique in its corpus and split, stable over runs.
        source: the text the agent reads (before the task's prompt form is applied).
        references: the accepted texts; the first is the oracle's answer.
        meta: whatever else the corpus knows, e.g. ``facts``, a tuple of
            (subject, relation, object) triples that the source states.
    """

    id: str
    source: str
    references: tuple[str, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
