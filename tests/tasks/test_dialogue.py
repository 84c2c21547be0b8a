"""Dialogue: the corpus, the simulated user, and the turns in both kinds of environment."""

from __future__ import annotations

import itertools
import json
import pickle
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym  # noqa: F401
from tests.conftest import oracle_tokens, play
from textgym.corpora.dialogues.compose import SCENARIOS
from textgym.corpora.dialogues.judge import judge
from textgym.corpora.dialogues.user import SimulatedUser
from textgym.tasks.dialogue import Dialogue
from textgym.types import DIFFICULTIES, SPLITS, Example

EVASIVE = ("I do not know.", "Hard to say.", "Maybe.", "I am not sure.", "Why do you ask?")
OFF_TOPIC = ("Bananas grow quickly.", "Purple elephants dance.", "Snow fell quietly.")


def examples(count: int, split: str = "train", difficulty: str = "medium") -> list[Example]:
    corpus = Dialogue().builtin(split, difficulty)
    return [corpus[i] for i in range(count)]


def user_of(example: Example) -> SimulatedUser:
    return SimulatedUser(example.meta["beats"], example.meta["lines"], np.random.default_rng(0))


def feedback(example: Example, place: int, reply: str) -> float:
    """What `reply` earns as the turn after `place` perfect ones."""
    user = user_of(example)
    for turn in example.meta["turns"][:place]:
        user.reply(turn)
    return user.reply(reply).feedback


def test_there_are_ten_families_with_questions_of_every_kind() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS) >= 8
    for scenario in SCENARIOS:
        for fact in scenario.facts:
            assert len(fact.questions) == len(fact.answers)
            assert "{}" in fact.says
            assert all("{}" in answer for answer in fact.answers)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_splits_are_disjoint_and_large(difficulty: str) -> None:
    task_sources = [{gym_example.source for gym_example in examples(5200, split, difficulty)} for split in SPLITS]
    assert all(len(sources) >= 5000 for sources in task_sources)
    assert not task_sources[0] & task_sources[1]
    assert not task_sources[0] & task_sources[2]
    assert not task_sources[1] & task_sources[2]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_the_best_course_earns_one_and_nothing_else_is_said(difficulty: str) -> None:
    for example in examples(300, difficulty=difficulty):
        user, total = user_of(example), 0.0
        for place, turn in enumerate(example.meta["turns"]):
            answer, worth = user.reply(turn)
            total += worth
            last = place + 1 == len(example.meta["turns"])
            assert answer == (None if last else example.meta["lines"][place + 1])
        assert user.success
        assert set(user.judgements) == {"good"}
        assert total == pytest.approx(1.0)
        assert example.references == ("\n".join(example.meta["turns"]),)


def test_what_is_told_stands_in_the_source() -> None:
    for example in examples(300, difficulty="hard"):
        heard = example.source.lower()
        for beat, line in zip(example.meta["beats"], example.meta["lines"], strict=True):
            heard += " " + line.lower()
            if beat.kind != "ask":
                assert any(phrase.lower() in heard for phrase in beat.wanted)


def test_replies_are_ordered_on_many_cases() -> None:
    cases = 0
    for example in examples(120, difficulty="hard"):
        for place, beat in enumerate(example.meta["beats"]):
            good = feedback(example, place, beat.best)
            for bad in (*EVASIVE, *OFF_TOPIC, ""):
                assert good > 0 > feedback(example, place, bad), (beat, bad)
                cases += 1
            if place:
                repeated = example.meta["turns"][place - 1]
                if repeated != beat.best and judge(repeated, beat, ()) not in ("good", "terse"):
                    assert good > 0 > feedback(example, place, repeated)
                    cases += 1
            wrong = next((v for v in beat.values if v not in (*beat.wanted, *beat.truths)), None)
            if beat.kind == "tell" and wrong is not None:
                assert feedback(example, place, f"I think it is {wrong}.") < 0
                assert feedback(example, place, f"{beat.best} Or {wrong}.") < 0
                assert feedback(example, place, " ".join(beat.values)) < 0
                cases += 3
            if beat.kind == "tell":
                assert 0 < feedback(example, place, beat.wanted[0]) < good
                cases += 1
    assert cases >= 200


def test_the_user_depends_on_what_is_said_and_leaves_when_fed_up() -> None:
    example = examples(1)[0]
    answers = {
        user_of(example).reply(text).text for text in ("I do not know.", "", "Bananas.", example.meta["turns"][0])
    }
    assert len(answers) == 4
    user = user_of(example)
    left = [user.reply("I do not know.").text is None for _ in range(3)]
    assert left == [False, False, True]
    assert not user.success
    late = user_of(example)
    late.reply("I do not know.")
    assert 0 < late.reply(example.meta["turns"][0]).feedback < user_of(example).reply(example.meta["turns"][0]).feedback


def test_turns_in_the_environment() -> None:
    env = gym.make("TokenDialogue-v0")
    first, _ = env.reset(seed=0)
    tokenizer, example = env.unwrapped.tokenizer, env.unwrapped.example
    obs, reward, terminated, _, info = first, 0.0, False, False, {}
    for token in [*tokenizer.encode(example.meta["turns"][0]), tokenizer.eos_token_id]:
        obs, reward, terminated, _, info = env.step(token)
    assert not terminated
    assert info["turn"] == 1
    assert info["turn_text"] == example.meta["turns"][0]
    assert info["reward_terms"]["user"] == pytest.approx(0.8 / len(example.meta["turns"]))
    assert reward == pytest.approx(sum(info["reward_terms"].values()))
    assert obs["step"].tolist() == [0]
    assert set(obs["generated"].tolist()) == {tokenizer.pad_token_id}
    text = tokenizer.decode(obs["source"].tolist(), skip_special_tokens=True)
    first_text = tokenizer.decode(first["source"].tolist(), skip_special_tokens=True)
    assert text == f"{first_text}\nYou: {example.meta['turns'][0]}\nUser: {example.meta['lines'][1]}"
    rewards, info = play(env, oracle_tokens(env), seed=0)
    assert sum(rewards) == pytest.approx(1.0)
    assert info["success"] is True
    assert info["metrics"]["success"] == 1.0
    assert info["text"] == "\n".join(example.meta["turns"])


def test_oldest_turns_are_dropped_and_the_persona_stays() -> None:
    env = gym.make("TokenDialogue-v0", max_source_tokens=70, difficulty="hard")
    env.reset(seed=2)
    tokenizer, example = env.unwrapped.tokenizer, env.unwrapped.example
    texts = []
    for token in oracle_tokens(env):
        obs, _, terminated, _, info = env.step(token)
        if "turn" in info and not terminated:
            texts.append(tokenizer.decode(obs["source"].tolist(), skip_special_tokens=True))
    assert all(text.startswith(f"Persona: {example.meta['persona'][:30]}") for text in texts)
    assert all(text.endswith(f"User: {line}") for text, line in zip(texts, example.meta["lines"][1:], strict=True))
    assert example.meta["lines"][0] not in texts[-1]


def test_states_branch_inside_a_dialogue() -> None:
    env = gym.make("TokenDialogue-v0", reward={"user": 1.0, "bleu": 0.5, "persona": 0.5}, difficulty="hard")
    env.reset(seed=3)
    tokenizer = env.unwrapped.tokenizer
    tokens = [*tokenizer.encode("I do not know."), tokenizer.eos_token_id, *oracle_tokens(env)]
    for token in tokens[:9]:
        env.step(token)
    state = pickle.loads(pickle.dumps(env.unwrapped.get_state()))
    futures: list[Any] = []
    for _ in range(2):
        future = []
        for token in tokens[9:]:
            obs, reward, done, _, info = env.step(token)
            future.append((obs["source"].tolist(), obs["generated"].tolist(), reward, info))
            if done:
                break
        futures.append(future)
        env.reset(seed=9)
        env.unwrapped.set_state(state)
    assert futures[0] == futures[1]
    assert futures[0][-1][3]["turn"] > 1


def test_vector_rows_hold_their_own_dialogues() -> None:
    envs = gym.make_vec("TokenDialogue-v0", num_envs=3, autoreset_mode="Disabled")
    singles = [gym.make("TokenDialogue-v0") for _ in range(3)]
    obs, _ = envs.reset(seed=5)
    scripts = []
    for row, env in enumerate(singles):
        env.reset(seed=5 + row)
        bad = [*env.unwrapped.tokenizer.encode("It depends."), 2]
        scripts.append(bad * row + oracle_tokens(env))
    open_rows = np.ones(3, dtype=bool)
    for step in itertools.count():
        actions = np.array([script[min(step, len(script) - 1)] for script in scripts])
        obs, rewards, terminated, _, infos = envs.step(actions)
        for row in np.flatnonzero(open_rows):
            single, reward, done, _, info = singles[row].step(int(actions[row]))
            assert reward == rewards[row]
            assert done == terminated[row]
            for key in single:
                assert np.array_equal(single[key], obs[key][row])
            if done:
                assert infos["text"][row] == info["text"]
                assert infos["success"][row] == info["success"]
        open_rows &= ~terminated
        if terminated.any():
            break


PARLAI = """1 your persona: i like to ski.
2 your persona: i have a dog.
3 hi , how are you ?\tgreat , just back from skiing .\t\ta|b
4 do you have pets ?\ta dog .\t\ta|b
1 your persona: i paint.
2 hello\thello , i paint .\t\ta|b
"""
JSON = {"train": [{"personality": ["i ski ."], "utterances": [{"candidates": ["no", "yes"], "history": ["a ?"]}]}]}


@pytest.mark.parametrize(
    ("name", "content", "count", "last"),
    [
        ("train_self_original.txt", PARLAI, 3, ("Persona: i paint.\nUser: hello", "hello , i paint .")),
        ("personachat.json", json.dumps(JSON), 1, ("Persona: i ski .\nUser: a ?", "yes")),
        (
            "dialogues_text.txt",
            "Hi . __eou__ Hello . __eou__ Bye . __eou__\n",
            2,
            ("You: Hi .\nUser: Hello .", "Bye ."),
        ),
    ],
)
def test_published_formats(tmp_path: Path, name: str, content: str, count: int, last: tuple[str, str]) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    env = gym.make("TokenDialogue-v0", dataset=str(path), reward="bleu", tokenizer="byte")
    corpus = env.unwrapped.mdp.corpus
    assert len(corpus) == count
    assert (corpus[count - 1].source, corpus[count - 1].references[0]) == last
    _, info = play(env, [*env.unwrapped.tokenizer.encode("Bye"), 2], options={"example": 0})
    assert info["success"] is False
    assert "turn" not in info


def test_data_without_a_user_is_paid_by_the_reference(tmp_path: Path) -> None:
    path = tmp_path / "personachat.json"
    path.write_text(json.dumps(JSON), encoding="utf-8")
    env = gym.make("TokenDialogue-v0", dataset=str(path), tokenizer="byte")
    env.reset(seed=0)
    assert sum(play(env, oracle_tokens(env))[0]) == pytest.approx(1.0)
    mix = gym.make("TokenMix-v0", tasks={"TokenDialogue-v0": 1.0}, data={"TokenDialogue-v0": str(path)})
    mix.reset(seed=0)
    assert sum(play(mix, oracle_tokens(mix))[0]) == pytest.approx(1.0)
