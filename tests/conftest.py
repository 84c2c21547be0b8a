"""Shared by all tests: where the real data is, and helpers that play episodes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes that tests start: their networks are small


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real data sets; tests that need it are skipped without it."""
    path = Path(os.environ.get("TEXTGYM_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"no real data at {path}")
    return path


def play(env: Any, tokens: Any, **reset: Any) -> tuple[list[float], dict[str, Any]]:
    """Emit `tokens` until the episode ends: the rewards, and the last info."""
    env.reset(**reset)
    rewards, info = [], {}
    for token in tokens:
        _, reward, terminated, truncated, info = env.step(int(token))
        rewards.append(reward)
        if terminated or truncated:
            return rewards, info
    raise AssertionError("the tokens ran out before the episode ended")


def oracle_tokens(env: Any) -> list[int]:
    """The first reference of the current example, and the end token; with a partner, the best turns."""
    tokenizer, example = env.unwrapped.tokenizer, env.unwrapped.example
    turns = example.meta.get("turns", example.references[:1])
    return [
        token for turn in turns for token in (*tokenizer.encode(turn, add_special_tokens=False), tokenizer.eos_token_id)
    ]


def random_tokens(env: Any, rng: np.random.Generator, share_of_reference: float = 0.5) -> list[int]:
    """Tokens of the reference and random ones mixed, as many as an episode can have."""
    reference = oracle_tokens(env)[:-1]
    size = env.observation_space["generated"].shape[0] * env.unwrapped.mdp.task.max_turns
    return [
        int(rng.choice(reference)) if rng.random() < share_of_reference else int(rng.integers(env.action_space.n))
        for _ in range(size)
    ]
