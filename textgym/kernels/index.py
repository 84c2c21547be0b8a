# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The n-grams of references, one entry after the other in the array `index` (I,).

An entry is a header, by the names below and followed by the lengths of the references; an open-addressing table
(slots, 3) of [word + 1 or 0, node, node of the n-gram one longer]; the clip counts (references or 1, nodes); and for
some modes bit masks (words, chunks) of where each word stands.
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part

BITS = 30  # to a number: the sum of two such and a carry is still one
FILTER_SIZE, FILTER_BITS = 8, 30
NUM_REFS, MASK, SLOTS, CLIPS, BITMASKS, CHUNKS, NODES, ORDERS, COUNTED, MODE, FILTER = range(11)  # of an entry
LENGTHS = FILTER + FILTER_SIZE
LCS, PREFIX = 1, 2  # modes: what the bit masks serve


@part
def num_slots(nodes):
    """Of the table of an entry: memory that nobody has touched yet costs more than a few more looks at it."""
    slots = 8
    while 2 * slots < 3 * nodes:
        slots *= 2
    return slots


@jit
def entry_size(num_words, num_refs, chunks, orders, counted):
    """An upper bound of the space that `build_entry` needs."""
    nodes = num_words * orders + 1
    return LENGTHS + num_refs + 3 * num_slots(nodes) + counted * nodes + (num_words + 1) * chunks


@part
def place(index, base, mask, node, word):
    """Where in `index` the n-gram `node` + `word` stands or belongs, in the table of `mask` + 1 slots at `base`."""
    mixed = int(node) * 2654435 + int(word) * 40503
    slot = (mixed ^ (mixed >> 12)) & int(mask)
    at = base + 3 * slot
    while index[at] != 0 and (index[at] != word + 1 or index[at + 1] != node):
        slot = (slot + 1) & mask
        at = base + 3 * slot
    return at


@part
def child(index, base, mask, node, word):
    """The node of the n-gram `node` + `word`, or -1."""
    at = place(index, base, mask, node, word)
    return index[at + 2] if index[at] != 0 else -1


@jit
def build_entry(index, entry, words, lengths, orders, merged, mode, grams, counts):
    """Write the n-grams of the references at `index[entry:]`, which is zero, and return where the entry ends.

    A node is an n-gram; node 0 is the empty one, the words are nodes 1 to U, and the child of a node by a word
    is the n-gram one longer. Each reference has its own clip counts, or all share their largest (`merged`).
    `words` is all references end to end (W,), `lengths` (R,) their lengths; `grams` (orders, W or more) and `counts`
    (W * orders + 1 or more), all zero, are room to work in, and `counts` is zero again afterwards.
    """
    num_refs, num_words = lengths.shape[0], words.shape[0]
    slots = num_slots(num_words * orders + 1)
    mask, table = slots - 1, LENGTHS + num_refs
    index[entry + NUM_REFS], index[entry + MASK], index[entry + SLOTS] = num_refs, mask, table
    counted = 1 if merged else num_refs
    index[entry + ORDERS], index[entry + MODE], index[entry + COUNTED] = orders, mode, counted
    chunks = 0
    for ref in range(num_refs):
        index[entry + LENGTHS + ref] = lengths[ref]
        chunks += (lengths[ref] + BITS - 1) // BITS
    index[entry + CHUNKS] = chunks if mode else 0
    for word in words:
        index[entry + FILTER + word // FILTER_BITS % FILTER_SIZE] |= 1 << (word % FILTER_BITS)
    nodes, uniques = 1, 0
    for order in range(1, orders + 1):
        start = 0
        for ref in range(num_refs):
            for i in range(start, start + lengths[ref] - order + 1):
                word, shorter = words[i + order - 1], grams[order - 2, i] if order > 1 else 0
                at = place(index, entry + table, mask, shorter, word)
                if index[at] == 0:
                    index[at], index[at + 1], index[at + 2] = word + 1, shorter, nodes
                    nodes += 1
                grams[order - 1, i] = index[at + 2]
            start += lengths[ref]
        if order == 1:
            uniques = nodes - 1
    clips = table + 3 * slots
    index[entry + NODES], index[entry + CLIPS] = nodes, clips
    count_clips(index, entry, lengths, merged, grams, counts)
    end = clips + counted * nodes
    index[entry + BITMASKS] = end
    if mode:
        base, start, chunk = entry + end, 0, 0
        for ref in range(num_refs):
            for i in range(lengths[ref]):
                index[base + grams[0, start + i] * chunks + chunk + i // BITS] |= 1 << (i % BITS)
            start += lengths[ref]
            chunk += (lengths[ref] + BITS - 1) // BITS
        end += (uniques + 1) * chunks
    return entry + end


@part
def count_clips(index, entry, lengths, merged, grams, counts):
    """How often each n-gram stands in each reference, or in the reference where it stands most often."""
    nodes, orders, clips = index[entry + NODES], index[entry + ORDERS], entry + index[entry + CLIPS]
    start = 0
    for ref in range(lengths.shape[0]):
        for order in range(1, orders + 1):
            for i in range(start, start + lengths[ref] - order + 1):
                counts[grams[order - 1, i]] += 1
        base = clips if merged else clips + ref * nodes
        for node in range(nodes):
            index[base + node] = max(index[base + node], counts[node])
            counts[node] = 0
        start += lengths[ref]
