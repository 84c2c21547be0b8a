"""A text read at once scores what it scores token by token, in any row and with others beside it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym  # noqa: F401
from textgym.rewards.base import Reward, TokenStep
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


@pytest.mark.parametrize(("task", "told"), [("Needle", {"needle"}), ("Story", {"coverage", "repetition"})])
def test_what_a_reward_has_counted_is_not_read_again(task: str, told: set[str]) -> None:
    many = gym.make_vec(f"Token{task}-v0", num_envs=3).unwrapped.mdp  # type: ignore[attr-defined]
    metrics = many.metrics
    assert set(metrics.names) - set(metrics._missing) == told
    other = gym.make_vec(f"Token{task}-v0", num_envs=3, reward="rouge1").unwrapped.mdp  # type: ignore[attr-defined]
    assert not told.isdisjoint(other.metrics._missing)
    adjusted = {"coverage": {"args": {"of": "words"}}, "needle": 1.0}
    changed = gym.make_vec(f"Token{task}-v0", num_envs=3, reward=adjusted).unwrapped.mdp  # type: ignore[attr-defined]
    assert set(changed.metrics.names) - set(changed.metrics._missing) <= {"needle"}
