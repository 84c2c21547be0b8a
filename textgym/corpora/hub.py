"""Data sets of the Hugging Face hub, through `datasets`. Only data is read: loading scripts are never run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from textgym.corpora.columns import Aliases, Fields, match_columns
from textgym.corpora.groups import GROUP, GroupedRows
from textgym.corpora.pictures import SOURCE, PictureRows
from textgym.corpora.table import Convert, RowCorpus, RowSource
from textgym.errors import unknown
from textgym.tasks.base import HubSource

# `map` gives a new column the type of an old one of its name, a class label, say; so new ones have other names.
_MADE = "made_"
PARQUET_EXPORT = "@refs/convert/parquet"
"""Suffix of a path whose Parquet export is read, for data sets that are published with a loading script."""


def load_hub(
    source: HubSource, split: str, fields: Fields | None, aliases: Aliases, convert: Convert | None = None
) -> RowCorpus:
    """One split of a hub data set; it stays on disk. Rows without a source or a reference are left out.

    `convert` makes rows with our columns of its rows, for data sets with nested or spread columns.

    Raises:
        ValueError: it cannot be reached, has no such split, or lacks a column; with what to do about it.
    """
    name = source.path.removesuffix(PARQUET_EXPORT)
    data = _download(source, (source.splits or {}).get(split, split))
    if convert is not None:
        names = list(data.column_names)
        data = data.map(_Converted(convert, _labels(data), _MADE), batched=True, remove_columns=names)
        data = data.rename_columns({name: name.removeprefix(_MADE) for name in data.column_names})
    columns = match_columns(data.column_names, fields or source.fields, aliases, name)
    picture = hasattr(data.features.get(columns.source), "decode_example")
    wanted = columns.references if picture else (columns.source, *columns.references)
    roots = sorted({column if column in data.column_names else column.partition(".")[0] for column in wanted})
    data = data.filter(_HasText(tuple(roots), wanted), input_columns=roots)
    if len(data) == 0:
        raise ValueError(f"dataset: {name!r}, split {split!r}, has no row with a source and a reference")
    rows = _named_labels(data)
    if convert is not None and GROUP in data.column_names:
        rows = GroupedRows(rows, data[GROUP])
    if picture:
        rows, columns = PictureRows(rows, columns.source), replace(columns, source=SOURCE)
    return RowCorpus(f"{name.rpartition('/')[2]}-{split}", rows, columns)


def _download(source: HubSource, split: str) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise ImportError(f"dataset {source.path!r}: hub data sets need `datasets` (pip install datasets)") from error
    name = source.path.removesuffix(PARQUET_EXPORT)
    try:
        if source.path.endswith(PARQUET_EXPORT):
            folder = f"hf://datasets/{source.path}/{source.config or 'default'}/{split}"
            return datasets.load_dataset("parquet", data_files={split: f"{folder}/*.parquet"}, split=split)
        return datasets.load_dataset(name, source.config, split=split)
    except (OSError, RuntimeError) as error:  # not there, no network, offline mode, a loading script
        raise ValueError(
            f"dataset: {name!r} cannot be loaded from the Hugging Face hub ({error}). Without a network: download "
            "it on a machine that has one and pass local files (.jsonl, .csv, .parquet, or a directory with "
            "train/validation/test files), or fill the cache there and point HF_HOME to a copy of it"
        ) from error
    except ValueError as error:  # an unknown split or configuration
        raise _not_offered(name, source, split, error) from error


def _not_offered(name: str, source: HubSource, split: str, error: ValueError) -> ValueError:
    import datasets

    try:
        offered = datasets.get_dataset_split_names(name, source.config)
    except (OSError, ValueError, RuntimeError):
        offered = []
    if offered and split not in offered:
        return unknown(f"split of {name!r}", split, offered)
    return ValueError(f"dataset: {name!r}, split {split!r}, cannot be loaded: {error}")


class _HasText:
    """Whether a row has a source and at least one reference; a class, so that it can be pickled."""

    def __init__(self, roots: tuple[str, ...], columns: tuple[str, ...]) -> None:
        self.roots, self.columns = roots, columns

    def __call__(self, *values: Any) -> bool:
        row = dict(zip(self.roots, values, strict=True))
        return all(_filled(row, column) for column in self.columns)


def _filled(row: Mapping[str, Any], column: str) -> bool:
    value: Any = row
    for part in [column] if column in row else column.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, (list, tuple)):
        return bool(value) and all(not isinstance(item, str) or item.strip() for item in value)
    return bool(value.strip()) if isinstance(value, str) else value is not None


class _LabelledRows:
    """Rows whose class labels are given by name, not by number."""

    def __init__(self, data: Any, labels: Mapping[str, Any]) -> None:
        self.data, self.labels = data, labels

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> Mapping[str, Any]:
        return _named(self.data[index], self.labels)


def _named(row: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
    named = dict(row)
    for column, feature in labels.items():
        if named[column] is not None and named[column] >= 0:  # -1 stands for an unknown label
            named[column] = feature.int2str(named[column])
    return named


def _labels(data: Any) -> dict[str, Any]:
    """The columns of class labels, each with the feature that knows their names."""
    return {column: feature for column, feature in data.features.items() if hasattr(feature, "int2str")}


def _named_labels(data: Any) -> RowSource:
    labels = _labels(data)
    return _LabelledRows(data, labels) if labels else data


class _Converted:
    """A batch of rows by column, converted; a class, so that it can be pickled."""

    def __init__(self, convert: Convert, labels: Mapping[str, Any], prefix: str = "") -> None:
        self.convert, self.labels, self.prefix = convert, labels, prefix

    def __call__(self, batch: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
        rows = [dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)]
        made = [new for row in rows for new in self.convert(_named(row, self.labels))]
        names = dict.fromkeys(name for row in made for name in row)
        return {self.prefix + name: [row.get(name) for row in made] for name in names or ("source", "references")}
