"""Ratings and preferences, end to end: asked, logged, replayed, learned from."""

from __future__ import annotations

import copy
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gymnasium as gym
import numpy as np
import pytest

from textgym.rewards import ratings
from textgym.rewards.human import Human, ReplayRater, TerminalRater
from textgym.rewards.preference import PreferenceModel, fit_preferences
from textgym.rewards.webpage import WebRater
from textgym.types import Example

EXAMPLE = Example("e", "the <source>", ("reference",))


def answering(*answers: str) -> tuple[TerminalRater, list[str]]:
    said: list[str] = []
    queue = list(answers)
    return TerminalRater(5, read=lambda prompt: queue.pop(0), write=said.append), said


def play(env: Any, tokens: list[int]) -> list[float]:
    env.reset(options={"example": 0})
    return [env.step(token)[1] for token in tokens]


@pytest.mark.parametrize("density", ["dense", "word", "sparse"])
def test_a_person_is_asked_once_at_the_end(density: str, tmp_path: Path) -> None:
    rater, said = answering("six", "4")
    log = tmp_path / "logs" / "ratings.jsonl"
    env = gym.make(
        "TokenSummarize-v0", reward=Human(rater, log=log), max_new_tokens=9, reward_density=density
    ).unwrapped
    tokens = [20, 30, 40, env.tokenizer.eos_token_id]
    assert play(env, tokens) == [0.0, 0.0, 0.0, 0.75]
    assert env.text in said[0]
    assert "allowed are 1, 2, 3, 4, 5" in said[1]
    assert play(env, tokens) == [0.0, 0.0, 0.0, 0.75], "the same text is not asked about again"
    (entry,) = ratings.read(log)
    assert entry == ratings.Rating(env.example.id, env.example.source, env.text, 0.75)
    replayed = gym.make("TokenSummarize-v0", reward=Human(replay=log), max_new_tokens=9).unwrapped
    assert play(replayed, tokens) == [0.0, 0.0, 0.0, 0.75]
    with pytest.raises(ValueError, match="no rating"):
        play(replayed, [21, 22, tokens[-1]])
    lenient = gym.make("TokenSummarize-v0", reward=Human(replay=log, missing=0.5), max_new_tokens=9).unwrapped
    assert play(lenient, [21, 22, tokens[-1]])[-1] == 0.5


def test_the_web_page_asks_and_listens_to_its_key_alone() -> None:
    rater = WebRater(points=3, timeout=20)
    try:
        grades: list[Any] = []
        asking = threading.Thread(target=lambda: grades.append(rater.rate(EXAMPLE, "a & b")))
        asking.start()
        page = wait_for(rater, "a &amp; b")
        assert "the &lt;source&gt;" in page
        for wrong in (b"number=99&answer=1", b"number=1&answer=4", b""):
            with pytest.raises(urllib.error.HTTPError, match="400"):
                urllib.request.urlopen(rater.url, data=wrong)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(rater.url.replace(rater.url.split("/")[3], "guess"))
        answer(rater, 1, "3")
        asking.join(10)
        assert grades == [1.0]
        asking = threading.Thread(target=lambda: grades.append(rater.prefer(EXAMPLE, "one text", "other text")))
        asking.start()
        wait_for(rater, "other text")
        answer(rater, 2, "2")
        asking.join(10)
        assert grades == [1.0, False]
        assert "127.0.0.1" in rater.url
        assert copy.deepcopy(Human(rater)).rater.value is rater
    finally:
        rater.close()


def test_the_web_page_gives_up_after_its_timeout() -> None:
    rater = WebRater(timeout=0.05)
    with pytest.raises(TimeoutError, match="nobody answered"):
        rater.rate(EXAMPLE, "text")
    rater.close()


def wait_for(rater: WebRater, part: str) -> str:
    for _ in range(200):
        page = urllib.request.urlopen(rater.url).read().decode()
        if part in page:
            return str(page)
        time.sleep(0.02)
    raise AssertionError(f"the page never showed {part!r}")


def answer(rater: WebRater, number: int, grade: str) -> None:
    urllib.request.urlopen(rater.url, data=urlencode({"number": number, "answer": grade}).encode())


def test_preferences_at_the_terminal_and_from_a_log(tmp_path: Path) -> None:
    rater, _ = answering("2", "1")
    assert not rater.prefer(EXAMPLE, "a", "b")
    assert rater.prefer(EXAMPLE, "a", "b")
    log = tmp_path / "log.jsonl"
    ratings.append(log, ratings.Pair(EXAMPLE.source, "b", "a", EXAMPLE.id))
    replay = ReplayRater(log)
    assert not replay.prefer(EXAMPLE, "a", "b")
    with pytest.raises(ValueError, match="does not compare"):
        replay.prefer(EXAMPLE, "a", "c")


def test_ratings_become_pairs() -> None:
    rated = [ratings.Rating("e", "s", text, value) for text, value in (("a", 0.0), ("b", 0.5), ("c", 0.5))]
    rated.append(ratings.Rating("f", "other", "d", 1.0))
    assert {(p.chosen, p.rejected) for p in ratings.pairs(rated)} == {("b", "a"), ("c", "a")}


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"text": "a"}', '{"text": "a", "rating": 7}', '{"text": "a", "rating": "x"}']
)
def test_bad_logs_are_named(line: str, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"chosen": "a", "rejected": "b"}\n' + line)
    with pytest.raises(ValueError, match="line 2"):
        ratings.read(tmp_path / "log.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(ValueError, match="no pair"):
        fit_preferences(tmp_path / "empty.jsonl")


def test_bradley_terry_recovers_a_hidden_taste(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{n}" for n in range(30)]
    worth = dict(zip(words, rng.normal(size=30), strict=True))
    log = tmp_path / "log.jsonl"
    for _ in range(400):
        texts = [list(rng.choice(words, size=6)) for _ in range(2)]
        better = np.mean([worth[w] for w in texts[0]]) - np.mean([worth[w] for w in texts[1]])
        if rng.random() > 1 / (1 + np.exp(-20 * better)):
            texts.reverse()
        ratings.append(log, ratings.Pair("s", " ".join(texts[0]), " ".join(texts[1])))
    model = fit_preferences(log, held_out=0.25)
    assert model.accuracy > 0.7
    assert np.array_equal(model.weights, fit_preferences(log, held_out=0.25).weights)
    path = tmp_path / "model.safetensors"
    model.save(path)
    loaded = PreferenceModel.load(path)
    assert np.array_equal(loaded.weights, model.weights)
    assert (loaded.centre, loaded.scale, loaded.accuracy) == (model.centre, model.scale, model.accuracy)
    best = " ".join(sorted(words, key=lambda w: -worth[w])[:6])
    worst = " ".join(sorted(words, key=lambda w: worth[w])[:6])
    assert loaded.utility(best, "s") > loaded.utility(worst, "s")
    env = gym.make("TokenSummarize-v0", reward={"preference": {"args": {"model": path}}}, max_new_tokens=5)
    env.reset(seed=0)
    (tmp_path / "other.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="safetensors"):
        PreferenceModel.load(tmp_path / "other.safetensors")
