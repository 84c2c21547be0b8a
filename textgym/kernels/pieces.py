# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""Text out of the bytes that tokens stand for."""

from __future__ import annotations

from textgym.kernels.compiler import jit

CHUNK = 8


@jit
def join(data, starts, tokens, lengths, out, ends):
    """Write the bytes of the first `lengths[i]` of each row `tokens[i]` to `out`, row after row.

    Token t puts `data[starts[t] : starts[t + 1]]`, a larger one nothing; row i is `out[ends[i] : ends[i + 1]]`. Most
    tokens are short: they go as a chunk of a fixed size, so both arrays have room for one more behind their end.
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
        ends[row + 1] = at
