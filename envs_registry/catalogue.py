"""The catalogue: one row for each environment id. Data only; a new environment is one more row here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

ENTRY_POINT = "textgym.env:TokenEnv"
VECTOR_ENTRY_POINT = "textgym.vector:TokenVectorEnv"


@dataclass(frozen=True, slots=True)
class Row:
    """An environment of the catalogue.

    Attributes:
        id: the Gymnasium id, with its version.
        task: "module:Class" of the task.
        summary: one line for `textgym list`.
        kwargs: frozen arguments of the environment besides the task.
        tags: what the environment is for.
        random_return: mean return of uniformly random allowed tokens on the default test split.
        oracle_return: return of emitting the first reference.
    """

    id: str
    task: str
    summary: str
    tags: tuple[str, ...]
    random_return: float
    oracle_return: float
    kwargs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


CATALOGUE: tuple[Row, ...] = (
    Row(
        id="TokenSummarize-v0",
        task="textgym.tasks.summarize:Summarize",
        summary="a report in, its summary out; dense ROUGE",
        tags=("summarisation", "rouge"),
        random_return=0.05,
        oracle_return=1.0,
    ),
    Row(
        id="TokenTranslate-v0",
        task="textgym.tasks.translate:Translate",
        summary="an English sentence in, a German one out (or the other way round); dense BLEU",
        tags=("translation", "bleu"),
        random_return=0.01,
        oracle_return=1.0,
    ),
    Row(
        id="TokenCopy-v0",
        task="textgym.tasks.copy:Copy",
        summary="repeat a short string of letters; solvable in seconds",
        tags=("probe", "debugging"),
        random_return=0.1,
        oracle_return=1.0,
    ),
)
