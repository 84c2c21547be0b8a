# mypy: disable-error-code="no-untyped-def,no-untyped-call"
"""The words of a text that grows by characters, as the pattern `textgym.rewards.words.WORDS` has them.

Characters are *symbols*: the kind of the character, from bit 24 on, and its case-folded code. One that folds to several
codes is followed by symbols of kind MORE. Words are known by two hashes, modulo two primes.

rows (N, K) int64   what is open: which part of a word, its characters, the groups of a number before it, a code that
                    counts if the word goes on, two hashes; the words and the characters so far; characters behind them
                    that may still become others, of kind OTHER; then hashes of the last words, in turn
"""

from __future__ import annotations

from textgym.kernels.compiler import part

LETTER, DIGIT, IDEOGRAPH, SIGN, APOSTROPHE, POINT, OTHER, MORE = range(8)  # SIGN: like an ideograph, no word character
NOTHING, WORD, ELIDED, SUFFIX, NUMBER, PARTED = range(6)  # what is open
OPEN, SIZE, GROUPS, PENDING, ONE, TWO, WORDS, CHARACTERS, TAIL, RECENT = range(10)
MOST_RECENT = 16
COUNTS = RECENT + 2 * MOST_RECENT  # of the n-grams of each order, different ones

LONGEST, LONGEST_SUFFIX, LONGEST_NUMBER, MOST_GROUPS = 48, 16, 24, 6  # as in the pattern
PRIME_ONE, PRIME_TWO, BASE_ONE, BASE_TWO = 2147483647, 2147483629, 1103515245, 1220703125


@part
def put(rows, row, code):
    """The open word goes on."""
    rows[row, ONE] = (rows[row, ONE] * BASE_ONE + code + 1) % PRIME_ONE
    rows[row, TWO] = (rows[row, TWO] * BASE_TWO + code + 1) % PRIME_TWO


@part
def begin(rows, row, kind, code):
    """A word begins."""
    rows[row, OPEN], rows[row, SIZE], rows[row, GROUPS] = kind, 1, 0
    rows[row, ONE] = rows[row, TWO] = 0
    put(rows, row, code)


@part
def fits(state, kind, size):
    """Whether the part of a word that is open takes one more character of a kind."""
    if state == WORD:
        return kind <= DIGIT and size < LONGEST
    if state == SUFFIX:
        return kind in (LETTER, IDEOGRAPH) and size < LONGEST_SUFFIX
    return state == NUMBER and kind == DIGIT and size < LONGEST_NUMBER


@part
def goes_on(rows, row, kind, code):
    """Whether the open word takes the next character, which then is in it."""
    state, groups = rows[row, OPEN], rows[row, GROUPS]
    if kind == MORE:
        put(rows, row, code)
    elif fits(state, kind, rows[row, SIZE]):
        put(rows, row, code)
        rows[row, SIZE] += 1
    elif state == WORD and kind == APOSTROPHE:
        rows[row, OPEN], rows[row, PENDING] = ELIDED, code
    elif state == NUMBER and kind == POINT and groups < MOST_GROUPS:
        rows[row, OPEN], rows[row, PENDING], rows[row, GROUPS] = PARTED, code, groups + 1
    elif (state == ELIDED and kind in (LETTER, IDEOGRAPH)) or (state == PARTED and kind == DIGIT):
        put(rows, row, rows[row, PENDING])
        put(rows, row, code)
        rows[row, OPEN], rows[row, SIZE] = SUFFIX if state == ELIDED else NUMBER, 1
    else:
        return False
    return True


@part
def starts(rows, row, kind, code):
    """With nothing open: a word begins with the character, or none does; whether it is whole already."""
    if kind <= SIGN:
        begin(rows, row, NUMBER if kind == DIGIT else WORD, code)
    return kind in (IDEOGRAPH, SIGN)
