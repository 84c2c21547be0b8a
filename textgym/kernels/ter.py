# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The texts that TER scores, words being numbers.

Arrays (N texts, of room for C words), besides those of `textgym.kernels.ter_rows`, `ter_path` and `ter_weigh`:

goals (N, G) int64      the references of each text: [how many, words in all, limbs, lengths, word ids; for each
                        reference, number and limb, the places of that word, and these counted from the end]. A word's
                        number is the first place at which it stands in the references; places are bits, in limbs.
texts (N, 2, C + 2) int64   [state of the word stream, number of closed words, their numbers (-1: in no reference)];
                        and what was scored last: [number of closed words, of words, their numbers]
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part
from textgym.kernels.ter_path import LONGEST, SHORTEST, SURE
from textgym.kernels.ter_rows import LIMB, PLACES, PLACES_BACK, limbs
from textgym.kernels.ter_shifts import TURNS, forget, growing_edits, settle
from textgym.kernels.transitions import span_size, span_word, spans, transition

HEAD = 3  # of goals
FAR = 1 << 30  # more than any edits
DONE, MISSING, FULL = range(3)  # what `push` and `score` return: a transition is missing, a row is too short


@part
def number(goals, row, word):
    """The number of a word of the references, -1 for any other."""
    ids = HEAD + goals[row, 0]
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
    _, last, home = spans(info, state)
    goal, before, closed, _, _, _ = transition(table, breaks, state, last, home, token)
    if goal < 0:
        return MISSING
    if 2 + texts[row, 0, 1] + span_size(pool, before) + span_size(pool, closed) > texts.shape[2]:
        return FULL
    put(goals, texts, row, pool, before)
    put(goals, texts, row, pool, closed)
    texts[row, 0, 0] = goal
    return DONE


@part
def renew(info, pool, goals, texts, row):
    """Write closed and open words as those scored last; how many leading ones they have in common with the former."""
    span = spans(info, texts[row, 0, 0])[0]
    closed, former = texts[row, 0, 1], texts[row, 1, 1]
    known = texts[row, 1, 0] if former >= 0 else 0  # closed already: they stay
    num_text = closed + span_size(pool, span)
    same = min(num_text, max(former, 0))
    for i in range(known, num_text):
        word = texts[row, 0, 2 + i] if i < closed else number(goals, row, span_word(pool, span, i - closed))
        if i < same and texts[row, 1, 2 + i] != word:
            same = i
        texts[row, 1, 2 + i] = word
    texts[row, 1, 0], texts[row, 1, 1] = closed, num_text
    return same


@part
def grow(goals, texts, cells, beams, notes, kept, trial, row, ref, num_ref):
    """`growing_edits` of the words of row `row`."""
    num_text, num_words, num_limbs = texts[row, 1, 1], goals[row, 1], goals[row, 2]
    slot, places = ref * TURNS, HEAD + goals[row, 0] + num_words * (1 + 2 * num_limbs * ref)
    same = notes[row, slot, SURE]
    for i in range(same, num_text):
        word = texts[row, 1, 2 + i]
        for limb in range(limbs(num_ref)):
            at = places + 2 * (num_limbs * word + limb)
            cells[row, slot, i + 1, PLACES + LIMB * limb] = goals[row, at] if word >= 0 else 0
            cells[row, slot, i + 1, PLACES_BACK + LIMB * limb] = goals[row, at + 1] if word >= 0 else 0
    settle(notes, row, slot, same, num_text)
    return growing_edits(cells, beams, notes, kept, trial, row, slot, num_ref)


@part
def score(info, pool, goals, texts, scores, cells, beams, notes, kept, trial, row):
    """`scores[row]`: 1 - TER of row `row` now, its open words included."""
    if 2 + texts[row, 0, 1] + span_size(pool, spans(info, texts[row, 0, 0])[0]) > texts.shape[2]:
        return FULL
    former, num_refs, num_words = texts[row, 1, 1], goals[row, 0], goals[row, 1]
    if former < 0:
        for slot in range(0, notes.shape[1], TURNS):
            forget(notes, row, slot)
            notes[row, slot, SHORTEST] = notes[row, slot, LONGEST] = 0
    same = renew(info, pool, goals, texts, row)
    num_text = texts[row, 1, 1]
    if same == num_text == former:
        return DONE
    fewest = FAR
    for ref in range(num_refs):
        num_ref = goals[row, HEAD + ref]
        notes[row, ref * TURNS, SURE] = min(same, notes[row, ref * TURNS, SURE])
        if abs(num_text - num_ref) < fewest:  # there are at least as many edits
            found = num_text
            if num_ref > 0:
                found = grow(goals, texts, cells, beams, notes, kept, trial, row, ref, num_ref)
            fewest = min(fewest, found)
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
def score_row(info, pool, goals, texts, scores, cells, beams, notes, kept, trial, row):
    """`score` of one row."""
    return score(info, pool, goals, texts, scores, cells, beams, notes, kept, trial, row)


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
def score_rows(info, pool, goals, texts, scores, cells, beams, notes, kept, trial, which, first):
    """How many of the rows `which` have their scores, from number `first` on; the next one lacks room."""
    for i in range(first, which.shape[0]):
        if score(info, pool, goals, texts, scores, cells, beams, notes, kept, trial, which[i]) != DONE:
            return i
    return which.shape[0]
