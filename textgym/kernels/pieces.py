# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""Text out of the bytes that tokens stand for."""

from __future__ import annotations

import numpy as np

from textgym.kernels.compiler import jit, part

CHUNK = 8
PARTING = "\uffff"  # hardly ever in a text: Unicode has no character there, and never will
PARTED = np.frombuffer(PARTING.encode(), dtype=np.uint8)
SILENT, PIECE, BYTE = range(3)  # kinds of tokens


@jit
def join(data, starts, kinds, first, tokens, lengths, out):
    """Write the bytes of the first `lengths[i]` of each row `tokens[i]` to `out`, and PARTED behind each row.

    A token t that is a PIECE puts `data[starts[t] : starts[t + 1]]`, or if nothing is put before it, the same of token
    t + `first`; a BYTE goes on with a run of these, each of which becomes text at its end; others put nothing. Most
    pieces are short: they go as a chunk of a fixed size, so both arrays have room for one more behind their end.
    Returns the number of bytes.
    """
    at = 0
    for row in range(tokens.shape[0]):
        begin, run = at, -1
        untouched = True
        for i in range(lengths[row]):
            token = tokens[row, i]
            kind = kinds[token] if token < kinds.shape[0] else SILENT
            if kind == BYTE:
                run = at if run < 0 else run
                out[at] = data[starts[token]]
                at += 1
            elif kind == PIECE:
                if run >= 0:
                    at, run = read(out, run, at), -1
                if untouched and at == begin:
                    token += first
                untouched = False
                start, length = starts[token], starts[token + 1] - starts[token]
                if length <= CHUNK:
                    for byte in range(CHUNK):
                        out[at + byte] = data[start + byte]
                else:
                    for byte in range(length):
                        out[at + byte] = data[start + byte]
                at += length
        if run >= 0:
            at = read(out, run, at)
        for byte in range(PARTED.shape[0]):
            out[at + byte] = PARTED[byte]
        at += PARTED.shape[0]
    return at


@part
def read(out, begin, end):
    """Leave a run of bytes `out[begin:end]` if it is UTF-8, or put U+FFFD for each of them; returns its new end."""
    if is_utf8(out, begin, end):
        return end
    size = end - begin
    for i in range(size):
        out[begin + 3 * i], out[begin + 3 * i + 1], out[begin + 3 * i + 2] = 0xEF, 0xBF, 0xBD
    return begin + 3 * size


@part
def is_utf8(data, begin, end):
    """Whether bytes are UTF-8: RFC 3629, section 4."""
    at = begin
    while at < end:
        lead, more, low, high = data[at], 0, 0x80, 0xBF
        if lead >= 0x80:
            if lead < 0xC2 or lead > 0xF4:
                return False
            more = 1 + (lead >= 0xE0) + (lead >= 0xF0)
            if lead == 0xE0:
                low = 0xA0
            elif lead == 0xED:
                high = 0x9F
            elif lead == 0xF0:
                low = 0x90
            elif lead == 0xF4:
                high = 0x8F
        if at + more >= end:
            return False
        for i in range(at + 1, at + 1 + more):
            if data[i] < low or data[i] > high:
                return False
            low, high = 0x80, 0xBF
        at += 1 + more
    return True
