"""A part of a corpus, in the slice syntax of Hugging Face's `datasets`: "a.jsonl[:80%]", "a.jsonl[100:200]"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from textgym.corpora.automaton import WordAutomaton
from textgym.corpora.base import Corpus, grammar_of
from textgym.types import Example

_SLICED = re.compile(r"^(?P<name>.+)\[(?P<bounds>[^\[\]]*)\]$", re.DOTALL)
_BOUNDS = re.compile(r"^\s*(?:(?P<start>-?\d+)(?P<start_pct>%)?)?\s*:\s*(?:(?P<stop>-?\d+)(?P<stop_pct>%)?)?\s*$")


@dataclass(frozen=True, slots=True)
class SliceSpec:
    """Bounds of a slice, either counts or percentages; None is an open end, negative counts from the end."""

    start: int | None
    stop: int | None
    percent: bool

    def bounds(self, size: int) -> tuple[int, int]:
        """The half-open range of indices in a corpus of `size` examples; percentages round to the nearest."""

        def place(bound: int | None, default: int) -> int:
            if bound is None:
                return default
            index = round(bound * size / 100) if self.percent else bound
            return min(max(index + size if index < 0 else index, 0), size)

        return place(self.start, 0), place(self.stop, size)

    def __str__(self) -> str:
        unit = "%" if self.percent else ""
        start, stop = ("" if bound is None else f"{bound}{unit}" for bound in (self.start, self.stop))
        return f"[{start}:{stop}]"


def split_slice(name: str) -> tuple[str, SliceSpec | None]:
    """`name` without its slice, and the slice, or None where it has none.

    >>> split_slice("a.jsonl[:80%]")
    ('a.jsonl', SliceSpec(start=None, stop=80, percent=True))
    """
    sliced = _SLICED.match(name)
    if sliced is None:
        return name, None
    bounds = _BOUNDS.match(sliced["bounds"])
    allowed = "allowed are [start:stop] in examples or in per cent, e.g. [:80%], [80%:], [100:200]"
    if bounds is None:
        raise ValueError(f"dataset: got the slice [{sliced['bounds']}] in {name!r}; {allowed}")
    start, stop = (None if bounds[end] is None else int(bounds[end]) for end in ("start", "stop"))
    units = {bool(bounds[f"{end}_pct"]) for end in ("start", "stop") if bounds[end] is not None}
    if len(units) > 1:
        raise ValueError(f"dataset: the slice [{sliced['bounds']}] in {name!r} mixes examples and per cent; {allowed}")
    percent = units == {True}
    if percent and any(bound is not None and abs(bound) > 100 for bound in (start, stop)):
        raise ValueError(f"dataset: the slice [{sliced['bounds']}] in {name!r} goes beyond 100 %; {allowed}")
    return sliced["name"], SliceSpec(start, stop, percent)


class SlicedCorpus:
    """A contiguous part of a corpus; the examples keep their ids."""

    def __init__(self, corpus: Corpus, spec: SliceSpec) -> None:
        self.corpus = corpus
        self.start, self.stop = spec.bounds(len(corpus))
        if self.start >= self.stop:
            raise ValueError(f"dataset: the slice {spec} of {len(corpus)} examples is empty")

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, index: int) -> Example:
        if not 0 <= index < len(self):
            raise IndexError(f"example: got {index}, the corpus has 0..{len(self) - 1}")
        return self.corpus[self.start + index]

    def grammar(self, example: Example) -> WordAutomaton | None:
        """That of the whole corpus."""
        return grammar_of(self.corpus, example)
