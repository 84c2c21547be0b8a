"""Whole texts out of the bytes that tokens stand for, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


class Joined:
    """The bytes of tokens, of which a kernel puts texts together.

    Args:
        pieces: of each token; None if it puts nothing.
        firsts: the same where nothing is put before; by default nothing is different there.
        runs: the tokens that are bytes.
    """

    def __init__(
        self,
        pieces: Sequence[bytes | None],
        firsts: Sequence[bytes | None] = (),
        runs: Mapping[int, bytes] = MappingProxyType({}),
    ) -> None:
        from textgym import kernels  # only here, so that numba is not loaded before there is something to run

        self._kernels = kernels
        self._first = len(pieces) if firsts else 0
        self._kinds = np.array([kernels.SILENT if piece is None else kernels.PIECE for piece in pieces], dtype=np.uint8)
        self._kinds[list(runs)] = kernels.BYTE
        parts = [runs.get(token, piece or b"") for token, piece in enumerate((*pieces, *firsts))]
        self._data = np.frombuffer(b"".join(parts) + bytes(kernels.CHUNK), dtype=np.uint8)
        self._starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        self._longest = max(3, *map(len, parts))

    def texts(self, tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> list[str] | None:
        """The texts of the first `lengths[i]` ids in each row i of `tokens` (n, T); others than these put nothing.

        None if one of them has the character in it by which they are told apart.
        """
        kernels, ids = self._kernels, np.ascontiguousarray(tokens)
        room = tokens.size * self._longest + len(tokens) * len(kernels.PARTED) + kernels.CHUNK
        joined = np.empty(room, dtype=np.uint8)
        size = kernels.join(self._data, self._starts, self._kinds, self._first, ids, lengths, joined)
        texts = str(joined[:size].data, "utf-8", "replace").split(kernels.PARTING)
        return texts[:-1] if len(texts) == len(tokens) + 1 else None
