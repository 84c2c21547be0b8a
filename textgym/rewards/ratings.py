"""The log of what people said about texts: JSON Lines, one judgement a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Rating:
    """One text and what it is worth to a person, in [0, 1]."""

    example: str
    source: str
    text: str
    rating: float
    rater: str = ""

    def __post_init__(self) -> None:
        value = self.rating
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1.0:
            raise ValueError(f"rating: got {value!r}, allowed is a number in [0, 1]")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts on one source, of which a person prefers the first."""

    source: str
    chosen: str
    rejected: str
    example: str = ""
    rater: str = ""


def append(path: str | Path, judgement: Rating | Pair) -> None:
    """Add one judgement to a log, which is made if need be."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(judgement), ensure_ascii=False) + "\n")


def read(path: str | Path) -> list[Rating | Pair]:
    """The judgements in a log, in order.

    Raises:
        ValueError: there is no such file, or a line is neither a rating nor a pair; the message names the line.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"log: got {str(path)!r}, which is no file; allowed is a JSON Lines log of ratings and pairs")
    found = []
    with path.open(encoding="utf-8") as file:
        for place, line in enumerate(file, 1):
            if line.strip():
                try:
                    found.append(_parse(json.loads(line)))
                except (ValueError, TypeError) as error:
                    raise ValueError(f"log: {path.name}, line {place}: {error}") from None
    return found


def _parse(row: Any) -> Rating | Pair:
    if isinstance(row, dict) and {"chosen", "rejected"} <= row.keys():
        return Pair(*(str(row.get(key, "")) for key in ("source", "chosen", "rejected", "example", "rater")))
    if isinstance(row, dict) and {"text", "rating"} <= row.keys():
        example, source, text, rater = (str(row.get(key, "")) for key in ("example", "source", "text", "rater"))
        return Rating(example, source, text, row["rating"], rater)
    raise ValueError(f"got {row!r}, allowed is an object with chosen and rejected, or with text and rating")


def pairs(judgements: Sequence[Rating | Pair]) -> Iterator[Pair]:
    """All preferences in a log: its pairs, and for one source each text against each with a lower rating."""
    rated: dict[str, list[Rating]] = {}
    for judgement in judgements:
        if isinstance(judgement, Pair):
            yield judgement
        else:
            rated.setdefault(judgement.source, []).append(judgement)
    for source, ratings in rated.items():
        for better in ratings:
            for worse in ratings:
                if better.rating > worse.rating and not math.isclose(better.rating, worse.rating):
                    yield Pair(source, better.text, worse.text, better.example, better.rater)
