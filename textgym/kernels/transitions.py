# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The automaton from tokens to words, as `textgym.text.stream` fills it.

A *span* is some words in one number: EMPTY for none, the id of a word for that one, and below EMPTY a place in the
pool, where their number stands before their ids. Each state has two: its open words, which the text would have
if it ended here, and its last words, which it has closed once a break comes (NEVER: no break closes it).

table (slots, 8)   transitions, open addressing: [state + 1 or 0, token, goal, span closed, the goal's two spans, -, -]
breaks (V, 8)      per token: [0: not known yet, 1: it closes whatever stood before it, 2: it does not; for 1 also
                   whether the rest is there: goal, span, and spans as in `table`, from state BREAK]
info (states, 2)   the two spans of each state
pool (P,)          word ids
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part

BREAK = 1  # the state after a break, in every stream
EMPTY, NEVER = -1, -(1 << 31)  # spans
KEY, TOKEN, GOAL, CLOSED, OPEN, LAST = range(6)  # columns of `table`
KIND, KNOWN = KEY, TOKEN  # of `breaks`, which goes on in the same way


@part
def span_size(pool, span):
    """The number of words in a span."""
    if span < EMPTY and span != NEVER:
        return pool[-2 - span]
    return 1 if span >= 0 else 0


@part
def span_word(pool, span, i):
    """Word `i` of a span."""
    return span if span >= 0 else pool[i - 1 - span]


@part
def find(table, state, token):
    """The slot of a transition, or minus one, minus the free slot where it belongs."""
    mask = table.shape[0] - 1
    mixed = int(state) * 2654435 + int(token) * 40503
    slot = (mixed ^ (mixed >> 12)) & mask
    while table[slot, KEY] != state + 1 or table[slot, TOKEN] != token:
        if table[slot, KEY] == 0:
            return -1 - slot
        slot = (slot + 1) & mask
    return slot


@jit
def known(table, state, token):
    """Whether the table has this transition."""
    return find(table, state, token) >= 0


@jit
def insert(table, state, token, goal, closed, opened, last):
    """Enter a transition, or change it."""
    slot = find(table, state, token)
    if slot < 0:
        slot = -1 - slot
    table[slot, KEY], table[slot, TOKEN], table[slot, GOAL] = state + 1, token, goal
    table[slot, CLOSED], table[slot, OPEN], table[slot, LAST] = closed, opened, last


@jit
def rehash(old, new):
    """Enter all transitions of one table in another, larger one."""
    for slot in range(old.shape[0]):
        if old[slot, KEY] != 0:
            goal = -1 - find(new, old[slot, KEY] - 1, old[slot, TOKEN])
            for column in range(old.shape[1]):
                new[goal, column] = old[slot, column]


@part
def transition(table, breaks, state, last, token):
    """(goal, span closed, the goal's open and last span, whether a break closed `last`, those of `state`, first).

    The goal is -1 where something is not known yet.
    """
    if token < 0 or token >= breaks.shape[0] or breaks[token, KIND] == 0:
        return -1, EMPTY, EMPTY, EMPTY, False
    if breaks[token, KIND] == 1 and last != NEVER:
        if breaks[token, KNOWN] == 0:
            return -1, EMPTY, EMPTY, EMPTY, False
        return breaks[token, GOAL], breaks[token, CLOSED], breaks[token, OPEN], breaks[token, LAST], True
    slot = find(table, state, token)
    if slot < 0:
        return -1, EMPTY, EMPTY, EMPTY, False
    return table[slot, GOAL], table[slot, CLOSED], table[slot, OPEN], table[slot, LAST], False


@jit
def cross(table, info, breaks, states, tokens, active, first, flags):
    """Move each active row's state by its token, from row `first`; `flags`: did it close a word.

    Returns the number of rows done; that row's transition is missing if it is not all of them.
    """
    for row in range(first, states.shape[0]):
        if not active[row]:
            flags[row] = False
            continue
        last = info[states[row], 1]
        goal, closed, _, _, broke = transition(table, breaks, states[row], last, tokens[row])
        if goal < 0:
            return row
        flags[row] = closed != EMPTY or (broke and last != EMPTY)
        states[row] = goal
    return states.shape[0]
