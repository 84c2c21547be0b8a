# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""TER of a text that grows word by word: what an earlier text left behind is used again.

TER makes shifts, the best one first, and each makes another text. There is a slot of `ter_rows` for the text itself,
for the text after the first shift, and so on. Of a text only what differs from the slot's former one is worked out.

The beam of sacrebleu's edit distance depends on the length of the text, so each row would change with each word. But a
wider beam finds no longer path, neither for the text nor after any shift. So if the right beam holds a path that is as
short as what a wider one finds, it is the distance there too, and the same goes for the best shift, which is made and
looked at in turn. So rows are worked out without a beam at first; once there is no such path, in one that is wide
enough for some more words to come; and if that does not help, for this very length.
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part
from textgym.kernels.ter_path import (
    LENGTH,
    LONGEST,
    MADE,
    NUM_KEPT,
    NUM_WORDS,
    SHORTEST,
    START,
    STOP,
    SURE,
    WEIGHED,
    align,
    mark,
    within_beam,
)
from textgym.kernels.ter_rows import DISTANCE, LIMB, PLACES, PLACES_BACK, fill, limbs, set_beams
from textgym.kernels.ter_weigh import MAX_CANDIDATES, REACH, RUN, SIZE, candidates, weigh

OUTSIDE = -1  # a path leaves the beam
TURNS = 12  # slots of a reference; all texts after the first eleven shifts share the last one


# --- texts -------------------------------------------------------------------------------------------------


@part
def copy_word(cells, row, slot, source, after, i, num_limbs):
    """Write word `source` of a slot as word `i` of slot `after`, both from 1 on; whether it was another."""
    different = False
    for limb in range(num_limbs):
        at = LIMB * limb
        places = cells[row, slot, source, PLACES + at]
        different |= cells[row, after, i, PLACES + at] != places
        cells[row, after, i, PLACES + at] = places
        cells[row, after, i, PLACES_BACK + at] = cells[row, slot, source, PLACES_BACK + at]
    return different


@part
def settle(notes, row, slot, same, num_text):
    """The slot's text has been written anew, all but its first `same` words."""
    notes[row, slot, NUM_WORDS] = num_text
    notes[row, slot, SURE] = same
    notes[row, slot, WEIGHED] = min(notes[row, slot, WEIGHED], same)


@part
def forget(notes, row, slot):
    """Nothing that is kept for a reference, from its first slot on, counts any more."""
    for used in range(slot, slot + TURNS):
        if notes[row, used, NUM_WORDS] == 0:
            continue  # not used: its memory is not touched
        for head in (NUM_WORDS, SURE, WEIGHED, MADE, NUM_KEPT):
            notes[row, used, head] = 0


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
def shift(cells, notes, row, slot, after, start, length, stop, num_text, num_limbs):
    """Write the text of slot `slot`, with a run moved, in slot `after`."""
    first, cut, end = (stop, start, start + length) if stop < start else (start, start + length, stop)
    if after == slot:  # it stays in place: word by word, the first one goes to the end
        shift_within(cells, row, slot, first, cut, end, num_limbs)
        notes[row, slot - 1, MADE] = 0
        settle(notes, row, slot, first, num_text)
        return
    sure = min(agreeing(notes, row, slot, start, length, stop), notes[row, after, NUM_WORDS])
    same = num_text
    for i in range(sure, num_text):
        source = i
        if first <= i < end:
            source = i + cut - first if i < first + end - cut else i - (end - cut)
        different = copy_word(cells, row, slot, source + 1, after, i + 1, num_limbs)
        if (different or i >= notes[row, after, NUM_WORDS]) and i < same:
            same = i
    settle(notes, row, after, same, num_text)
    notes[row, slot, MADE] = 1
    notes[row, slot, START], notes[row, slot, LENGTH], notes[row, slot, STOP] = start, length, stop


@part
def shift_within(cells, row, slot, first, cut, end, num_limbs):
    """Words [first, cut) and [cut, end) change places, by three reversals."""
    reverse(cells, row, slot, first, cut, num_limbs)
    reverse(cells, row, slot, cut, end, num_limbs)
    reverse(cells, row, slot, first, end, num_limbs)


@part
def reverse(cells, row, slot, first, end, num_limbs):
    """Turn words [first, end) around."""
    for n in range((end - first) // 2):
        for limb in range(num_limbs):
            for cell in (PLACES + LIMB * limb, PLACES_BACK + LIMB * limb):
                here = cells[row, slot, first + 1 + n, cell]
                cells[row, slot, first + 1 + n, cell] = cells[row, slot, end - n, cell]
                cells[row, slot, end - n, cell] = here


# --- edits -------------------------------------------------------------------------------------------------


@part
def set_band(beams, notes, row, slot, shortest, longest, num_ref):
    """Have rows for the beams of texts of `shortest` to `longest` words, without a beam if that is 0; forget others."""
    num_text = notes[row, slot, NUM_WORDS]
    forget(notes, row, slot)
    settle(notes, row, slot, 0, num_text)
    notes[row, slot, SHORTEST], notes[row, slot, LONGEST] = shortest, longest
    if shortest > 0:
        set_beams(beams, row, slot // TURNS, num_ref, shortest, longest)


@jit
def follow(cells, notes, row, slot, same, num_text, num_ref):
    """Whether there is a path within the beam that is as short as the rows say; the best one is noted."""
    found = align(cells, notes, row, slot, same, num_text, num_ref, False)
    if found and within_beam(notes, row, slot, num_text, num_ref):
        return True
    if found and align(cells, notes, row, slot, 0, num_text, num_ref, False):
        return True
    found = mark(cells, row, slot, num_text, num_ref)
    return found and align(cells, notes, row, slot, 0, num_text, num_ref, True)


@jit
def edits_within(cells, beams, notes, kept, trial, row, slot, num_ref):
    """The edits that turn the text of a reference's first slot into the reference; or `OUTSIDE`."""
    num_text, last = notes[row, slot, NUM_WORDS], slot + TURNS - 1
    band = notes[row, slot, SHORTEST] > 0, slot // TURNS, num_ref
    shifts = checked = 0
    while True:
        same = notes[row, slot, SURE]
        fill(cells, beams, row, slot, same, num_text, band)
        if not follow(cells, notes, row, slot, same, num_text, num_ref):
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
        gain, best = weigh(cells, beams, notes, kept, trial, row, slot, count, num_text, band)
        if gain == 0:
            break
        shifts += 1
        after = min(slot + 1, last)
        start, length, stop = trial[best, RUN], trial[best, SIZE], trial[best, REACH]
        shift(cells, notes, row, slot, after, start, length, stop, num_text, limbs(num_ref))
        if after != slot:
            notes[row, slot, SURE] = num_text
        slot = after
    notes[row, slot, MADE] = 0
    notes[row, slot, SURE] = num_text
    return edits


@part
def growing_edits(cells, beams, notes, kept, trial, row, slot, num_ref):
    """`edits_within` the beam of the text, whatever band that takes."""
    num_text = notes[row, slot, NUM_WORDS]
    if num_text == 0:
        return num_ref
    shortest, longest = notes[row, slot, SHORTEST], notes[row, slot, LONGEST]
    ahead = num_text + num_text // 8
    if shortest == longest and shortest > 0 and num_text != shortest and num_text % 8 > 0:
        set_band(beams, notes, row, slot, num_text, num_text, num_ref)  # the last one took it, so will this one
    elif shortest > 0 and not shortest <= num_text <= longest:
        set_band(beams, notes, row, slot, 0, 0, num_ref)
    edits = edits_within(cells, beams, notes, kept, trial, row, slot, num_ref)
    if edits == OUTSIDE and notes[row, slot, SHORTEST] < num_text:
        set_band(beams, notes, row, slot, num_text, ahead, num_ref)
        edits = edits_within(cells, beams, notes, kept, trial, row, slot, num_ref)
    if edits == OUTSIDE:
        set_band(beams, notes, row, slot, num_text, num_text, num_ref)
        edits = edits_within(cells, beams, notes, kept, trial, row, slot, num_ref)
    return edits
