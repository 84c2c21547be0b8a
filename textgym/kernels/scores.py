# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The scores of texts from the counts in their rows.

params (float64)   the metric: [kind, options...]
"""

from __future__ import annotations

import math

from textgym.kernels.compiler import part
from textgym.kernels.index import LENGTHS, NUM_REFS, ORDERS
from textgym.kernels.rows import COPY, look_ahead

ROUGE, BLEU, CHRF, F1, EXACT, BEGINNING = range(6)  # kinds
NO_SMOOTHING, FLOOR, ADD_K, EXP = range(4)


@part
def f_measure(matches, predicted, expected):
    """F1 of counts; 0 where nothing matches."""
    # 2PR / (P + R), with one division in place of three. Without a match the sum may be anything; a branch for that
    # would cost more than the division.
    return 2.0 * matches / max(predicted + expected, 1)


@part
def rouge_score(params, rows, row, head, num_words):
    """The mean over the types (params[2:], 0 for L) of the best F1 over the references."""
    orders, num_refs = rows[row, COPY + ORDERS], rows[row, COPY + NUM_REFS]
    lcs = head + 1 + orders + num_refs * orders
    total, num_types = 0.0, int(params[1])
    for i in range(num_types):
        n = int(params[2 + i])
        best = 0.0
        for ref in range(num_refs):
            length = rows[row, COPY + LENGTHS + ref]
            if n == 0:
                score = f_measure(rows[row, lcs + ref], num_words, length)
            else:
                score = f_measure(rows[row, head + ref * orders + orders + n], num_words - n + 1, length - n + 1)
            best = max(best, score)
        total += best
    return total / num_types


@part
def bleu_score(params, rows, row, head, num_words):
    """sacrebleu's sentence BLEU / 100; params[1:] are smoothing method, its value, effective order."""
    orders = rows[row, COPY + ORDERS]
    method, value, effective = int(params[1]), params[2], params[3] != 0.0
    hits = head + orders
    matched = False
    for k in range(1, orders + 1):
        matched = matched or rows[row, hits + k] > 0
    if not matched:
        return 0.0
    closest = rows[row, COPY + LENGTHS]
    for ref in range(1, rows[row, COPY + NUM_REFS]):
        length = rows[row, COPY + LENGTHS + ref]
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
def chrf_sums(rows, row, head, num_words, ref, precision, recall, effective):
    """The three sums of chrF over orders (precision, recall, how many count), one side's orders added.

    They go on term by term, in sacrebleu's order, so that they round as its own.
    """
    orders, length = rows[row, COPY + ORDERS], rows[row, COPY + LENGTHS + ref]
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
def chrf_score(params, rows, row, head, num_words):
    """sacrebleu's sentence chrF / 100: the best over the references; params[1] is beta."""
    best = 0.0
    for ref in range(rows[row, COPY + NUM_REFS]):
        precision, recall, effective = chrf_sums(rows, row, head, num_words, ref, 0.0, 0.0, 0)
        best = max(best, chrf_f(params[1], precision, recall, effective))
    return best


@part
def f1_score(rows, row, head, num_words):
    """SQuAD's token F1: the best over the references."""
    best = 0.0
    for ref in range(rows[row, COPY + NUM_REFS]):
        matches = rows[row, head + 2 + ref]  # one order: the hits follow the single node
        best = max(best, f_measure(matches, num_words, rows[row, COPY + LENGTHS + ref]))
    return best


@part
def exact_score(rows, row, head, num_words):
    """1 if the words are those of one of the references, else 0."""
    num_refs = rows[row, COPY + NUM_REFS]
    shared = head + 2 + num_refs
    for ref in range(num_refs):
        if num_words == rows[row, COPY + LENGTHS + ref] and rows[row, shared + ref] == num_words:
            return 1.0
    return 0.0


@part
def beginning_score(rows, row, head):
    """How many words of a reference the text begins with, as a share of all; the best over the references."""
    num_refs, best = rows[row, COPY + NUM_REFS], 0.0
    shared = head + 2 + num_refs
    for ref in range(num_refs):
        best = max(best, rows[row, shared + ref] / max(rows[row, COPY + LENGTHS + ref], 1))
    return best


@part
def score(pool, index, rows, params, row):
    """The score of row `row` now, its open words included."""
    head, num_words = look_ahead(pool, index, rows, row)
    kind = int(params[0])
    if kind == ROUGE:
        return rouge_score(params, rows, row, head, num_words)
    if kind == BLEU:
        return bleu_score(params, rows, row, head, num_words)
    if kind == CHRF:
        return chrf_score(params, rows, row, head, num_words)
    if kind == F1:
        return f1_score(rows, row, head, num_words)
    if kind == BEGINNING:
        return beginning_score(rows, row, head)
    return exact_score(rows, row, head, num_words)


@part
def score_pair(pool, index, rows, pool_2, index_2, rows_2, params, row):
    """chrF++ of row `row`: characters in the first bundle, words in the second."""
    head, size = look_ahead(pool, index, rows, row)
    head_2, size_2 = look_ahead(pool_2, index_2, rows_2, row)
    best = 0.0
    for ref in range(rows[row, COPY + NUM_REFS]):
        sums = chrf_sums(rows, row, head, size, ref, 0.0, 0.0, 0)
        sums = chrf_sums(rows_2, row, head_2, size_2, ref, sums[0], sums[1], sums[2])
        best = max(best, chrf_f(params[1], sums[0], sums[1], sums[2]))
    return best
