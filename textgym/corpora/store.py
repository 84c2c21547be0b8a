"""Texts of built-in corpora on disk: to draw an example takes a hundred times as long as to read it.

A file holds source and references of one corpus. It is taken where it is whole and was written from the same source
files, by the same versions; else the examples are drawn, as without it. Its name ends in a hash of these, so that what
several versions have drawn lies side by side.
"""

from __future__ import annotations

import functools
import glob
import hashlib
import inspect
import platform
import weakref
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import textgym
from textgym.corpora.automaton import WordAutomaton
from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.disk import cache_folder, remove_unread, write_whole
from textgym.types import Example

Numbers = NDArray[np.int64]
_MANY = 256  # examples asked for at once for which all are drawn
_FEW = 8  # below this it is cheaper to read one after the other
_DAYS = 30  # how long other versions' texts are left where nobody reads them


class Texts:
    """The texts of a corpus, in one string.

    Args:
        data: all texts in UTF-8, one after the other: source, then references of each example.
        ends: where each text begins, and the last one ends (R + 1,).
        first: the number of each example's first text, and that of texts in all (n + 1,).
    """

    def __init__(self, data: bytes, ends: Sequence[int] | Numbers, first: Sequence[int] | Numbers) -> None:
        self._data = data
        self._ends, self._first = np.array(ends, dtype=np.int64), np.array(first, dtype=np.int64)

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Texts:
        """Those of drawn examples."""
        parts = [text.encode() for example in examples for text in (example.source, *example.references)]
        ends = accumulate(map(len, parts), initial=0)
        return cls(b"".join(parts), list(ends), list(accumulate((1 + len(e.references) for e in examples), initial=0)))

    @classmethod
    def read(cls, path: Path, key: str) -> Texts | None:
        """From a file, where it is whole and has this key."""
        if not path.is_file():
            return None
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as file:
                about = file.metadata() or {}
                data, ends, first = (file.get_tensor(name) for name in ("data", "ends", "first"))
        except (OSError, SafetensorError):
            return None
        found = cls(data.tobytes(), ends, first)
        return found if about == found._label(key) else None

    def write(self, path: Path, key: str) -> bool:
        """To a file; whether that was possible."""
        from safetensors.numpy import save

        arrays = {
            "data": np.frombuffer(self._data, dtype=np.uint8),
            "ends": self._ends,
            "first": self._first,
        }
        return write_whole(path, save(arrays, metadata=self._label(key)))

    def _label(self, key: str) -> dict[str, str]:
        """What a file says of itself: its key, and sums to check it by."""
        numbers = np.concatenate([self._ends, self._first])
        return {"textgym": f"{key} {zlib.crc32(self._data)} {zlib.crc32(numbers.tobytes())}"}

    def __getitem__(self, index: int) -> list[str]:
        """Source and references of example `index`."""
        begin, end = self._first.item(index), self._first.item(index + 1)
        places = self._ends[begin : end + 1].tolist()
        return [self._data[a:b].decode() for a, b in pairwise(places)]

    def many(self, indices: Sequence[int]) -> Iterator[list[str]]:
        """`self[index]` of several."""
        chosen, data = np.array(indices, dtype=np.int64), self._data
        begins, ends = self._first[chosen], self._first[chosen + 1]
        stops = np.cumsum(ends - begins)  # of the examples' texts, end to end
        numbers = np.arange(stops[-1]) + np.repeat(ends - stops, ends - begins)
        places = zip(self._ends[numbers].tolist(), self._ends[numbers + 1].tolist(), strict=True)
        texts = [data[a:b].decode() for a, b in places]
        return (texts[a:b] for a, b in pairwise([0, *stops.tolist()]))


class DrawnMeta(Mapping[str, Any]):
    """What else the corpus knows of an example: drawn when somebody asks."""

    __slots__ = ("_corpus", "_found", "_index")

    def __init__(self, corpus: Corpus, index: int) -> None:
        self._corpus, self._index = corpus, index
        self._found: Mapping[str, Any] | None = None

    @property
    def _meta(self) -> Mapping[str, Any]:
        if self._found is None:
            self._found = self._corpus[self._index].meta
        return self._found

    def __getitem__(self, name: str) -> Any:
        return self._meta[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._meta)

    def __len__(self) -> int:
        return len(self._meta)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> DrawnMeta:
        return self


class StoredCorpus:
    """A procedural corpus whose texts are read from disk where they have been kept there."""

    def __init__(self, corpus: ProceduralCorpus) -> None:
        self.corpus = corpus
        self._texts: Texts | None = None
        self._looked = False

    def __len__(self) -> int:
        return len(self.corpus)

    def __getitem__(self, index: int) -> Example:
        if not self._looked:
            self._look()
        if self._texts is None or not 0 <= index < len(self.corpus):
            return self.corpus[index]
        return self._read(index, self._texts[index])

    def _read(self, index: int, texts: list[str]) -> Example:
        source, *references = texts
        return Example(self.corpus.id(index), source, tuple(references), DrawnMeta(self.corpus, index))

    def many(self, indices: Sequence[int]) -> list[Example]:
        """Several examples. Where they are very many, all are drawn, once and for all."""
        if len(indices) >= _MANY:
            self.prepare()
        texts = self._texts
        if texts is None or len(indices) < _FEW or not 0 <= min(indices) <= max(indices) < len(self.corpus):
            return [self[index] for index in indices]
        return list(map(self._read, indices, texts.many(indices)))

    def prepare(self) -> None:
        """Have the texts of all examples in memory, and on disk where that is possible."""
        if not self._looked:
            self._look()
        if self._texts is None:
            self._texts = Texts.of([self.corpus[index] for index in range(len(self.corpus))])
            path, key = self.place()
            _open[path, key] = self._texts
            if self._texts.write(path, key):
                remove_unread(path.parent.glob(f"{glob.escape(self._stem)}*{path.suffix}"), _DAYS)

    @property
    def _stem(self) -> str:
        """How the names of this corpus's files begin, in every version."""
        return f"{self.corpus.name}-{self.corpus.difficulty}-{self.corpus.split}"

    def place(self) -> tuple[Path, str]:
        """The file, and a hash of all that decides what is in it; the name ends in the beginning of the hash."""
        corpus, generator = self.corpus, self.corpus.generator
        made_by = (generator.__module__, generator.__qualname__, _fingerprint(inspect.getsourcefile(generator)))
        made = (corpus.name, corpus.difficulty, corpus.split, len(corpus), corpus.seed, made_by)
        key = hashlib.blake2b(repr(made).encode(), digest_size=16).hexdigest()
        return cache_folder() / "corpora" / f"{self._stem}-{key[:12]}.safetensors", key

    def grammar(self, example: Example) -> WordAutomaton | None:
        """That of the corpus itself."""
        return self.corpus.grammar(example)

    def _look(self) -> None:
        self._looked = True
        place = self.place()
        self._texts = _open.get(place)
        if self._texts is None:
            self._texts = Texts.read(*place)
            if self._texts is not None:
                _open[place] = self._texts


_open: weakref.WeakValueDictionary[tuple[Path, str], Texts] = weakref.WeakValueDictionary()


@functools.cache
def _fingerprint(source: str | None) -> str:
    """A hash of versions, of the source files of all corpora, and of one more."""
    digest = hashlib.blake2b(f"1 {textgym.__version__} {np.__version__} {platform.python_version()}".encode())
    files = sorted(Path(__file__).parent.rglob("*.py"))
    for file in [*files, *([] if source is None else [Path(source)])]:
        digest.update(hashlib.blake2b(file.read_bytes()).digest())
    return digest.hexdigest()


def stored(corpus: Corpus) -> Corpus:
    """The corpus, with its texts on disk if it is one for that, and a plain function that a file defines draws it."""
    if not isinstance(corpus, ProceduralCorpus) or not corpus.keep:
        return corpus
    plain = inspect.isfunction(corpus.generator) and corpus.generator.__closure__ is None
    return StoredCorpus(corpus) if plain and inspect.getsourcefile(corpus.generator) else corpus


def examples_of(corpus: Corpus, indices: Sequence[int]) -> list[Example]:
    """Several examples of any corpus."""
    many = getattr(corpus, "many", None)
    return [corpus[index] for index in indices] if many is None else many(indices)
