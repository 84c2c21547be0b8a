"""The probes against dynamic programming that knows nothing but the environment's step."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym  # noqa: F401
from textgym.types import DIFFICULTIES

IDS = ("TokenDelay-v0", "TokenNeedle-v0", "TokenNoise-v0")


def values(env: Any, noise: float = 0.0) -> tuple[float, float]:
    """(best, random) expected return to go from here, by trying every action."""
    state = env.get_state()
    best, mean = -np.inf, 0.0
    actions = np.flatnonzero(env.action_masks())
    for action in actions:
        env.set_state(state)
        _, reward, terminated, _, _ = env.step(int(action))
        ahead = (0.0, 0.0) if terminated else values(env)
        best = max(best, reward + ahead[0])
        mean += (reward + ahead[1]) / len(actions)
    env.set_state(state)
    return best, mean


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize(("symbols", "length"), [(2, 1), (2, 3), (3, 2)])
def test_values_by_trying_everything(env_id: str, symbols: int, length: int) -> None:
    env = gym.make(env_id, symbols=symbols, length=length).unwrapped
    task, tokenizer = env.mdp.task, env.tokenizer
    for index in range(2):
        env.reset(options={"example": index})
        example = env.example
        example.meta.pop("noise", None)  # in the mean there is none
        env.reset(options={"example": index})
        words: list[str] = []
        for word in example.references[0].split():
            best, mean = values(env)
            assert task.optimal_value(example, words) == pytest.approx(best)
            assert task.random_value(example, words) == pytest.approx(mean)
            env.step(tokenizer.convert_tokens_to_ids(word))
            words.append(word)
        env.reset(options={"example": index})
        beside = next(w for w in "ab" if w != example.references[0].split()[0])
        env.step(tokenizer.convert_tokens_to_ids(beside))
        if env_id != "TokenNoise-v0":
            assert values(env) == (0.0, 0.0)
            assert task.optimal_value(example, [beside]) == task.random_value(example, [beside]) == 0.0


def chain(kind: str, symbols: int, length: int) -> float:
    """The random policy's return, backwards over how many letters are out; an account of its own."""
    actions, value = symbols + 1, 0.0
    for place in reversed(range(length + (kind == "Delay"))):
        if kind == "Needle":
            value = ((place + 1 == length) + (value if place + 1 < length else 0.0)) / actions
        elif kind == "Noise":
            value = (1 / length) / actions + symbols / actions * value
        else:
            hit = 1 if place == 0 else symbols
            value = hit / actions * (1.0 if place == length else value)
    return value


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_random_returns_of_every_difficulty(env_id: str, difficulty: str) -> None:
    env = gym.make(env_id, difficulty=difficulty).unwrapped
    env.reset(seed=0)
    symbols, length = env.mdp.task.size
    assert int(env.action_masks().sum()) == symbols + 1
    assert env.mdp.task.random_value(env.example, []) == pytest.approx(chain(env_id[5:-3], symbols, length))
    assert env.mdp.task.optimal_value(env.example, []) == 1.0


def test_noise_has_mean_zero_and_its_strength() -> None:
    env = gym.make("TokenNoise-v0").unwrapped
    paid = []
    for index in range(400):
        env.reset(options={"example": index})
        length, sigma = env.mdp.task.size[1], env.example.meta["noise"]
        for token in env.tokenizer.encode(env.example.references[0]):
            paid.append((env.step(token)[1] * length - 1.0) / sigma)
    assert abs(np.mean(paid)) < 4 / np.sqrt(len(paid))
    assert np.std(paid) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("kwargs", [{"symbols": 1}, {"symbols": 27}, {"length": 0}, {"length": "3"}])
def test_misuse_is_named(kwargs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(kwargs))):
        gym.make("TokenNeedle-v0", **kwargs)
