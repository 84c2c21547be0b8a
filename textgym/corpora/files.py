"""Readers for local files: JSON lines, CSV, Parquet, parallel text; any of the text ones gzipped.

Rows come out one by one with the number of their line, so that a message can say where a file is wrong.
Files are only ever parsed; nothing in them is run.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from textgym.corpora.table import Rows, TableCorpus

FORMATS: tuple[str, ...] = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
"""Suffixes of tables. All but Parquet may be followed by ".gz"."""

_MAX_CELL = 1 << 30


def plain_name(path: Path) -> str:
    """The name without ".gz"."""
    return path.name[:-3] if path.name.lower().endswith(".gz") else path.name


def format_of(path: Path) -> str | None:
    """The suffix in `FORMATS` that says how to read a file, or None where it is no table."""
    suffix = Path(plain_name(path)).suffix.lower()
    return suffix if suffix in FORMATS and path.name.lower() != f"{suffix}.gz" else None


def check_file(path: Path) -> Path:
    """`path`, or a `ValueError` where it is no file, with the nearest name beside it."""
    if path.is_file():
        return path
    if path.is_dir():
        raise ValueError(f"dataset: {path} is a directory, a file is needed here")
    names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=1)
    hint = f"; did you mean {str(path.parent / near[0])!r}?" if near else ""
    raise ValueError(f"dataset: there is no file {path}{hint}")


def read_table(path: Path) -> Rows:
    """The rows of a JSON lines, CSV or Parquet file, in order, read as they are asked for."""
    check_file(path)
    suffix = format_of(path)
    if suffix is None or (suffix == ".parquet" and path.suffix.lower() == ".gz"):
        raise ValueError(
            f"dataset: {path} has an unknown format; allowed are {', '.join(FORMATS)} (text formats also as .gz), "
            "or a pair of parallel text files, 'a.en,a.de'"
        )
    name = Path(plain_name(path)).stem
    if suffix == ".parquet":
        return Rows(name, f"{path}, row", _parquet_rows(path))
    if suffix in (".csv", ".tsv"):
        return Rows(name, f"{path}, line", _csv_rows(path, "," if suffix == ".csv" else "\t"))
    if suffix == ".json" and _starts_with_bracket(path):
        return Rows(name, f"{path}, item", _array_rows(path))
    if suffix == ".json" and _spans_lines(path):
        return Rows(name, f"{path}, object", _object_rows(path))
    return Rows(name, f"{path}, line", _jsonl_rows(path))


def read_parallel(source: Path, target: Path) -> TableCorpus:
    """Two text files, line `i` of one the translation of line `i` of the other."""
    sources, targets = _read_lines(source), _read_lines(target)
    if len(sources) != len(targets):
        raise ValueError(
            f"dataset: {source} has {len(sources)} lines and {target} has {len(targets)}; "
            "parallel files have the same number"
        )
    if not sources:
        raise ValueError(f"dataset: {source} and {target} are empty")
    for path, lines in ((source, sources), (target, targets)):
        for number, line in enumerate(lines, start=1):
            if not line or line.isspace():
                raise ValueError(f"{path}, line {number}: it is empty")
    return TableCorpus(Path(plain_name(source)).stem, sources, [(line,) for line in targets])


def _read_lines(path: Path) -> list[str]:
    return [line.rstrip("\r\n") for _, line in _decoded_lines(check_file(path))]


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file as bytes, unpacked where it is gzipped; trouble with it as a `ValueError`."""
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else open(path, "rb") as file:
            yield file  # type: ignore[misc]
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"dataset: {path} cannot be read: {error}") from error


def _decoded_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of each line, its end included. Only a line feed ends a line."""
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            if number == 1 and line.startswith(b"\xef\xbb\xbf"):
                line = line[3:]
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{path}, line {number}: byte {error.start + 1} is not valid UTF-8 ({error.reason})"
                ) from None


def _jsonl_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _decoded_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: it is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise ValueError(
                f"{path}, line {number}: it is a JSON {type(row).__name__}, allowed is an object with named columns"
            )
        yield number, row


def _starts_with_bracket(path: Path) -> bool:
    return next((line.lstrip()[0] for _, line in _decoded_lines(path) if line.strip()), "") == "["


def _spans_lines(path: Path) -> bool:
    """Whether the first line holds only the beginning of an object."""
    first = next((line for _, line in _decoded_lines(path) if line.strip()), "{}")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return first.lstrip().startswith("{")
    return False


def _object_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """One object over several lines; where that fails, the lines one by one say where the fault is."""
    try:
        row = json.loads("".join(line for _, line in _decoded_lines(path)))
    except (ValueError, RecursionError):
        yield from _jsonl_rows(path)
        return
    yield 0, row


def _array_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        items = json.loads("".join(line for _, line in _decoded_lines(path)))
    except RecursionError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}, line {error.lineno}: it is not JSON: {error}") from None
    for number, row in enumerate(items):
        if not isinstance(row, dict):
            raise ValueError(f"{path}, item {number}: it is a {type(row).__name__}, allowed is an object")
        yield number, row


def _csv_rows(path: Path, delimiter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    with _wide_cells():
        table = list(_csv_cells(path, delimiter))
    if not table:
        return
    line, header = table[0]
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise ValueError(f"{path}, line {line}: the column {repeated[0]!r} stands there twice")
    for line, cells in table[1:]:
        if len(cells) != len(header):
            raise ValueError(f"{path}, line {line}: it has {len(cells)} cells, the header has {len(header)}")
        yield line, dict(zip(header, cells, strict=True))


def _csv_cells(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row that is not blank; a quoted cell may go over several lines."""
    reader = csv.reader((line for _, line in _decoded_lines(path)), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{path}, line {line}: it is not CSV: {error}") from None


@contextmanager
def _wide_cells() -> Iterator[None]:
    """The csv module's limit on the size of a cell, lifted for a while."""
    before = csv.field_size_limit(_MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(f"{path}: reading Parquet needs pyarrow (pip install pyarrow)") from error
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    yield number, row
                    number += 1
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"dataset: {path} cannot be read as Parquet: {error}") from error
