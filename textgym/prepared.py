"""Examples as episodes use them: read, encoded and kept from the first time that they are met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.corpora.store import examples_of
from textgym.tasks.base import Task
from textgym.text.codec import Codec
from textgym.types import Example

_MOST = 32_768
_MOST_BYTES = 64 << 20  # of observation keys that a task adds, say pictures; of prompts that are made room for at once
_NO_EXTRA: dict[str, NDArray[Any]] = {}  # one for all


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
    """The examples of a corpus that have been met, each at a place, so that many are taken at once.

    A place is good until the next call of a method, which may also replace what holds them.

    Attributes:
        examples: the examples.
        extras: what the task adds to observations.
        sources: (n, S), the ids of the prompts, in the smallest type that holds those of the tokenizer.

    Args:
        expect: called with examples before they are added.
    """

    def __init__(
        self, task: Task, corpus: Corpus, codec: Codec, num_source: int, expect: Callable[[Sequence[Example]], None]
    ) -> None:
        self._task, self._corpus, self._codec, self._num_source = task, corpus, codec, num_source
        self._expect = expect
        self._most = _MOST
        self._places: dict[int, int] = {}
        self.examples: list[Example] = []
        self.extras: list[dict[str, NDArray[Any]]] = []
        small = np.min_scalar_type(max(codec.pad_id, codec.size - 1))
        self.sources: NDArray[Any] = np.empty((0, num_source), dtype=small)

    def one(self, index: int) -> Prepared:
        """Example `index` of the corpus."""
        place = self.place(index)
        source = self.sources[place].astype(np.int32)
        source.flags.writeable = False
        return Prepared(self.examples[place], source, self.extras[place])

    def place(self, index: int) -> int:
        """Where example `index` of the corpus is."""
        if index not in self._places:
            self._add([index])
        return self._places[index]

    def places(self, indices: Sequence[int], coming: Callable[[], Sequence[int]] = tuple) -> list[int]:
        """Where each of these examples is. If one is missing, those `coming` are added too: together is cheaper."""
        places = self._places
        try:
            return list(map(places.__getitem__, indices))
        except KeyError:
            wanted = set(indices)
        missing = wanted.difference(places)
        more = missing.union(coming()).difference(places)
        room = self._most - len(places)
        self._add(list(more if len(more) <= room else missing if len(missing) <= room else wanted))
        return list(map(self._places.__getitem__, indices))

    def _add(self, missing: list[int]) -> None:
        """Draw and encode examples, all at once, which is cheaper. Where there is no room, the others are forgotten."""
        examples = examples_of(self._corpus, missing)
        self._expect(examples)
        sources = self._codec.encode_rows(list(map(self._task.prompt, examples)), self._num_source)
        extras = [self._task.extra_observation(example) or _NO_EXTRA for example in examples]
        for extra in extras:
            for array in extra.values():
                array.flags.writeable = False
        if not self.examples and extras[0]:
            size = sum(array.nbytes for array in extras[0].values())
            self._most = min(_MOST, max(1, _MOST_BYTES // max(1, size)))
        if len(self.examples) + len(missing) > self._most:
            self._places, self.examples, self.extras = {}, [], []
        start, end = len(self.examples), len(self.examples) + len(missing)
        dtype = self.sources.dtype
        if sources.max(initial=0) > np.iinfo(dtype).max:  # a tokenizer may give ids beyond its size
            dtype = sources.dtype
        if end > len(self.sources) or dtype != self.sources.dtype:
            fitting = max(4 * end, _MOST_BYTES // (self._num_source * dtype.itemsize))
            size = max(end, min(fitting, self._most, len(self._corpus)))
            larger = np.empty((size, self._num_source), dtype=dtype)  # what nobody has touched takes no memory
            larger[:start] = self.sources[:start]
            self.sources = larger
        self.sources[start:end] = sources
        self.examples += examples
        self.extras += extras
        self._places.update(zip(missing, range(start, end), strict=True))
