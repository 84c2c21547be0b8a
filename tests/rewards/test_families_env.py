"""Every reward by name in the environments: densities, rows, saved states, terms."""

from __future__ import annotations

import dataclasses
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym
from tests.conftest import oracle_tokens, random_tokens
from textgym.rewards.control import Constant, donors
from textgym.rewards.preference import fit_preferences
from textgym.rewards.ratings import Pair
from textgym.rewards.schedule import Exponential, Linear, Piecewise
from textgym.rewards.terms import Term, parse_terms

MODEL = fit_preferences([Pair("", "a storm hit the town", "storm storm storm")])
NAMES = (
    "log_likelihood", "coverage", "faithfulness", "knowledge", "grammar", "repetition", "diversity", "length",
    "novelty", "constant", "random", "shuffled",
)  # fmt: skip
SPECS: dict[str, Any] = {name: name for name in NAMES}
SPECS["lm"] = {"lm": {"args": {"max_examples": 30}}}
SPECS["kl"] = {"kl": {"args": {"max_examples": 30}}}
SPECS["semantic"] = {"semantic": {"args": {"max_examples": 30}}}
SPECS["preference"] = {"preference": {"args": {"model": MODEL}}}
SPECS["length_tokens"] = {"length": {"args": {"unit": "tokens"}}}
SPECS["classifier"] = textgym.make_reward("classifier", model=object()).from_function(
    lambda texts: [min(1.0, len(text) / 100) for text in texts]
)
SPECS["shuffled_text"] = {"shuffled": {"args": {"metric": "coverage"}}}
T = 12


def env(reward: Any, **kwargs: Any) -> Any:
    return gym.make("TokenSummarize-v0", max_new_tokens=T, reward=reward, disable_env_checker=True, **kwargs).unwrapped


def episode(game: Any, tokens: list[int], index: int = 3) -> list[float]:
    game.reset(seed=0, options={"example": index})
    rewards = []
    for token in tokens:
        _, reward, done, _, info = game.step(token)
        rewards.append(reward)
        assert sum(info["reward_terms"].values()) == reward
        if done:
            break
    return rewards


def everything() -> list[Term]:
    """One term for each of `SPECS`."""
    return [dataclasses.replace(parse_terms(spec)[0], name=name) for name, spec in SPECS.items()]


def test_densities_pay_the_same_sums() -> None:
    sums = []
    for density in ("dense", "word", "sentence", "sparse"):
        game, rng = env(everything(), reward_density=density), np.random.default_rng(1)
        game.reset(options={"example": 3})
        found: dict[str, float] = dict.fromkeys(SPECS, 0.0)
        for _ in range(2):
            tokens = random_tokens(game, rng)
            game.reset(options={"example": 3})
            for t, token in enumerate(tokens):
                _, reward, done, _, info = game.step(token)
                assert sum(info["reward_terms"].values()) == reward
                assert density != "sparse" or done or not any(info["reward_terms"].values()), t
                for name, share in info["reward_terms"].items():
                    found[name] += share
                if done:
                    break
        sums.append(found)
    for name in SPECS:
        assert [found[name] for found in sums] == pytest.approx([sums[0][name]] * 4, abs=1e-9), name
        assert np.isfinite(sums[0][name])


def test_rows_are_single_environments() -> None:
    n, rng = 3, np.random.default_rng(2)
    rows = gym.make_vec("TokenSummarize-v0", n, max_new_tokens=T, reward=everything(), autoreset_mode="Disabled")
    singles = [env(everything()) for _ in range(n)]
    rows.reset(seed=5)
    for i, single in enumerate(singles):
        single.reset(seed=5 + i)
    eos = singles[0].tokenizer.eos_token_id
    for _ in range(3 * T):
        actions = rng.integers(singles[0].action_space.n, size=n)
        actions[rng.random(n) < 0.1] = eos
        _, rewards, terminated, _, info = rows.step(actions)
        for i, single in enumerate(singles):
            _, reward, _, _, alone = single.step(int(actions[i]))
            assert {name: info["reward_terms"][name][i] for name in SPECS} == alone["reward_terms"]
            assert {name: info["reward_terms_raw"][name][i] for name in SPECS} == alone["reward_terms_raw"]
            assert rewards[i] == reward
            if terminated[i]:
                single.reset()
        if terminated.any():
            rows.reset(options={"reset_mask": terminated})


def test_saved_states_branch() -> None:
    game, rng = env([term for term in everything() if term.name != "novelty"]), np.random.default_rng(3)
    game.reset(options={"example": 1})
    tokens = random_tokens(game, rng)
    for token in tokens[:5]:
        game.step(token)
    state = game.get_state()
    first = [game.step(token)[4]["reward_terms"] for token in tokens[5:]]
    game.set_state(state)
    assert [game.step(token)[4]["reward_terms"] for token in tokens[5:]] == first


def test_oracle_beats_noise() -> None:
    for name in ("log_likelihood", "lm", "coverage", "semantic", "length"):
        game = gym.make("TokenSummarize-v0", reward=name).unwrapped
        game.reset(options={"example": 3})
        good = sum(episode(game, oracle_tokens(game)))
        noise = np.random.default_rng(0).integers(5, game.action_space.n, size=47).tolist()
        assert good > sum(episode(game, [*noise, game.tokenizer.eos_token_id])), name


def test_terms_and_raw_values_add_up() -> None:
    spec = {
        "coverage": 2.0,
        "repetition": {"weight": -0.5, "density": "sparse"},
        "short": {"reward": "length", "weight": 0.1, "args": {"target": 3}, "density": "word"},
    }
    game, rng = env(spec), np.random.default_rng(0)
    game.reset(options={"example": 0})
    tokens = random_tokens(game, rng)
    game.reset(options={"example": 0})
    raws = {"coverage": 0.0, "repetition": 0.0, "short": 0.0}
    total = 0.0
    for t, token in enumerate(tokens):
        _, reward, _, _, info = game.step(token)
        assert set(info["reward_terms"]) == set(info["reward_terms_raw"]) == set(raws)
        assert sum(info["reward_terms"].values()) == reward
        assert info["reward_terms"]["coverage"] == 2.0 * info["reward_terms_raw"]["coverage"]
        if t < T - 1:
            assert info["reward_terms_raw"]["repetition"] == 0.0
        total += reward
        for name, value in info["reward_terms_raw"].items():
            raws[name] += value
    assert total == pytest.approx(2 * raws["coverage"] - 0.5 * raws["repetition"] + 0.1 * raws["short"])


def test_schedules_hold_for_whole_episodes() -> None:
    game = env({"constant": Linear(1.0, 0.0), "other": {"reward": "constant", "schedule": Exponential(1.0, 0.25)}})
    tokens = [9, 9, 9]
    assert episode(game, tokens)[0] == 2.0
    game.reset()
    game.set_progress(0.5)
    assert game.step(9)[1] == 2.0, "the episode began before"
    assert episode(game, tokens)[0] == 0.5 + 0.5
    with pytest.raises(ValueError, match="progress"):
        game.set_progress(1.5)
    rows = gym.make_vec("TokenSummarize-v0", 2, max_new_tokens=T, reward={"constant": Piecewise(((0, 0), (1, 1)))})
    rows.reset(seed=0)
    rows.unwrapped.set_progress(1.0)
    assert rows.step(np.array([9, 9]))[1].tolist() == [0.0, 0.0]
    rows.reset(seed=0)
    assert rows.step(np.array([9, 9]))[1].tolist() == [1.0, 1.0]


def test_clip_normalize_and_potential() -> None:
    per_token = Constant(3.0, per="token")
    assert episode(env(Term("c", per_token, clip=(-1.0, 1.0))), [9] * T) == [1.0] * T
    assert sum(episode(env(Term("c", "coverage", potential=True)), [9, 10, 11] * 4)) == pytest.approx(0.0)
    ups = env(Term("r", "random", normalize=True))
    pays = [pay for index in range(40) for pay in episode(ups, [9] * T, index)]
    assert np.std(pays[100:]) == pytest.approx(1.0, abs=0.15)
    shaped = gym.make_vec("TokenSummarize-v0", 2, max_new_tokens=T, reward=Term("c", "coverage", potential=True))
    shaped.reset(seed=1)
    total = sum(shaped.step(np.array([20 + t, 40 + t]))[1] for t in range(T))
    assert total == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "empty"),
        ([], "empty"),
        ({"rouge": "much"}, "finite number"),
        ({"rouge": {"wieght": 1.0}}, "did you mean 'weight'"),
        ({"rouge": {"density": "words"}}, "did you mean 'word'"),
        ({"rouge": {"clip": (1, 0)}}, "clip"),
        ({"coverge": 1.0}, "did you mean 'coverage'"),
        (["rouge", "rouge"], "two terms"),
        ({"mine": {"reward": len, "args": {"n": 1}}}, "args"),
    ],
)
def test_bad_specs_are_named(spec: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_terms(spec)


def test_a_failing_reward_leaves_the_environment_usable() -> None:
    calls = {"bad": True}

    def moody(text: str, example: textgym.Example) -> float:
        if calls["bad"] and len(text) > 4:
            raise RuntimeError("no")
        return 0.5

    game = env({"rouge": 1.0, "moody": {"reward": moody}})
    rows = gym.make_vec("TokenSummarize-v0", 2, max_new_tokens=T, reward=[moody])
    game.reset(seed=0)
    rows.reset(seed=0)
    words = [t for t in range(game.action_space.n) if len(game.tokenizer.decode([t]).strip()) > 5][:2]
    for step in (lambda: game.step(words[0]), lambda: rows.step(np.array(words))):
        with pytest.raises(ValueError, match=r"reward 'moody' raised RuntimeError: no \(example '.+', step 1\)"):
            step()
        with pytest.raises(gym.error.ResetNeeded, match="reset"):
            step()
    calls["bad"] = False
    game.reset(seed=0)
    rows.reset(seed=0)
    assert game.step(words[0])[4]["reward_terms"]["moody"] == 0.5
    assert rows.step(np.array(words))[1].tolist() == [0.5, 0.5]


def test_a_reset_that_fails_asks_for_another() -> None:
    class Choosy(Constant):
        def reset(self, example: textgym.Example) -> None:
            if example.id.endswith("-3"):
                raise RuntimeError("not this one")
            super().reset(example)

    game = env(Choosy())
    game.reset(options={"example": 2})
    with pytest.raises(ValueError, match="not this one"):
        game.reset(options={"example": 3})
    with pytest.raises(gym.error.ResetNeeded):
        game.step(9)
    assert sum(episode(game, [9] * T, 2)) == 1.0


def test_shuffled_is_a_derangement_and_pays_for_another_reference() -> None:
    for size in (2, 3, 50):
        donor = donors(size, 1)
        assert sorted(donor) == list(range(size))
        assert not (donor == np.arange(size)).any()
    game = gym.make("TokenSummarize-v0", reward="shuffled").unwrapped
    game.reset(options={"example": 3})
    assert sum(episode(game, oracle_tokens(game))) < 0.9
    corpus = game.mdp.corpus
    other = corpus[int(donors(len(corpus), 0)[3])].references[0]
    tokens = [*game.tokenizer.encode(other, add_special_tokens=False), game.tokenizer.eos_token_id]
    assert sum(episode(game, tokens)) == pytest.approx(1.0)


def test_random_is_the_same_everywhere_and_blind_to_the_text() -> None:
    assert episode(env("random"), [9] * T) == episode(env("random"), [30] * T)
    assert episode(env("random"), [9] * T) != episode(env({"random": {"args": {"seed": 1}}}), [9] * T)


def test_novelty_wears_off_and_can_be_shared() -> None:
    game = env("novelty")
    sums = [sum(episode(game, [9] * T)) for _ in range(4)]
    assert sums == sorted(sums, reverse=True)
    rows = gym.make_vec("TokenSummarize-v0", 2, max_new_tokens=T, reward={"novelty": {"args": {"shared": True}}})
    rows.reset(seed=0)
    first, second = rows.step(np.array([9, 9]))[1]
    assert first > second


def test_rewards_work_with_every_tokenizer_and_task() -> None:
    for env_id in ("TokenTranslate-v0", "TokenCopy-v0"):
        names = ("lm", "coverage", "semantic", "grammar", "repetition", "faithfulness", "log_likelihood")
        game = gym.make(env_id, reward=[Term(name, name) for name in names], max_new_tokens=T).unwrapped
        game.reset(seed=0)
        assert np.isfinite(sum(episode(game, random_tokens(game, np.random.default_rng(0)))))
