"""Examples that are kept: the same as read one by one, however many are asked for and whatever has been forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from textgym import prepared
from textgym.mdp import TokenMDP
from textgym.prepared import Shelf


@pytest.mark.parametrize("task", ["textgym.tasks.summarize:Summarize", "textgym.tasks.caption:Caption"])
@pytest.mark.parametrize("most", [4, 10**6])
def test_many_are_those_read_one_by_one(task: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_MOST", most)
    mdp = TokenMDP(task)
    shelf, rng = mdp.shelf, np.random.default_rng(0)
    held = [(index, shelf.one(index)) for index in range(3)]
    for size in (1, 3, 7, 2, 1, 40, 3):
        indices = rng.integers(12, size=size)
        places = shelf.places(indices)
        assert len(places) == size
        for index, place in zip(indices.tolist(), places.tolist(), strict=True):
            example, prompt = mdp.corpus[index], mdp.task.prompt(mdp.corpus[index])
            assert shelf.examples[place] == example
            expected = mdp.padded(mdp.codec.encode(prompt, mdp.num_source))
            assert np.array_equal(shelf.sources[place], expected)
            for key, array in mdp.task.extra_observation(example).items():
                assert np.array_equal(shelf.extras[place][key], array)
    for index, kept in held:  # what has been handed out stays as it was
        again = Shelf(mdp.task, mdp.corpus, mdp.codec, mdp.num_source, mdp.ledger.expect).one(index)
        assert kept.example == again.example
        assert np.array_equal(kept.source, again.source)
        assert not kept.source.flags.writeable


def test_pictures_are_kept_within_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    mdp = TokenMDP("textgym.tasks.caption:Caption")
    size = sum(array.nbytes for array in mdp.task.extra_observation(mdp.corpus[0]).values())
    monkeypatch.setattr(prepared, "_MOST_BYTES", 5 * size)
    for start in range(0, 30, 3):
        mdp.shelf.places(np.arange(start, start + 3))
        assert np.count_nonzero(mdp.shelf._places) == len(mdp.shelf.examples) <= 5


def test_what_cannot_be_read_is_not_entered() -> None:
    mdp = TokenMDP("textgym.tasks.summarize:Summarize")
    with pytest.raises(IndexError):
        mdp.shelf.places(np.array([0, len(mdp.corpus)]))
    (place,) = mdp.shelf.places(np.array([0]))
    assert mdp.shelf.examples[place] == mdp.corpus[0]


def test_reading_ahead_reads_what_comes_first_and_never_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    mdp = TokenMDP("textgym.tasks.summarize:Summarize")
    shelf, coming = mdp.shelf, np.array([7, 3, 7, *range(100, 400)])
    monkeypatch.setattr(prepared, "_MOST", 40)
    small = Shelf(mdp.task, mdp.corpus, mdp.codec, mdp.num_source, mdp.ledger.expect)
    small.read_ahead(coming)
    assert [example.id for example in small.examples] == [mdp.corpus[i].id for i in (7, 3, *range(100, 138))]
    small.places(np.arange(50))  # more than there is room for
    small.read_ahead(coming)
    assert len(small.examples) == 50
    monkeypatch.setattr(prepared, "_SECONDS_AHEAD", 0.0)
    shelf.read_ahead(coming)
    assert not shelf.examples
    monkeypatch.setattr(prepared, "_SECONDS_AHEAD", 100.0)
    shelf.read_ahead(coming)
    assert len(shelf.examples) == 302
    places = shelf.places(coming)
    assert [shelf.examples[place].id for place in places] == [mdp.corpus[i].id for i in coming.tolist()]
