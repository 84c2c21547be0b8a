"""Mixtures: weights, the task in the observation, each task's own reward; and the gallery."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

import textgym
from tests.conftest import oracle_tokens, play, random_tokens
from textgym import gallery

TASKS = {"TokenSummarize-v0": 3.0, "TokenCaption-v0": 1.0}


def test_weights_are_shares() -> None:
    env = gym.make("TokenMix-v0", tasks=TASKS, tokenizer="byte").unwrapped
    corpus = env.mdp.corpus
    owners = [corpus[i].meta["task"] for i in range(400)]
    assert owners.count(0) == pytest.approx(300, abs=1)
    assert len({corpus[i].id for i in range(400)}) == 400


def test_each_episode_is_paid_by_its_own_task() -> None:
    env = gym.make("TokenMix-v0", tasks=TASKS, tokenizer="byte")
    own = {0: gym.make("TokenSummarize-v0", tokenizer="byte"), 1: gym.make("TokenCaption-v0", tokenizer="byte")}
    seen = set()
    for index in range(6):
        obs, _ = env.reset(options={"example": index})
        task, example = int(obs["task"][0]), env.unwrapped.example
        seen.add(task)
        prompt = env.unwrapped.tokenizer.decode(obs["source"].tolist(), skip_special_tokens=True)
        assert prompt.startswith(("summarize: ", "caption: ")[task])
        assert obs["image"].any() == (task == 1)
        tokens = random_tokens(env, np.random.default_rng(index))
        mixed, info = play(env, tokens, options={"example": index})
        score = textgym.make_reward("rouge").scorer(own[task].unwrapped.mdp.metrics.context, 1) if task == 0 else None
        if score is not None:
            expected = score.score_tokens(0, example, np.array(tokens[: len(mixed)]))
            assert sum(mixed) == pytest.approx(expected, abs=1e-9)
        assert info["metrics"]["own_task"] == pytest.approx(sum(mixed), abs=1e-9)
    assert seen == {0, 1}


def test_dialogues_in_a_mixture_have_their_user() -> None:
    env = gym.make("TokenMix-v0")
    for seed in range(8):
        env.reset(seed=seed)
        rewards, info = play(env, oracle_tokens(env), seed=seed)
        assert sum(rewards) == pytest.approx(1.0)
        assert info["metrics"]["own_task"] == pytest.approx(1.0)
        assert info["success"] == ("turns" in env.unwrapped.example.meta)


@pytest.mark.parametrize(
    ("kwargs", "part"),
    [
        ({"tasks": {"TokenSumarize-v0": 1}}, "did you mean 'TokenSummarize-v0'"),
        ({"tasks": {"TokenCopy-v0": -1}}, "-1"),
        ({"tasks": {}}, "at least one"),
        ({"data": {"TokenCopy-v0": "x"}}, "data"),
    ],
)
def test_misuse_is_named(kwargs: dict[str, object], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        gym.make("TokenMix-v0", **kwargs)


def test_the_gallery_is_up_to_date() -> None:
    assert gallery.stale() == [], "run: python -m textgym.gallery"
