"""Returns of random tokens, of the first reference and of the simple baselines: the figures of the catalogue.

    python -m benchmarks.catalogue_returns [--episodes 200] [ID ...]

Each is the mean over the first examples of the default test split, with its standard error. The figures in
`envs_registry.catalogue` are those of 200 episodes; `tests/tasks/test_catalogue_returns.py` holds them to it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np

import textgym  # noqa: F401  (registers the ids)
from envs_registry import CATALOGUE, Row, find
from textgym.errors import unknown
from textgym.tasks.baselines import make_baseline

Speaker = Callable[[Any], Iterator[int]]
"""From an environment after reset to the tokens to emit, one after the other."""


class Measured(NamedTuple):
    """A mean return and its standard error."""

    mean: float
    error: float


def measure(row: Row, episodes: int = 200) -> dict[str, Measured]:
    """The returns of a row by name: "random", "oracle", and its baselines."""
    env = gym.make(row.id, split="test")
    train = gym.make(row.id, split="train").unwrapped.mdp.corpus  # type: ignore[attr-defined]
    rng = np.random.default_rng(0)
    allowed = np.flatnonzero(env.unwrapped.action_masks())  # type: ignore[attr-defined]

    def random(env: Any) -> Iterator[int]:
        while True:
            yield int(rng.choice(allowed))

    speakers: dict[str, Speaker] = {"random": random, "oracle": _oracle}
    speakers |= {name: _says(make_baseline(name, train)) for name in row.baselines}
    return {name: _returns(env, speaker, episodes) for name, speaker in speakers.items()}


def _oracle(env: Any) -> Iterator[int]:
    """The first reference; with a partner, the best turns one after the other."""
    example, tokenizer = env.unwrapped.example, env.unwrapped.tokenizer
    for turn in example.meta.get("turns", example.references[:1]):
        yield from tokenizer.encode(turn, add_special_tokens=False)
        yield int(tokenizer.eos_token_id)


def _says(answer: Callable[[Any], str]) -> Speaker:
    """A speaker that says a text, and says it again where a turn follows."""

    def tokens(env: Any) -> Iterator[int]:
        tokenizer = env.unwrapped.tokenizer
        while True:
            yield from tokenizer.encode(answer(env.unwrapped.example), add_special_tokens=False)
            yield int(tokenizer.eos_token_id)

    return tokens


def _returns(env: Any, speaker: Speaker, episodes: int) -> Measured:
    totals = []
    size = len(env.unwrapped.mdp.corpus)
    for index in range(episodes):
        env.reset(seed=index, options={"example": index % size})
        total, tokens = 0.0, speaker(env)
        while True:
            _, reward, terminated, truncated, _ = env.step(next(tokens))
            total += float(reward)
            if terminated or truncated:
                break
        totals.append(total)
    spread = float(np.std(totals, ddof=1)) / np.sqrt(len(totals)) if len(totals) > 1 else 0.0
    return Measured(float(np.mean(totals)), float(spread))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="environments; all by default")
    parser.add_argument("--episodes", type=int, default=200)
    arguments = parser.parse_args()
    for env_id in arguments.ids or [row.id for row in CATALOGUE]:
        row = find(env_id)
        if row is None:
            raise SystemExit(str(unknown("id", env_id, [row.id for row in CATALOGUE])))
        for name, found in measure(row, arguments.episodes).items():
            print(f"{row.id:22} {name:14} {found.mean:9.4f} +- {found.error:.4f}", flush=True)


if __name__ == "__main__":
    main()
