# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The chunks of texts, between single spaces, and the ids that are remembered for them.

table (slots, 4)   chunks, open addressing: [key or 0, where its bytes start in `known`, where its ids start in `pool`,
                   their number or -1]; the key is its hash + 2 ** 32 * (4 * the number of its bytes + its place + 4),
                   the place 1 if it begins the text, + 2 if it ends it
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part

SPACE = 32
LONGEST = 64  # bytes of a chunk: longer ones hardly come again
TOO_SHORT, WHOLE = -2, -1


@jit
def walk(table, known, pool, text, ends, first, ids, id_ends, missing):
    """The ids of the texts that end at `ends` (n,), from text `first` on: in `ids`, ending at `id_ends` (n,).

    Returns how many texts are done. If not all, `missing` says why: [begin, end, place, key] of a chunk that is not
    known yet, [-1] where the text cannot be taken apart, [-2] where `ids` is too short.
    """
    mask = table.shape[0] - 1
    for i in range(first, ends.shape[0]):
        start = ends[i - 1] if i else 0
        at = id_ends[i - 1] if i else 0
        begin, stop = start, ends[i]
        while begin <= stop:
            end, mixed = begin, 2166136261  # FNV-1a
            while end < stop and text[end] != SPACE:
                mixed = ((mixed ^ int(text[end])) * 16777619) & 4294967295
                end += 1
            place = (begin == start) + 2 * (end == stop)
            slot = (mixed ^ (mixed >> 15)) & mask
            key = mixed + ((4 * (end - begin) + place + 4) << 32)
            while table[slot, 0] != 0 and not (table[slot, 0] == key and same(known, table[slot, 1], text, begin, end)):
                slot = (slot + 1) & mask
            size = table[slot, 3]
            if end - begin > LONGEST:
                missing[0] = WHOLE
                return i
            if table[slot, 0] == 0:
                missing[0], missing[1], missing[2], missing[3] = begin, end, place, key
                return i
            if size < 0 or at + size > ids.shape[0]:
                missing[0] = WHOLE if size < 0 else TOO_SHORT
                return i
            for k in range(table[slot, 2], table[slot, 2] + size):
                ids[at] = pool[k]
                at += 1
            begin = end + 1
        id_ends[i] = at
    return ends.shape[0]


@part
def same(known, at, text, begin, end):
    """Whether `text[begin:end]` stands at `known[at:]`."""
    shift, i = at - begin, begin
    while i < end and known[shift + i] == text[i]:
        i += 1
    return i == end


@jit
def enter(table, entries):
    """Put entries (n, 4) into a table that has room for them."""
    for i in range(entries.shape[0]):
        if entries[i, 0] != 0:
            mixed = entries[i, 0] & 4294967295
            slot = (mixed ^ (mixed >> 15)) & (table.shape[0] - 1)
            while table[slot, 0] != 0:
                slot = (slot + 1) & (table.shape[0] - 1)
            for k in range(4):
                table[slot, k] = entries[i, k]


@jit
def put(ids, ends, rows, pad):
    """The beginning of each text's ids into its row, and `pad` behind them; `ends` as in `walk`."""
    start = 0
    for i in range(ends.shape[0]):
        size = min(ends[i] - start, rows.shape[1])
        for k in range(size):
            rows[i, k] = ids[start + k]
        rows[i, size:] = pad
        start = ends[i]
