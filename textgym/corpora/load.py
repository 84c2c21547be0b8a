"""From what the user calls a data set to a corpus: built-in, local files, the hub, or an object."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from textgym.corpora.base import Corpus
from textgym.corpora.columns import Fields, match_columns
from textgym.corpora.directory import SPLIT_ALIASES, find_split
from textgym.corpora.files import check_file, format_of, plain_name, read_parallel, read_table
from textgym.corpora.groups import merged
from textgym.corpora.pictures import SOURCE, PictureRows, is_picture
from textgym.corpora.slices import SlicedCorpus, SliceSpec, split_slice
from textgym.corpora.store import stored
from textgym.corpora.table import Convert, RowCorpus, Rows, TableCorpus, build_corpus
from textgym.errors import check_choice, unknown
from textgym.tasks.base import HubSource, Task
from textgym.types import SPLITS, Example

_HUB_NAME = re.compile(r"^[\w.-]+/[\w.-]+$")
_ALLOWED = (
    "'builtin', a .jsonl/.csv/.parquet path, a pair of parallel text files 'a.en,a.de', a directory with "
    "train/validation/test files, a mapping {split: path}, a corpus or list of examples, or a hub name"
)


def load_corpus(
    task: Task, dataset: Any = "builtin", split: str = "train", difficulty: str = "medium", fields: Fields | None = None
) -> Corpus:
    """The examples of one split.

    Args:
        task: says what is built in, how columns may be called and which hub data sets have short names.
        dataset: "builtin"; a path to a table (JSON lines, CSV, Parquet); two parallel text files ("a.en,a.de",
            or a tuple); a directory with a file for each split; `{split: path}`; a `Corpus`; a list of `Example`
            or of dicts; a hub name. A path or name may end in a slice, "a.jsonl[:80%]". What has no splits of
            its own serves for every split.
        split: "train", "validation" or "test".
        difficulty: of built-in data.
        fields: our field -> column, for tables; what it leaves open is found by the task's aliases.

    Raises:
        ValueError: anything wrong with the arguments or the data, with its place.
    """
    check_choice("split", split, SPLITS)
    if isinstance(dataset, os.PathLike):
        dataset = os.fspath(dataset)
    if isinstance(dataset, str):
        return _from_string(task, dataset, split, difficulty, fields)
    if isinstance(dataset, Mapping):
        return load_corpus(task, _of_split(dataset, split), split, difficulty, fields)
    if isinstance(dataset, (list, tuple)):
        if len(dataset) == 2 and all(isinstance(item, (str, os.PathLike)) for item in dataset):
            return _parallel(task, [os.fspath(item) for item in dataset], fields)
        return _from_items(task, dataset, fields)
    if hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__"):
        return _from_object(task, dataset, fields)
    raise ValueError(f"dataset: got {type(dataset).__name__}, allowed is {_ALLOWED}")


def _from_string(task: Task, dataset: str, split: str, difficulty: str, fields: Fields | None) -> Corpus:
    path = Path(dataset).expanduser()
    name, part = (dataset, None) if not dataset or path.exists() else split_slice(dataset)
    if part is not None and "," in name and not Path(name).expanduser().exists():
        return _parallel(task, _halves(name), fields, part)
    if part is not None:
        return SlicedCorpus(_from_string(task, name, split, difficulty, fields), part)
    if dataset == "builtin":
        _no_fields(fields, "built-in data")
        return stored(task.builtin(split, difficulty))
    own = task.read(path, split, fields) if path.exists() else None
    if own is not None:
        return own
    if path.is_dir():
        return _from_directory(task, path, split, fields)
    if path.exists():
        return _from_rows(task, [read_table(path)], fields)
    if "," in dataset:
        return _parallel(task, _halves(dataset), fields)
    if dataset in task.hub:
        return _from_hub(task, task.hub[dataset], split, fields)
    looks_local = format_of(path) is not None or dataset.startswith((".", "~", os.sep)) or path.suffix == ".gz"
    if looks_local:
        check_file(path)
    if _HUB_NAME.match(dataset):
        return _from_hub(task, HubSource(dataset), split, fields)
    if os.sep in dataset or "/" in dataset:
        check_file(path)
    error = unknown("dataset", dataset, ["builtin", *task.hub])
    raise ValueError(f"{error}; or {_ALLOWED.partition(', ')[2]}")


def converter(task: Task, fields: Fields | None) -> Convert | None:
    """The task's `convert` where it has one and the columns are not named."""
    return None if fields is not None or type(task).convert is Task.convert else task.convert


def _from_rows(task: Task, tables: Sequence[Rows], fields: Fields | None) -> TableCorpus:
    """The rows of a table or of its pieces, those of a published format converted."""
    convert = converter(task, fields)
    if convert is not None:
        tables = [table._replace(rows=merged(_converted(convert, table))) for table in tables]
    return build_corpus(tables, fields, task.aliases)


def _converted(convert: Convert, table: Rows) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, row in table.rows:
        try:
            made = list(convert(row))
        except (KeyError, TypeError, IndexError, AttributeError) as error:  # not what the format promises
            raise ValueError(
                f"{table.where} {number}: the columns are those of a published format, but the row is not in it "
                f"({type(error).__name__}: {error}); name the columns by fields={{...}} to read it as it is"
            ) from error
        except ValueError as error:
            raise ValueError(f"{table.where} {number}: {error}") from error
        for new in made:
            yield number, new


def _from_hub(task: Task, source: HubSource, split: str, fields: Fields | None) -> Corpus:
    from textgym.corpora.hub import load_hub

    return load_hub(source, split, fields, task.aliases, converter(task, fields))


def _from_directory(task: Task, folder: Path, split: str, fields: Fields | None) -> Corpus:
    found = find_split(folder, split, task.languages)
    if found.parallel:
        return _parallel(task, [str(path) for path in found.paths], fields)
    tables = [read_table(path)._replace(name=found.stem) for path in found.paths]
    return _from_rows(task, tables, fields)


def _halves(pair: str) -> tuple[str, str]:
    halves = tuple(half.strip() for half in pair.split(","))
    if len(halves) != 2 or not all(halves):
        raise ValueError(f"dataset: got {pair!r}, a pair of parallel text files is 'source file,target file'")
    return halves[0], halves[1]


def _parallel(task: Task, halves: Sequence[str], fields: Fields | None, outer: SliceSpec | None = None) -> Corpus:
    """Two text files; swapped where their suffixes are the task's languages the other way round."""
    _no_fields(fields, "parallel text")
    paths, parts = [], {outer} - {None}
    for half in halves:
        name, part = (half, None) if Path(half).expanduser().exists() else split_slice(half)
        parts |= {part} - {None}
        paths.append(check_file(Path(name).expanduser()))
    for path in paths:
        if format_of(path) is not None:
            raise ValueError(f"dataset: a pair of paths is parallel text, but {path} is a table; pass it by itself")
    if len(parts) > 1:
        raise ValueError(f"dataset: the halves have different slices, {' and '.join(sorted(map(str, parts)))}")
    suffixes = tuple(Path(plain_name(path)).suffix[1:] for path in paths)
    if task.languages is not None and suffixes == task.languages[::-1]:
        paths.reverse()
    corpus = read_parallel(paths[0], paths[1])
    return next((SlicedCorpus(corpus, part) for part in parts if part is not None), corpus)


def _of_split(mapping: Mapping[Any, Any], split: str) -> Any:
    """The entry of a `{split: path}` mapping; `datasets.DatasetDict` is one too."""
    aliases = {alias: name for name, names in SPLIT_ALIASES.items() for alias in names}
    found: dict[str, Any] = {}
    for key, value in mapping.items():
        if key not in aliases:
            raise unknown("dataset", key, aliases)
        if aliases[key] in found:
            raise ValueError(f"dataset: the mapping names {aliases[key]!r} twice, {sorted(map(str, mapping))}")
        found[aliases[key]] = value
    if split not in found:
        raise ValueError(f"split: got {split!r}, the data set has {', '.join(map(repr, found)) or 'none'}")
    return found[split]


def _from_items(task: Task, items: Sequence[Any], fields: Fields | None) -> Corpus:
    """A list of examples, or of rows."""
    if not items:
        raise ValueError("dataset: got an empty list, at least one example is needed")
    kind = Example if isinstance(items[0], Example) else Mapping
    for index, item in enumerate(items):
        if not isinstance(item, kind):
            raise ValueError(
                f"dataset: item {index} is {type(item).__name__}, allowed is a list of Example or a list of dicts"
            )
    if kind is Mapping:
        return _from_rows(task, [Rows("item", "the list, item", enumerate(items))], fields)
    _no_fields(fields, "a list of Example")
    metas, ids = [item.meta for item in items], [item.id for item in items]
    return TableCorpus("item", [item.source for item in items], [item.references for item in items], ids, metas)


def _from_object(task: Task, dataset: Any, fields: Fields | None) -> Corpus:
    """A corpus as it is; a sequence of rows, such as `datasets.Dataset`, through its columns."""
    if len(dataset) == 0:
        raise ValueError(f"dataset: the {type(dataset).__name__} is empty, at least one example is needed")
    try:
        first = dataset[0]
    except (KeyError, TypeError):
        first = None
    if isinstance(first, Example):
        _no_fields(fields, "a corpus of Example")
        corpus: Corpus = dataset
        return corpus
    if not isinstance(first, Mapping):
        raise ValueError(f"dataset: got {type(dataset).__name__}, which gives no examples; allowed is {_ALLOWED}")
    if converter(task, fields) is not None:
        rows = ((i, dataset[i]) for i in range(len(dataset)))
        return _from_rows(task, [Rows("row", f"the {type(dataset).__name__}, row", rows)], fields)
    columns = match_columns(list(first), fields, task.aliases, type(dataset).__name__)
    if is_picture(first.get(columns.source)):
        return RowCorpus("row", PictureRows(dataset, columns.source), replace(columns, source=SOURCE))
    return RowCorpus("row", dataset, columns)


def _no_fields(fields: Fields | None, what: str) -> None:
    if fields is not None:
        raise ValueError(f"fields: got {fields!r}, but {what} has no columns to name; leave it None")
