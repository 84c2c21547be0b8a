"""Arrays are given out again only once nobody holds any part of them."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from textgym.snapshots import Snapshots

N, S, T = 3, 4, 5


class Rows:
    """Texts that grow by a token a step; some begin anew."""

    def __init__(self) -> None:
        self.turns = np.zeros(N, dtype=np.int64)
        self.source, self.generated = np.zeros((N, S), dtype=np.int32), np.zeros((N, T), dtype=np.int32)
        self.steps, self.extra = np.zeros(N, dtype=np.int32), {"image": np.zeros((N, 2, 2), dtype=np.uint8)}
        self.snapshots = Snapshots()

    def step(self, anew: list[bool], token: int) -> None:
        for row in range(N):
            if anew[row] or self.steps[row] == T:
                self.turns[row] += 1
                self.source[row], self.generated[row], self.steps[row] = token, 0, 0
                self.extra["image"][row] = token
            else:
                self.generated[row, self.steps[row]] = token
                self.steps[row] += 1

    def take(self) -> dict[str, NDArray[Any]]:
        return self.snapshots.take(self.turns, self.now())

    def now(self) -> dict[str, NDArray[Any]]:
        return {"source": self.source, "generated": self.generated, "step": self.steps[:, None], **self.extra}

    def truth(self) -> dict[str, NDArray[Any]]:
        return {key: array.copy() for key, array in self.now().items()}


@settings(deadline=None)
@given(st.lists(st.tuples(st.lists(st.booleans(), min_size=N, max_size=N), st.integers(0, 6)), max_size=25))
def test_what_is_held_stays_as_it_was(steps: list[tuple[list[bool], int]]) -> None:
    """`steps`: which rows begin anew, and which of the observations held is let go."""
    rows, held = Rows(), []
    for token, (anew, dropped) in enumerate(steps, start=1):
        rows.step(anew, token)
        held.append((rows.take(), rows.truth()))
        if dropped < len(held):
            del held[dropped]
        for seen, truth in held:
            assert seen.keys() == truth.keys()
            assert all(np.array_equal(seen[key], truth[key]) for key in truth)


HOLDERS: dict[str, Callable[[NDArray[Any]], Any]] = {
    "array": lambda array: array,
    "row": lambda array: array[1],
    "row of a row": lambda array: array[1:][0],
    "reshaped": lambda array: array.reshape(-1)[::2],
    "buffer": memoryview,
    "iterator": iter,
    "flat": lambda array: array.flat,
}


@pytest.mark.parametrize("kind", HOLDERS)
@pytest.mark.parametrize("key", ["source", "generated", "step", "image"])
def test_any_part_holds_it(kind: str, key: str) -> None:
    rows = Rows()
    first = rows.take()
    part = HOLDERS[kind](first[key])
    address = first["source"].ctypes.data
    del first
    gc.collect()
    assert rows.take()["source"].ctypes.data != address
    del part
    gc.collect()
    assert rows.take()["source"].ctypes.data == address


def test_a_tensor_holds_it() -> None:
    rows = Rows()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says, once, that it is not to be written to
        shared = torch.from_numpy(rows.take()["generated"])
    rows.step([False] * N, 7)
    assert rows.take()["generated"][:, 0].tolist() == [7] * N
    assert shared.sum() == 0


def test_a_loop_needs_two_sets_of_arrays() -> None:
    rows, seen, addresses = Rows(), None, set()
    for token in range(20):
        rows.step([token % 7 == 3] * N, token)
        seen = rows.take()
        addresses.add(seen["source"].ctypes.data)
    assert len(addresses) == 2


def test_a_caller_who_keeps_all_gets_new_ones() -> None:
    rows, kept = Rows(), []
    for token in range(10):
        rows.step([False] * N, token)
        kept.append(rows.take())
    assert len({seen["source"].ctypes.data for seen in kept}) == 10
    assert [seen["step"][0, 0] for seen in kept] == [1, 2, 3, 4, 5, 0, 1, 2, 3, 4]


def test_they_are_not_to_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Rows().take()["source"][:] = 0


def test_where_nobody_counts_each_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("sys.getrefcount")
    rows, kept = Rows(), []
    for token in range(4):
        rows.step([False] * N, token)
        kept.append((rows.take(), rows.truth()))
    for seen, truth in kept:
        assert all(np.array_equal(seen[key], truth[key]) for key in truth)
