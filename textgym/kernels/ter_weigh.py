# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The shifts of TER: which ones there are in a text, and which of them brings it closest to the reference.

What does not change with the words that follow is kept for the next text: of each shift, the row behind what moves.

trial (MAX_CANDIDATES, TRIAL + ROWS * limbs) int64           the shifts that are weighed now, by the names below
kept (N, S, MAX_KEPT, TRIAL + ROWS * limbs) int64            those that were weighed last in each slot
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part
from textgym.kernels.ter_path import ALIGNED, FAULT, NUM_KEPT, WEIGHED
from textgym.kernels.ter_rows import (
    BITS,
    DISTANCE,
    ENTERED,
    FALLS,
    HEIGHT,
    LIMB,
    MATCHED,
    PLACES,
    RISES,
    WRONG,
    beam_at,
    bit,
    fill_back,
    limbs,
    rest_of,
    walk,
)

MAX_SHIFT_SIZE, MAX_SHIFT_DIST, MAX_CANDIDATES = 10, 50, 1000  # tercom's limits, and sacrebleu's own
MAX_KEPT = 64
# trial: the run, where it goes, where the moved words end; what is gained; the distances at the ends of two rows
RUN, SIZE, TARGET, REACH, GAIN, HEIGHT_BEFORE, HEIGHT_BEHIND = range(7)
TRIAL = 7
# trial, for each limb: the row before the run, and the row behind all moved words
RISES_BEFORE, FALLS_BEFORE, RISES_BEHIND, FALLS_BEHIND = range(TRIAL, TRIAL + 4)
ROWS = 4


@part
def next_place(cells, row, slot, i, at, num_ref):
    """The first place of word `i` in the reference from `at` on; `num_ref` if there is none."""
    for limb in range(at // BITS, limbs(num_ref)):
        places = cells[row, slot, i, PLACES + LIMB * limb]
        at = max(at, BITS * limb)
        places >>= at - BITS * limb
        if places == 0:
            continue
        while not places & 255:
            places >>= 8
            at += 8
        while not places & 1:
            places >>= 1
            at += 1
        return at
    return num_ref


@jit
def candidates(cells, notes, trial, row, slot, num_text, num_ref):
    """Write the shifts that sacrebleu would try, the last runs first, at most `MAX_CANDIDATES`; how many there are.

    A run of words that stands in the reference too goes there if both it and its place there are wrong.
    """
    count = 0
    first = cells[row, slot, min(num_text, num_ref + MAX_SHIFT_DIST), MATCHED]
    while first > 0:
        start = first - 1
        first = cells[row, slot, start, MATCHED]
        at = next_place(cells, row, slot, start + 1, max(0, start - MAX_SHIFT_DIST), num_ref)
        while at < num_ref and at <= start + MAX_SHIFT_DIST:
            longest = min(MAX_SHIFT_SIZE, num_text - start, num_ref - at)
            length = text_wrong = reference_wrong = 0
            while length < longest and bit(cells, row, slot, start + length + 1, PLACES, at + length):
                text_wrong |= cells[row, slot, start + length + 1, WRONG]
                reference_wrong |= notes[row, slot, FAULT + 2 * (at + length)]
                length += 1
                if text_wrong == 0 or reference_wrong == 0:
                    continue
                if start <= notes[row, slot, ALIGNED + 2 * at] < start + length:
                    continue
                previous = -1
                for place in range(at - 1, at + length):
                    target = notes[row, slot, ALIGNED + 2 * place] + 1 if place >= 0 else 0
                    if target == previous:
                        continue
                    previous = target
                    trial[count, RUN], trial[count, SIZE], trial[count, TARGET] = start, length, target
                    count += 1
                    if count == MAX_CANDIDATES:
                        return count
            at = next_place(cells, row, slot, start + 1, at + 1, num_ref)
    return count


@part
def reach(start, length, target, num_text):
    """Where a run lands: before word `target`, or behind all words up to the one returned."""
    if start < target <= start + length:
        return min(num_text, target + length)
    return target


@part
def row_behind(cells, beams, notes, kept, trial, row, slot, c, first, band):
    """Write the rows of trial `c`: found among the shifts kept from number `first` on, or worked out; whether found."""
    start, length, stop = trial[c, RUN], trial[c, SIZE], trial[c, REACH]
    intact = notes[row, slot, WEIGHED]
    before, nearest = start + length, -1
    num_kept = notes[row, slot, NUM_KEPT] if start + length <= intact else 0
    for k in range(first, num_kept):
        if kept[row, slot, k, RUN] != start:
            break
        known_stop = kept[row, slot, k, REACH]
        if kept[row, slot, k, SIZE] != length or known_stop > intact:
            continue
        if known_stop == stop:
            for n in range(GAIN, TRIAL + ROWS * limbs(band[2])):
                trial[c, n] = kept[row, slot, k, n]
            return True
        if before <= known_stop < stop:  # the same run is left out, and some words more are to be passed
            before, nearest = known_stop, k
    again = c > 0 and trial[c - 1, RUN] == start and trial[c - 1, SIZE] == length
    again = again and before <= trial[c - 1, REACH] <= stop
    since = min(start, stop)
    height = cells[row, slot, since, DISTANCE]
    if again:
        before, height = trial[c - 1, REACH], trial[c - 1, HEIGHT_BEFORE]
    elif nearest >= 0:
        height = kept[row, slot, nearest, HEIGHT_BEFORE]
    behind = height
    for limb in range(limbs(band[2])):
        at = ROWS * limb
        rises, falls = cells[row, slot, since, RISES + LIMB * limb], cells[row, slot, since, FALLS + LIMB * limb]
        if again:
            rises, falls = trial[c - 1, RISES_BEFORE + at], trial[c - 1, FALLS_BEFORE + at]
        elif nearest >= 0:
            rises, falls = kept[row, slot, nearest, RISES_BEFORE + at], kept[row, slot, nearest, FALLS_BEFORE + at]
        if stop > start:
            rises, falls, change = walk(
                cells, beams, row, slot, before, stop, before - length, rises, falls, limb, band
            )
            height += change
            behind += change
        trial[c, RISES_BEFORE + at], trial[c, FALLS_BEFORE + at] = rises, falls
        into = stop - length if stop > start else stop
        rises, falls, change = walk(cells, beams, row, slot, start, start + length, into, rises, falls, limb, band)
        behind += change
        if stop < start:
            rises, falls, change = walk(cells, beams, row, slot, stop, start, stop + length, rises, falls, limb, band)
            behind += change
        trial[c, RISES_BEHIND + at], trial[c, FALLS_BEHIND + at] = rises, falls
    trial[c, HEIGHT_BEFORE], trial[c, HEIGHT_BEHIND] = height, behind
    return False


@part
def gain_of(cells, beams, trial, row, slot, c, end, num_text, band):
    """By how much trial `c` lessens the distance, the row behind its words being row `end`.

    The rest of the way is seen from the last column of the beam; the best path of the slot's text enters the row where
    it stands in the cells.
    """
    low, high = beam_at(beams, row, end, band)
    path = cells[row, slot, end, ENTERED]
    here = least = trial[c, HEIGHT_BEHIND]
    rest = rest_of_path = 0
    j = high - 1
    while j > low:  # as far as neither row goes on to its next limb
        limb = (j - 1) // BITS if j > BITS else 0
        back = (band[2] - j) // BITS if band[2] > BITS else 0
        shift, shift_back = j - 1 - BITS * limb, band[2] - j - BITS * back
        rises, falls = trial[c, RISES_BEHIND + ROWS * limb], trial[c, FALLS_BEHIND + ROWS * limb]
        rises_back, falls_back = rest_of(cells, row, slot, end, back, num_text, band)
        rises_back >>= shift_back
        falls_back >>= shift_back
        for n in range(min(shift + 1, BITS - shift_back, j - low)):
            change = (rises_back & 1) - (falls_back & 1)
            rises_back >>= 1
            falls_back >>= 1
            rest += change
            here += change - ((rises >> (shift - n)) & 1) + ((falls >> (shift - n)) & 1)
            least = min(least, here)
            if j - 1 - n == path:
                rest_of_path = rest
        j -= min(shift + 1, BITS - shift_back, j - low)
    return cells[row, slot, end, HEIGHT] + rest_of_path - least


@jit
def weigh(cells, beams, notes, kept, trial, row, slot, count, num_text, band):
    """(gain, number) of the trial that gains most; gain 0 if none does.

    Of equal gains the longest run counts, then the first, then the leftmost target.
    """
    old = fill_back(cells, beams, row, slot, notes[row, slot, WEIGHED], num_text, band)
    gain = best = first = 0
    for c in range(count):
        start, length, target = trial[c, RUN], trial[c, SIZE], trial[c, TARGET]
        trial[c, REACH] = stop = reach(start, length, target, num_text)
        if stop == start:
            continue
        while first < notes[row, slot, NUM_KEPT] and kept[row, slot, first, RUN] > start:
            first += 1
        end = max(stop, start + length)
        if not row_behind(cells, beams, notes, kept, trial, row, slot, c, first, band) or end > old:
            trial[c, GAIN] = gain_of(cells, beams, trial, row, slot, c, end, num_text, band)
        better = trial[c, GAIN]
        if better < gain or better <= 0:
            continue
        if better == gain:
            if length < trial[best, SIZE] or (length == trial[best, SIZE] and start > trial[best, RUN]):
                continue
            if length == trial[best, SIZE] and start == trial[best, RUN] and target >= trial[best, TARGET]:
                continue
        gain, best = better, c
    notes[row, slot, NUM_KEPT] = min(count, MAX_KEPT)
    for c in range(notes[row, slot, NUM_KEPT]):
        for n in range(TRIAL + ROWS * limbs(band[2])):
            kept[row, slot, c, n] = trial[c, n]
    notes[row, slot, WEIGHED] = num_text
    return gain, best
