# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The automaton from tokens to words, as `textgym.text.stream` fills it.

A *span* is some words in one number: EMPTY for none, the id of a word for that one, and below EMPTY a place in the
pool, where their number stands before their ids. Each state has two: its open words, which the text would have
if it ended here, and its last words, which it has closed once a break comes (NEVER: no break closes it).

Letters need no transitions of their own. All that words of references begin with are states already, from state BREAK
on, each letter leading from one to the next; where there is no way on, the word is in no reference, and such words are
all alike: STRANGE. The *home* of a state is where letters go on from, or NOWHERE. These states are their own homes;
where another has BREAK, letters close what a break does. After letters that keep ENDS from it, as digits may, home is
-2 - the state; the strange state there is STRANGE_HELD.

Nor do letters with the first bytes of a character behind them, where that will end the word or go on with it, and for
now ends it: such a state is that of the letters + HANGING * the number of the bytes.

table (slots, 8)   transitions, open addressing: [state + 1 or 0, token, goal, span closed, the goal's two spans and
                   home, -]; a letter stands as the token -1 - its code (above FOREIGN if it keeps ENDS from it), and
                   FOREIGN for any that is not ASCII: where a reference goes on with such a one it has no goal, and
                   each token its own transition
breaks (V, 16)     per token [kind and 8 * the number of letters that come first; -; for BREAKS and ENDS goal, span,
                   spans and home as in `table`, from state BREAK, for HANGS what it adds to a state; -; eight times
                   four letters]
info (states, 4)   of each state: the two spans, home, how many letters lead to it from BREAK
pool (P,)          word ids
"""

from __future__ import annotations

from textgym.kernels.compiler import jit, part

BREAK, STRANGE, STRANGE_HELD = 1, 2, 3  # states, in every stream
UNKNOWN = 0  # the word of the strange states
NOWHERE = -1  # a home
EMPTY, NEVER = -1, -(1 << 31)  # spans
KEY, TOKEN, GOAL, CLOSED, OPEN, LAST, HOME = range(7)  # columns of `table`
KIND, SPELLED = KEY, 8  # of `breaks`, which goes on in the same way
# Kinds: after its letters a token closes all there is; closes it where that is its own home; is over; none of these.
# Or it puts nothing at all; or, after its letters, the first bytes of a character.
BREAKS, ENDS, LETTERS, OTHER, NOTHING, HANGS = range(1, 7)
MOST_LETTERS, FOREIGN = 32, 128
HANGING, MOST_HANGING = 1 << 25, 62  # no more states than this, nor more such bytes


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
def spans(info, state):
    """The two spans of a state, and its home."""
    if state < HANGING:
        return info[state, 0], info[state, 1], info[state, 2]
    return info[state & (HANGING - 1), 0], info[state & (HANGING - 1), 1], BREAK


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
def insert(table, state, token, goal, closed, opened, last, home):
    """Enter a transition, or change it."""
    slot = find(table, state, token)
    if slot < 0:
        slot = -1 - slot
    table[slot, KEY], table[slot, TOKEN], table[slot, GOAL] = state + 1, token, goal
    table[slot, CLOSED], table[slot, OPEN], table[slot, LAST], table[slot, HOME] = closed, opened, last, home


@jit
def plant(table, info, letters, made, word):
    """(the state after `letters` (n,), how many states there are): from BREAK, with the states that are not there yet.

    There are `made` states before; the words of new ones are numbered from `word` on.
    """
    state = BREAK
    for depth in range(letters.shape[0]):
        token = -1 - int(letters[depth])
        slot = find(table, state, token)
        if slot < 0:
            slot = -1 - slot
            table[slot, KEY], table[slot, TOKEN], table[slot, GOAL] = state + 1, token, made
            home = -2 - made if letters[depth] > FOREIGN else made
            table[slot, CLOSED], table[slot, OPEN], table[slot, LAST], table[slot, HOME] = EMPTY, word, word, home
            info[made, 0], info[made, 1], info[made, 2], info[made, 3] = word, word, home, depth + 1
            made += 1
            word += 1
        state = table[slot, GOAL]
    return state, made


@jit
def rename(table, info, letters, span):
    """The two spans of the state after `letters`, which is there, are `span` from now on."""
    state, slot = BREAK, 0
    for i in range(letters.shape[0]):
        slot = find(table, state, -1 - int(letters[i]))
        state = table[slot, GOAL]
    info[state, 0], info[state, 1] = span, span
    table[slot, OPEN], table[slot, LAST] = span, span


@jit
def rehash(old, new):
    """Enter all transitions of one table in another, larger one."""
    for slot in range(old.shape[0]):
        if old[slot, KEY] != 0:
            goal = -1 - find(new, old[slot, KEY] - 1, old[slot, TOKEN])
            for column in range(old.shape[1]):
                new[goal, column] = old[slot, column]


@part
def letter(breaks, token, i):
    """Letter `i` of a token."""
    return (breaks[token, SPELLED + (i >> 2)] >> (8 * (i & 3))) & 255


@part
def spelled(table, breaks, home, token):
    """The slot that the letters of `token` lead to from `home`; -1: to a strange state."""
    state, slot = max(home, -2 - home), -1
    if state != STRANGE and state != STRANGE_HELD:
        for i in range(breaks[token, KIND] >> 3):
            slot = find(table, state, -1 - letter(breaks, token, i))
            if slot < 0:
                return -1
            state = table[slot, GOAL]
            if state < 0:
                return slot
    return slot


@part
def transition(table, breaks, state, last, home, token):
    """(goal, two spans closed, the goal's open and last span and home); `last` and `home` are those of `state`.

    The goal is -1 where something is not known yet. Where it is `state`, its spans and home need not be right.
    """
    if token < 0 or token >= breaks.shape[0] or breaks[token, KIND] == 0:
        return -1, EMPTY, EMPTY, EMPTY, EMPTY, NOWHERE
    kind, count = breaks[token, KIND] & 7, breaks[token, KIND] >> 3
    goal, opened, closed = state, EMPTY, EMPTY
    if kind == NOTHING:
        return state, EMPTY, EMPTY, EMPTY, last, home
    if count > 0 and home == NOWHERE:
        kind = OTHER
    elif count > 0:
        if home == BREAK and state != BREAK:
            closed = last
        slot = spelled(table, breaks, home, token)
        if slot >= 0:
            goal, opened, last, home = table[slot, GOAL], table[slot, OPEN], table[slot, LAST], table[slot, HOME]
        elif letter(breaks, token, count - 1) > FOREIGN:
            goal, opened, last, home = STRANGE_HELD, UNKNOWN, UNKNOWN, -2 - STRANGE_HELD
        else:
            goal, opened, last, home = STRANGE, UNKNOWN, UNKNOWN, STRANGE
        if kind == LETTERS and goal >= 0:
            return goal, closed, EMPTY, opened, last, home
    if kind == HANGS and goal >= 0 and home == goal:
        return goal + breaks[token, GOAL], closed, EMPTY, last, last, BREAK
    breaking = kind == BREAKS or (kind == ENDS and home == goal)
    if breaking and goal >= 0 and last != NEVER and closed == EMPTY:
        return (
            breaks[token, GOAL], last, breaks[token, CLOSED], breaks[token, OPEN], breaks[token, LAST],
            breaks[token, HOME],
        )  # fmt: skip
    slot = find(table, state, token)
    if slot < 0:
        return -1, EMPTY, EMPTY, EMPTY, EMPTY, NOWHERE
    return table[slot, GOAL], EMPTY, table[slot, CLOSED], table[slot, OPEN], table[slot, LAST], table[slot, HOME]


@jit
def known(table, info, breaks, state, token):
    """Whether this transition is known."""
    _, last, home = spans(info, state)
    return transition(table, breaks, state, last, home, token)[0] >= 0


@jit
def cross(table, info, breaks, states, tokens, active, first, flags):
    """Move each active row's state by its token, from row `first`; `flags`: did it close a word.

    Returns the number of rows done; that row's transition is missing if it is not all of them.
    """
    for row in range(first, states.shape[0]):
        if not active[row]:
            flags[row] = False
            continue
        _, last, home = spans(info, states[row])
        goal, before, closed, _, _, _ = transition(table, breaks, states[row], last, home, tokens[row])
        if goal < 0:
            return row
        flags[row] = before != EMPTY or closed != EMPTY
        states[row] = goal
    return states.shape[0]
