# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""TER of one text, worked out from nothing: for references and paths that `textgym.kernels.ter_rows` does not do.

Arrays (texts of at most C words, references of at most M words):

grids (3, C + 1, M + 1) int32   edit distances of beginnings and ends of text and reference, see `edits`
lines (8, max(C, M) + 2) int32  what belongs to a word of the text or of the reference, by the names below
"""

from __future__ import annotations

import math

from textgym.kernels.compiler import jit, part

MAX_SHIFT_SIZE, MAX_SHIFT_DIST, MAX_CANDIDATES, BEAM = 10, 50, 1000, 25  # tercom's limits, and sacrebleu's own
FAR = 1 << 28  # a cell that no path within the beam reaches; two of them still fit
FORWARD, BACKWARD, TRIAL = range(3)  # grids
TEXT, MOVED, REFERENCE, ALIGNED, TEXT_ERRORS, REFERENCE_ERRORS, LOW, HIGH = range(8)  # lines


# --- edit distance ---------------------------------------------------------------------------------------


@part
def set_beam(lines, num_text, num_ref):
    """Write the cells [low, high) of each row that count: those around the line from corner to corner."""
    if num_text == 0:
        return
    ratio = num_ref / num_text
    beam = math.ceil(ratio / 2 + BEAM) if ratio / 2 > BEAM else BEAM
    for i in range(1, num_text + 1):
        middle = math.floor(i * ratio)
        lines[LOW, i] = max(0, middle - beam)
        lines[HIGH, i] = min(num_ref + 1, middle + beam)
    lines[HIGH, num_text] = num_ref + 1


@part
def fill(grids, lines, source, target, i, word, num_ref):
    """Row `i` of one grid, `word` being the i-th of the text, from row `i - 1` of another."""
    low, high = lines[LOW, i], lines[HIGH, i]
    for j in range(low):
        grids[target, i, j] = FAR
    for j in range(high, num_ref + 1):
        grids[target, i, j] = FAR
    left = FAR
    if low == 0:
        left = grids[source, i - 1, 0] + 1
        grids[target, i, 0] = left
        low = 1
    diagonal = grids[source, i - 1, low - 1]
    for j in range(low, high):
        above = grids[source, i - 1, j]
        left = min(diagonal + (word != lines[REFERENCE, j]), above + 1, left + 1)
        grids[target, i, j] = left
        diagonal = above


@part
def fill_back(grids, lines, num_text, num_ref):
    """The distances of the ends, within the beam."""
    for i in range(num_text, 0, -1):
        low, high = lines[LOW, i], lines[HIGH, i]
        for j in range(low):
            grids[BACKWARD, i, j] = FAR
        for j in range(high, num_ref + 1):
            grids[BACKWARD, i, j] = FAR
        if i == num_text:
            for j in range(low, high):
                grids[BACKWARD, i, j] = num_ref - j
            continue
        word = lines[TEXT, i]
        right, diagonal = FAR, FAR
        if high == num_ref + 1:
            diagonal = right = grids[BACKWARD, i + 1, num_ref]
            right += 1
            grids[BACKWARD, i, num_ref] = right
            high = num_ref
        else:
            diagonal = grids[BACKWARD, i + 1, high]
        for j in range(high - 1, low - 1, -1):
            below = grids[BACKWARD, i + 1, j]
            right = min(diagonal + (word != lines[REFERENCE, j + 1]), below + 1, right + 1)
            grids[BACKWARD, i, j] = right
            diagonal = below


@part
def align(grids, lines, num_text, num_ref):
    """Follow the best path: to which word of the text each one of the reference goes, and sums of the errors.

    A substitution goes before a deletion, a deletion before an insertion.
    """
    i, j = num_text, num_ref
    while i > 0 or j > 0:
        wrong = 0
        here = grids[FORWARD, i, j]
        if i > 0 and j > 0:
            wrong = 1 if lines[TEXT, i - 1] != lines[REFERENCE, j] else 0
        if i > 0 and j > 0 and here == grids[FORWARD, i - 1, j - 1] + wrong:
            lines[ALIGNED, j - 1] = i - 1
            lines[TEXT_ERRORS, i] = wrong
            lines[REFERENCE_ERRORS, j] = wrong
            i, j = i - 1, j - 1
        elif i > 0 and (j == 0 or here == grids[FORWARD, i - 1, j] + 1):
            lines[TEXT_ERRORS, i] = 1
            i -= 1
        else:
            lines[ALIGNED, j - 1] = i - 1
            lines[REFERENCE_ERRORS, j] = 1
            j -= 1
    lines[TEXT_ERRORS, 0] = lines[REFERENCE_ERRORS, 0] = 0
    for i in range(num_text):
        lines[TEXT_ERRORS, i + 1] += lines[TEXT_ERRORS, i]
    for j in range(num_ref):
        lines[REFERENCE_ERRORS, j + 1] += lines[REFERENCE_ERRORS, j]


# --- shifts ----------------------------------------------------------------------------------------------


@part
def move(lines, num_text, start, length, target):
    """Write what `length` words from `start` on, moved to `target`, change in the text; returns where: [first, end)."""
    if target < start:
        first, cut, end = target, start, start + length  # two neighbouring runs change places
    elif target > start + length:
        first, cut, end = start, start + length, target
    else:
        first, cut, end = start, start + length, min(num_text, target + length)
    for i in range(cut, end):
        lines[MOVED, first + i - cut] = lines[TEXT, i]
    for i in range(first, cut):
        lines[MOVED, end - cut + i] = lines[TEXT, i]
    return first, end


@part
def moved_distance(grids, lines, num_ref, first, end):
    """The edit distance after a move of words [first, end): beginning and end of the grids stay as they are."""
    source = FORWARD
    for i in range(first + 1, end + 1):
        fill(grids, lines, source, TRIAL, i, lines[MOVED, i - 1], num_ref)
        source = TRIAL
    distance = FAR
    for j in range(num_ref + 1):
        distance = min(distance, grids[source, end, j] + grids[BACKWARD, end, j])
    return distance


@jit
def best_shift(grids, lines, num_text, num_ref, weigh):
    """(candidates, gain, start, length, target) of the shift that gains most; gain 0 if none does, or if not `weigh`.

    Candidates are runs of words that stand in the reference too, where both the run and its place there are
    wrong. Of equal gains the longest run counts, then the first, then the leftmost target.
    """
    checked, gain, best_start, best_length, best_target = 0, 0, 0, 0, 0
    before = grids[FORWARD, num_text, num_ref]
    for start in range(min(num_text, num_ref + MAX_SHIFT_DIST)):
        if lines[TEXT, start] < 0:
            continue
        for at in range(max(0, start - MAX_SHIFT_DIST), min(num_ref, start + MAX_SHIFT_DIST + 1)):
            longest = min(MAX_SHIFT_SIZE, num_text - start, num_ref - at)
            length = 0
            while length < longest and lines[TEXT, start + length] == lines[REFERENCE, at + length + 1]:
                length += 1
                if lines[TEXT_ERRORS, start + length] == lines[TEXT_ERRORS, start]:
                    continue
                if lines[REFERENCE_ERRORS, at + length] == lines[REFERENCE_ERRORS, at]:
                    continue
                if start <= lines[ALIGNED, at] < start + length:
                    continue
                previous = -1
                for place in range(at - 1, at + length):
                    target = lines[ALIGNED, place] + 1 if place >= 0 else 0
                    if target == previous:
                        continue
                    previous = target
                    checked += 1
                    if target == start or not weigh:
                        continue
                    first, end = move(lines, num_text, start, length, target)
                    better = before - moved_distance(grids, lines, num_ref, first, end)
                    if better < gain or better == 0:
                        continue
                    if better == gain:
                        if length < best_length or (length == best_length and start > best_start):
                            continue
                        if length == best_length and start == best_start and target >= best_target:
                            continue
                    gain, best_start, best_length, best_target = better, start, length, target
    return checked, gain, best_start, best_length, best_target


@jit
def edits(grids, lines, num_text, num_ref):
    """The edits that turn the words of line TEXT into those of REFERENCE (from 1 on): shifts, then edit distance.

    `grids[FORWARD, i, j]` is the edit distance of the first i words of the text to the first j of the reference,
    `grids[BACKWARD, i, j]` that of the rest to the rest. Shifts are made, the best one first, while they help.
    """
    if num_ref == 0:
        return num_text
    set_beam(lines, num_text, num_ref)
    for j in range(num_ref + 1):
        grids[FORWARD, 0, j] = j
    shifts, checked, first = 0, 0, 0
    while True:
        for i in range(first + 1, num_text + 1):
            fill(grids, lines, FORWARD, FORWARD, i, lines[TEXT, i - 1], num_ref)
        align(grids, lines, num_text, num_ref)
        candidates = best_shift(grids, lines, num_text, num_ref, False)[0]
        checked += candidates
        if candidates == 0 or checked >= MAX_CANDIDATES:  # too many: none of them is made
            return shifts + grids[FORWARD, num_text, num_ref]
        fill_back(grids, lines, num_text, num_ref)
        _, gain, start, length, target = best_shift(grids, lines, num_text, num_ref, True)
        if gain == 0:
            return shifts + grids[FORWARD, num_text, num_ref]
        shifts += 1
        first, end = move(lines, num_text, start, length, target)
        for i in range(first, end):
            lines[TEXT, i] = lines[MOVED, i]
