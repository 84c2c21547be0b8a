"""Texts kept on disk are those that would be drawn, and a file that is not as it should be is as good as none."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import textgym  # noqa: F401
from textgym.corpora.base import Draft, ProceduralCorpus
from textgym.corpora.parallel import draw_reverse
from textgym.corpora.reports import plan
from textgym.corpora.store import StoredCorpus, Texts, _open, stored

SIZE = 40


def several(rng: np.random.Generator, difficulty: str) -> Draft:
    """An example with up to three references, some of them empty or not of ASCII."""
    words = ["\u00fcber", "", "a b", "\U0001f389", "na\u00efve \n"]
    texts = tuple(words[i] for i in rng.integers(len(words), size=int(rng.integers(1, 4))))
    return Draft(f"{difficulty} {int(rng.integers(10**9))}", texts, {"n": len(texts)})


GENERATORS: dict[str, Callable[..., Any]] = {"report": plan, "pair": draw_reverse, "several": several}


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path / "cache"))
    _open.clear()
    return tmp_path / "cache"


def corpus(name: str = "report", split: str = "train", difficulty: str = "easy", **more: Any) -> StoredCorpus:
    found = stored(ProceduralCorpus(name, GENERATORS[name], split, difficulty, SIZE, keep=True, **more))
    assert isinstance(found, StoredCorpus)
    return found


def is_read(found: StoredCorpus) -> bool:
    """Whether an example comes without a draw."""
    found[0]
    return found._texts is not None


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("difficulty", ["easy", "hard"])
def test_read_is_drawn(name: str, difficulty: str) -> None:
    for split in ("train", "test"):
        assert not is_read(corpus(name, split, difficulty))
        corpus(name, split, difficulty).prepare()
        _open.clear()  # as in another process
        found = corpus(name, split, difficulty)
        assert is_read(found)
        drawn = [found.corpus[i] for i in range(SIZE)]
        assert [found[i] for i in range(SIZE)] == drawn
        assert drawn == [found[i] for i in range(SIZE)]
        assert len(found) == SIZE
        for index in (-1, SIZE):
            with pytest.raises(IndexError, match=rf"got {index}, the {split} split has 0\.\.{SIZE - 1}"):
                found[index]


def test_meta_is_that_of_the_draw() -> None:
    corpus().prepare()
    example = corpus()[3]
    drawn = corpus().corpus[3].meta
    for meta in (example.meta, copy.deepcopy(example).meta, pickle.loads(pickle.dumps(example)).meta):
        assert meta == drawn
        assert drawn == meta
        assert dict(meta) == drawn
        assert (len(meta), list(meta), repr(meta)) == (len(drawn), list(drawn), repr(drawn))
        assert meta.get("nothing") is None


def test_very_many_at_once_draw_all() -> None:
    few, many = corpus(), corpus()
    assert few.many(range(SIZE)) == [few.corpus[i] for i in range(SIZE)]
    assert not is_read(corpus())
    indices = [i % SIZE for i in range(300)]
    assert many.many(indices) == [many.corpus[i] for i in indices]
    assert is_read(corpus())


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(bytes(data))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"data": np.zeros(3)}, path)


def other_key(path: Path) -> None:
    found = corpus()
    texts = Texts.read(*found.place())
    assert texts is not None
    assert texts.write(path, "of another version")


@pytest.mark.parametrize("damage", [truncated, flipped, emptied, foreign, other_key], ids=lambda f: f.__name__)
def test_what_is_damaged_or_stale_is_drawn_and_written_anew(damage: Callable[[Path], None]) -> None:
    corpus().prepare()
    path, _ = corpus().place()
    good = path.read_bytes()
    damage(path)
    _open.clear()
    found = corpus()
    assert not is_read(found)
    assert found[5] == found.corpus[5]
    found.prepare()
    assert path.read_bytes() == good
    _open.clear()
    assert is_read(corpus())


def test_everything_that_decides_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        other.place()
        for other in (
            corpus(),
            corpus(seed=1),
            corpus(split="test"),
            corpus(difficulty="hard"),
            corpus("several"),
            stored(ProceduralCorpus("report", plan, "train", "easy", SIZE + 1, keep=True)),
            stored(ProceduralCorpus("report", draw_reverse, "train", "easy", SIZE, keep=True)),
        )
        if isinstance(other, StoredCorpus)
    }
    assert len(keys) == 7
    assert len({path for path, _ in keys}) == 7
    assert corpus().place() in keys
    monkeypatch.setattr("textgym.corpora.store._fingerprint", lambda source: "another source file")
    assert corpus().place() not in keys


def test_versions_live_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus().prepare()
    path, _ = corpus().place()
    good = path.read_bytes()
    with monkeypatch.context() as other:
        other.setattr("textgym.corpora.store._fingerprint", lambda source: "another version")
        assert not is_read(corpus())
        corpus().prepare()
        others, _ = corpus().place()
        _open.clear()
        assert is_read(corpus())
    assert sorted(path.parent.iterdir()) == sorted([path, others])
    assert path.read_bytes() == good
    _open.clear()
    assert is_read(corpus())


def test_what_nobody_reads_goes_when_the_corpus_is_written() -> None:
    """Files of the same corpus, difficulty and split alone, whichever version wrote them."""
    month_ago, day_ago = time.time() - 31 * 86400, time.time() - 86400
    path, _ = corpus().place()
    path.parent.mkdir(parents=True)
    ages = {
        "report-easy-train-0123456789ab.safetensors": (month_ago, month_ago),
        "report-easy-train.safetensors": (month_ago, month_ago),
        "report-easy-train-123456789abc.safetensors": (day_ago, month_ago),  # read, written
        "report-easy-train-23456789abcd.safetensors": (month_ago, day_ago),  # where reading is not noted
        "report-easy-test-0123456789ab.safetensors": (month_ago, month_ago),
        "report-hard-train-0123456789ab.safetensors": (month_ago, month_ago),
        "reports-easy-train-0123456789ab.safetensors": (month_ago, month_ago),
        "report-easy-train-notes.txt": (month_ago, month_ago),
    }
    for name, times in ages.items():
        (path.parent / name).touch()
        os.utime(path.parent / name, times)
    corpus("pair").prepare()
    assert all((path.parent / name).exists() for name in ages)
    corpus().prepare()
    kept = {file.name for file in path.parent.iterdir()} - {path.name, corpus("pair").place()[0].name}
    assert kept == set(list(ages)[2:])


def test_only_plain_functions_of_a_file_are_kept() -> None:
    class Drawer:
        def draw(self, rng: np.random.Generator, difficulty: str) -> Draft:
            return Draft("a", ("b",))

    limit = 3
    typed: dict[str, Any] = {}
    exec("def draw(rng, difficulty): ...", typed)
    for generator in (Drawer().draw, lambda rng, difficulty: Draft(str(limit), ()), typed["draw"]):
        plain = ProceduralCorpus("x", generator, keep=True)
        assert stored(plain) is plain
    unkept = ProceduralCorpus("x", plan)
    assert stored(unkept) is unkept


@pytest.mark.parametrize("folder", ["file", "locked"])
def test_a_folder_that_cannot_be_written_is_done_without(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / folder
    if folder == "file":
        place.write_text("in the way")
    else:
        place.mkdir(mode=0o500)
    monkeypatch.setenv("TEXTGYM_CACHE", str(place / "cache"))
    found = corpus()
    found.prepare()
    assert is_read(found)
    assert found[7] == found.corpus[7]


def test_writers_at_the_same_time() -> None:
    found = [corpus("several") for _ in range(6)]
    threads = [threading.Thread(target=one.prepare) for one in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    path, _ = found[0].place()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    _open.clear()
    again = corpus("several")
    assert is_read(again)
    assert all(again[i] == again.corpus[i] for i in range(SIZE))


_WRITE = """
from tests.corpora.test_store import corpus
found = corpus()
found.prepare()
print(found.place()[1])
"""


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_every_process_writes_the_same(hash_seed: str) -> None:
    corpus().prepare()
    path, key = corpus().place()
    mine = path.read_bytes()
    path.unlink()
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TEXTGYM_NO_JIT": "1"}
    told = subprocess.run([sys.executable, "-c", _WRITE], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == key
    assert path.read_bytes() == mine


def make(reward: str, rows: int | None) -> Any:
    settings: dict[str, Any] = {"reward": reward, "difficulty": "easy", "split": "validation", "max_new_tokens": 12}
    if rows is None:
        return gym.make("TokenSummarize-v0", **settings).unwrapped
    return gym.make_vec("TokenSummarize-v0", num_envs=rows, **settings)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Any, Any]]:
    """Environments that read their examples and environments that draw them."""
    found = []
    for reward in ("rouge", "bleu"):
        reads, draws = make(reward, None), make(reward, None)
        texts = Texts.of([reads.mdp.corpus.corpus[i] for i in range(300)])
        reads.mdp.corpus._texts, reads.mdp.corpus._looked = texts, True
        draws.mdp.corpus = draws.mdp.corpus.corpus
        found.append((reads, draws))
    return found


@settings(max_examples=40, deadline=None)
@given(index=st.integers(0, 299), data=st.data())
def test_episodes_are_the_same(pairs: list[tuple[Any, Any]], index: int, data: st.DataObject) -> None:
    for reads, draws in pairs:
        first, second = (env.reset(seed=0, options={"example": index}) for env in (reads, draws))
        reference = reads.tokenizer.encode(reads.example.references[0])
        assert reads.example == draws.example
        assert type(draws.example.meta) is dict
        while True:
            for key, array in first[0].items():
                assert np.array_equal(array, second[0][key])
                assert array.dtype == second[0][key].dtype
            assert first[1:] == second[1:]  # rewards and infos, the metrics among them, bit for bit
            if len(first) > 2 and first[2]:
                break
            action = data.draw(st.sampled_from(reference) | st.integers(0, reads.action_space.n - 1))
            first, second = (env.step(action) for env in (reads, draws))


def test_rows_that_read_equal_rows_that_draw() -> None:
    reads, draws = make("rouge", 64), make("rouge", 64)
    reads.mdp.corpus._texts = Texts.of([reads.mdp.corpus.corpus[i] for i in range(len(reads.mdp.corpus))])
    reads.mdp.corpus._looked = True
    draws.mdp.corpus = draws.mdp.corpus.corpus
    rng = np.random.default_rng(0)
    first, second = (env.reset(seed=5)[0] for env in (reads, draws))
    for _ in range(30):
        assert all(np.array_equal(first[key], second[key]) for key in first)
        actions = rng.integers(reads.single_action_space.n, size=64)
        (first, *one), (second, *other) = (env.step(actions) for env in (reads, draws))
        assert all(np.array_equal(a, b) for a, b in zip(one[:3], other[:3], strict=True))
        if "final_info" in one[3]:
            mine, theirs = (part[3]["final_info"]["metrics"] for part in (one, other))
            assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
            assert one[3]["example_id"].tolist() == other[3]["example_id"].tolist()
