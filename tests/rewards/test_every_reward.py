"""Every reward by its name in every environment, in every density, all together; `benchmarks.reward_sweep` has more."""

from __future__ import annotations

import inspect
import re

import gymnasium as gym
import numpy as np
import pytest

import textgym
from benchmarks.reward_sweep import check, names_for, term
from envs_registry import CATALOGUE
from textgym.rewards import registry

IDS = [row.id for row in CATALOGUE]
DESIGN = (
    "rouge1 rouge2 rougeL rouge bleu chrf ter exact_match token_f1 log_likelihood lm kl grammar coverage faithfulness "
    "knowledge semantic repetition diversity length classifier preference human novelty constant shuffled random"
)


def test_the_names_are_there() -> None:
    assert set(DESIGN.split()) <= set(textgym.list_rewards())


@pytest.mark.parametrize("env_id", IDS)
def test_all_rewards_together_in_every_density(env_id: str) -> None:
    assert set(DESIGN.split()) <= set(names_for(env_id))
    assert not check(env_id, names_for(env_id), quick=True)


def test_each_reward_alone() -> None:
    for name in names_for("TokenCopy-v0"):
        assert not check("TokenCopy-v0", [name], quick=name != "preference")


@pytest.mark.parametrize("env_id", IDS)
def test_rows_pay_what_single_environments_pay(env_id: str) -> None:
    names, steps = names_for(env_id), 8
    limit = {"max_new_tokens": 12}
    rows = gym.make_vec(
        env_id, 3, reward=[term(name, quick=True) for name in names], autoreset_mode="Disabled", **limit
    )
    singles = [
        gym.make(env_id, reward=[term(name, quick=True) for name in names], disable_env_checker=True, **limit)
        for _ in "abc"
    ]
    rows.reset(seed=5)
    for seed, single in enumerate(singles, start=5):
        single.reset(seed=seed)
    rng, size = np.random.default_rng(0), int(singles[0].action_space.n)  # type: ignore[attr-defined]
    for _ in range(steps):
        actions = rng.integers(size, size=3)
        actions[actions == singles[0].unwrapped.mdp.codec.eos_id] = 0  # type: ignore[attr-defined]
        _, rewards, ended, _, info = rows.step(actions)
        for row, single in enumerate(singles):
            _, reward, _, _, alone = single.step(int(actions[row]))
            assert {name: info["reward_terms"][name][row] for name in names} == alone["reward_terms"]
            assert rewards[row] == reward
        if ended.any():
            break


@pytest.mark.parametrize("name", DESIGN.split())
def test_every_class_explains_itself(name: str) -> None:
    place, _ = registry._BUILTIN[name]
    module, attribute = place.split(":")
    doc = inspect.getdoc(getattr(__import__(module, fromlist=[attribute]), attribute)) or ""
    assert ">>>" in doc, "a worked example"
    assert re.search(r"[Rr]ange|in \[0, 1\]|1 if|below 0", doc), "a range"
    assert " = " in doc or "1 if" in doc, "a formula"
    assert re.search(r"\b(19|20)\d\d\b|[Ss]ource|control", doc), "a source"
