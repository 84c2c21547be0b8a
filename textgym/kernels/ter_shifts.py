# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""TER of a text that grows word by word: what an earlier text left behind is used again.

TER makes shifts, the best one first, and each makes another text. There is a slot of `ter_rows` for the text itself,
for the text after the first shift, and so on. Of a text only what differs from the slot's former one is worked out:
besides rows and path that is, for each shift that might be made, the row behind the moved words, which does not change
with the words that follow.

trial (MAX_CANDIDATES, WIDE) int64   the shifts that are weighed now, by the names in `ter_rows`
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part
from textgym.kernels.ter_grids import MAX_CANDIDATES, MAX_SHIFT_DIST, MAX_SHIFT_SIZE
from textgym.kernels.ter_rows import (
    ALIGNED,
    DISTANCE,
    FALLS,
    FALLS_BEFORE,
    FALLS_BEHIND,
    FAULT,
    KEPT,
    LENGTH,
    MADE,
    MAX_KEPT,
    NUM_KEPT,
    NUM_WORDS,
    PLACES,
    PLACES_BACK,
    REACH,
    RISES,
    RISES_BEFORE,
    RISES_BEHIND,
    RUN,
    SIZE,
    START,
    STOP,
    SURE,
    SURPLUS,
    TARGET,
    WEIGHED,
    WIDE,
    WRONG,
    advance,
    align,
    fill,
    fill_back,
    joined,
    within_beam,
)  # fmt: skip

OUTSIDE = -1  # a path leaves the beam
TURNS = 8  # slots of a reference; all texts after the first seven shifts share the last one


# --- shifts ------------------------------------------------------------------------------------------------


@part
def next_place(places, at):
    """The first place of a word from `at` on; there is one."""
    places >>= at
    while not places & 255:
        places >>= 8
        at += 8
    while not places & 1:
        places >>= 1
        at += 1
    return at


@jit
def candidates(cells, notes, trial, row, slot, num_text, num_ref):
    """Write the shifts that sacrebleu would try, at most `MAX_CANDIDATES` of them, as trials; how many there are."""
    count = 0
    for start in range(min(num_text, num_ref + MAX_SHIFT_DIST)):
        places = cells[row, slot, start + 1, PLACES]
        at = max(0, start - MAX_SHIFT_DIST) - 1
        while places >> (at + 1):
            at = next_place(places, at + 1)
            if at > start + MAX_SHIFT_DIST:
                break
            longest = min(MAX_SHIFT_SIZE, num_text - start, num_ref - at)
            length = text_wrong = reference_wrong = 0
            while length < longest and (cells[row, slot, start + length + 1, PLACES] >> (at + length)) & 1:
                text_wrong |= cells[row, slot, start + length + 1, WRONG]
                reference_wrong |= notes[row, slot, FAULT + at + length]
                length += 1
                if text_wrong == 0 or reference_wrong == 0:
                    continue
                if start <= notes[row, slot, ALIGNED + at] < start + length:
                    continue
                previous = -1
                for place in range(at - 1, at + length):
                    target = notes[row, slot, ALIGNED + place] + 1 if place >= 0 else 0
                    if target == previous:
                        continue
                    previous = target
                    trial[count, RUN], trial[count, SIZE], trial[count, TARGET] = start, length, target
                    count += 1
                    if count == MAX_CANDIDATES:
                        return count
    return count


@part
def reach(start, length, target, num_text):
    """Where a run lands: before word `target`, or behind all words up to the one returned."""
    if start < target <= start + length:
        return min(num_text, target + length)
    return target


@part
def walk(cells, row, slot, first, end, rises, falls, full):
    """A row moved on by words [first, end) of the slot's text."""
    for i in range(first, end):
        rises, falls = advance(cells[row, slot, i + 1, PLACES], rises, falls, full)
    return rises, falls


@part
def row_behind(cells, notes, trial, row, slot, c, kept, num_ref):
    """Write the rows of trial `c`: found among the shifts kept from number `kept` on, or worked out; whether found."""
    start, length, stop = trial[c, RUN], trial[c, SIZE], trial[c, REACH]
    intact, full = notes[row, slot, WEIGHED], (1 << num_ref) - 1
    before, rises, falls = start + length, cells[row, slot, start, RISES], cells[row, slot, start, FALLS]
    num_kept = notes[row, slot, NUM_KEPT] if start + length <= intact else 0
    for k in range(kept, num_kept):
        known = KEPT + WIDE * k
        if notes[row, slot, known + RUN] != start:
            break
        known_stop = notes[row, slot, known + REACH]
        if notes[row, slot, known + SIZE] != length or known_stop > intact:
            continue
        if known_stop == stop:
            for n in range(RISES_BEFORE, WIDE):
                trial[c, n] = notes[row, slot, known + n]
            return True
        if before <= known_stop < stop:  # the same run is left out, and some words more are to be passed
            before = known_stop
            rises, falls = notes[row, slot, known + RISES_BEFORE], notes[row, slot, known + FALLS_BEFORE]
    if stop < start:
        rises, falls = cells[row, slot, stop, RISES], cells[row, slot, stop, FALLS]
    else:
        rises, falls = walk(cells, row, slot, before, stop, rises, falls, full)
    trial[c, RISES_BEFORE], trial[c, FALLS_BEFORE] = rises, falls
    rises, falls = walk(cells, row, slot, start, start + length, rises, falls, full)
    if stop < start:
        rises, falls = walk(cells, row, slot, stop, start, rises, falls, full)
    trial[c, RISES_BEHIND], trial[c, FALLS_BEHIND] = rises, falls
    return False


@jit
def weigh(cells, notes, trial, row, slot, count, num_text, num_ref):
    """(gain, number) of the trial that gains most; gain 0 if none does.

    Of equal gains the longest run counts, then the first, then the leftmost target.
    """
    old = fill_back(cells, row, slot, notes[row, slot, WEIGHED], num_text, num_ref)
    gain = best = kept = 0
    before = cells[row, slot, num_text, DISTANCE]
    for c in range(count):
        start, length, target = trial[c, RUN], trial[c, SIZE], trial[c, TARGET]
        trial[c, REACH] = stop = reach(start, length, target, num_text)
        if stop == start:
            continue
        while kept < notes[row, slot, NUM_KEPT] and notes[row, slot, KEPT + WIDE * kept + RUN] < start:
            kept += 1
        found, end = row_behind(cells, notes, trial, row, slot, c, kept, num_ref), max(stop, start + length)
        if not found or end > old:
            rises, falls = trial[c, RISES_BEHIND], trial[c, FALLS_BEHIND]
            trial[c, SURPLUS] = joined(cells, row, slot, end, rises, falls, num_ref)
        better = before - num_text - trial[c, SURPLUS]
        if better < gain or better == 0:
            continue
        if better == gain:
            if length < trial[best, SIZE] or (length == trial[best, SIZE] and start > trial[best, RUN]):
                continue
            if length == trial[best, SIZE] and start == trial[best, RUN] and target >= trial[best, TARGET]:
                continue
        gain, best = better, c
    notes[row, slot, NUM_KEPT] = min(count, MAX_KEPT)
    for c in range(notes[row, slot, NUM_KEPT]):
        for n in range(WIDE):
            notes[row, slot, KEPT + WIDE * c + n] = trial[c, n]
    notes[row, slot, WEIGHED] = num_text
    return gain, best


# --- texts -------------------------------------------------------------------------------------------------


@part
def put_word(cells, row, slot, i, places, places_back):
    """Write word `i`, from 1 on; whether it was another."""
    different = cells[row, slot, i, PLACES] != places
    cells[row, slot, i, PLACES] = places
    cells[row, slot, i, PLACES_BACK] = places_back
    return different


@part
def settle(notes, row, slot, same, num_text):
    """The slot's text has been written anew, all but its first `same` words."""
    notes[row, slot, NUM_WORDS] = num_text
    notes[row, slot, SURE] = same
    notes[row, slot, WEIGHED] = min(notes[row, slot, WEIGHED], same)


@part
def agreeing(notes, row, slot, start, length, stop):
    """How many words of the next slot's text are surely what this shift would write there."""
    same = notes[row, slot, SURE]
    if notes[row, slot, MADE] == 0:
        return 0
    was_start, was_length = notes[row, slot, START], notes[row, slot, LENGTH]
    was_stop = notes[row, slot, STOP]
    if (was_start, was_length, was_stop) == (start, length, stop) and max(stop, start + length) <= same:
        return same
    if (was_start, was_length) == (start, length) and min(stop, was_stop) > start:
        return max(min(start, same), min(stop, was_stop, same) - length)  # the run was left out of the same words
    return 0


@jit
def shift(cells, notes, row, slot, after, start, length, stop, num_text):
    """Write the text of slot `slot`, with a run moved, in slot `after`."""
    first, cut, end = (stop, start, start + length) if stop < start else (start, start + length, stop)
    if after == slot:  # it stays in place: word by word, the first one goes to the end
        shift_within(cells, row, slot, first, cut, end)
        notes[row, slot - 1, MADE] = 0
        settle(notes, row, slot, first, num_text)
        return
    sure = min(agreeing(notes, row, slot, start, length, stop), notes[row, after, NUM_WORDS])
    same = num_text
    for i in range(sure, num_text):
        source = i
        if first <= i < end:
            source = i + cut - first if i < first + end - cut else i - (end - cut)
        different = put_word(cells, row, after, i + 1, cells[row, slot, source + 1, PLACES],
                        cells[row, slot, source + 1, PLACES_BACK])  # fmt: skip
        if (different or i >= notes[row, after, NUM_WORDS]) and i < same:
            same = i
    settle(notes, row, after, same, num_text)
    notes[row, slot, MADE] = 1
    notes[row, slot, START], notes[row, slot, LENGTH], notes[row, slot, STOP] = start, length, stop


@part
def shift_within(cells, row, slot, first, cut, end):
    """Words [first, cut) and [cut, end) change places, by three reversals."""
    reverse(cells, row, slot, first, cut)
    reverse(cells, row, slot, cut, end)
    reverse(cells, row, slot, first, end)


@part
def reverse(cells, row, slot, first, end):
    """Turn words [first, end) around."""
    for n in range((end - first) // 2):
        for cell in range(PLACES_BACK + 1):
            here = cells[row, slot, first + 1 + n, cell]
            cells[row, slot, first + 1 + n, cell] = cells[row, slot, end - n, cell]
            cells[row, slot, end - n, cell] = here


@jit
def growing_edits(cells, notes, trial, row, slot, num_ref):
    """The edits that turn the text of a reference's first slot into the reference; or `OUTSIDE`."""
    num_text, last = notes[row, slot, NUM_WORDS], slot + TURNS - 1
    shifts = checked = 0
    while True:
        same = notes[row, slot, SURE]
        fill(cells, row, slot, same, num_text, num_ref)
        align(cells, notes, row, slot, same, num_text, num_ref)
        if not within_beam(notes, row, slot, num_text, num_ref):
            edits = OUTSIDE
            break
        distance = cells[row, slot, num_text, DISTANCE]
        edits = shifts + distance
        if distance == abs(num_text - num_ref):
            break  # nothing is gained any more
        count = candidates(cells, notes, trial, row, slot, num_text, num_ref)
        checked += count
        if count == 0 or checked >= MAX_CANDIDATES:  # too many: none of them is made
            break
        gain, best = weigh(cells, notes, trial, row, slot, count, num_text, num_ref)
        if gain == 0:
            break
        shifts += 1
        after = min(slot + 1, last)
        shift(cells, notes, row, slot, after, trial[best, RUN], trial[best, SIZE], trial[best, REACH], num_text)
        if after != slot:
            notes[row, slot, SURE] = num_text
        slot = after
    notes[row, slot, MADE] = 0
    notes[row, slot, SURE] = num_text
    return edits
