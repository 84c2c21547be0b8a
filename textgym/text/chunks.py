"""Texts taken apart at single spaces: what a chunk becomes is worked out once, and a text is a walk over its bytes.

To tokenizers that cut words, and to metrics that count them, a space is an end: the ids of a text are those of its
chunks, one after the other. A chunk that begins or ends the text may have others than the same one inside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.kernels.chunks import TOO_SHORT, enter, put, walk

Ints = NDArray[np.int64]
Cut = Callable[[str, bool, bool], "Sequence[int] | Ints | None"]


class Chunks:
    """What the chunks of texts become under one tokenizer or one way to cut words.

    Args:
        cut: (chunk, whether it begins its text, whether it ends it) -> its ids; None where a text with this chunk there
            has to be read as a whole.
        most: the number of chunks at which all are forgotten.
    """

    def __init__(self, cut: Cut, most: int = 1 << 17) -> None:
        self._cut, self._most = cut, most
        self._lock = threading.RLock()
        self._missing: Ints = np.zeros(4, dtype=np.int64)
        self._clear()

    def __reduce__(self) -> Any:
        return Chunks, (self._cut, self._most)

    def ids(self, text: str) -> Ints | None:
        """The ids of a text (n,), or None where it has to be read as a whole."""
        ids, _, whole = self.many((text,))
        return None if whole else ids

    def many(self, texts: Sequence[str]) -> tuple[Ints, Ints, list[int]]:
        """The ids of texts, end to end, where each one's end (n,), and the texts that have to be read as a whole.

        Of these there are no ids.
        """
        parts = [text.encode("utf-8", "surrogatepass") for text in texts]
        data = np.frombuffer(b"".join(parts), dtype=np.uint8)
        ends = np.array(list(accumulate(map(len, parts))), dtype=np.int64)
        ids, id_ends, whole = np.empty(len(data) + 1, dtype=np.int64), np.empty(len(parts), dtype=np.int64), []
        done = 0
        with self._lock:
            missing = self._missing
            while True:
                done = walk(self._table, self._known, self._pool, data, ends, done, ids, id_ends, missing)
                if done == len(parts):
                    break
                if missing[0] >= 0:
                    self._learn(data)
                elif missing[0] == TOO_SHORT:
                    ids = np.concatenate([ids, np.empty(len(ids), dtype=np.int64)])
                else:
                    whole.append(done)
                    id_ends[done] = id_ends[done - 1] if done else 0
                    done += 1
        return ids[: id_ends.item(-1) if parts else 0], id_ends, whole

    def rows(self, texts: Sequence[str], size: int, pad: int) -> tuple[NDArray[np.int32], list[int]]:
        """The first `size` ids of each text (n, size), `pad` behind them, and the texts to be read as a whole."""
        ids, ends, whole = self.many(texts)
        rows = np.empty((len(texts), size), dtype=np.int32)
        put(ids, ends, rows, pad)
        return rows, whole

    def _clear(self) -> None:
        self._table: Ints = np.zeros((1 << 10, 4), dtype=np.int64)
        self._known: NDArray[np.uint8] = np.zeros(1 << 12, dtype=np.uint8)
        self._pool: Ints = np.zeros(1 << 10, dtype=np.int64)
        self._count = self._bytes = self._filled = 0

    def _learn(self, data: NDArray[np.uint8]) -> None:
        """Work out the chunk that `walk` misses in `data`."""
        begin, end, place, key = self._missing.tolist()
        if self._count >= self._most:
            self._clear()
        chunk = data[begin:end]
        found = self._cut(chunk.tobytes().decode("utf-8", "surrogatepass"), bool(place & 1), bool(place & 2))
        ids = np.array(() if found is None else found, dtype=np.int64)
        self._known = _with(self._known, self._bytes, chunk)
        self._pool = _with(self._pool, self._filled, ids)
        if 2 * self._count >= len(self._table):
            old = self._table
            self._table = np.zeros((2 * len(old), 4), dtype=np.int64)
            enter(self._table, old)
        entry = [key, self._bytes, self._filled, -1 if found is None else len(ids)]
        enter(self._table, np.array([entry], dtype=np.int64))
        self._count, self._bytes, self._filled = self._count + 1, self._bytes + len(chunk), self._filled + len(ids)


def _with(array: NDArray[Any], start: int, values: NDArray[Any]) -> NDArray[Any]:
    """`array` with `values` from `start` on: itself, or a larger one."""
    end = start + len(values)
    if end > len(array):
        larger = np.zeros(max(2 * len(array), end), dtype=array.dtype)
        larger[:start] = array[:start]
        array = larger
    array[start:end] = values
    return array
