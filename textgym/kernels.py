# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The inner loops of the metrics: restricted Python over int64 arrays, compiled by numba where it is installed.

With the environment variable TEXTGYM_NO_JIT=1, or without numba, the same functions run as plain Python and
give the same numbers. Nothing here is imported before the first scorer is made; `python -m textgym.kernels`
compiles everything ahead of time into numba's cache.

Arrays (all int64 unless said otherwise):

table (slots, 4)   transitions, open addressing: [state * 2**32 + token + 1 or 0, next state, span start, length]
info (states, 4)   per state: its open words (start, length), and its words once a break closes it (start,
                   length; length -1: not worked out yet, -2: a break does not close it)
pool (P,)          word ids; a span is a stretch of it
breaks (V,)        per token: 1 if it closes whatever stood before it, 2 if not, 0 if not known yet
index (I,)         n-grams of the references, one entry per example, see `build_entry`
rows (N, K)        per text: [state, entry, head, tentative head, used counts]; a head is
                   [number of words, suffix nodes by order, hits by reference and order, LCS by reference, bits]
params (float64)   the metric: [kind, options...]
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np

COMPILED = os.environ.get("TEXTGYM_NO_JIT", "") in ("", "0")
"""Whether the kernels are compiled in this process."""
if COMPILED:
    try:
        import numba
    except ImportError:
        COMPILED = False


def jit(function: Callable[..., Any]) -> Any:
    """`function`, compiled if numba is there.

    Without numba's reference counts, which took three quarters of the time: so it may not make arrays.
    """
    return numba.njit(cache=True, error_model="numpy", _nrt=False)(function) if COMPILED else function


def making(function: Callable[..., Any]) -> Any:
    """`jit` of a function that makes arrays."""
    return numba.njit(cache=True, error_model="numpy")(function) if COMPILED else function


def part(function: Callable[..., Any]) -> Any:
    """`function`, compiled into those that call it: passing six arrays on costs more than most of these do."""
    return numba.njit(forceinline=True, error_model="numpy", _nrt=False)(function) if COMPILED else function


BREAK = 1  # the state after a break, in every stream
BITS = 62  # LCS bits to an int64: the sum of two such numbers and a carry does not overflow
HEAD = 2  # where the head starts in a row
NUM_REFS, MASK, SLOTS, CLIPS, BITMASKS, CHUNKS, NODES, ORDERS, COUNTED, MODE, LENGTHS = range(11)  # of an entry
LCS, PREFIX = 1, 2  # modes: what the bit masks serve
ROUGE, BLEU, CHRF, F1, EXACT = range(5)  # kinds
NO_SMOOTHING, FLOOR, ADD_K, EXP = range(4)


# --- transitions -----------------------------------------------------------------------------------------


@part
def find(table, state, token):
    """The slot of a transition, or minus one, minus the free slot where it belongs."""
    mask = table.shape[0] - 1
    key = state * 4294967296 + token + 1
    mixed = state * 2654435 + token * 40503
    slot = (mixed ^ (mixed >> 12)) & mask
    while table[slot, 0] != key:
        if table[slot, 0] == 0:
            return -1 - slot
        slot = (slot + 1) & mask
    return slot


@jit
def known(table, state, token):
    """Whether the table has this transition."""
    return find(table, state, token) >= 0


@jit
def insert(table, state, token, after, start, length):
    """Enter a transition, or change it."""
    slot = find(table, state, token)
    if slot < 0:
        slot = -1 - slot
    table[slot, 0] = state * 4294967296 + token + 1
    table[slot, 1] = after
    table[slot, 2] = start
    table[slot, 3] = length


@jit
def rehash(old, new):
    """Enter all transitions of one table in another, larger one."""
    for slot in range(old.shape[0]):
        key = old[slot, 0]
        if key != 0:
            insert(new, key >> 32, (key & 4294967295) - 1, old[slot, 1], old[slot, 2], old[slot, 3])


@part
def transition(table, info, breaks, state, token):
    """(slot, whether a break closes `state` first); the slot is negative where something is not known yet."""
    if token < 0 or token >= breaks.shape[0] or breaks[token] == 0:
        return -1, False
    if breaks[token] == 1 and info[state, 3] != -2:
        if info[state, 3] == -1:
            return -1, False
        return find(table, BREAK, token), True
    return find(table, state, token), False


@jit
def cross(table, info, breaks, states, tokens, active, first, flags):
    """Move each active row's state by its token, from row `first`; `flags`: did it close a word.

    Returns the number of rows done; that row's transition is missing if it is not all of them.
    """
    for row in range(first, states.shape[0]):
        if not active[row]:
            flags[row] = False
            continue
        state = states[row]
        slot, broke = transition(table, info, breaks, state, tokens[row])
        if slot < 0:
            return row
        flags[row] = table[slot, 3] > 0 or (broke and info[state, 3] > 0)
        states[row] = table[slot, 1]
    return states.shape[0]


# --- n-grams of the references ---------------------------------------------------------------------------


@jit
def entry_size(num_words, num_refs, chunks, orders, counted):
    """An upper bound of the space that `build_entry` needs."""
    nodes = num_words * orders + 1
    slots = 8
    while slots < 2 * nodes:
        slots *= 2
    return LENGTHS + num_refs + 2 * slots + counted * nodes + (num_words + 1) * chunks


@part
def child(index, entry, node, word):
    """The node of the n-gram `node` + `word`, or -1."""
    mask = index[entry + MASK]
    base = entry + index[entry + SLOTS]
    key = node * 4294967296 + word + 1
    mixed = node * 2654435 + word * 40503
    slot = (mixed ^ (mixed >> 12)) & mask
    while index[base + 2 * slot] != key:
        if index[base + 2 * slot] == 0:
            return -1
        slot = (slot + 1) & mask
    return index[base + 2 * slot + 1]


@jit
def add_child(index, entry, node, word, fresh):
    """`child`, entered as `fresh` if it is new."""
    mask = index[entry + MASK]
    base = entry + index[entry + SLOTS]
    key = node * 4294967296 + word + 1
    mixed = node * 2654435 + word * 40503
    slot = (mixed ^ (mixed >> 12)) & mask
    while index[base + 2 * slot] != 0:
        if index[base + 2 * slot] == key:
            return index[base + 2 * slot + 1]
        slot = (slot + 1) & mask
    index[base + 2 * slot] = key
    index[base + 2 * slot + 1] = fresh
    return fresh


@making
def build_entry(index, entry, words, lengths, orders, merged, mode):
    """Write the n-grams of the references at `index[entry:]`, which is zero, and return where the entry ends.

    A node is an n-gram; node 0 is the empty one, the words are nodes 1 to U, and the child of a node by a word
    is the n-gram one longer. Each reference has its own clip counts, or all share their largest (`merged`).
    `words` is all references end to end, `lengths` (R,) their lengths.
    """
    num_refs, num_words = lengths.shape[0], words.shape[0]
    slots = 8
    while slots < 2 * (num_words * orders + 1):
        slots *= 2
    index[entry + NUM_REFS], index[entry + MASK], index[entry + ORDERS] = num_refs, slots - 1, orders
    index[entry + MODE] = mode
    counted = 1 if merged else num_refs
    index[entry + COUNTED] = counted
    chunks = 0
    for ref in range(num_refs):
        index[entry + LENGTHS + ref] = lengths[ref]
        chunks += (lengths[ref] + BITS - 1) // BITS
    index[entry + CHUNKS] = chunks if mode else 0
    index[entry + SLOTS] = LENGTHS + num_refs
    clips = LENGTHS + num_refs + 2 * slots
    index[entry + CLIPS] = clips
    node_at = np.zeros(num_words, dtype=np.int64)
    nodes, uniques = 1, 0
    for order in range(1, orders + 1):
        start = 0
        for ref in range(num_refs):
            for i in range(start, start + lengths[ref] - order + 1):
                node = add_child(index, entry, node_at[i], words[i + order - 1], nodes)
                nodes += node == nodes
                node_at[i] = node
            start += lengths[ref]
        if order == 1:
            uniques = nodes - 1
    index[entry + NODES] = nodes
    count_clips(index, entry, words, lengths, merged)
    end = clips + counted * nodes
    index[entry + BITMASKS] = end
    if mode:
        base, start, chunk = entry + end, 0, 0
        for ref in range(num_refs):
            for i in range(lengths[ref]):
                node = child(index, entry, 0, words[start + i])
                index[base + node * chunks + chunk + i // BITS] |= 1 << (i % BITS)
            start += lengths[ref]
            chunk += (lengths[ref] + BITS - 1) // BITS
        end += (uniques + 1) * chunks
    return entry + end


@making
def count_clips(index, entry, words, lengths, merged):
    """How often each n-gram stands in each reference, or in the reference where it stands most often."""
    nodes, orders = index[entry + NODES], index[entry + ORDERS]
    clips = entry + index[entry + CLIPS]
    counts = np.zeros(nodes, dtype=np.int64)
    start = 0
    for ref in range(lengths.shape[0]):
        counts[:] = 0
        for i in range(lengths[ref]):
            node = 0
            for k in range(min(orders, lengths[ref] - i)):
                node = child(index, entry, node, words[start + i + k])
                counts[node] += 1
        base = clips if merged else clips + ref * nodes
        for node in range(nodes):
            index[base + node] = max(index[base + node], counts[node])
        start += lengths[ref]


# --- texts -----------------------------------------------------------------------------------------------


@part
def head_size(index, entry):
    """The length of a row's head while it works on `entry`."""
    orders, num_refs = index[entry + ORDERS], index[entry + NUM_REFS]
    return 1 + orders + index[entry + COUNTED] * orders + num_refs + index[entry + CHUNKS]


@part
def row_size(index, entry):
    """The length of a row while it works on `entry`."""
    return HEAD + 2 * head_size(index, entry) + index[entry + NODES]


@jit
def sizes(index, entry):
    """(`head_size`, `row_size`) of an entry."""
    return head_size(index, entry), row_size(index, entry)


@part
def clear(index, rows, row, entry, state):
    """Row `row` starts afresh on `entry`, in stream state `state`."""
    rows[row, : row_size(index, entry)] = 0
    rows[row, 0] = state
    rows[row, 1] = entry
    orders, num_refs = index[entry + ORDERS], index[entry + NUM_REFS]
    for k in range(1, orders + 1):
        rows[row, HEAD + k] = -1
    if index[entry + MODE] == LCS:
        at = HEAD + 1 + orders + index[entry + COUNTED] * orders + num_refs
        for ref in range(num_refs):
            left = index[entry + LENGTHS + ref]
            while left > 0:
                rows[row, at] = (1 << min(left, BITS)) - 1
                left -= BITS
                at += 1


@jit
def reset_row(index, rows, row, entry, state):
    """`clear` of one row."""
    clear(index, rows, row, entry, state)


@jit
def reset_rows(index, rows, which, entries, state):
    """`clear` of each row of `which`, on its entry."""
    for i in range(which.shape[0]):
        clear(index, rows, which[i], entries[i], state)


@part
def put(index, rows, row, head, word, keep):
    """One more word for the head at `head`: suffix n-grams, clipped hits, LCS; used counts if they are to `keep`."""
    entry = rows[row, 1]
    orders, nodes, counted = index[entry + ORDERS], index[entry + NODES], index[entry + COUNTED]
    before = rows[row, head]
    rows[row, head] = before + 1
    unigram = child(index, entry, 0, word)
    if unigram < 0:
        for k in range(1, orders):
            rows[row, head + k] = -1
        return
    clips = entry + index[entry + CLIPS]
    hits = head + orders
    used = HEAD + 2 * head_size(index, entry)
    for k in range(orders, 0, -1):
        node = unigram
        if k > 1:
            node = rows[row, head + k - 1]
            if node >= 0:
                node = child(index, entry, node, word)
        rows[row, head + k] = node
        if node > 0:
            count = rows[row, used + node]
            if keep:
                rows[row, used + node] = count + 1
            for ref in range(counted):
                if count < index[clips + ref * nodes + node]:
                    rows[row, hits + ref * orders + k] += 1
    mode = index[entry + MODE]
    if mode == LCS:
        put_lcs(index, rows, row, head, unigram)
    elif mode == PREFIX:
        put_prefix(index, rows, row, head, unigram, before)


@part
def put_lcs(index, rows, row, head, unigram):
    """Bit-parallel LCS (Hyyroe 2004): zeros are matches, and a carry out of the top is one more of them."""
    entry = rows[row, 1]
    chunks, num_refs, orders = index[entry + CHUNKS], index[entry + NUM_REFS], index[entry + ORDERS]
    matches = entry + index[entry + BITMASKS] + unigram * chunks
    length_at = head + 1 + orders + index[entry + COUNTED] * orders
    at = length_at + num_refs
    for ref in range(num_refs):
        left = index[entry + LENGTHS + ref]
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
def put_prefix(index, rows, row, head, unigram, position):
    """How many words the text and each reference share at the beginning, `position` being the new word's place."""
    entry = rows[row, 1]
    chunks, num_refs, orders = index[entry + CHUNKS], index[entry + NUM_REFS], index[entry + ORDERS]
    matches = entry + index[entry + BITMASKS] + unigram * chunks
    length_at = head + 1 + orders + index[entry + COUNTED] * orders
    for ref in range(num_refs):
        length = index[entry + LENGTHS + ref]
        if position < length and rows[row, length_at + ref] == position:
            rows[row, length_at + ref] += (index[matches + position // BITS] >> (position % BITS)) & 1
        matches += (length + BITS - 1) // BITS


@part
def take_back(index, rows, row, head, word):
    """Undo what `put` did to the used counts; the head itself is thrown away."""
    entry = rows[row, 1]
    orders = index[entry + ORDERS]
    unigram = child(index, entry, 0, word)
    if unigram < 0:
        for k in range(1, orders):
            rows[row, head + k] = -1
        return
    used = HEAD + 2 * head_size(index, entry)
    for k in range(orders, 0, -1):
        node = unigram
        if k > 1:
            node = rows[row, head + k - 1]
            if node >= 0:
                node = child(index, entry, node, word)
        rows[row, head + k] = node
        if node > 0:
            rows[row, used + node] -= 1


@part
def look_ahead(info, pool, index, rows, row):
    """(head, number of words) with the open words counted.

    The head is the tentative one, filled here, if there are open words; a single one that stands in no reference
    only counts as a word.
    """
    start, length = info[rows[row, 0], 0], info[rows[row, 0], 1]
    if length == 0:
        return HEAD, rows[row, HEAD]
    if length == 1 and child(index, rows[row, 1], 0, pool[start]) < 0:
        return HEAD, rows[row, HEAD] + 1
    size = head_size(index, rows[row, 1])
    tentative = HEAD + size
    for i in range(size):
        rows[row, tentative + i] = rows[row, HEAD + i]
    for i in range(start, start + length):
        put(index, rows, row, tentative, pool[i], length > 1)
    if length > 1:  # a single word cannot use up what it counts itself
        for k in range(1, index[rows[row, 1] + ORDERS] + 1):
            rows[row, tentative + k] = rows[row, HEAD + k]
        for i in range(start, start + length):
            take_back(index, rows, row, tentative, pool[i])
    return tentative, rows[row, tentative]


@part
def push(table, info, pool, breaks, index, rows, row, token):
    """One token for row `row`: its state moves, the words it closes are put. False if a transition is missing."""
    state = rows[row, 0]
    slot, broke = transition(table, info, breaks, state, token)
    if slot < 0:
        return False
    if broke:
        for i in range(info[state, 2], info[state, 2] + info[state, 3]):
            put(index, rows, row, HEAD, pool[i], True)
    for i in range(table[slot, 2], table[slot, 2] + table[slot, 3]):
        put(index, rows, row, HEAD, pool[i], True)
    rows[row, 0] = table[slot, 1]
    return True


# --- scores ----------------------------------------------------------------------------------------------


@part
def f_measure(matches, predicted, expected):
    """F1 of counts; 0 where nothing matches."""
    if matches == 0:
        return 0.0
    return 2.0 * matches / (predicted + expected)  # 2PR / (P + R), with one division in place of three


@part
def rouge_score(params, index, rows, row, head, num_words):
    """The mean over the types (params[2:], 0 for L) of the best F1 over the references."""
    entry = rows[row, 1]
    orders, num_refs = index[entry + ORDERS], index[entry + NUM_REFS]
    lcs = head + 1 + orders + num_refs * orders
    total, num_types = 0.0, int(params[1])
    for i in range(num_types):
        n = int(params[2 + i])
        best = 0.0
        for ref in range(num_refs):
            length = index[entry + LENGTHS + ref]
            if n == 0:
                score = f_measure(rows[row, lcs + ref], num_words, length)
            else:
                score = f_measure(rows[row, head + ref * orders + orders + n], num_words - n + 1, length - n + 1)
            best = max(best, score)
        total += best
    return total / num_types


@part
def bleu_score(params, index, rows, row, head, num_words):
    """sacrebleu's sentence BLEU / 100; params[1:] are smoothing method, its value, effective order."""
    entry = rows[row, 1]
    orders = index[entry + ORDERS]
    method, value, effective = int(params[1]), params[2], params[3] != 0.0
    hits = head + orders
    matched = False
    for k in range(1, orders + 1):
        matched = matched or rows[row, hits + k] > 0
    if not matched:
        return 0.0
    closest = index[entry + LENGTHS]
    for ref in range(1, index[entry + NUM_REFS]):
        length = index[entry + LENGTHS + ref]
        nearer = abs(length - num_words) - abs(closest - num_words)
        if nearer < 0 or (nearer == 0 and length < closest):
            closest = length
    penalty = math.exp(1 - closest / num_words) if num_words < closest else 1.0
    smooth, last, product = 1.0, orders, 1.0
    for n in range(1, orders + 1):
        correct, total = float(rows[row, hits + n]), float(max(num_words - n + 1, 0))
        if method == ADD_K and n > 1:
            correct += value
            total += value
        precision = 0.0
        if total > 0.0:
            if effective:
                last = n
            if correct > 0.0:
                precision = correct / total
            elif method == EXP:
                smooth *= 2.0
                precision = 1.0 / (smooth * total)
            elif method == FLOOR:
                precision = value / total
        elif effective:
            break
        else:
            return 0.0
        if precision == 0.0:
            return 0.0
        product *= precision
    return penalty * math.exp(math.log(product) / last)


@part
def chrf_sums(index, rows, row, head, num_words, ref, precision, recall, effective):
    """The three sums of chrF over orders (precision, recall, how many count), one side's orders added.

    They go on term by term, in sacrebleu's order, so that they round as its own.
    """
    entry = rows[row, 1]
    orders, length = index[entry + ORDERS], index[entry + LENGTHS + ref]
    for k in range(1, min(orders, num_words, length) + 1):
        matches = rows[row, head + orders + ref * orders + k]
        precision += matches / (num_words - k + 1)
        recall += matches / (length - k + 1)
        effective += 1
    return precision, recall, effective


@part
def chrf_f(beta, precision, recall, effective):
    """chrF's F-score from sums over orders."""
    if effective == 0 or precision + recall == 0.0:
        return 0.0
    precision, recall, factor = precision / effective, recall / effective, beta**2
    return (1 + factor) * precision * recall / (factor * precision + recall)


@part
def chrf_score(params, index, rows, row, head, num_words):
    """sacrebleu's sentence chrF / 100: the best over the references; params[1] is beta."""
    best = 0.0
    for ref in range(index[rows[row, 1] + NUM_REFS]):
        precision, recall, effective = chrf_sums(index, rows, row, head, num_words, ref, 0.0, 0.0, 0)
        best = max(best, chrf_f(params[1], precision, recall, effective))
    return best


@part
def f1_score(index, rows, row, head, num_words):
    """SQuAD's token F1: the best over the references."""
    entry = rows[row, 1]
    best = 0.0
    for ref in range(index[entry + NUM_REFS]):
        matches = rows[row, head + 2 + ref]  # one order: the hits follow the single node
        best = max(best, f_measure(matches, num_words, index[entry + LENGTHS + ref]))
    return best


@part
def exact_score(index, rows, row, head, num_words):
    """1 if the words are those of one of the references, else 0."""
    entry = rows[row, 1]
    num_refs = index[entry + NUM_REFS]
    shared = head + 2 + num_refs
    for ref in range(num_refs):
        if num_words == index[entry + LENGTHS + ref] and rows[row, shared + ref] == num_words:
            return 1.0
    return 0.0


@part
def score(info, pool, index, rows, params, row):
    """The score of row `row` now, its open words included."""
    head, num_words = look_ahead(info, pool, index, rows, row)
    kind = int(params[0])
    if kind == ROUGE:
        return rouge_score(params, index, rows, row, head, num_words)
    if kind == BLEU:
        return bleu_score(params, index, rows, row, head, num_words)
    if kind == CHRF:
        return chrf_score(params, index, rows, row, head, num_words)
    if kind == F1:
        return f1_score(index, rows, row, head, num_words)
    return exact_score(index, rows, row, head, num_words)


@part
def score_pair(info, pool, index, rows, info_2, pool_2, index_2, rows_2, params, row):
    """chrF++ of row `row`: characters in the first bundle, words in the second."""
    head, size = look_ahead(info, pool, index, rows, row)
    head_2, size_2 = look_ahead(info_2, pool_2, index_2, rows_2, row)
    best = 0.0
    for ref in range(index[rows[row, 1] + NUM_REFS]):
        sums = chrf_sums(index, rows, row, head, size, ref, 0.0, 0.0, 0)
        sums = chrf_sums(index_2, rows_2, row, head_2, size_2, ref, sums[0], sums[1], sums[2])
        best = max(best, chrf_f(params[1], sums[0], sums[1], sums[2]))
    return best


@jit
def score_pair_row(info, pool, index, rows, info_2, pool_2, index_2, rows_2, params, row):
    """`score_pair` of one row."""
    return score_pair(info, pool, index, rows, info_2, pool_2, index_2, rows_2, params, row)


@jit
def score_pairs(info, pool, index, rows, info_2, pool_2, index_2, rows_2, params, which, scores):
    """`scores[i]` of row `which[i]`, by `score_pair`."""
    for i in range(which.shape[0]):
        scores[i] = score_pair(info, pool, index, rows, info_2, pool_2, index_2, rows_2, params, which[i])


# --- what the scorers call -------------------------------------------------------------------------------


@jit
def step(table, info, pool, breaks, index, rows, params, row, token):
    """`push` and `score` of one row; -1 if a transition is missing."""
    if not push(table, info, pool, breaks, index, rows, row, token):
        return -1.0
    return score(info, pool, index, rows, params, row)


@jit
def push_row(table, info, pool, breaks, index, rows, row, token):
    """`push` of one row."""
    return push(table, info, pool, breaks, index, rows, row, token)


@jit
def score_row(info, pool, index, rows, params, row):
    """`score` of one row."""
    return score(info, pool, index, rows, params, row)


@jit
def push_rows(table, info, pool, breaks, index, rows, tokens, active, first):
    """`push` for each active row from `first` on; returns the row that lacks a transition, or N."""
    for row in range(first, tokens.shape[0]):
        if active[row] and not push(table, info, pool, breaks, index, rows, row, tokens[row]):
            return row
    return tokens.shape[0]


@jit
def step_rows(table, info, pool, breaks, index, rows, params, tokens, active, first, scores):
    """`push_rows`, and the scores of the rows that are done, the inactive ones too."""
    for row in range(first, tokens.shape[0]):
        if active[row] and not push(table, info, pool, breaks, index, rows, row, tokens[row]):
            return row
        scores[row] = score(info, pool, index, rows, params, row)
    return tokens.shape[0]


@jit
def score_rows(info, pool, index, rows, params, which, scores):
    """`scores[i]` of row `which[i]`."""
    for i in range(which.shape[0]):
        scores[i] = score(info, pool, index, rows, params, which[i])


@jit
def push_tokens(table, info, pool, breaks, index, rows, row, tokens, first):
    """`push` of `tokens[first:]`, one after the other, on one row; returns how many are done."""
    for i in range(first, tokens.shape[0]):
        if not push(table, info, pool, breaks, index, rows, row, tokens[i]):
            return i
    return tokens.shape[0]


def main() -> None:
    """Compile every kernel into numba's cache."""
    import time

    from textgym.rewards.warm import warm_up

    start = time.perf_counter()
    warm_up()
    print(f"kernels {'compiled' if COMPILED else 'interpreted'}, ready in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    # Run under its own name: what is compiled in `__main__` would not be found in the cache by others.
    from textgym.kernels import main as _main

    _main()
