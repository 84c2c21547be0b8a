# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The inner loops of TER, words being numbers.

Arrays (N texts, of room for C words; references of at most M words):

goals (N, G) int64      the references of each text: [how many, words in all, lengths, word ids, word numbers]. A
                        word's number is the first place at which it stands in the references.
texts (N, 2, C + 2) int64   [state of the word stream, number of closed words, their numbers (-1: in no reference)];
                        and what was scored last: [-, number of words, their numbers]
grids (3, C + 1, M + 1) int32   edit distances of beginnings and ends of text and reference, see `search`
lines (8, max(C, M) + 2) int32  what belongs to a word of the text or of the reference, by the names below
"""

from __future__ import annotations

import math

from textgym.kernels.compiler import jit, part
from textgym.kernels.transitions import EMPTY, span_size, span_word, transition

MAX_SHIFT_SIZE, MAX_SHIFT_DIST, MAX_CANDIDATES, BEAM = 10, 50, 1000, 25  # tercom's limits, and sacrebleu's own
FAR = 1 << 28  # a cell that no path within the beam reaches; two of them still fit
DONE, MISSING, FULL = range(3)  # what `push` and `score` return: a transition is missing, a row is too short
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


# --- texts -----------------------------------------------------------------------------------------------


@part
def number(goals, row, word):
    """The number of a word of the references, -1 for any other."""
    ids = 2 + goals[row, 0]
    for i in range(ids, ids + goals[row, 1]):
        if goals[row, i] == word:
            return i - ids
    return -1


@part
def put(goals, texts, row, pool, span):
    """Append the words of a span; there is room for them."""
    for i in range(span_size(pool, span)):
        texts[row, 0, 2 + texts[row, 0, 1]] = number(goals, row, span_word(pool, span, i))
        texts[row, 0, 1] += 1


@part
def push(table, info, pool, breaks, goals, texts, row, token):
    """One token for row `row`: its state moves, the words it closes are put."""
    state = texts[row, 0, 0]
    goal, closed, _, _, broke = transition(table, breaks, state, info[state, 1], token)
    if goal < 0:
        return MISSING
    last = info[state, 1] if broke else EMPTY
    if 2 + texts[row, 0, 1] + span_size(pool, last) + span_size(pool, closed) > texts.shape[2]:
        return FULL
    put(goals, texts, row, pool, last)
    put(goals, texts, row, pool, closed)
    texts[row, 0, 0] = goal
    return DONE


@part
def changed(info, pool, goals, texts, row):
    """Write closed and open words as those scored last; whether they were others before."""
    span = info[texts[row, 0, 0], 0]
    num_open = span_size(pool, span)
    closed = texts[row, 0, 1]
    different = texts[row, 1, 1] != closed + num_open
    texts[row, 1, 1] = closed + num_open
    for i in range(2, 2 + closed):
        different |= texts[row, 1, i] != texts[row, 0, i]
        texts[row, 1, i] = texts[row, 0, i]
    for i in range(num_open):
        word = number(goals, row, span_word(pool, span, i))
        different |= texts[row, 1, 2 + closed + i] != word
        texts[row, 1, 2 + closed + i] = word
    return different


@part
def score(info, pool, goals, texts, scores, grids, lines, row):
    """`scores[row]`: 1 - TER of row `row` now, its open words included."""
    if 2 + texts[row, 0, 1] + span_size(pool, info[texts[row, 0, 0], 0]) > texts.shape[2]:
        return FULL
    if not changed(info, pool, goals, texts, row):
        return DONE
    num_text, num_refs, num_words = texts[row, 1, 1], goals[row, 0], goals[row, 1]
    fewest, at = FAR, 2 + num_refs + num_words
    for ref in range(num_refs):
        num_ref = goals[row, 2 + ref]
        if abs(num_text - num_ref) < fewest:  # there are at least as many edits
            for i in range(num_text):
                lines[TEXT, i] = texts[row, 1, 2 + i]
            for j in range(num_ref):
                lines[REFERENCE, j + 1] = goals[row, at + j]
            fewest = min(fewest, edits(grids, lines, num_text, num_ref))
        at += num_ref
    rate = 1.0 if fewest > 0 else 0.0
    if num_words > 0:
        rate = fewest / (num_words / num_refs)
    scores[row] = 1.0 - 100.0 * rate / 100.0  # rounded as sacrebleu's percentage is
    return DONE


# --- what the scorer calls -------------------------------------------------------------------------------


@jit
def push_row(table, info, pool, breaks, goals, texts, row, token):
    """`push` of one row."""
    return push(table, info, pool, breaks, goals, texts, row, token)


@jit
def score_row(info, pool, goals, texts, scores, grids, lines, row):
    """`score` of one row."""
    return score(info, pool, goals, texts, scores, grids, lines, row)


@jit
def push_rows(table, info, pool, breaks, goals, texts, tokens, active, first):
    """(row, what it needs) of the first row from `first` on that `push` cannot be done for, or (N, DONE)."""
    for row in range(first, tokens.shape[0]):
        if active[row]:
            need = push(table, info, pool, breaks, goals, texts, row, tokens[row])
            if need != DONE:
                return row, need
    return tokens.shape[0], DONE


@jit
def score_rows(info, pool, goals, texts, scores, grids, lines, which, first):
    """How many of the rows `which` have their scores, from number `first` on; the next one lacks room."""
    for i in range(first, which.shape[0]):
        if score(info, pool, goals, texts, scores, grids, lines, which[i]) != DONE:
            return i
    return which.shape[0]
