"""Which files of a directory make up a split."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from textgym.corpora.files import FORMATS, format_of, plain_name

SPLIT_ALIASES: dict[str, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test",),
}
"""Names under which a split may stand, in a directory or a mapping."""

_SHARD = re.compile(r"^(?P<base>.+)-(?P<index>\d{5})-of-(?P<count>\d{5})$")


class SplitFiles(NamedTuple):
    """The files of one split: the shards of one table, or the two halves of parallel text."""

    stem: str
    paths: tuple[Path, ...]
    parallel: bool


def find_split(folder: Path, split: str, languages: tuple[str, str] | None) -> SplitFiles:
    """The files of `split` in `folder`.

    A file named just as the split or one of its aliases comes first ("test.jsonl", "val.en.gz"), then one that
    begins with it ("test_2016_flickr.en.gz"), then one that ends with it ("dialogsum.dev.jsonl").

    Raises:
        ValueError: no file for the split, several, or a language without its counterpart.
    """
    candidates = list(_candidates(folder, languages))
    ranked = [(rank, found) for found in candidates if (rank := _rank(found.stem, split)) is not None]
    aliases = ", ".join(map(repr, SPLIT_ALIASES[split]))
    if not ranked:
        raise ValueError(
            f"split: {folder} has no file for {split!r}; looked for names that begin or end with {aliases} and have "
            f"the suffix {_suffixes(languages)}; it has {_listing(folder)}"
        )
    best = min(rank for rank, _ in ranked)
    chosen = [found for rank, found in ranked if rank == best]
    if len(chosen) > 1:
        listed = ", ".join(sorted(str(path.name) for found in chosen for path in found.paths))
        raise ValueError(
            f"split: {folder} has several files for {split!r}: {listed}; pass one of them, or a mapping {{split: path}}"
        )
    _check_complete(folder, chosen[0], languages)
    return chosen[0]


def _candidates(folder: Path, languages: tuple[str, str] | None) -> Iterator[SplitFiles]:
    """Tables, shards of one table together, and pairs of parallel text, in the order of their names."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    shards: dict[tuple[str, str], list[Path]] = {}
    pairs: dict[str, dict[str, Path]] = {}
    for path in files:
        name = Path(plain_name(path))
        if format_of(path) is not None:
            shard = _SHARD.match(name.stem)
            if shard is None:
                yield SplitFiles(name.stem, (path,), False)
            else:
                shards.setdefault((shard["base"], f"{shard['count']}{name.suffix}"), []).append(path)
        elif languages is not None and name.suffix[1:] in languages:
            pairs.setdefault(name.stem, {})[name.suffix[1:]] = path
    for (base, _), paths in shards.items():
        yield SplitFiles(base, tuple(paths), False)
    for stem, halves in pairs.items():
        yield SplitFiles(stem, tuple(halves[code] for code in languages or () if code in halves), True)


def _rank(stem: str, split: str) -> int | None:
    """0 for an exact name, 1 for a prefix up to a separator, 2 for a suffix; None where it is another split's."""
    owner = {alias: name for name, aliases in SPLIT_ALIASES.items() for alias in aliases}
    parts = re.split(r"[^0-9a-z]+", stem.lower())
    if owner.get(parts[0]) is not None:
        return (0 if len(parts) == 1 else 1) if owner[parts[0]] == split else None
    return 2 if owner.get(parts[-1]) == split else None


def _check_complete(folder: Path, found: SplitFiles, languages: tuple[str, str] | None) -> None:
    if found.parallel and languages is not None and len(found.paths) == 1:
        has = Path(plain_name(found.paths[0])).suffix[1:]
        missing = languages[1] if has == languages[0] else languages[0]
        raise ValueError(f"dataset: {folder} has {found.paths[0].name}, but no {found.stem}.{missing} beside it")
    shard = _SHARD.match(Path(plain_name(found.paths[0])).stem)
    if not found.parallel and shard is not None and len(found.paths) != int(shard["count"]):
        raise ValueError(
            f"dataset: {folder} has {len(found.paths)} of the {int(shard['count'])} shards of {shard['base']!r}"
        )


def _suffixes(languages: tuple[str, str] | None) -> str:
    parallel = "" if languages is None else f", or .{languages[0]} and .{languages[1]}"
    return f"{', '.join(FORMATS)}{parallel} (also .gz)"


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return shown or "no files"
