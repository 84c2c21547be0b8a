# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The form of texts: how many words they have, how many different n-grams of words.

rows (N, COUNTS + O) int64   see `textgym.kernels.lexer`; for each of O orders, how many different n-grams there are
grams (N, O, C) int64        a hash table of these; C is a power of two, and more than half of it is empty
places (V, 2) int64          where the symbols of each token begin and end in `pool`; UNKNOWN, or ODD if what the token
                             puts depends on what is before it
odd (N,) bool                the rows whose next token depends on what is before it
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part
from textgym.kernels.lexer import (
    CHARACTERS,
    COUNTS,
    MORE,
    MOST_RECENT,
    NOTHING,
    ONE,
    OPEN,
    PRIME_ONE,
    PRIME_TWO,
    RECENT,
    TAIL,
    TWO,
    WORDS,
    goes_on,
    starts,
)

UNKNOWN, ODD = -1, -2
REPETITION, DIVERSITY, LENGTH = range(3)
GRAM_ONE, GRAM_TWO = 1812433253, 1664525013  # other ones than those of words, or "n naiw" would be like "nai nw"
IN_WORDS, IN_CHARACTERS = range(2)


@part
def gram(rows, row, order):
    """The key of the n-gram that ends with the open word."""
    one = two = 0
    for back in range(order - 1, 0, -1):
        at = RECENT + 2 * ((rows[row, WORDS] - back) % MOST_RECENT)
        one = (one + rows[row, at]) % PRIME_ONE * GRAM_ONE % PRIME_ONE
        two = (two + rows[row, at + 1]) % PRIME_TWO * GRAM_TWO % PRIME_TWO
    one, two = (one + rows[row, ONE]) % PRIME_ONE, (two + rows[row, TWO]) % PRIME_TWO
    return (one << 31) + two + 1


@part
def find(grams, row, k, key):
    """The slot of a key: where it is, or where it goes."""
    mask = grams.shape[2] - 1
    slot = (key ^ (key >> 31)) & mask
    while grams[row, k, slot] != 0 and grams[row, k, slot] != key:
        slot = (slot + 1) & mask
    return slot


@part
def close(rows, grams, orders, row):
    """The open word is complete."""
    words = rows[row, WORDS]
    for k in range(orders.shape[0]):
        if words + 1 >= orders[k]:
            key = gram(rows, row, orders[k])
            slot = find(grams, row, k, key)
            if grams[row, k, slot] == 0:
                grams[row, k, slot] = key
                rows[row, COUNTS + k] += 1
    at = RECENT + 2 * (words % MOST_RECENT)
    rows[row, at], rows[row, at + 1] = rows[row, ONE], rows[row, TWO]
    rows[row, WORDS], rows[row, OPEN] = words + 1, NOTHING


@part
def read(rows, grams, orders, row, symbols, first, end):
    """The text of row `row` grows by symbols [first, end)."""
    for i in range(first, end):
        kind, code = symbols[i] >> 24, symbols[i] & 0xFFFFFF
        if kind != MORE:
            rows[row, CHARACTERS] += 1
        if rows[row, OPEN] != NOTHING:
            if goes_on(rows, row, kind, code):
                continue
            close(rows, grams, orders, row)
        if starts(rows, row, kind, code):
            close(rows, grams, orders, row)


@part
def full(rows, grams, row, more):
    """Whether the table of a row is too small for so many words more."""
    return 2 * (rows[row, WORDS] + more + 2) > grams.shape[2]


@part
def push(rows, grams, orders, places, pool, odd, row, token):
    """One token for row `row`; False if that takes more than this."""
    if odd[row] or token < 0 or token >= places.shape[0]:
        return False
    first, end = places[token, 0], places[token, 1]
    if first < 0 or full(rows, grams, row, end - first):
        return False
    read(rows, grams, orders, row, pool, first, end)
    return True


@part
def share(rows, grams, orders, row, k, words):
    """Different n-grams of order number `k` per n-gram, the open word included; 1 where there are none."""
    total, distinct = words - orders[k] + 1, rows[row, COUNTS + k]
    if total <= 0:
        return 1.0
    if rows[row, OPEN] != NOTHING and grams[row, k, find(grams, row, k, gram(rows, row, orders[k]))] == 0:
        distinct += 1
    return distinct / total


@part
def score(rows, grams, orders, bands, row, kind, unit):
    """The score of row `row`, see `textgym.rewards.form`; `bands` (N, 2) float64 are those of LENGTH."""
    words = rows[row, WORDS] + (1 if rows[row, OPEN] != NOTHING else 0)
    if kind == REPETITION:
        return 1.0 - share(rows, grams, orders, row, 0, words)
    if kind == DIVERSITY:
        total, count = 0.0, 0
        for k in range(orders.shape[0]):
            if orders[k] <= words:
                total += share(rows, grams, orders, row, k, words)
                count += 1
        return total / count if count > 0 else 0.0
    size = words if unit == IN_WORDS else rows[row, CHARACTERS] + rows[row, TAIL]
    low, high = bands[row, 0], bands[row, 1]
    if size < low:
        return size / low
    return max(0.0, 1.0 - max(0.0, size - high) / low)


# --- what the scorer calls -------------------------------------------------------------------------------


@jit
def read_row(rows, grams, orders, row, symbols, size):
    """`read` of `size` symbols; False, and nothing done, if there is no room for so many words."""
    if full(rows, grams, row, size):
        return False
    read(rows, grams, orders, row, symbols, 0, size)
    return True


@jit
def step_row(rows, grams, orders, places, pool, odd, bands, row, token, kind, unit):
    """`push` of one row, and its score then; -1 if it takes more."""
    if not push(rows, grams, orders, places, pool, odd, row, token):
        return -1.0
    return score(rows, grams, orders, bands, row, kind, unit)


@jit
def push_rows(rows, grams, orders, places, pool, odd, tokens, active, first):
    """The first row from `first` on whose `push` takes more, or N."""
    for row in range(first, tokens.shape[0]):
        if active[row] and not push(rows, grams, orders, places, pool, odd, row, tokens[row]):
            return row
    return tokens.shape[0]


@jit
def push_tokens(rows, grams, orders, places, pool, odd, row, tokens, first):
    """Tokens from `first` on for row `row`; the first whose `push` takes more, or how many there are."""
    for i in range(first, tokens.shape[0]):
        if not push(rows, grams, orders, places, pool, odd, row, tokens[i]):
            return i
    return tokens.shape[0]


@jit
def score_row(rows, grams, orders, bands, row, kind, unit):
    """`score` of one row."""
    return score(rows, grams, orders, bands, row, kind, unit)


@jit
def score_rows(rows, grams, orders, bands, which, kind, unit, scores):
    """`scores` (n,) of rows `which` (n,)."""
    for i in range(which.shape[0]):
        scores[i] = score(rows, grams, orders, bands, which[i], kind, unit)


@jit
def clear(rows, grams, row):
    """Row `row` is empty."""
    for i in range(rows.shape[1]):
        rows[row, i] = 0
    for k in range(grams.shape[1]):
        for i in range(grams.shape[2]):
            grams[row, k, i] = 0


@jit
def enter(grams, row, keys):
    """The keys (O, n) of a table, 0 for none, go into the empty one of row `row`."""
    for k in range(keys.shape[0]):
        for i in range(keys.shape[1]):
            if keys[k, i] != 0:
                grams[row, k, find(grams, row, k, keys[k, i])] = keys[k, i]
