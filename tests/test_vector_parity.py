"""Rows of the vector environment against single environments, number for number.

Rewards x densities x autoreset modes, on tokens that are made to upset text, words and counts, compiled or not.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym  # noqa: F401
from tests.rewards.hostile import Fragments
from textgym.rewards.bleu import Bleu
from textgym.rewards.chrf import ChrF
from textgym.rewards.rouge import Rouge
from textgym.rewards.terms import Term
from textgym.types import DENSITIES, Example

N, STEPS, T = 4, 26, 8
MODES = ("SameStep", "NextStep", "Disabled")
COUNTED = ("rouge", "bleu", "chrf", "ter", "token_f1", "exact_match")  # by the kernels


def plain(text: str, example: Example) -> float:
    return len(text) / (1 + len(example.references[0]))


REWARDS: dict[str, Any] = {
    **{name: name for name in COUNTED},
    "rouge4, stems": Rouge(types=["rouge4", "rouge1"], stemmer=True),
    "bleu, intl": Bleu(tokenize="intl", smooth_method="floor", lowercase=True),
    "chrf++": ChrF(word_order=2),
    "function": plain,
    "sum": {"rouge": 1.0, "bleu": 0.5, "repetition": -0.25, "length": 0.1},
    "options": [Term("a", "rouge", clip=(-0.01, 0.02)), Term("b", "chrf", potential=True), Term("c", "bleu", -2.0)],
}


def row_of(infos: dict[str, Any], row: int) -> dict[str, Any]:
    """What vector infos say of one row."""
    found = {}
    for key, value in infos.items():
        if "_" + key in infos and infos["_" + key][row] and not key.startswith("final"):
            found[key] = row_of(value, row) if isinstance(value, dict) else value[row]
    return found


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return ours.keys() == theirs.keys() and all(
        ours[key].dtype == theirs[key].dtype and np.array_equal(ours[key], theirs[key]) for key in theirs
    )


def tokens_for(env: Any, rng: np.random.Generator, step: int) -> np.ndarray:
    """Any ids, special ones too; those of the references, in and out of order; and ends."""
    codec = env.unwrapped.mdp.codec
    tokens = rng.integers(codec.size, size=N)
    for row, example in enumerate(env.unwrapped.examples):
        ids = codec.encode(example.references[0])
        if ids and rng.random() < 0.6:
            tokens[row] = ids[(step + row) % len(ids)] if rng.random() < 0.7 else rng.choice(ids)
    tokens[rng.random(N) < 0.08] = codec.eos_id
    return tokens


def compare(mode: str, seed: int, **settings: Any) -> str:
    """Play both for a while, assert that they agree, and return a digest of all rewards."""
    rows = gym.make_vec("TokenSummarize-v0", N, autoreset_mode=mode, max_new_tokens=T, **settings)
    singles = [gym.make("TokenSummarize-v0", disable_env_checker=True, max_new_tokens=T, **settings) for _ in range(N)]
    seen, infos = rows.reset(seed=seed)
    for row, single in enumerate(singles):
        observation, info = single.reset(seed=seed + row)
        assert same({key: part[row] for key, part in seen.items()}, observation)
        assert row_of(infos, row) == info
    rng, over, digest = np.random.default_rng(seed), np.zeros(N, dtype=bool), hashlib.sha256()
    for step in range(STEPS):
        tokens = tokens_for(rows, rng, step)
        seen, rewards, terminated, truncated, infos = rows.step(tokens)
        assert not truncated.any()
        digest.update(rewards.tobytes())
        for row, single in enumerate(singles):
            now = {key: part[row] for key, part in seen.items()}
            if over[row]:  # with next-step autoreset: the step that starts the next episode
                observation, info = single.reset()
                assert (rewards[row], terminated[row]) == (0.0, False)
                assert row_of(infos, row) == info
            else:
                observation, reward, ended, _, info = single.step(int(tokens[row]))
                assert (rewards[row], terminated[row]) == (reward, ended)
                if ended and mode == "SameStep":
                    assert same(infos["final_obs"][row], observation)
                    assert row_of(infos["final_info"], row) == info
                    observation, info = single.reset()
                assert row_of(infos, row) == info
            assert same(now, observation)
        over = terminated & (mode == "NextStep")
        if mode == "Disabled" and terminated.any():
            seen, infos = rows.reset(options={"reset_mask": terminated})
            for row in np.flatnonzero(terminated):
                observation, info = singles[row].reset()
                assert same({key: part[row] for key, part in seen.items()}, observation)
                assert row_of(infos, row) == info
    return digest.hexdigest()


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("reward", REWARDS)
def test_rows_are_single_environments(reward: str, density: str) -> None:
    for seed, mode in enumerate(MODES):
        compare(mode, seed, reward=REWARDS[reward], reward_density=density, shaping_gamma=(1.0, 0.9)[seed % 2])


@pytest.mark.parametrize("density", DENSITIES)
def test_tokens_that_rewrite_the_text(density: str) -> None:
    for seed, mode in enumerate(MODES):
        compare(mode, seed, reward={"rouge": 1.0, "bleu": 1.0, "chrf": 1.0, "ter": 1.0, "function": {"reward": plain}},
                reward_density=density, tokenizer=Fragments())  # fmt: skip


def digests() -> list[str]:
    """Of the rewards that the kernels count."""
    plays = [(reward, "dense") for reward in (*COUNTED, "chrf++")] + [("rouge", "word")]
    return [compare("SameStep", 3, reward=REWARDS[reward], reward_density=density) for reward, density in plays]


def test_interpreted_equals_compiled() -> None:
    code = "import json; from tests.test_vector_parity import digests; print(json.dumps(digests()))"
    environment = {**os.environ, "TEXTGYM_NO_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == digests()
