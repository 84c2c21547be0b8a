"""Language models: the built-in one, and tiny neural ones followed with their cache."""

from __future__ import annotations

import functools
import math
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import random_tokens
from textgym.rewards.causal import CausalRows, TextIds
from textgym.rewards.kl import KL, AdaptiveCoefficient
from textgym.rewards.likelihood import LogLikelihood
from textgym.rewards.lm import LanguageModel
from textgym.rewards.ngram import NgramModel

T = 10


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_ngram_probabilities_add_up(order: int) -> None:
    rng = np.random.default_rng(0)
    model = NgramModel([rng.integers(7, size=9).tolist() for _ in range(20)], size=9, order=order)
    for history in ([], [1], [1, 2], [8, 8, 8], rng.integers(9, size=5).tolist()):
        assert sum(model.prob(history, token) for token in range(9)) == pytest.approx(1.0)
        assert min(model.prob(history, token) for token in range(9)) > 0.0


def test_ngram_prefers_what_it_has_read() -> None:
    model = NgramModel([[1, 2, 3, 4]] * 5 + [[1, 2, 5]], size=8)
    assert model.log_prob([1, 2], 3) > model.log_prob([1, 2], 5) > model.log_prob([1, 2], 7)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_cached_rows_equal_whole_passes(kind: str) -> None:
    model = tiny(kind, 50)
    rows, rng = CausalRows(model, 3), np.random.default_rng(1)
    total: list[list[float]] = [[], [], []]
    for row, prompt in enumerate(([1], [1, 2, 3, 4], [5, 6])):
        rows.clear(row, prompt)
    starts = [1, 4, 2]
    for step in range(60):
        if step % 30 == 20:
            rows.clear(step % 3, [7, 8, 9, 1, 2])
            total[step % 3], starts[step % 3] = [], 5
        grown = {row: rng.integers(50, size=int(rng.integers(0, 3))).tolist() for row in range(3)}
        if step % 7 == 3:
            keep = max(starts[0], len(rows.ids[0]) - 2)
            rows.shrink(0, keep)
            del total[0][keep - starts[0] :]
        for row in range(3):
            if len(rows.ids[row]) > 30:
                rows.clear(row, [3, 4])
                total[row], starts[row] = [], 2
        for row, log_probs in rows.extend(grown).items():
            total[row].extend(log_probs.tolist())
        if step % 5 == 0:
            for row in range(3):
                assert total[row] == pytest.approx(direct(model, rows.ids[row], starts[row]), abs=2e-4)


@pytest.mark.parametrize("source", [False, True])
def test_neural_lm_in_the_environments(source: bool) -> None:
    game: Any = gym.make("TokenSummarize-v0", max_new_tokens=T).unwrapped
    model = tiny("gpt2", game.action_space.n)
    lm = LanguageModel(model, source=source)
    sums = []
    for density in ("dense", "sparse"):
        game = gym.make("TokenSummarize-v0", max_new_tokens=T, reward=lm, reward_density=density).unwrapped
        game.reset(options={"example": 2})
        tokens = random_tokens(game, np.random.default_rng(0))
        sums.append(sum(game.step(token)[1] for token in tokens))
    allowed = [t for t in tokens if game.mdp.codec.allowed[t]]
    prompt = [game.mdp.codec.eos_id if game.mdp.codec.bos_id is None else game.mdp.codec.bos_id]
    prompt += game.mdp.codec.encode(game.example.source) if source else []
    prompt = prompt[: 128 - 2 * T]
    expected = np.mean(direct(model, [*prompt, *allowed], len(prompt)))
    assert sums == pytest.approx([expected, expected], abs=1e-4)


def test_neural_lm_rows_states_and_other_tokenizers() -> None:
    rows = gym.make_vec("TokenSummarize-v0", 3, max_new_tokens=T, reward=None)
    codec = rows.unwrapped.mdp.codec
    model = tiny("gpt2", codec.size)
    rewards = (
        LanguageModel(model),
        LanguageModel(tiny("gpt2", 128), tokenizer=Letters()),
        LanguageModel(tiny("llama", codec.size), form="probability", source=True),
        KL(model),
        LogLikelihood(model=model),
    )
    for reward in rewards:
        rows = gym.make_vec("TokenSummarize-v0", 3, max_new_tokens=T, reward=reward)
        singles = [gym.make("TokenSummarize-v0", max_new_tokens=T, reward=reward).unwrapped for _ in range(3)]
        rows.reset(seed=1)
        for i, single in enumerate(singles):
            single.reset(seed=1 + i)
        rng = np.random.default_rng(0)
        for step in range(2 * T):
            actions = rng.integers(codec.size, size=3)
            _, paid, done, _, _ = rows.step(actions)
            if step == 3:
                state = singles[0].get_state()
                singles[0].step(int(actions[1]))
                singles[0].set_state(state)
            expected = [single.step(int(action))[1] for single, action in zip(singles, actions, strict=True)]
            assert paid.tolist() == expected, "bit for bit"
            for single, ended in zip(singles, done, strict=True):
                if ended:
                    single.reset()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("ab \n\u00a0", max_size=70), max_size=12))
def test_ids_of_a_growing_text_are_those_of_the_whole(parts: list[str]) -> None:
    encoder = letters()
    ids: list[int] = []
    text, settled, start = "", 0, 0
    for part in parts:
        text += part
        new, more, start = encoder.of_text(text, False, start)
        ids, settled = ids[:settled] + new, settled + more
        assert ids == encoder.of_text(text, False)[0] == Letters().encode(text)


def test_a_cache_with_room_holds_what_transformers_own_holds() -> None:
    import torch
    from transformers import DynamicCache

    from textgym.rewards.kv_cache import roomy_cache

    ours, theirs = roomy_cache(), DynamicCache()
    generator = torch.Generator().manual_seed(0)
    for step in range(40):
        for layer in range(2):
            new = torch.rand((2, 3, 3, int(step % 4 == 0) + 1, 5), generator=generator)
            for mine, other in zip(ours.update(*new[:2], layer), theirs.update(*new[:2], layer), strict=True):
                assert torch.equal(mine, other)
        if step % 9 == 4:  # cut, padded or written to from outside
            for cache in (ours, theirs):
                for part in cache.layers:
                    part.keys, part.values = part.keys[:, :, 1:], part.values[:, :, 1:]
                    part.keys[0, :, -1] = part.values[1, :, 0] = float(step)


def test_log_likelihood_without_a_model() -> None:
    game: Any = gym.make("TokenSummarize-v0", reward=LogLikelihood(0.1)).unwrapped
    game.reset(options={"example": 0})
    target = [*game.tokenizer.encode(game.example.references[0], add_special_tokens=False), game.tokenizer.eos_token_id]
    size = game.action_space.n

    def total(tokens: list[int]) -> float:
        game.reset(options={"example": 0})
        return sum(game.step(token)[1] for token in tokens)

    assert total(target) == pytest.approx(math.log(0.9))
    wrong = math.log(0.1 / (size - 1))
    assert total(target[-1:]) == pytest.approx((wrong + (len(target) - 1) * math.log(1 / size)) / len(target))
    half = len(target) // 2
    assert total(target[:half]) == pytest.approx(half * math.log(0.9) / len(target))


def test_log_likelihood_with_a_model_says_how_much_a_text_helps() -> None:
    game: Any = gym.make("TokenSummarize-v0", max_new_tokens=T).unwrapped
    model = tiny("gpt2", game.action_space.n)
    game = gym.make("TokenSummarize-v0", max_new_tokens=T, reward=LogLikelihood(model=model)).unwrapped
    game.reset(options={"example": 0})
    codec = game.mdp.codec
    begin = codec.eos_id if codec.bos_id is None else codec.bos_id
    prompt = [begin, *codec.encode(game.example.source)][: 128 - 2 * T]
    reference = [*codec.encode(game.example.references[0]), codec.eos_id]

    def likelihood(text: list[int]) -> float:
        return float(np.mean(direct(model, [*prompt, *text, *reference], len(prompt) + len(text))))

    tokens = [t for t in range(game.action_space.n) if codec.allowed[t] and t != codec.eos_id][40:45]
    total = 0.0
    for n, token in enumerate(tokens, 1):
        total += game.step(token)[1]
        assert total == pytest.approx(likelihood(tokens[:n]) - likelihood([]), abs=1e-4)


def test_kl_takes_reports_and_adapts() -> None:
    game: Any = gym.make("TokenSummarize-v0", max_new_tokens=T, reward=KL(beta=0.5, max_examples=20)).unwrapped
    silent: Any = gym.make("TokenSummarize-v0", max_new_tokens=T, reward=KL(beta=0.5, max_examples=20)).unwrapped
    for each in (game, silent):
        each.reset(options={"example": 0})
    for token in (20, 21, 22):
        game.report_log_prob(-1.25)
        assert game.step(token)[1] - silent.step(token)[1] == pytest.approx(0.5 * 1.25)
    rows = gym.make_vec("TokenSummarize-v0", 2, max_new_tokens=T, reward=KL(beta=0.5, max_examples=20))
    rows.reset(options={"example": 0})
    rows.unwrapped.report_log_probs(np.array([-1.0, 0.0]))
    first, second = rows.step(np.array([20, 20]))[1]
    assert first - second == pytest.approx(0.5)
    with pytest.raises(ValueError, match="log_prob"):
        game.report_log_prob(0.5)
    beta = AdaptiveCoefficient(0.1, target=6.0, horizon=1)
    beta.update(0.0)
    assert beta.value == pytest.approx(0.08)
    adaptive: Any = KL(beta=0.1, target=1.0, horizon=10, max_examples=20)
    game = gym.make("TokenSummarize-v0", max_new_tokens=T, reward=adaptive).unwrapped
    for _ in range(3):
        game.reset(options={"example": 0})
        for token in range(20, 20 + T):
            game.step(token)
    assert adaptive.coefficient.value == pytest.approx(0.1 * 1.02**2)


def test_a_model_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no/such/folder"):
        gym.make("TokenSummarize-v0", reward=LanguageModel("./no/such/folder"))


def tiny(kind: str, size: int) -> Any:
    """A causal model with random weights."""
    import torch
    from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

    torch.set_num_threads(1)
    torch.manual_seed(0)
    if kind == "gpt2":
        config: Any = GPT2Config(
            vocab_size=int(size), n_positions=128, n_embd=16, n_layer=2, n_head=2, initializer_range=0.3
        )
    else:
        config = LlamaConfig(
            vocab_size=int(size), hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, max_position_embeddings=128, initializer_range=0.3,
        )  # fmt: skip
    return AutoModelForCausalLM.from_config(config).eval()


def direct(model: Any, ids: list[int], start: int) -> list[float]:
    """ln p of ids[start:], in one pass."""
    import torch

    with torch.inference_mode():
        log_probs = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].float(), dim=-1)
    return [float(log_probs[i - 1, ids[i]]) for i in range(start, len(ids))]


@functools.cache
def letters() -> TextIds:
    """The ids of letters."""
    game: Any = gym.make("TokenCopy-v0").unwrapped
    return TextIds(game.mdp._context, tiny("gpt2", 128), Letters())


class Letters:
    """A tokenizer of another model: one id for each letter."""

    eos_token_id, bos_token_id = 1, 0

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        """Ids from 2 to 127."""
        return [2 + ord(char) % 126 for char in text]
