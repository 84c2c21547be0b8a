"""Searches at decoding time, against brute force and the beam search of transformers."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from transformers import GenerationConfig

from agents import LSTMPolicy, TransformerPolicy, evaluate, make_vec_env
from agents.search.beam import BeamSearch
from agents.search.best_of_n import BestOfN
from agents.search.mcts import TreeSearch

COPY = {"id": "TokenCopy-v0", "difficulty": "easy"}
NEEDLE = {"id": "TokenNeedle-v0", "symbols": 3, "length": 3}
DELAY = {"id": "TokenDelay-v0", "symbols": 4, "length": 3}


def parts(settings: dict[str, Any], policy: Any = LSTMPolicy, **kwargs: Any) -> tuple[Any, Any]:
    """An untrained policy with choices that differ, and an environment."""
    options = {key: value for key, value in settings.items() if key != "id"}
    venv = make_vec_env(settings["id"], **options)
    torch.manual_seed(0)
    made = policy(venv.observation_space, venv.action_space, lambda _: 1e-3, **kwargs)
    with torch.no_grad():
        for weight in made.trunk.parameters():  # the value head stays near 0, as it is drawn
            weight.add_(torch.randn_like(weight) * 0.2)
    made.set_training_mode(False)
    return made, gym.make(settings["id"], **options)


def earned(env: Any, example: int, text: list[int]) -> float:
    env.reset(options={"example": example})
    total = 0.0
    for token in text:
        _, reward, terminated, _, _ = env.step(token)
        total += reward
        if terminated:
            break
    return total


def brute_force(env: Any, example: int) -> float:
    base = env.unwrapped
    actions = np.flatnonzero(base.action_masks()).tolist()
    texts = itertools.product(actions, repeat=base.mdp.num_new)
    return max(earned(env, example, list(text)) for text in texts)


@pytest.mark.parametrize("settings", [NEEDLE, DELAY, {"id": "TokenNeedle-v0", "symbols": 2, "length": 4}])
def test_tree_search_finds_the_optimum_that_brute_force_finds(settings: dict[str, Any]) -> None:
    policy, env = parts(settings, width=16)
    search = TreeSearch(policy, env, simulations=300)
    for example in range(2):
        observation, _ = env.reset(options={"example": example})
        search.start(env.unwrapped.mdp, [0], [example])
        text, _ = _write(search, env, observation, example)
        assert earned(env, example, text) == pytest.approx(brute_force(env, example))


def _until(text: list[int], eos: int) -> list[int]:
    return text[: text.index(eos) + 1] if eos in text else text


def _write(search: Any, env: Any, observation: Any, example: int) -> tuple[list[int], float]:
    """Lets `search` write through its `predict`, in an environment of its own."""
    own = gym.make(env.spec)
    observation, _ = own.reset(options={"example": example})
    text, total, over = [], 0.0, False
    while not over:
        action, _ = search.predict(observation, deterministic=True)
        observation, reward, over, _, _ = own.step(int(action))
        text.append(int(action))
        total += float(reward)
    return text, total


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 1.5])
@pytest.mark.parametrize("model", ["tiny", "tiny-seq2seq"])
def test_beam_search_is_that_of_transformers(model: str, length_penalty: float) -> None:
    policy, env = parts(COPY, TransformerPolicy, model=model)
    mdp, network = env.unwrapped.mdp, policy.trunk.model
    search = BeamSearch(policy, env, beams=3, length_penalty=length_penalty)
    forbidden = np.flatnonzero(~mdp.codec.allowed).tolist()
    config = GenerationConfig(
        num_beams=3, num_return_sequences=3, max_new_tokens=mdp.num_new, early_stopping="never", do_sample=False,
        length_penalty=length_penalty, eos_token_id=mdp.codec.eos_id, pad_token_id=mdp.codec.pad_id,
        suppress_tokens=forbidden, renormalize_logits=True, return_dict_in_generate=True, output_scores=True,
    )  # fmt: skip
    for example in range(4):
        observation, _ = env.reset(options={"example": example})
        source = [int(i) for i in observation["source"] if i != mdp.codec.pad_id]
        prompt = torch.tensor([[*source, policy.tokens.bos] if model == "tiny" else source])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = network.generate(prompt, attention_mask=torch.ones_like(prompt), generation_config=config)
        with torch.no_grad():
            found = search.search(observation)
        skip = prompt.shape[1] if model == "tiny" else 1
        texts = [_until(row[skip:].tolist(), mdp.codec.eos_id) for row in wanted.sequences]
        assert [text for _, text in found] == texts
        scores = torch.tensor([score for score, _ in found])
        torch.testing.assert_close(scores, wanted.sequences_scores, atol=1e-5, rtol=1e-5)


def test_a_wide_beam_finds_the_likeliest_text() -> None:
    policy, env = parts({"id": "TokenNeedle-v0", "symbols": 2, "length": 2}, width=16)
    observation, _ = env.reset(options={"example": 0})
    mdp = env.unwrapped.mdp
    actions = np.flatnonzero(mdp.codec.allowed).tolist()
    best = (-np.inf, ())
    search = BeamSearch(policy, env, beams=30, length_penalty=0.0)
    with torch.no_grad():
        for text in itertools.product(actions, repeat=mdp.num_new):
            cut = text[: text.index(mdp.codec.eos_id) + 1] if mdp.codec.eos_id in text else text
            generated, total = observation["generated"].copy(), 0.0
            for step, token in enumerate(cut):
                given = search.tensors(observation, generated[None], step)
                total += float(policy.get_distribution(given).log_probs[0, token])
                generated[step] = token
            best = max(best, (total, cut))
        (score, found), *_ = search.search(observation)
    assert tuple(found) == best[1]
    assert score == pytest.approx(best[0], abs=1e-5)


@pytest.mark.parametrize("by", ["log_prob", "reward"])
def test_best_of_n_keeps_the_best_of_what_it_samples(by: str) -> None:
    policy, env = parts(COPY, width=16)
    search = BestOfN(policy, env, n=6, by=by)
    observation, _ = env.reset(options={"example": 3})
    with torch.no_grad():
        torch.manual_seed(5)
        texts, log_probs = search.sample(observation)
        torch.manual_seed(5)
        chosen = search.plan(observation, 3, deterministic=False)
    if by == "reward":
        assert earned(env, 3, chosen) == pytest.approx(max(earned(env, 3, text) for text in texts))
    else:
        best = max(range(6), key=lambda i: log_probs[i] / len(texts[i]))
        assert chosen == texts[best]


@pytest.mark.parametrize("kind", [BestOfN, BeamSearch, TreeSearch])
def test_searches_are_evaluated_like_any_model(kind: Any) -> None:
    policy, env = parts({"id": "TokenNeedle-v0", "symbols": 2, "length": 2, "split": "test"}, width=16)
    settings = {"id": "TokenNeedle-v0", "symbols": 2, "length": 2}
    greedy = evaluate(policy, settings, n_examples=5, n_envs=2, anchors=(0.0, 1.0))
    found = evaluate(kind(policy, env), settings, n_examples=5, n_envs=2, anchors=(0.0, 1.0))
    assert len(found.rows) == 5
    if kind is TreeSearch:
        assert found.mean_return == 1.0 >= greedy.mean_return


def test_bad_arguments_are_named() -> None:
    policy, env = parts(COPY, width=16)
    with pytest.raises(ValueError, match="by: got 'rewards'"):
        BestOfN(policy, env, by="rewards")
    with pytest.raises(ValueError, match="model: got int"):
        BeamSearch(5, env)
    with pytest.raises(ValueError, match="env: got CartPoleEnv"):
        BeamSearch(policy, gym.make("CartPole-v1").unwrapped)
    with pytest.raises(ValueError, match="of several turns"):
        BeamSearch(policy, gym.make("TokenDialogue-v0"))
    with pytest.raises(ValueError, match="length_penalty: got -1"):
        BeamSearch(policy, env, length_penalty=-1)
    observation, _ = env.reset(options={"example": 0})
    with pytest.raises(ValueError, match="call start"):
        TreeSearch(policy, env).predict(observation)
