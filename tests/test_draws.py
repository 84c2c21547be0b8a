"""Drawn ahead or not: the numbers of a generator that is asked for one at a time."""

from __future__ import annotations

import numpy as np
from gymnasium.utils import seeding
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.draws import Draws

ROWS = 3
ORDERS = st.lists(st.lists(st.booleans(), min_size=ROWS, max_size=ROWS), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 1 << 40), st.integers(0, 99), st.sampled_from([1, 2, 5, 32]), ORDERS, st.integers(0, 29))
def test_a_generator_for_each_row(size: int, seed: int, ahead: int, order: list[list[bool]], looked: int) -> None:
    draws = Draws(ROWS, size, ahead=ahead)
    draws.seed(seed)
    plain = [seeding.np_random(seed + row)[0] for row in range(ROWS)]
    marks = []
    for step, mask in enumerate(order):
        rows = np.flatnonzero(mask)
        assert draws.draw(rows).tolist() == [int(plain[row].integers(size)) for row in rows]
        marks.append((draws.mark(0), plain[0].bit_generator.state))
        if step % 3 == 1:
            coming = draws.coming(2)
            assert len(coming) <= 2 * ROWS * (ahead > 1)
        if step == looked:  # somebody else draws, too
            assert draws.generator(1).random() == plain[1].random()
    assert all(draws.state(mark) == state for mark, state in marks)
    again = Draws(ROWS, size, ahead=ahead)
    again.restore([draws.state(draws.mark(row)) for row in range(ROWS)])
    assert again.draw(np.arange(ROWS)).tolist() == draws.draw(np.arange(ROWS)).tolist()
    assert draws.generator(2).bit_generator.state == again.generator(2).bit_generator.state


def test_what_comes_is_what_is_drawn_then() -> None:
    draws, plain = Draws(ROWS, 10**6, ahead=4), Draws(ROWS, 10**6, ahead=4)
    rows = np.arange(ROWS)
    for both in (draws, plain):
        both.seed(0)
        both.draw(rows)
    draws.draw(rows[:1]), plain.draw(rows[:1])
    coming = draws.coming(3).tolist()
    first, second, third = plain.draw(rows), plain.draw(rows), plain.draw(rows[1:])  # row 0 has drawn one more
    assert coming == [*first.tolist(), *second.tolist(), *third.tolist()]
    assert Draws(ROWS, 10, ahead=1).coming(3).tolist() == []
