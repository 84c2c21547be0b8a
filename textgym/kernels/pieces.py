# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""Text out of the bytes that tokens stand for."""

from __future__ import annotations

import numpy as np

from textgym.kernels.compiler import jit

CHUNK = 8
PARTING = "\uffff"  # hardly ever in a text: Unicode has no character there, and never will
PARTED = np.frombuffer(PARTING.encode(), dtype=np.uint8)


@jit
def join(data, starts, tokens, lengths, out):
    """Write the bytes of the first `lengths[i]` of each row `tokens[i]` to `out`, and PARTED behind each row.

    Token t puts `data[starts[t] : starts[t + 1]]`, a larger one nothing. Most are short: they go as a chunk of a fixed
    size, so both arrays have room for one more behind their end. Returns the number of bytes.
    """
    at, size = 0, starts.shape[0] - 1
    for row in range(tokens.shape[0]):
        for i in range(lengths[row]):
            token = tokens[row, i]
            if token < size:
                start, length = starts[token], starts[token + 1] - starts[token]
                if length <= CHUNK:
                    for byte in range(CHUNK):
                        out[at + byte] = data[start + byte]
                else:
                    for byte in range(length):
                        out[at + byte] = data[start + byte]
                at += length
        for byte in range(PARTED.shape[0]):
            out[at + byte] = PARTED[byte]
        at += PARTED.shape[0]
    return at
