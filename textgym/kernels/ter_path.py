# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The best path through a table of edit distances, kept in a slot of `textgym.kernels.ter_rows`.

notes (N, S, ALIGNED + 2 * M) int64   what belongs to a slot: see below, and for each word of the reference to which
                                      word of the text the path aligns it, and how
"""

from __future__ import annotations

import math

from textgym.kernels.compiler import part
from textgym.kernels.ter_rows import (
    BEAM,
    BITS,
    DELETES,
    DIAGONAL,
    DISTANCE,
    ENTERED,
    GOOD,
    HEIGHT,
    LIMB,
    PLACES,
    RISES,
    WRONG,
    beam_of,
    bit,
    columns,
    limbs,
)

# notes: number of words; how many of them are as they were before, and when shifts were weighed; the shift that made
# the next slot's text; number of shifts kept; the lengths of text whose beams the rows allow for (0: all);
# the first row where the beam refuses the path a step; then the path
NUM_WORDS, SURE, WEIGHED, MADE, START, LENGTH, STOP, NUM_KEPT, SHORTEST, LONGEST, REFUSED = range(11)
ALIGNED, FAULT = 11, 12  # of the first word of the reference; two further on of the next
RIGHT, SUBSTITUTED, INSERTED = range(3)  # FAULT


@part
def good(cells, row, slot, i, j):
    """Whether `mark` has found a cell good."""
    return j == 0 or bit(cells, row, slot, i, GOOD, j - 1) == 1


@part
def mark(cells, row, slot, num_text, num_ref):
    """Mark the cells that a path within sacrebleu's beam reaches as soon as the rows say; whether the last one is."""
    ratio, beam, low_before = num_ref / num_text, beam_of(num_text, num_ref), 0
    for limb in range(limbs(num_ref)):
        cells[row, slot, 0, GOOD + LIMB * limb] = columns(1, num_ref, limb)
    for i in range(1, num_text + 1):
        middle = math.floor(i * ratio)
        low, high = max(0, middle - beam), min(num_ref + 1, middle + beam) if i < num_text else num_ref + 1
        left_before, left = 1 if low_before == 0 else 0, 1 if low == 0 else 0
        for limb in range(limbs(num_ref)):
            at = LIMB * limb
            within = columns(low, high - 1, limb) & columns(1, num_ref, limb)
            before = cells[row, slot, i - 1, GOOD + at]
            diagonal = ((before << 1) | left_before) & cells[row, slot, i, DIAGONAL + at]
            found = (diagonal | (before & cells[row, slot, i, DELETES + at])) & within
            rises = cells[row, slot, i, RISES + at] & columns(low + 1, high - 1, limb)
            first = ((found << 1) | left) & rises
            found |= (((first + rises) ^ rises) | first) & rises
            cells[row, slot, i, GOOD + at] = found
            left_before, left = (before >> (BITS - 1)) & 1, (found >> (BITS - 1)) & 1
        low_before = low
    return good(cells, row, slot, num_text, num_ref)


@part
def align(cells, notes, row, slot, same, num_text, num_ref, marked):
    """Follow the best path within sacrebleu's beam from the end, until it meets that of the slot's text before.

    A substitution goes before a deletion, a deletion before an insertion. Returns whether there is a path within the
    beam that is as short as the rows say: surely, if the cells are `marked`, or else unless it goes astray. Below the
    last row where the beam has refused a step, the path is what it would be without a beam; so only there is it the one
    before that it meets.
    """
    bound, ratio, beam, refused = num_ref >= BEAM, 0.0, BEAM, num_text + 1
    low = low_before = 0
    high_before = num_ref + 1
    if bound and num_text > 0:
        ratio, beam = num_ref / num_text, beam_of(num_text, num_ref)
        low_before = max(0, math.floor(num_text * ratio) - beam)
    i, j, height = num_text, num_ref, cells[row, slot, num_text, DISTANCE]
    while i > 0:
        if i <= same and cells[row, slot, i, ENTERED] == j and i < notes[row, slot, REFUSED]:
            break
        cells[row, slot, i, ENTERED], cells[row, slot, i, HEIGHT] = j, height
        if bound:
            low, low_before, high_before = low_before, 0, num_ref + 1
            if i > 1:
                middle = math.floor((i - 1) * ratio)
                low_before, high_before = max(0, middle - beam), min(num_ref + 1, middle + beam)
        wrong = 1
        while j > 0:
            limb = (j - 1) // BITS if j > BITS else 0
            at = j - 1 - BITS * limb
            if (cells[row, slot, i, DIAGONAL + LIMB * limb] >> at) & 1:
                if low_before < j <= high_before and (not marked or good(cells, row, slot, i - 1, j - 1)):
                    j -= 1
                    wrong = 1 - ((cells[row, slot, i, PLACES + LIMB * limb] >> at) & 1)
                    notes[row, slot, ALIGNED + 2 * j] = i - 1
                    notes[row, slot, FAULT + 2 * j] = SUBSTITUTED if wrong else RIGHT
                    break
                refused = i
            if (cells[row, slot, i, DELETES + LIMB * limb] >> at) & 1:
                if low_before <= j < high_before and (not marked or good(cells, row, slot, i - 1, j)):
                    break
                refused = i
            if j == low or not (cells[row, slot, i, RISES + LIMB * limb] >> at) & 1:
                return False
            j -= 1
            height -= 1
            notes[row, slot, ALIGNED + 2 * j] = i - 1
            notes[row, slot, FAULT + 2 * j] = INSERTED
        cells[row, slot, i, WRONG] = wrong
        height -= wrong
        i -= 1
    if i == 0:
        for before in range(j):
            notes[row, slot, ALIGNED + 2 * before] = -1
            notes[row, slot, FAULT + 2 * before] = INSERTED
    notes[row, slot, REFUSED] = 0 if marked else refused
    return True


@part
def within_beam(notes, row, slot, num_text, num_ref):
    """Whether sacrebleu's beam holds the path: in each column, the highest and the lowest cell."""
    if num_ref < BEAM or num_text == 0:
        return True
    ratio, beam = num_ref / num_text, beam_of(num_text, num_ref)
    first = 0
    for j in range(num_ref + 1):
        last, after = num_text, num_text
        if j < num_ref:
            after = notes[row, slot, ALIGNED + 2 * j] + 1
            last = after if notes[row, slot, FAULT + 2 * j] == INSERTED else after - 1
        if last > 0:
            top = max(first, 1)
            if j >= beam and top < num_text and j >= math.floor(top * ratio) + beam:
                return False
            if j + beam < num_ref and j < math.floor(last * ratio) - beam:
                return False
        first = after
    return True
