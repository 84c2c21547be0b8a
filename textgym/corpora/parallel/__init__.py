"""Pairs of English and German sentences, from one grammar for both languages.

A sentence is planned once and said twice, so that the German is a right translation of the English: genders,
cases, adjective endings, verb second and verb last, separable verbs and all. `draw` translates into German,
`draw_reverse` into English.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.parallel.clause import Marks
from textgym.corpora.parallel.levels import LEVELS
from textgym.corpora.parallel.plans import PLANS
from textgym.corpora.parallel.writer import Dice, Writer
from textgym.errors import unknown

__all__ = ["draw", "draw_reverse"]

_NAMES = {name: tuple(level.plans) for name, level in LEVELS.items()}
_STEPS = {name: tuple(accumulate(level.plans.values())) for name, level in LEVELS.items()}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _plan(dice: Dice, difficulty: str) -> str:
    steps = _STEPS[difficulty]
    unit = dice.unit() * steps[-1]
    return _NAMES[difficulty][next(i for i, step in enumerate(steps) if unit < step)]


def _pair(rng: np.random.Generator, difficulty: str) -> tuple[str, str, str, Marks]:
    """English, German, the plan's name, and what is noted of the sentence."""
    if difficulty not in LEVELS:
        raise unknown("difficulty", difficulty, LEVELS)
    level, dice = LEVELS[difficulty], Dice(rng)
    fewest, most = level.words
    while True:
        name, writer = _plan(dice, difficulty), Writer(dice, level)
        english, german = PLANS[name](writer)
        if fewest <= english.count(" ") + 1 <= most and fewest <= german.count(" ") + 1 <= most:
            return _capital(english), _capital(german), name, writer.marks


def _draft(source: str, reference: str, plan: str, marks: Marks) -> Draft:
    meta = {
        "facts": tuple(marks.facts),
        "spans": tuple(marks.spans),
        "clauses": tuple(marks.clauses),
        "plan": plan,
    }
    return Draft(source, (reference,), meta)


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """An English sentence and its German translation.

    Args:
        rng: all the randomness there is.
        difficulty: "easy" (simple clauses, 4 to 8 words in either language), "medium" (7 to 16 words) or
            "hard" (two clauses and more, 14 to 28 words).

    Returns:
        A `Draft` whose meta holds ``facts`` (English lemmas of subject, relation and object of each clause),
        ``spans`` (each German noun phrase, a `Span`), ``clauses`` (each German clause with a finite verb, a
        `ClauseMark`) and ``plan``, the name of the sentence plan.

    Raises:
        ValueError: for an unknown difficulty.
    """
    return _draft(*_pair(rng, difficulty))


def draw_reverse(rng: np.random.Generator, difficulty: str) -> Draft:
    """A German sentence and its English translation: the pairs of `draw`, the other way round."""
    english, german, plan, marks = _pair(rng, difficulty)
    return _draft(german, english, plan, marks)
