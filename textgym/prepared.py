"""Examples as episodes use them: read, encoded and kept from the first time that they are met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.corpora.store import examples_of
from textgym.tasks.base import Task
from textgym.text.codec import Codec
from textgym.types import Example

_MOST = 32_768
_MOST_BYTES = 64 << 20  # of observation keys that a task adds, say pictures


class Prepared(NamedTuple):
    """An example as episodes use it; the arrays are not to be written to.

    Attributes:
        example: itself.
        source: ids of its prompt (S,).
        extra: the observation keys that the task adds.
    """

    example: Example
    source: NDArray[np.int32]
    extra: dict[str, NDArray[Any]]


class Shelf:
    """The examples of a corpus that have been met, each at a place in arrays, so that many are taken at once.

    A place is good until the next call of `places` or `one`, which may also put others in place of the arrays.

    Attributes:
        examples, ids, extras: object (n,): the examples, their ids, and dicts of what the task adds to observations.
        sources: int32 (n, S), the ids of the prompts.
    """

    def __init__(self, task: Task, corpus: Corpus, codec: Codec, num_source: int) -> None:
        self._task, self._corpus, self._codec, self._num_source = task, corpus, codec, num_source
        self._most = _MOST
        self._places: dict[int, int] = {}
        self.examples, self.ids, self.extras = (np.empty(0, dtype=object) for _ in range(3))
        self.sources: NDArray[np.int32] = np.empty((0, num_source), dtype=np.int32)

    def one(self, index: int) -> Prepared:
        """Example `index` of the corpus."""
        place = self._places.get(index)
        if place is None:
            place = self._add((index,))[0]
        source = self.sources[place].copy()
        source.setflags(write=False)
        return Prepared(self.examples[place], source, self.extras[place])

    def places(self, indices: Sequence[int]) -> NDArray[np.intp]:
        """Where each of these examples is."""
        found = list(map(self._places.get, indices))
        return np.array(self._add(indices) if None in found else found, dtype=np.intp)

    def _add(self, indices: Sequence[int]) -> list[int]:
        """`places` of examples of which some are not there: these are drawn and encoded at once, which is cheaper."""
        places = self._places
        missing = [index for index in dict.fromkeys(indices) if index not in places]
        if len(places) + len(missing) > self._most:
            places, missing = {}, list(dict.fromkeys(indices))
        examples = examples_of(self._corpus, missing)
        sources = self._codec.encode_rows(list(map(self._task.prompt, examples)), self._num_source)
        extras = list(map(self._task.extra_observation, examples))
        if not self._places and extras[0]:
            size = sum(array.nbytes for array in extras[0].values())
            self._most = min(_MOST, max(1, _MOST_BYTES // max(1, size)))
        for extra in extras:
            for array in extra.values():
                array.setflags(write=False)
        start, end = len(places), len(places) + len(missing)
        if end > len(self.sources):
            self._grow(4 * end)  # what nobody has touched takes no memory
        self.examples[start:end] = examples
        self.ids[start:end] = [example.id for example in examples]
        self.extras[start:end] = extras
        self.sources[start:end] = sources
        places.update(zip(missing, range(start, end), strict=True))
        self._places = places
        return [places[index] for index in indices]

    def _grow(self, size: int) -> None:
        for name in ("examples", "ids", "extras", "sources"):
            old = getattr(self, name)
            larger = np.empty((size, *old.shape[1:]), dtype=old.dtype)
            larger[: len(old)] = old
            setattr(self, name, larger)
