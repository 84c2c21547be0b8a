# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The edit distance of a text that grows: rows as bits, kept from one text to the next.

A row of the table of edit distances is two sets of bits: where it rises and where it falls by one from one word of the
reference to the next; a word of the text moves the row on in some twenty operations for each `BITS` words of the
reference, a *limb* (Myers 1999, in the form of Hyyrö 2003).

sacrebleu works out only a *beam*: of row i the columns [low, high) around the line from corner to corner. Both grow
with i. What lies left of the beam is taken to rise by one a column towards the left, what lies right of it towards
the right, and no word matches there: then no path through these columns is shorter than one within the beam.

A *slot* keeps a text and what was worked out for it. When another text comes to the slot, its leading words mostly are
the same, and so are the rows behind them, and the rows of the rest of the text from where they are the old ones.

cells (N, S, C + 1, CELLS + LIMB * limbs) int64   S slots of C words: what belongs to the i-th word and the row after
                                                  it, by the names below
beams (N, R, C + 1, BEAMS + MASKS * limbs) int64   the beam of each row, for each of R references, by the names below
band (within, ref, M): whether there is a beam to keep to, the number of the reference, and its words
"""

from __future__ import annotations

import math

from textgym.kernels.compiler import part

BITS = 62  # of a limb: the sum of two rows and a carry fit into 64 bits
BEAM = 25  # sacrebleu's
# cells: the distance at the last column of the beam; where the path enters the row, and the distance there; whether
# the word is wrong; the change of distance from the last row at the end of the limb before; the last word up to here
# that the reference has.
DISTANCE, ENTERED, HEIGHT, WRONG, BORDER, MATCHED = range(6)
CELLS = 6
# cells of the first limb: the places of the word in the reference, and counted from its end; the row's rises and falls;
# where the last step is diagonal or deletes the word; rises and falls of the row of the rest, counted from the end; and
# what `textgym.kernels.ter_path` notes.
PLACES, PLACES_BACK, RISES, FALLS, DIAGONAL, DELETES, RISES_BACK, FALLS_BACK, GOOD = range(CELLS, CELLS + 9)
LIMB = 9
# beams: columns [low, high); for each limb, which columns may be reached on the diagonal, and which lie to the right
# and to the left of the beam; the same counted from the end of the reference.
LOW, HIGH = range(2)
BEAMS = 2
REAL, RIGHT_OF, LEFT_OF, REAL_BACK, RIGHT_BACK, LEFT_BACK = range(BEAMS, BEAMS + 6)
MASKS = 6


@part
def limbs(num_ref):
    """Limbs of a reference."""
    return (num_ref + BITS - 1) // BITS


@part
def bit(cells, row, slot, i, name, at):
    """Bit `at` of what is called `name`."""
    limb = at // BITS if at >= BITS else 0
    return (cells[row, slot, i, name + LIMB * limb] >> (at - BITS * limb)) & 1


@part
def columns(first, last, limb):
    """The bits of columns `first` to `last`, from 1 on, in a limb."""
    first, last = max(first - BITS * limb, 1), min(last - BITS * limb, BITS)
    return (1 << last) - (1 << (first - 1)) if first <= last else 0


# --- the beam ----------------------------------------------------------------------------------------------


@part
def beam_of(num_text, num_ref):
    """sacrebleu's beam for texts of a length."""
    half = num_ref / num_text / 2
    return math.ceil(half + BEAM) if half > BEAM else BEAM


@part
def set_beams(beams, row, ref, num_ref, shortest, longest):
    """Write the beams that hold those of all texts of `shortest` to `longest` words."""
    beam = beam_of(shortest, num_ref)
    steep, flat = num_ref / shortest, num_ref / longest
    low_before, high_before, far = 0, num_ref + 1, num_ref + BITS
    for i in range(1, min(longest + 1, beams.shape[2])):
        low = max(0, math.floor(i * flat) - beam)
        high = min(num_ref + 1, math.floor(i * steep) + beam)
        beams[row, ref, i, LOW], beams[row, ref, i, HIGH] = low, high
        first, last = max(low, low_before + 1), min(high - 1, high_before)
        for limb in range(limbs(num_ref)):
            at, full = MASKS * limb, columns(1, num_ref, limb)
            beams[row, ref, i, REAL + at] = columns(first, last, limb)
            beams[row, ref, i, RIGHT_OF + at] = columns(high, far, limb) & full
            beams[row, ref, i, LEFT_OF + at] = columns(1, low, limb) & full
            beams[row, ref, i, REAL_BACK + at] = columns(num_ref + 1 - last, num_ref + 1 - first, limb)
            beams[row, ref, i, RIGHT_BACK + at] = columns(num_ref + 1 - low, far, limb) & full
            beams[row, ref, i, LEFT_BACK + at] = columns(1, num_ref + 1 - high, limb) & full
        low_before, high_before = low, high


@part
def beam_at(beams, row, i, band):
    """Columns (low, high) of row `i`."""
    if band[0] and i > 0:
        return beams[row, band[1], i, LOW], beams[row, band[1], i, HIGH]
    return 0, band[2] + 1


# --- rows --------------------------------------------------------------------------------------------------


@part
def advance(places, rises, falls, carry, full):
    """A limb of the row after a word that stands at `places`: its rises and falls, and how it was reached.

    `carry` is the change of distance from row to row left of the limb. Returns (rises, falls, columns where the step
    from the row before is level on the diagonal, where the distance grows, where it falls).
    """
    negative = 1 if carry < 0 else 0
    places |= negative
    level = (((places & rises) + rises) ^ rises) | places | falls
    up, down = falls | (full & ~(level | rises)), rises & level
    over = (up << 1) | (1 if carry > 0 else 0)
    return ((down << 1) | negative | ~(level | over)) & full, over & level & full, level, up, down


@part
def step(beams, row, places, rises, falls, carry, limb, i, band):
    """A limb of row `i` from that of row `i - 1`.

    Returns (rises, falls, diagonal, deletes, carry, change): the carry for the next limb, and by how much the distance
    at the last column of the beam changes, if that is in this limb.
    """
    real = full = columns(1, band[2], limb)
    edge, wider = band[2] - 1 - BITS * limb, 0
    if band[0]:
        real = beams[row, band[1], i, REAL + MASKS * limb]
        high, high_before = beams[row, band[1], i, HIGH], beam_at(beams, row, i - 1, band)[1]
        edge, wider = high - 2 - BITS * limb, high - high_before
    places &= real
    rises, falls, level, up, down = advance(places, rises, falls, carry, full)
    if band[0]:
        right, left = beams[row, band[1], i, RIGHT_OF + MASKS * limb], beams[row, band[1], i, LEFT_OF + MASKS * limb]
        rises, falls = (rises | right) & ~left, (falls | left) & ~right
    change = wider + ((up >> edge) & 1) - ((down >> edge) & 1) if 0 <= edge < BITS else 0
    carry = ((up >> (BITS - 1)) & 1) - ((down >> (BITS - 1)) & 1)
    return rises, falls, (places | ~level) & real, up, carry, change


@part
def fill(cells, beams, row, slot, same, num_text, band):
    """Rows `same + 1` to `num_text`."""
    if same == 0:
        cells[row, slot, 0, DISTANCE], cells[row, slot, 0, MATCHED] = band[2], 0
        for limb in range(limbs(band[2])):
            cells[row, slot, 0, RISES + LIMB * limb] = columns(1, band[2], limb)
            cells[row, slot, 0, FALLS + LIMB * limb] = 0
    for limb in range(limbs(band[2])):
        at = LIMB * limb
        rises, falls = cells[row, slot, same, RISES + at], cells[row, slot, same, FALLS + at]
        for i in range(same + 1, num_text + 1):
            carry = cells[row, slot, i, BORDER] if limb > 0 else 1
            places = cells[row, slot, i, PLACES + at]
            rises, falls, diagonal, deletes, carry, change = step(
                beams, row, places, rises, falls, carry, limb, i, band
            )
            cells[row, slot, i, RISES + at], cells[row, slot, i, FALLS + at] = rises, falls
            cells[row, slot, i, DIAGONAL + at], cells[row, slot, i, DELETES + at] = diagonal, deletes
            cells[row, slot, i, BORDER] = carry
            if limb == 0:
                cells[row, slot, i, DISTANCE], cells[row, slot, i, MATCHED] = 0, 0
            cells[row, slot, i, DISTANCE] += change
            cells[row, slot, i, MATCHED] |= places
    for i in range(same + 1, num_text + 1):
        cells[row, slot, i, DISTANCE] += cells[row, slot, i - 1, DISTANCE]
        cells[row, slot, i, MATCHED] = i if cells[row, slot, i, MATCHED] else cells[row, slot, i - 1, MATCHED]


@part
def tail(cells, row, slot, num_text, band):
    """The row behind which no word matches, so that the rows of the rest are known; the last one if there is a beam."""
    return num_text if band[0] else cells[row, slot, num_text, MATCHED]


@part
def row_back(cells, beams, row, slot, i, limb, carry, num_text, band):
    """A limb of the row of the rest behind row `i`, from that behind row `i + 1`: (rises, falls, carry)."""
    full, num_ref = columns(1, band[2], limb), band[2]
    if i >= tail(cells, row, slot, num_text, band):
        return columns(num_text - i + 1, num_ref, limb), 0, 1
    at, mask = LIMB * limb, MASKS * limb
    places = cells[row, slot, i + 1, PLACES_BACK + at]
    if band[0]:
        places &= beams[row, band[1], i + 1, REAL_BACK + mask]
    rises, falls = cells[row, slot, i + 1, RISES_BACK + at], cells[row, slot, i + 1, FALLS_BACK + at]
    rises, falls, _, up, down = advance(places, rises, falls, carry, full)
    if band[0] and i > 0:
        right, left = beams[row, band[1], i, RIGHT_BACK + mask], beams[row, band[1], i, LEFT_BACK + mask]
        rises, falls = (rises | right) & ~left, (falls | left) & ~right
    return rises, falls, ((up >> (BITS - 1)) & 1) - ((down >> (BITS - 1)) & 1)


@part
def fill_back(cells, beams, row, slot, same, num_text, band):
    """The rows of the rest of the text, from its `tail` on; the first, seen from there, that is as it was."""
    for i in range(tail(cells, row, slot, num_text, band), -1, -1):
        known, carry = i <= same, 1
        for limb in range(limbs(band[2])):
            at = LIMB * limb
            rises, falls, carry = row_back(cells, beams, row, slot, i, limb, carry, num_text, band)
            if cells[row, slot, i, RISES_BACK + at] != rises or cells[row, slot, i, FALLS_BACK + at] != falls:
                known = False
                cells[row, slot, i, RISES_BACK + at], cells[row, slot, i, FALLS_BACK + at] = rises, falls
        if known:
            return i
    return -1


@part
def walk(cells, beams, row, slot, first, end, after, rises, falls, limb, band):
    """A limb moved on by words [first, end) of the slot's text, that come behind row `after`.

    Returns (rises, falls, change at the last column of the beam).
    """
    total, last = 0, limbs(band[2]) - 1
    for i in range(first, end):
        after += 1
        carry = cells[row, slot, after, BORDER] if limb > 0 else 1
        places = cells[row, slot, i + 1, PLACES + LIMB * limb]
        rises, falls, _, _, carry, change = step(beams, row, places, rises, falls, carry, limb, after, band)
        if limb < last:
            cells[row, slot, after, BORDER] = carry
        total += change
    return rises, falls, total


@part
def rest_of(cells, row, slot, i, limb, num_text, band):
    """A limb of the row of the rest behind row `i`: (rises, falls)."""
    if not band[0] and i >= tail(cells, row, slot, num_text, band):
        return columns(num_text - i + 1, band[2], limb), 0
    return cells[row, slot, i, RISES_BACK + LIMB * limb], cells[row, slot, i, FALLS_BACK + LIMB * limb]
