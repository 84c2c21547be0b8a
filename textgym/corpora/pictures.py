"""Pictures with captions as they are published: Flickr's and Multi30K's lists, tables, JSON lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.corpora.directory import SPLIT_ALIASES
from textgym.corpora.files import read_table
from textgym.corpora.table import RowSource, TableCorpus

SOURCE = "picture"  # the column that stands for the picture in `PictureRows`
LISTS = ("captions", "results", "metadata", "results_20130124", "Flickr8k.token", "annotations")
SUFFIXES = (".txt", ".csv", ".tsv", ".jsonl", ".token")
IMAGE = ("image", "image_name", "file_name", "filename", "image_path", "img")
CAPTION = ("captions", "caption", "comment", "text", "sentences", "references", "reference", "raw")
FOLDERS = ("", "Images", "images", "flickr30k_images", "flickr30k-images", "Flicker8k_Dataset")
_TOKEN = re.compile(r"^(\S+?)#\d+\t(.+)$")


def read_pictures(path: Path, split: str) -> Corpus | None:
    """A folder of pictures with its list of captions, or the list itself; None where there is no such list.

    Lists: "image,caption" (Flickr8k, with or without more columns), "image_name| comment_number| comment"
    (Flickr30k), "name.jpg#0<tab>caption" (Flickr8k.token), JSON lines with a path and one caption or several.
    The captions of a picture become its references.

    Raises:
        ValueError: a picture that is not there, or an empty list; with its place.
    """
    listing = _find(path, split) if path.is_dir() else path
    if listing is None or listing.suffix not in SUFFIXES:
        return None
    captions: dict[str, list[str]] = {}
    rows = _rows(listing)
    if rows is None:
        return None
    for name, texts in rows:
        captions.setdefault(name, []).extend(texts)
    if not captions:
        raise ValueError(f"dataset: {listing} names no pictures")
    names = list(captions)
    metas = [{"image": str(_picture(listing, name))} for name in names]
    return TableCorpus(listing.stem, names, [tuple(captions[name]) for name in names], None, metas)


def load_picture(picture: Any, size: int) -> NDArray[np.uint8]:
    """A picture, by its path or as a Pillow image, scaled to uint8 (size, size, 3)."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("pictures from files need Pillow: pip install pillow") from error
    if isinstance(picture, Image.Image):
        return np.array(picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR), dtype=np.uint8)
    with Image.open(picture) as image:
        return load_picture(image, size)


def is_picture(value: object) -> bool:
    """Whether a cell of a table is a Pillow image; Pillow is not imported for it."""
    return type(value).__module__.partition(".")[0] == "PIL"


class PictureRows:
    """Rows whose source is a picture: a name takes its place, the picture itself becomes `meta["image"]`."""

    def __init__(self, rows: RowSource, column: str) -> None:
        self._rows, self._column = rows, column

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Mapping[str, Any]:
        row = dict(self._rows[index])
        picture = row.pop(self._column)
        return {**row, SOURCE: str(getattr(picture, "filename", "") or f"picture {index}"), "image": picture}


def _find(folder: Path, split: str) -> Path | None:
    """The list of a split: in its sub-folder, named after it, or the only one there is."""
    for alias in SPLIT_ALIASES[split]:
        if (folder / alias).is_dir():
            return _find_in(folder / alias, LISTS)
        named = _find_in(folder, (f"captions_{alias}", f"{alias}_captions"))
        if named is not None:
            return named
    return _find_in(folder, LISTS)


def _find_in(folder: Path, stems: tuple[str, ...]) -> Path | None:
    paths = (folder / f"{stem}{suffix}" for stem in stems for suffix in ("", *SUFFIXES))
    return next((path for path in paths if path.is_file()), None)


def _rows(listing: Path) -> Iterator[tuple[str, list[str]]] | None:
    with open(listing, encoding="utf-8-sig") as file:
        first = file.readline().strip()
    if listing.suffix == ".jsonl":
        rows = (dict(row) for _, row in read_table(listing).rows)
        return _columns(listing, rows) if any(f'"{name}"' in first for name in IMAGE) else None
    if _TOKEN.match(first):
        return _tokens(listing)
    mark = next((mark for mark in ("|", "\t", ",") if mark in first), None)
    if mark is None or not {cell.strip() for cell in first.split(mark)} & set(IMAGE):
        return None
    return _columns(listing, _table(listing, mark))


def _tokens(listing: Path) -> Iterator[tuple[str, list[str]]]:
    for number, line in enumerate(listing.read_text(encoding="utf-8").splitlines(), start=1):
        match = _TOKEN.match(line)
        if match is None:
            raise ValueError(f"{listing}, line {number}: allowed is 'name.jpg#0<tab>caption'")
        yield match[1], [match[2]]


def _table(listing: Path, mark: str) -> Iterator[dict[str, Any]]:
    with open(listing, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=mark):
            yield {str(key).strip(): value.strip() if isinstance(value, str) else value for key, value in row.items()}


def _columns(listing: Path, rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    for number, row in enumerate(rows, start=1):
        image = next((row[name] for name in IMAGE if row.get(name)), None)
        caption = next((row[name] for name in CAPTION if row.get(name)), None)
        if not isinstance(image, str) or not caption:
            raise ValueError(
                f"{listing}, row {number}: it needs one of {IMAGE} and one of {CAPTION}, it has {list(row)}"
            )
        texts = [caption] if isinstance(caption, str) else list(caption)
        yield image, [text["raw"] if isinstance(text, dict) else str(text) for text in texts]


def _picture(listing: Path, name: str) -> Path:
    for folder in FOLDERS:
        path = listing.parent / folder / name
        if path.is_file():
            return path
    raise ValueError(f"dataset: {listing} names {name!r}, which is not beside it nor in a folder {FOLDERS[1:3]}")
