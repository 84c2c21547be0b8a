"""From the columns of a table to the fields of an example."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from textgym.errors import unknown

Fields = Mapping[str, "str | Sequence[str]"]
"""Our field -> its column; `references` may name several columns, one reference each."""

Aliases = Mapping[str, tuple[str, ...]]


class Parts(NamedTuple):
    """What one row says: an example whose id may still be missing."""

    id: str | None
    source: str
    references: tuple[str, ...]
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column holds which field.

    Attributes:
        source: the column of the source.
        references: the columns of the references.
        id: the column of the id, or None.
        extra: further fields that a task knows, e.g. "context" -> "passage"; they go to `meta`.
        chosen_id: whether the id column was asked for by name, rather than found.
        listed: whether a cell of text may hold a JSON list of references.
    """

    source: str
    references: tuple[str, ...]
    id: str | None
    extra: Mapping[str, str]
    chosen_id: bool
    listed: bool

    def used(self) -> frozenset[str]:
        """The columns that do not go to `meta` under their own name."""
        names = {self.source, *self.references, *self.extra.values(), *([self.id] if self.id else [])}
        return frozenset(names | {name.partition(".")[0] for name in names})


def match_columns(columns: Collection[str], fields: Fields | None, aliases: Aliases, where: str) -> ColumnMap:
    """The columns of a table, by `fields` and, for what it leaves open, by the aliases in their order.

    Args:
        columns: the names that the table has.
        fields: our field -> column ("translation.de" reaches into a nested one), or None.
        aliases: our field -> column names to try.
        where: the table, for messages.

    Raises:
        ValueError: an unknown field, a column that the table lacks, or no column for a field that is needed.
    """
    named = _check_fields(fields, aliases)
    for field, names in named.items():
        for name in names:
            if not _has(columns, name):
                raise ValueError(f"fields[{field!r}]: {where} has no column {name!r}; {_offer(columns, name)}")
    found: dict[str, tuple[str, ...]] = {}
    taken = {name for names in named.values() for name in names}
    for field, names in aliases.items():
        found[field] = named.get(field) or _first(columns, names, taken, numbered=field == "references")
    for field in ("source", "references"):
        if not found.get(field):
            tried = ", ".join(map(repr, aliases.get(field, (field,))))
            raise ValueError(
                f"{field}: {where} has no column for it (tried {tried}); it has {_list(columns)}; "
                f"name it, e.g. fields={{'source': ..., 'reference': ...}}"
            )
    ids = found.get("id", ())
    extra = {f: names[0] for f, names in found.items() if f not in ("source", "references", "id") and names}
    references = found["references"]
    listed = references == ("references",) or (fields is not None and "references" in fields)
    return ColumnMap(found["source"][0], references, ids[0] if ids else None, extra, "id" in named, listed)


def read_row(row: Mapping[str, Any], columns: ColumnMap, used: frozenset[str], where: str, number: int) -> Parts:
    """The fields of one row; `where` and `number` ("a.jsonl, line", 3) say in messages which row it is."""
    source = _text(_pick(row, columns.source, where, number), columns.source, where, number)
    references: list[str] = []
    for column in columns.references:
        value = _pick(row, column, where, number)
        if columns.listed and isinstance(value, str) and value[:1] == "[":
            value = _parse_list(value, column, where, number)
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"{where} {number}: {column} is an empty list, at least one reference is needed")
            references.extend(_text(item, column, where, number) for item in value)
        else:
            references.append(_text(value, column, where, number))
    name = None
    if columns.id is not None:
        value = _pick(row, columns.id, where, number, needed=False)
        if value is not None and (not isinstance(value, (str, int)) or isinstance(value, bool)):
            raise ValueError(f"{where} {number}: {columns.id} is {_show(value)}, allowed is a string or an integer")
        name = None if value in (None, "") else str(value)
    meta = {key: value for key, value in row.items() if key not in used}
    for field, column in columns.extra.items():
        meta[field] = _pick(row, column, where, number)
    return Parts(name, source, tuple(references), meta)


def _check_fields(fields: Fields | None, aliases: Aliases) -> dict[str, tuple[str, ...]]:
    """`fields` with `reference` under its plural name and every value a tuple of column names."""
    if fields is None:
        return {}
    if not isinstance(fields, Mapping):
        raise ValueError(f"fields: got {_show(fields)}, allowed is a mapping, e.g. {{'source': 'dialogue'}}")
    allowed = list(dict.fromkeys(["source", "reference", "references", "id", *aliases]))
    if "reference" in fields and "references" in fields:
        raise ValueError("fields: got both 'reference' and 'references', allowed is one of them")
    named: dict[str, tuple[str, ...]] = {}
    for field, columns in fields.items():
        if field not in allowed:
            raise unknown("fields", field, allowed)
        key = "references" if field == "reference" else field
        names = (columns,) if isinstance(columns, str) else tuple(columns)
        if not names or not all(isinstance(name, str) and name for name in names):
            raise ValueError(f"fields[{field!r}]: got {columns!r}, allowed is the name of a column")
        if len(names) > 1 and key != "references":
            raise ValueError(f"fields[{field!r}]: got {len(names)} columns, allowed is one")
        named[key] = names
    return named


def _first(columns: Collection[str], names: tuple[str, ...], taken: set[str], numbered: bool) -> tuple[str, ...]:
    """The first of `names` that is a column; with `numbered` also "summary1", "summary2", ... for "summary"."""
    for name in names:
        if name not in taken and _has(columns, name):
            return (name,)
        if numbered and f"{name}1" in columns:
            spread: list[str] = []
            while f"{name}{len(spread) + 1}" in columns:
                spread.append(f"{name}{len(spread) + 1}")
            return tuple(spread)
    return ()


def _has(columns: Collection[str], name: str) -> bool:
    return name in columns or ("." in name and name.partition(".")[0] in columns)


def _pick(row: Mapping[str, Any], column: str, where: str, number: int, needed: bool = True) -> Any:
    if column in row:
        return row[column]
    value: Any = row
    for part in column.split("."):
        if not isinstance(value, Mapping) or part not in value:
            if not needed:
                return None
            raise ValueError(f"{where} {number}: no {column!r}; {_offer(row, column)}")
        value = value[part]
    return value


def _text(value: Any, column: str, where: str, number: int) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where} {number}: {column} is {_show(value)}, allowed is a string")
    if not value or value.isspace():
        raise ValueError(f"{where} {number}: {column} is empty")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{where} {number}: {column} is not valid Unicode ({error.reason})") from None
    return value


def _parse_list(value: str, column: str, where: str, number: int) -> Any:
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError(
            f'{where} {number}: {column} begins with \'[\' but is no JSON list, e.g. ["one", "two"]'
        ) from None
    return parsed


def _show(value: object) -> str:
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def _list(columns: Collection[str]) -> str:
    return ", ".join(map(repr, columns)) if columns else "no columns"


def _offer(columns: Collection[str], name: str) -> str:
    near = difflib.get_close_matches(name, list(columns), n=1)
    return f"it has {_list(columns)}" + (f"; did you mean {near[0]!r}?" if near else "")
