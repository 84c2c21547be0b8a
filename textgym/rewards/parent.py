"""PARENT: what a text says of a table, against the table as well as against the references."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from textgym.errors import check_int
from textgym.rewards.shared import Shared
from textgym.rewards.words import TOKENS, WordReward
from textgym.types import Example

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table, tokenised.

    Attributes:
        records: the words of each record: the value of a pair, head and tail of a triple.
        words: all of them.
        places: word -> (record, bits of its places in the record), for the longest common subsequence.
    """

    records: tuple[Gram, ...]
    words: frozenset[str]
    places: dict[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class _Reference:
    """A reference: counts of its n-grams, sum of count * table words for each order, the weight of the table."""

    counts: Counter[Gram]
    entailed: tuple[int, ...]
    table_weight: float


class Parent(WordReward):
    """Precision And Recall of Entailed N-grams from the Table, as F1.

        w(g)   = share of the words of the n-gram g that the table has (word-overlap model of entailment)
        P_n    = sum_g [min(#text, #ref) + (#text - min(#text, #ref)) w(g)] / sum_g #text        over the text's g
        R_n    = sum_g min(#text, #ref) w(g) / sum_g #ref w(g)                                   over the reference's g
        table  = mean over records of LCS(record, text) / |record|
        P = (P_1 ... P_4)^(1/4),   R = (R_1 ... R_4)^(1/4 (1 - l)) table^l,   score = 2 P R / (P + R)

    Range [0, 1]; of several references the best. Source: Dhingra et al., "Handling Divergent Reference Texts when
    Evaluating Table-to-Text Generation" (2019), equations 2 to 7, with the smoothing of the published script: a zero
    of an order above 1, and a zero recall, become 1e-5. Words are case-folded, punctuation marks are words.

    The table is the (key, value) pairs in ``meta["table"]``, else the triples in ``meta["facts"]``, else the pairs
    of a source that reads "name: Blue Fox | food: Thai".

    Args:
        max_order: the longest n-grams.
        table_weight: l, the weight of the table in the recall; None is the paper's rule, 1 minus the share of the
            table that the reference mentions.

    >>> from textgym.rewards.evaluate import score_text
    >>> table = {"table": (("name", "Blue Fox"), ("food", "Thai"))}
    >>> example = Example("0", "", ("Blue Fox serves food.",), table)
    >>> round(score_text(Parent(max_order=1), "Blue Fox serves Thai.", example), 3)  # P = 1, R = 1
    1.0
    >>> round(score_text(Parent(max_order=1), "Fox serves beer.", example), 3)  # P = 3/4, R = (1/2)^0.5 (1/4)^0.5
    0.481
    """

    name: ClassVar[str] = "parent"
    stepwise: ClassVar[bool] = False
    pattern = TOKENS
    SMOOTHING: ClassVar[float] = 1e-5

    def __init__(self, max_order: int = 4, table_weight: float | None = None) -> None:
        super().__init__()
        self.max_order = check_int("max_order", max_order, 1, 9)
        if table_weight is not None and not 0.0 <= table_weight <= 1.0:
            raise ValueError(f"table_weight: got {table_weight!r}, allowed is a number in [0, 1], or None")
        self.table_weight = table_weight
        self._table: Shared[_Table] = Shared(_Table((), frozenset(), {}))
        self._references: Shared[tuple[_Reference, ...]] = Shared(())
        self._counts: Counter[Gram] = Counter()
        self._sizes: list[int] = []  # n-grams of the text, and how many of their words the table has, by order
        self._known: list[int] = []
        self._shared: list[list[tuple[int, int]]] = []  # the same, of those that a reference has too
        self._recalls: list[float | None] = []  # of each reference, once it is worked out for what is shared now
        self._rows: list[int] = []  # a bit vector for each record: its zeros are the length of the common subsequence
        self._undo: list[tuple[tuple[int, int], ...]] = []

    def begin(self, example: Example) -> None:
        records = tuple(gram for gram in (tuple(_words(value)) for value in _records(example)) if gram)
        if not records:
            raise ValueError(
                f"example {example.id!r} has no table; allowed are meta['table'] (pairs), meta['facts'] (triples), or "
                "a source such as 'name: Blue Fox | food: Thai'"
            )
        table = _Table(records, frozenset(word for record in records for word in record), _places(records))
        self._table = Shared(table)
        self._references = Shared(tuple(self._reference(text, table) for text in example.references))
        self._counts = Counter()
        self._sizes, self._known = [0] * self.max_order, [0] * self.max_order
        self._shared = [[(0, 0)] * self.max_order for _ in example.references]
        self._recalls = [None] * len(example.references)
        self._rows, self._undo = [(1 << len(record)) - 1 for record in records], []

    def _reference(self, text: str, table: _Table) -> _Reference:
        words = _words(text)
        counts = Counter(
            tuple(words[start : start + n + 1]) for n in range(self.max_order) for start in range(len(words) - n)
        )
        entailed = [0] * self.max_order
        for gram, count in counts.items():
            entailed[len(gram) - 1] += count * sum(word in table.words for word in gram)
        weight = self.table_weight
        if weight is None:
            rows = [(1 << len(record)) - 1 for record in table.records]
            for word in words:
                _advance(rows, table.places.get(word, ()))
            weight = 1.0 - _mentioned(rows, table.records)
        return _Reference(counts, tuple(entailed), weight)

    def add(self, word: str) -> None:
        self._count(word, 1)
        places = self._table.value.places.get(word, ())
        self._undo.append(tuple((record, self._rows[record]) for record, _ in places))
        _advance(self._rows, places)

    def remove(self, word: str) -> None:
        for record, row in self._undo.pop():
            self._rows[record] = row
        self._count(word, -1)

    def _count(self, word: str, sign: int) -> None:
        """Count the n-grams that `word` ends, or take them back; whole numbers, so that both are exact."""
        known, references, stack = self._table.value.words, self._references.value, self.stack
        gram: Gram = ()
        found, shared = 0, True
        for n in range(min(self.max_order, len(stack) + 1)):
            new = word if n == 0 else stack[-n]
            found += new in known
            self._sizes[n] += sign
            self._known[n] += sign * found
            if not shared:
                continue
            gram = (new, *gram)
            before = self._counts.get(gram, 0)
            count = max(before, before + sign)
            shared = False  # what no reference has is in no longer n-gram of one
            for place, reference in enumerate(references):
                most = reference.counts.get(gram, 0)
                if most == 0:
                    continue
                shared = True
                if count <= most:
                    many, entailed = self._shared[place][n]
                    self._shared[place][n] = (many + sign, entailed + sign * found)
                    self._recalls[place] = None
            if shared:
                self._counts[gram] = before + sign

    def score(self) -> float:
        if not self._sizes[0]:
            return 0.0
        table = _mentioned(self._rows, self._table.value.records) or self.SMOOTHING
        return max(self._f1(place, table) for place in range(len(self._shared)))

    def _f1(self, place: int, table: float) -> float:
        """Against one reference."""
        weight, recall = self._references.value[place].table_weight, self._recalls[place]
        # An n-gram that the reference has counts 1, another one w(g): its table words over n + 1.
        precision = self._mean(
            [
                (many + (known - entailed) / (n + 1)) / size if size else 0.0
                for n, ((many, entailed), known, size) in enumerate(
                    zip(self._shared[place], self._known, self._sizes, strict=True)
                )
            ]
        )
        if recall is None:
            recall = self._recalls[place] = self._recall(place)
        recall *= math.pow(table, weight)
        return 2.0 * precision * recall / (precision + recall)

    def _recall(self, place: int) -> float:
        """The part of the recall that goes by the n-grams of a reference."""
        reference = self._references.value[place]
        shares = [
            entailed / wanted if wanted else 1.0
            for (_, entailed), wanted in zip(self._shared[place], reference.entailed, strict=True)
        ]
        return math.pow(self._mean(shares) or self.SMOOTHING, 1.0 - reference.table_weight)

    def _mean(self, values: list[float]) -> float:
        """The geometric mean over the orders; zeros above order 1 are smoothed, a zero of order 1 is not."""
        if not values[0]:
            return 0.0
        return math.exp(math.fsum(math.log(value or self.SMOOTHING) for value in values) / len(values))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in TOKENS.findall(text)]


def _records(example: Example) -> list[str]:
    """What each record of the table says: the value of a pair, head and tail of a triple."""
    pairs = example.meta.get("table")
    if pairs:
        return [str(value) for _, value in pairs]
    triples = example.meta.get("facts")
    if triples:
        return [f"{head} {tail}" for head, _, tail in triples]
    cells = (cell.partition(":") for cell in example.source.split("|"))
    return [value for _, colon, value in cells if colon]


def _places(records: tuple[Gram, ...]) -> dict[str, tuple[tuple[int, int], ...]]:
    places: dict[str, dict[int, int]] = {}
    for record, words in enumerate(records):
        for place, word in enumerate(words):
            bits = places.setdefault(word, {})
            bits[record] = bits.get(record, 0) | 1 << place
    return {word: tuple(bits.items()) for word, bits in places.items()}


def _advance(rows: list[int], places: tuple[tuple[int, int], ...]) -> None:
    """One more word of the text in the longest common subsequence with each record (Hyyrö 2004)."""
    for record, bits in places:
        row = rows[record]
        rows[record] = (row + (row & bits)) | (row & ~bits)


def _mentioned(rows: list[int], records: tuple[Gram, ...]) -> float:
    """The mean over records of the share that the common subsequence covers: zeros among its bits."""
    shares = (
        (len(record) - (row & ((1 << len(record)) - 1)).bit_count()) / len(record)
        for row, record in zip(rows, records, strict=True)
    )
    return math.fsum(shares) / len(records)
