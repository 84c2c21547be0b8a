"""Corpora made from rows: kept by column in memory, or read from the row each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol

from textgym.corpora.columns import Aliases, ColumnMap, Fields, Parts, match_columns, read_row
from textgym.types import Example

Convert = Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]]
"""From a row of a published format to rows with our columns."""


class Rows(NamedTuple):
    """The rows of a table as a reader gives them.

    Attributes:
        name: prefix of the default ids, e.g. the stem of the file.
        where: the table in messages, with the unit of the numbers: "data/a.jsonl, line".
        rows: number and content of each row; the number is the line for text formats.
    """

    name: str
    where: str
    rows: Iterable[tuple[int, Mapping[str, Any]]]


class RowSource(Protocol):
    """A sequence of rows, such as `datasets.Dataset`."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Mapping[str, Any]: ...


class TableCorpus:
    """Examples kept by column, each built when it is asked for.

    Args:
        name: prefix of the default ids, "<name>-<row>".
        sources, references: one entry for each example.
        ids: their ids; None, or None for single ones, where the default serves.
        metas: what else is known of each, or None.
    """

    def __init__(
        self,
        name: str,
        sources: Sequence[str],
        references: Sequence[tuple[str, ...]],
        ids: Sequence[str | None] | None = None,
        metas: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        self.name, self._sources, self._references, self._ids, self._metas = name, sources, references, ids, metas

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, index: int) -> Example:
        if not 0 <= index < len(self._sources):
            raise IndexError(f"example: got {index}, the corpus has 0..{len(self._sources) - 1}")
        name = None if self._ids is None else self._ids[index]
        meta = {} if self._metas is None else dict(self._metas[index])
        if name is None:
            name = f"{self.name}-{index}"
        return Example(name, self._sources[index], self._references[index], meta)


class RowCorpus:
    """Examples read from a row each time, for tables that stay on disk."""

    def __init__(self, name: str, rows: RowSource, columns: ColumnMap) -> None:
        self.name, self._rows, self._columns, self._used = name, rows, columns, columns.used()

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Example:
        if not 0 <= index < len(self._rows):
            raise IndexError(f"example: got {index}, the corpus has 0..{len(self._rows) - 1}")
        parts = read_row(self._rows[index], self._columns, self._used, f"{self.name}, row", index)
        name = f"{self.name}-{index}" if parts.id is None else parts.id
        return Example(name, parts.source, parts.references, parts.meta)


def build_corpus(tables: Sequence[Rows], fields: Fields | None, aliases: Aliases) -> TableCorpus:
    """All rows of a table, or of several that are one in pieces, checked one by one.

    The first row says which columns there are. An id column that was not asked for by name counts only if
    its values are distinct; otherwise the rows are numbered.

    Raises:
        ValueError: no rows, a column that is missing, or a value that is no text; with its place.
    """
    stream = ((table.where, number, row) for table in tables for number, row in table.rows)
    first = next(stream, None)
    if first is None:
        raise ValueError(f"dataset: {_file(tables[0].where)} has no rows")
    columns = match_columns(list(first[2]), fields, aliases, _file(first[0]))
    used = columns.used()
    rows: list[Parts] = []
    seen: dict[str, int] = {}
    unique = True
    for where, number, row in chain([first], stream):
        parts = read_row(row, columns, used, where, number)
        if parts.id is not None and seen.setdefault(parts.id, len(rows)) != len(rows):
            if columns.chosen_id:
                raise ValueError(f"{where} {number}: the {columns.id} {parts.id!r} also stands in row {seen[parts.id]}")
            unique = False
        rows.append(parts)
    ids = [parts.id for parts in rows] if unique and seen else None
    metas = [parts.meta for parts in rows] if any(parts.meta for parts in rows) else None
    return TableCorpus(tables[0].name, [r.source for r in rows], [r.references for r in rows], ids, metas)


def _file(where: str) -> str:
    """The table that a `Rows.where` names, without the unit of its rows."""
    return where.rpartition(",")[0]
