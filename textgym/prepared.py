"""Examples as episodes use them: read, encoded and kept from the first time that they are met."""

from __future__ import annotations

import time
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
_SECONDS_AHEAD = 0.25
_BLOCK = 128  # examples at once: enough to share what a call costs, too few for a corpus to be drawn as a whole
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
        self._places = np.zeros(len(corpus), dtype=np.int64)  # of each example, counted from 1; 0 if it is not here
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
        place = self._places.item(index)
        return (place or self._add([index])) - 1

    def places(
        self, indices: NDArray[np.int64], coming: Callable[[], NDArray[np.int64]] | None = None
    ) -> NDArray[np.int64]:
        """Where each of these examples is. If one is missing, those `coming` are added too: together is cheaper."""
        places = self._places[indices]
        if np.count_nonzero(places) < len(places):
            missing = self._missing(indices)
            more = missing if coming is None else self._missing(np.concatenate([indices, coming()]))
            room = self._most - len(self.examples)
            fitting = more if len(more) <= room else missing if len(missing) <= room else indices
            self._add(np.unique(fitting).tolist())
            places = self._places[indices]
        places -= 1
        return places

    def read_ahead(self, indices: NDArray[np.int64]) -> None:
        """Add the first of these examples, as many as there is room for and a quarter of a second is enough for."""
        if 2 * len(indices) > len(self._places):  # nearly all of them, sooner or later
            indices = np.concatenate([indices, np.arange(len(self._places))])
        missing = self._missing(indices)[: max(0, self._most - len(self.examples))].tolist()
        end, done, block = time.perf_counter() + _SECONDS_AHEAD, 0, 8  # in a slow corpus no more than these
        while done < len(missing) and time.perf_counter() < end:
            self._add(missing[done : done + block])
            done, block = done + block, min(2 * block, _BLOCK)

    def _missing(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those that are not here, each once."""
        missing: NDArray[np.int64] = indices[self._places[indices] == 0]
        return missing[np.sort(np.unique(missing, return_index=True)[1])]

    def _add(self, missing: list[int]) -> int:
        """Draw and encode examples, all at once, which is cheaper. Where there is no room, the others are forgotten.

        Returns how many are here now.
        """
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
            self._places = np.zeros_like(self._places)
            self.examples, self.extras = [], []
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
        self._places[missing] = np.arange(start + 1, end + 1)
        return end
