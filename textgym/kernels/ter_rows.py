# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The edit distance of a text that grows, and its path: rows as bits, kept from one text to the next.

A row of the table of edit distances is two numbers of bits: where it rises and where it falls by one from one word of
the reference to the next; a word of the text moves the row on in some twenty operations (Myers 1999, in the form of
Hyyrö 2003). That holds for references of at most `LONGEST` words, and without the beam of sacrebleu's edit distance.
A path that lies within the beam is the one that sacrebleu finds there, so `within_beam` is enough of a check.

A *slot* keeps a text and what was worked out for it. When another text comes to the slot, its leading words mostly are
the same, and so are the rows behind them, the path from where it meets the old one, and the rows of the rest of the
text from where they are the old ones.

cells (N, S, C + 1, CELLS) int64   S slots of C words: what belongs to the i-th word and the row after it, see below
notes (N, S, NOTES) int64          what belongs to a slot, see below
"""

from __future__ import annotations

import math

from textgym.kernels.compiler import part
from textgym.kernels.ter_grids import BEAM

LONGEST = 62  # words of a reference: the sum of two rows and a carry fit into 64 bits
# cells: the places of the word in the reference, and counted from its end; the row's rises and falls, where the last
# step is diagonal or deletes the word, its last distance; rises and falls of the row of the rest, counted from the
# end; where the path enters the row, and whether the word is wrong there.
PLACES, PLACES_BACK, RISES, FALLS, DIAGONAL, DELETES, DISTANCE, RISES_BACK, FALLS_BACK, ENTERED, WRONG = range(11)
CELLS = 11
# notes: number of words; how many of them are as they were before, and when shifts were weighed; the shift that made
# the next slot's text; number of shifts kept; then the path by words of the reference, then these shifts.
NUM_WORDS, SURE, WEIGHED, MADE, START, LENGTH, STOP, NUM_KEPT = range(8)
ALIGNED = 8
FAULT = ALIGNED + LONGEST
KEPT = FAULT + LONGEST
MAX_KEPT = 64
# trial, and the shifts kept: run, target, where the moved words end, the row before the run and the row behind all, and
# the distance less the words of the text.
RUN, SIZE, TARGET, REACH, RISES_BEFORE, FALLS_BEFORE, RISES_BEHIND, FALLS_BEHIND, SURPLUS = range(9)
WIDE = 9
NOTES = KEPT + WIDE * MAX_KEPT
RIGHT, SUBSTITUTED, INSERTED = range(3)  # FAULT


# --- rows --------------------------------------------------------------------------------------------------


@part
def advance(places, rises, falls, full):
    """The row after one more word, which stands at `places` of the reference."""
    level = (((places & rises) + rises) ^ rises) | places | falls
    up = ((falls | (full & ~(level | rises))) << 1) | 1
    down = (rises & level) << 1
    return (down | ~(level | up)) & full, up & level & full


@part
def fill(cells, row, slot, same, num_text, num_ref):
    """Rows `same + 1` to `num_text`."""
    full = (1 << num_ref) - 1
    if same == 0:
        cells[row, slot, 0, RISES] = full
        cells[row, slot, 0, FALLS] = 0
        cells[row, slot, 0, DISTANCE] = num_ref
    rises, falls = cells[row, slot, same, RISES], cells[row, slot, same, FALLS]
    distance = cells[row, slot, same, DISTANCE]
    for i in range(same + 1, num_text + 1):
        places = cells[row, slot, i, PLACES]
        level = (((places & rises) + rises) ^ rises) | places | falls
        up = falls | (full & ~(level | rises))
        down = rises & level
        cells[row, slot, i, DELETES] = up
        cells[row, slot, i, DIAGONAL] = places | (full & ~level)
        distance += ((up >> (num_ref - 1)) & 1) - ((down >> (num_ref - 1)) & 1)
        up = (up << 1) | 1
        rises, falls = ((down << 1) | ~(level | up)) & full, up & level & full
        cells[row, slot, i, RISES] = rises
        cells[row, slot, i, FALLS] = falls
        cells[row, slot, i, DISTANCE] = distance


@part
def fill_back(cells, row, slot, same, num_text, num_ref):
    """The rows of the rest of the text, from the end on; the first of those, seen from there, that are as they were."""
    full = (1 << num_ref) - 1
    rises, falls = full, 0
    for i in range(num_text, -1, -1):
        if i <= same and cells[row, slot, i, RISES_BACK] == rises and cells[row, slot, i, FALLS_BACK] == falls:
            return i
        cells[row, slot, i, RISES_BACK] = rises
        cells[row, slot, i, FALLS_BACK] = falls
        rises, falls = advance(cells[row, slot, i, PLACES_BACK], rises, falls, full)
    return -1


@part
def joined(cells, row, slot, end, rises, falls, num_ref):
    """Less its length, the edit distance of a text from the row after `end` words, the rest being that of the slot."""
    back_rises, back_falls = cells[row, slot, end, RISES_BACK], cells[row, slot, end, FALLS_BACK]
    least = here = rest = 0
    for j in range(num_ref):
        k = num_ref - 1 - j
        change = ((back_falls >> k) & 1) - ((back_rises >> k) & 1)
        rest += change
        here += change + ((rises >> j) & 1) - ((falls >> j) & 1)
        least = min(least, here)
    return least - rest


# --- the path ----------------------------------------------------------------------------------------------


@part
def align(cells, notes, row, slot, same, num_text, num_ref):
    """Follow the best path from the end, until it meets the one that was best for the slot's text before.

    A substitution goes before a deletion, a deletion before an insertion.
    """
    i, j = num_text, num_ref
    while i > 0:
        if i <= same and cells[row, slot, i, ENTERED] == j:
            return
        cells[row, slot, i, ENTERED] = j
        diagonal, deletes = cells[row, slot, i, DIAGONAL], cells[row, slot, i, DELETES]
        while j > 0 and not ((diagonal | deletes) >> (j - 1)) & 1:
            j -= 1
            notes[row, slot, ALIGNED + j] = i - 1
            notes[row, slot, FAULT + j] = INSERTED
        wrong = 1
        if j > 0 and (diagonal >> (j - 1)) & 1:
            j -= 1
            wrong = 1 - ((cells[row, slot, i, PLACES] >> j) & 1)
            notes[row, slot, ALIGNED + j] = i - 1
            notes[row, slot, FAULT + j] = SUBSTITUTED if wrong else RIGHT
        i -= 1
        cells[row, slot, i + 1, WRONG] = wrong
    for before in range(j):
        notes[row, slot, ALIGNED + before] = -1
        notes[row, slot, FAULT + before] = INSERTED


@part
def within_beam(notes, row, slot, num_text, num_ref):
    """Whether sacrebleu's beam holds the path: in each column, the highest and the lowest cell."""
    if num_ref < BEAM or num_text == 0:
        return True
    ratio = num_ref / num_text
    beam = math.ceil(ratio / 2 + BEAM) if ratio / 2 > BEAM else BEAM
    first = 0
    for j in range(num_ref + 1):
        last, after = num_text, num_text
        if j < num_ref:
            after = notes[row, slot, ALIGNED + j] + 1
            last = after if notes[row, slot, FAULT + j] == INSERTED else after - 1
        if last > 0:
            top = max(first, 1)
            if j >= beam and top < num_text and j >= math.floor(top * ratio) + beam:
                return False
            if j + beam < num_ref and j < math.floor(last * ratio) - beam:
                return False
        first = after
    return True
