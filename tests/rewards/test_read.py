"""A text read at once scores what it scores token by token, in any row and with others beside it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym  # noqa: F401
from textgym.rewards.base import Reward, TokenStep
from textgym.rewards.control import Constant
from textgym.rewards.form import Diversity, Length, Repetition
from textgym.types import Example

TASKS = ("Copy", "Summarize", "Story", "DataToText", "Caption", "Dialogue", "Translate", "QA", "Delay", "Noise")
NAMES = (
    "rouge", "bleu", "chrf", "ter", "exact_match", "token_f1", "copy", "coverage", "grammar", "repetition", "diversity",
    "faithfulness", "attribute_f1", "persona", "delay", "needle", "noise", "lm", "length", "knowledge",
)  # fmt: skip
OF_ONE_TASK = {"parent": "DataToText", "user": "Dialogue"}


def texts(mdp: Any, count: int) -> tuple[list[Any], np.ndarray, np.ndarray]:
    """Examples, and for each a text (n, T) with its length: random, its reference's, and that with noise in it."""
    rng = np.random.default_rng(0)
    examples, block = [mdp.corpus[i] for i in range(count)], np.zeros((count, mdp.num_new), dtype=np.int32)
    lengths = np.zeros(count, dtype=np.int32)
    for i, example in enumerate(examples):
        ids = np.array(mdp.codec.encode(example.references[0]), dtype=np.int32)
        noise = rng.integers(mdp.codec.size, size=max(len(ids), 4))
        given = np.where(rng.random(len(ids)) < 0.3, noise[: len(ids)], ids)
        chosen = [noise, ids, given, ids[:0]][i % 4][: mdp.num_new]
        block[i, : len(chosen)], lengths[i] = chosen, len(chosen)
    return examples, block, lengths


@pytest.mark.parametrize("task", TASKS)
def test_read_at_once_or_step_by_step(task: str) -> None:
    mdp = gym.make(f"Token{task}-v0").unwrapped.mdp  # type: ignore[attr-defined]
    examples, block, lengths = texts(mdp, 12)
    for name in (*NAMES, *(name for name, only in OF_ONE_TASK.items() if only == task)):
        single = gym.make(f"Token{task}-v0", reward=name).unwrapped.mdp.ledger  # type: ignore[attr-defined]
        many = gym.make_vec(f"Token{task}-v0", num_envs=12, reward=name).unwrapped.mdp.ledger.scorers[0]
        many.read_rows(examples, block, lengths)
        scores = many.score_rows(np.arange(12))
        for i, example in enumerate(examples):
            single.reset(0, example)
            for token in block[i, : lengths[i]].tolist():
                single.step(0, token, False)
            assert scores[i] == single.scorers[0].score(0), (name, i)
            assert many.score_tokens(3, example, block[i, : lengths[i]]) == scores[i], (name, i)


def test_what_looks_at_tokens_is_pushed_each() -> None:
    class Tokens(Reward):
        name = "tokens"

        def reset(self, example: Example) -> None:
            self.seen: list[int] = []

        def push(self, step: TokenStep) -> None:
            self.seen.append(step.token)

        def score(self) -> float:
            return float(len(self.seen))

    mdp = gym.make("TokenCopy-v0", reward=Tokens()).unwrapped.mdp  # type: ignore[attr-defined]
    assert mdp.ledger.scorers[0].score_tokens(0, mdp.corpus[0], np.array([5, 6, 7], dtype=np.int32)) == 3.0


def test_what_a_reward_has_counted_is_not_read_again() -> None:
    def missing(reward: Any) -> set[str]:
        return set(gym.make("TokenStory-v0", reward=reward).unwrapped.mdp.metrics._missing)  # type: ignore[attr-defined]

    assert missing("repetition") == {"coverage", "grammar", "rougeL"}
    assert missing({"repetition": {"args": {"n": 2}}}) == {"coverage", "grammar", "rougeL", "repetition"}
    assert missing("rouge") == {"coverage", "grammar", "repetition"}


def test_a_copy_reads_its_own_episodes() -> None:
    env: Any = gym.make("TokenStory-v0", reward="repetition").unwrapped
    eos = env.mdp.codec.eos_id

    def repetition(env: Any, tokens: list[int]) -> float:
        env.reset(options={"example": 0})
        for token in [*tokens, eos]:
            info = env.step(token)[4]
        return float(info["metrics"]["repetition"])

    again = env.mdp.codec.encode("the the the the the the the")
    assert repetition(env, again) > 0.5
    for twin in (copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        assert repetition(twin, []) == 0.0


@pytest.mark.parametrize("base", [Repetition, Diversity, Length])
def test_a_subclass_has_its_own_score(base: type[Any]) -> None:
    class Half(base):  # type: ignore[misc]
        def score(self) -> float:
            return 0.5 * float(super().score())

    def paid(reward: Reward) -> float:
        env = gym.make("TokenSummarize-v0", tokenizer="byte", reward=reward).unwrapped
        env.reset(options={"example": 0})
        tokens = env.mdp.codec.encode("a b c a b c a b c")  # type: ignore[attr-defined]
        return float(sum(env.step(token)[1] for token in tokens))  # type: ignore[misc]

    assert paid(Half()) == pytest.approx(0.5 * paid(base())) != 0.0


def test_a_subclass_that_reads_text_gets_it() -> None:
    class Shout(Constant):
        def push(self, step: TokenStep) -> None:
            self.value = float(len(step.text))
            super().push(step)

    class Aside:
        push = Shout.push

    class Beside(Aside, Constant):
        pass

    class Deaf(Shout):
        reads_text = False

    class Quiet(Constant):
        pass

    assert (Beside.reads_text, Deaf.reads_text, Quiet.reads_text) == (True, False, False)
    env = gym.make("TokenSummarize-v0", tokenizer="byte", reward=Shout()).unwrapped
    env.reset(options={"example": 0})
    tokens = env.mdp.codec.encode("abc")  # type: ignore[attr-defined]
    assert sum(env.step(token)[1] for token in tokens) == 3.0  # type: ignore[misc]


def test_an_environment_keeps_the_band_that_it_was_made_with() -> None:
    reward = Length(target=5)
    env = gym.make("TokenSummarize-v0", tokenizer="byte", reward=reward).unwrapped
    reward.band = (1, 1)
    env.reset(options={"example": 0})
    tokens = env.mdp.codec.encode("a b c d")  # type: ignore[attr-defined]
    assert sum(env.step(token)[1] for token in tokens) == pytest.approx(0.8)  # type: ignore[misc]
