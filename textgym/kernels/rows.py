# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""Texts as rows of numbers, with all that a step needs in a few neighbouring cells.

rows (N, K)   per text: its stream state and entry of the index, the two spans of that state and its home, the last
              word of the references that was looked up, with its node, the sizes of what follows, a copy of the
              entry's header; then the head, a tentative head, and how often each n-gram of the references has been used

A head is [number of words, suffix nodes by order, hits by reference and order, LCS by reference, bits].
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part
from textgym.kernels.index import (
    BITMASKS,
    BITS,
    CHUNKS,
    CLIPS,
    COUNTED,
    FILTER,
    FILTER_BITS,
    FILTER_SIZE,
    LCS,
    LENGTHS,
    MASK,
    MODE,
    NODES,
    NUM_REFS,
    ORDERS,
    PREFIX,
    SLOTS,
    child,
)
from textgym.kernels.transitions import span_size, span_word, spans, transition

STATE, ENTRY, OPEN, LAST, HOME, WORD, NODE, HEAD, HEAD_SIZE = range(9)  # HEAD: where it starts
COPY = 9  # of the header


@part
def head_size(index, entry):
    """The length of a row's head while it works on `entry`."""
    orders, num_refs = index[entry + ORDERS], index[entry + NUM_REFS]
    return 1 + orders + index[entry + COUNTED] * orders + num_refs + index[entry + CHUNKS]


@jit
def sizes(index, entry):
    """(where the head starts, its length, the length of a row) while a row works on `entry`."""
    head, size = COPY + LENGTHS + index[entry + NUM_REFS], head_size(index, entry)
    return head, size, head + 2 * size + index[entry + NODES]


@part
def enter(info, rows, row, state):
    """Row `row` is in stream state `state` now."""
    rows[row, STATE], rows[row, WORD] = state, -1
    rows[row, OPEN], rows[row, LAST], rows[row, HOME] = spans(info, state)


@part
def clear(info, index, rows, row, entry, state):
    """Row `row` starts afresh on `entry`, in stream state `state`."""
    num_refs, orders, size = index[entry + NUM_REFS], index[entry + ORDERS], head_size(index, entry)
    head = COPY + LENGTHS + num_refs
    enter(info, rows, row, state)
    rows[row, ENTRY], rows[row, HEAD], rows[row, HEAD_SIZE] = entry, head, size
    for i in range(LENGTHS + num_refs):
        rows[row, COPY + i] = index[entry + i]
    for i in range(head, head + 2 * size + index[entry + NODES]):
        rows[row, i] = 0
    for k in range(1, orders + 1):
        rows[row, head + k] = -1
    if index[entry + MODE] == LCS:
        at = head + 1 + orders + index[entry + COUNTED] * orders + num_refs
        for ref in range(num_refs):
            left = index[entry + LENGTHS + ref]
            while left > 0:
                rows[row, at] = (1 << min(left, BITS)) - 1
                left -= BITS
                at += 1


@part
def longer(index, rows, row, node, word):
    """The node of the n-gram `node` + `word`, or -1."""
    return child(index, rows[row, ENTRY] + rows[row, COPY + SLOTS], rows[row, COPY + MASK], node, word)


@part
def unigram(index, rows, row, word):
    """The node of a word, or -1.

    The last one is kept, for an open word is mostly asked for again when it closes; and a bit in the row rules out
    most words that stand in no reference.
    """
    if rows[row, WORD] == word:
        return rows[row, NODE]
    bits = rows[row, COPY + FILTER + word // FILTER_BITS % FILTER_SIZE]
    if (bits >> (word % FILTER_BITS)) & 1 == 0:
        return -1
    node = longer(index, rows, row, 0, word)
    rows[row, WORD], rows[row, NODE] = word, node
    return node


@part
def suffix(index, rows, row, head, first, word, k):
    """The node of the last `k` words, `word` (its own node is `first`) the newest, or -1; the head keeps it."""
    node = first
    if k > 1:
        node = rows[row, head + k - 1]
        if node >= 0:
            node = longer(index, rows, row, node, word)
    rows[row, head + k] = node
    return node


@part
def put(index, rows, row, head, word, keep):
    """One more word for the head at `head`: suffix n-grams, clipped hits, LCS; used counts if they are to `keep`."""
    orders, nodes, counted = rows[row, COPY + ORDERS], rows[row, COPY + NODES], rows[row, COPY + COUNTED]
    before = rows[row, head]
    rows[row, head] = before + 1
    first = unigram(index, rows, row, word)
    if first < 0:
        for k in range(1, orders):
            rows[row, head + k] = -1
        return
    clips = rows[row, ENTRY] + rows[row, COPY + CLIPS]
    hits = head + orders
    used = rows[row, HEAD] + 2 * rows[row, HEAD_SIZE]
    for k in range(orders, 0, -1):
        node = suffix(index, rows, row, head, first, word, k)
        if node > 0:
            count = rows[row, used + node]
            if keep:
                rows[row, used + node] = count + 1
            for ref in range(counted):
                if count < index[clips + ref * nodes + node]:
                    rows[row, hits + ref * orders + k] += 1
    mode = rows[row, COPY + MODE]
    if mode == LCS:
        put_lcs(index, rows, row, head, first)
    elif mode == PREFIX:
        put_prefix(index, rows, row, head, first, before)


@part
def put_lcs(index, rows, row, head, first):
    """Bit-parallel LCS (Hyyroe 2004): zeros are matches, and a carry out of the top is one more of them."""
    chunks, num_refs, orders = rows[row, COPY + CHUNKS], rows[row, COPY + NUM_REFS], rows[row, COPY + ORDERS]
    matches = rows[row, ENTRY] + rows[row, COPY + BITMASKS] + first * chunks
    length_at = head + 1 + orders + rows[row, COPY + COUNTED] * orders
    at = length_at + num_refs
    for ref in range(num_refs):
        left = rows[row, COPY + LENGTHS + ref]
        carry = 0
        while left > 0:
            width = min(left, BITS)
            bits, match = rows[row, at], index[matches]
            total = bits + (bits & match) + carry
            carry = total >> width
            rows[row, at] = (total & ((1 << width) - 1)) | (bits & ~match)
            left -= BITS
            at += 1
            matches += 1
        rows[row, length_at + ref] += carry


@part
def put_prefix(index, rows, row, head, first, position):
    """How many words the text and each reference share at the beginning, `position` being the new word's place."""
    chunks, num_refs, orders = rows[row, COPY + CHUNKS], rows[row, COPY + NUM_REFS], rows[row, COPY + ORDERS]
    matches = rows[row, ENTRY] + rows[row, COPY + BITMASKS] + first * chunks
    length_at = head + 1 + orders + rows[row, COPY + COUNTED] * orders
    for ref in range(num_refs):
        length = rows[row, COPY + LENGTHS + ref]
        if position < length and rows[row, length_at + ref] == position:
            rows[row, length_at + ref] += (index[matches + position // BITS] >> (position % BITS)) & 1
        matches += (length + BITS - 1) // BITS


@part
def take_back(index, rows, row, head, word):
    """Undo what `put` did to the used counts; the head itself is thrown away."""
    orders = rows[row, COPY + ORDERS]
    first = unigram(index, rows, row, word)
    if first < 0:
        for k in range(1, orders):
            rows[row, head + k] = -1
        return
    used = rows[row, HEAD] + 2 * rows[row, HEAD_SIZE]
    for k in range(orders, 0, -1):
        node = suffix(index, rows, row, head, first, word, k)
        if node > 0:
            rows[row, used + node] -= 1


@part
def look_ahead(pool, index, rows, row):
    """(head, number of words) with the open words counted.

    The head is the tentative one, filled here, if there are open words; a single one that stands in no reference
    only counts as a word.
    """
    span, head = rows[row, OPEN], rows[row, HEAD]
    length = span_size(pool, span)
    if length == 0:
        return head, rows[row, head]
    if length == 1 and unigram(index, rows, row, span_word(pool, span, 0)) < 0:
        return head, rows[row, head] + 1
    size = rows[row, HEAD_SIZE]
    tentative = head + size
    for i in range(size):
        rows[row, tentative + i] = rows[row, head + i]
    for i in range(length):
        put(index, rows, row, tentative, span_word(pool, span, i), length > 1)
    if length > 1:  # a single word cannot use up what it counts itself
        for k in range(1, rows[row, COPY + ORDERS] + 1):
            rows[row, tentative + k] = rows[row, head + k]
        for i in range(length):
            take_back(index, rows, row, tentative, span_word(pool, span, i))
    return tentative, rows[row, tentative]


@part
def push(table, pool, breaks, index, rows, row, token):
    """One token for row `row`: its state moves, the words it closes are put. False if a transition is missing."""
    goal, before, closed, opened, last, home = transition(
        table, breaks, rows[row, STATE], rows[row, LAST], rows[row, HOME], token
    )
    if goal < 0:
        return False
    head = rows[row, HEAD]
    for i in range(span_size(pool, before)):
        put(index, rows, row, head, span_word(pool, before, i), True)
    for i in range(span_size(pool, closed)):
        put(index, rows, row, head, span_word(pool, closed, i), True)
    if goal != rows[row, STATE]:
        rows[row, STATE], rows[row, OPEN], rows[row, LAST], rows[row, HOME] = goal, opened, last, home
    return True
