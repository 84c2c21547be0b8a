# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""What the scorers call: tokens and scores of one row, or of many.

The leading arguments are the arrays of `textgym.kernels.transitions`, `index` and `rows`.
"""

from __future__ import annotations

import numpy as np

from textgym.kernels.compiler import jit, making
from textgym.kernels.index import BITS, build_entry, entry_size
from textgym.kernels.rows import clear, enter, push, sizes
from textgym.kernels.scores import score, score_pair


@jit
def entries_size(ends, counts, orders, merged):
    """An upper bound of the space that `build_entries` needs."""
    total, ref = 0, 0
    for i in range(counts.shape[0]):
        begin = ends[ref - 1] if ref else 0
        chunks, start = 0, begin
        for k in range(ref, ref + counts[i]):
            chunks += (ends[k] - start + BITS - 1) // BITS
            start = ends[k]
        total += entry_size(start - begin, counts[i], chunks, orders, 1 if merged else counts[i])
        ref += counts[i]
    return total


@making
def build_entries(index, entry, words, ends, counts, orders, merged, mode, starts):
    """`build_entry` for one example after the other, with `counts` (n,) references each; returns the widest row.

    `words` is all references end to end, `ends` (R,) where each ends; `starts` (n + 1,) becomes the entries, and where
    the last one ends.
    """
    ref, widest, most = 0, 0, 0
    lengths = ends.copy()
    for k in range(ends.shape[0] - 1, 0, -1):
        lengths[k] -= ends[k - 1]
    for i in range(counts.shape[0]):
        most, ref = max(most, lengths[ref : ref + counts[i]].sum()), ref + counts[i]
    grams, room, ref = np.zeros((orders, most), dtype=np.int64), np.zeros(orders * most + 1, dtype=np.int64), 0
    for i in range(counts.shape[0]):
        begin, last = ends[ref - 1] if ref else 0, ref + counts[i]
        starts[i] = entry
        entry = build_entry(
            index, entry, words[begin : ends[last - 1]], lengths[ref:last], orders, merged, mode, grams, room
        )
        widest = max(widest, sizes(index, starts[i])[2])
        ref = last
    starts[counts.shape[0]] = entry
    return widest


@jit
def reset_row(info, index, rows, row, entry, state):
    """`clear` of one row."""
    clear(info, index, rows, row, entry, state)


@jit
def reset_rows(info, index, rows, which, entries, state):
    """`clear` of each row of `which`, on its entry."""
    for i in range(which.shape[0]):
        clear(info, index, rows, which[i], entries[i], state)


@jit
def enter_row(info, rows, row, state):
    """`enter` of one row."""
    enter(info, rows, row, state)


@jit
def enter_all(info, rows):
    """`enter` of each row into its own state, where the spans have changed."""
    for row in range(rows.shape[0]):
        enter(info, rows, row, rows[row, 0])


@jit
def score_pair_row(pool, index, rows, pool_2, index_2, rows_2, params, row):
    """`score_pair` of one row."""
    return score_pair(pool, index, rows, pool_2, index_2, rows_2, params, row)


@jit
def score_pairs(pool, index, rows, pool_2, index_2, rows_2, params, which, scores):
    """`scores[i]` of row `which[i]`, by `score_pair`."""
    for i in range(which.shape[0]):
        scores[i] = score_pair(pool, index, rows, pool_2, index_2, rows_2, params, which[i])


@jit
def step(table, pool, breaks, index, rows, params, row, token):
    """`push` and `score` of one row; -1 if a transition is missing."""
    if not push(table, pool, breaks, index, rows, row, token):
        return -1.0
    return float(score(pool, index, rows, params, row))  # numpy's own where this is not compiled


@jit
def push_row(table, pool, breaks, index, rows, row, token):
    """`push` of one row."""
    return push(table, pool, breaks, index, rows, row, token)


@jit
def score_row(pool, index, rows, params, row):
    """`score` of one row."""
    return score(pool, index, rows, params, row)


@jit
def push_rows(table, pool, breaks, index, rows, tokens, active, first):
    """`push` for each active row from `first` on; returns the row that lacks a transition, or N."""
    for row in range(first, tokens.shape[0]):
        if active[row] and not push(table, pool, breaks, index, rows, row, tokens[row]):
            return row
    return tokens.shape[0]


@jit
def step_rows(table, pool, breaks, index, rows, params, tokens, active, first, scores):
    """`push_rows`, and the scores of the rows that are done, the inactive ones too."""
    for row in range(first, tokens.shape[0]):
        if active[row] and not push(table, pool, breaks, index, rows, row, tokens[row]):
            return row
        scores[row] = score(pool, index, rows, params, row)
    return tokens.shape[0]


@jit
def score_rows(pool, index, rows, params, which, scores):
    """`scores[k, i]` of row `which[i]` by `params[k]`."""
    for k in range(params.shape[0]):
        for i in range(which.shape[0]):
            scores[k, i] = score(pool, index, rows, params[k], which[i])


@jit
def push_tokens(table, pool, breaks, index, rows, row, tokens, first):
    """`push` of `tokens[first:]`, one after the other, on one row; returns how many are done."""
    for i in range(first, tokens.shape[0]):
        if not push(table, pool, breaks, index, rows, row, tokens[i]):
            return i
    return tokens.shape[0]


@jit
def push_texts(table, pool, breaks, index, rows, tokens, lengths, done, first):
    """`push` of the first `lengths[i]` of `tokens[i]` on each row i, from row `first` on.

    `done` (n,) counts them; returns the row whose next token lacks a transition, or n.
    """
    for row in range(first, tokens.shape[0]):
        while done[row] < lengths[row]:
            if not push(table, pool, breaks, index, rows, row, tokens[row, done[row]]):
                return row
            done[row] += 1
    return tokens.shape[0]
