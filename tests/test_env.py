"""The single environment against the contract: checkers, identity, masks, states, misuse."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings

import gymnasium as gym
import numpy as np
import pytest
import sacrebleu
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from rouge_score.rouge_scorer import RougeScorer

import textgym
from envs_registry import CATALOGUE
from tests.conftest import oracle_tokens, play, random_tokens

IDS = [row.id for row in CATALOGUE]
EXACT = [row.id for row in CATALOGUE if row.oracle_return == 1.0 and "noisy" not in row.tags]
DENSITIES = ("dense", "word", "sentence", "sparse")


def rouge(kind: str, example: textgym.Example, text: str) -> float:
    return RougeScorer([kind]).score_multi(list(example.references), text)[kind].fmeasure


OFFICIAL = {
    "rouge1": lambda e, t: rouge("rouge1", e, t),
    "rouge2": lambda e, t: rouge("rouge2", e, t),
    "rougeL": lambda e, t: rouge("rougeL", e, t),
    "rouge": lambda e, t: sum(rouge(k, e, t) for k in ("rouge1", "rouge2", "rougeL")) / 3,
    "bleu": lambda e, t: sacrebleu.sentence_bleu(t, list(e.references)).score / 100,
    "chrf": lambda e, t: sacrebleu.sentence_chrf(t, list(e.references)).score / 100,
}


@pytest.mark.parametrize("env_id", IDS)
def test_checkers_are_silent(env_id: str) -> None:
    from stable_baselines3.common.env_checker import check_env as sb3_check_env

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gym.make(env_id).unwrapped)
        sb3_check_env(gym.make(env_id))


@pytest.mark.parametrize("metric", OFFICIAL)
@pytest.mark.parametrize("density", DENSITIES)
def test_rewards_add_up_to_the_official_score(metric: str, density: str) -> None:
    env = gym.make("TokenSummarize-v0", reward=metric, reward_density=density)
    rng = np.random.default_rng(0)
    for index in range(6):
        env.reset(options={"example": index})
        tokens = random_tokens(env, rng)
        rewards, info = play(env, tokens, options={"example": index})
        official = OFFICIAL[metric](env.unwrapped.example, info["text"])
        assert sum(rewards) == pytest.approx(official, abs=1e-9)
        assert info["text"] == env.unwrapped.tokenizer.decode(tokens[: len(rewards)], skip_special_tokens=True)


@pytest.mark.parametrize("metric", ["rouge", "bleu"])
def test_each_dense_reward_is_the_difference_of_official_scores(metric: str) -> None:
    env = gym.make("TokenTranslate-v0", reward=metric)
    env.reset(seed=3)
    tokens = random_tokens(env, np.random.default_rng(1), share_of_reference=0.9)
    env.reset(seed=3)
    before = 0.0
    for token in tokens:
        _, reward, done, _, _ = env.step(token)
        now = OFFICIAL[metric](env.unwrapped.example, env.unwrapped.text)
        assert reward == pytest.approx(now - before, abs=1e-9)
        before = now
        if done:
            break


def test_shaping_gamma_is_the_potential_based_form() -> None:
    env = gym.make("TokenSummarize-v0", shaping_gamma=0.9)
    env.reset(seed=3)
    before = 0.0
    for token in oracle_tokens(env):
        _, reward, _, _, _ = env.step(token)
        now = OFFICIAL["rouge"](env.unwrapped.example, env.unwrapped.text)
        assert reward == pytest.approx(0.9 * now - before, abs=1e-9)
        before = now


@pytest.mark.parametrize("env_id", EXACT)
def test_the_oracle_earns_everything(env_id: str) -> None:
    env = gym.make(env_id)
    for seed in range(5):
        env.reset(seed=seed)
        rewards, info = play(env, oracle_tokens(env), seed=seed)
        assert sum(rewards) == pytest.approx(1.0, abs=1e-9)
        assert info["finish_reason"] == "eos"
        assert info["text"] == env.unwrapped.example.references[0]
        assert info["example_id"] == env.unwrapped.example.id


@pytest.mark.parametrize("env_id", IDS)
def test_sparse_pays_at_the_end_only_and_as_much(env_id: str) -> None:
    dense, sparse = gym.make(env_id), gym.make(env_id, reward_density="sparse")
    dense.reset(seed=5)
    tokens = random_tokens(dense, np.random.default_rng(5))
    paid, _ = play(dense, tokens, seed=5)
    late, _ = play(sparse, tokens, seed=5)
    assert late[:-1] == [0.0] * (len(late) - 1)
    assert late[-1] == pytest.approx(sum(paid), abs=1e-9)


def test_ends_and_reasons() -> None:
    env = gym.make("TokenSummarize-v0", max_new_tokens=5)
    env.reset(seed=0)
    token = oracle_tokens(env)[0]
    for step in range(5):
        obs, reward, terminated, truncated, info = env.step(token)
        assert terminated is (step == 4)
        assert truncated is False
        assert obs["step"].tolist() == [step + 1]
        assert type(reward) is float
    assert info["finish_reason"] == "length"
    with pytest.raises(ResetNeeded):
        env.step(token)


def test_special_tokens_put_no_text_and_are_masked() -> None:
    env = gym.make("TokenSummarize-v0")
    tokenizer = env.unwrapped.tokenizer
    masks = env.unwrapped.action_masks()
    assert masks.shape == (env.action_space.n,)
    assert masks[tokenizer.eos_token_id]
    silent = [i for i in tokenizer.all_special_ids if i != tokenizer.eos_token_id]
    assert not masks[silent].any()
    env.reset(seed=0)
    first, *rest = oracle_tokens(env)
    env.step(first)
    text = env.unwrapped.text
    for token in silent:
        _, reward, _, _, _ = env.step(token)
        assert reward == 0.0
        assert env.unwrapped.text == text
    assert env.unwrapped.text + "" == text
    assert rest


def test_reward_terms_add_up() -> None:
    env = gym.make("TokenSummarize-v0", reward={"rouge": 1.0, "bleu": 0.5})
    env.reset(seed=0)
    tokens = oracle_tokens(env)
    env.reset(seed=0)
    for token in tokens:
        _, reward, _, _, info = env.step(token)
        assert set(info["reward_terms"]) == {"rouge", "bleu"}
        assert reward == sum(info["reward_terms"].values())


def test_a_plain_function_is_a_reward() -> None:
    def length(text: str, example: textgym.Example) -> float:
        return len(text) / 100

    env = gym.make("TokenSummarize-v0", reward=length)
    env.reset(seed=0)
    rewards, info = play(env, oracle_tokens(env), seed=0)
    assert sum(rewards) == pytest.approx(len(info["text"]) / 100, abs=1e-12)


def test_metrics_of_the_last_step_are_the_official_ones() -> None:
    env = gym.make("TokenTranslate-v0")
    env.reset(seed=1)
    tokens = random_tokens(env, np.random.default_rng(2), share_of_reference=0.95)
    _, info = play(env, tokens, seed=1)
    example, text = env.unwrapped.example, info["text"]
    assert info["metrics"]["bleu"] == pytest.approx(sacrebleu.sentence_bleu(text, list(example.references)).score)
    assert info["metrics"]["chrf"] == pytest.approx(sacrebleu.sentence_chrf(text, list(example.references)).score)


def test_states_branch_exactly() -> None:
    env = gym.make("TokenSummarize-v0", reward={"rouge": 1.0, "bleu": 1.0}, reward_density="word")
    env.reset(seed=2)
    tokens = random_tokens(env, np.random.default_rng(0))
    env.reset(seed=2)
    for token in tokens[:7]:
        env.step(token)
    state = pickle.loads(pickle.dumps(env.unwrapped.get_state()))
    futures = []
    for _ in range(2):
        future = []
        for token in tokens[7:20]:
            obs, reward, done, _, info = env.step(token)
            future.append((obs["generated"].tolist(), reward, done, info["reward_terms"]))
        env.reset()
        future.append(env.unwrapped.example.id)
        futures.append(future)
        env.unwrapped.set_state(state)
    assert futures[0] == futures[1]


@pytest.mark.parametrize("env_id", IDS)
def test_pickles_and_goes_on(env_id: str) -> None:
    env = gym.make(env_id).unwrapped
    env.reset(seed=4)
    tokens = oracle_tokens(env)
    env.step(tokens[0])
    twin = pickle.loads(pickle.dumps(env))
    for token in tokens[1:]:
        ours, theirs = env.step(token), twin.step(token)
        assert ours[1:] == theirs[1:]


def test_renders_in_colour(capsys: pytest.CaptureFixture[str]) -> None:
    env = gym.make("TokenSummarize-v0", render_mode="ansi")
    env.reset(seed=0)
    tokens = oracle_tokens(env)
    for token in tokens[:8]:
        env.step(token)
    frame = env.render()
    assert "\x1b[48;2;" in frame
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", frame) == env.unwrapped.text
    human = gym.make("TokenSummarize-v0", render_mode="human")
    human.reset(seed=0)
    human.step(tokens[0])
    assert "\x1b[" in capsys.readouterr().out


EPISODES = """
import sys, hashlib, gymnasium as gym, numpy as np, textgym
env = gym.make(sys.argv[1])
digest = hashlib.sha256()
rng = np.random.default_rng(0)
for episode in range(4):
    obs, info = env.reset(seed=11 if episode == 0 else None)
    done = False
    while not done:
        action = int(rng.integers(env.action_space.n))
        obs, reward, done, _, info = env.step(action)
        digest.update(obs["source"].tobytes() + obs["generated"].tobytes() + np.float64(reward).tobytes())
    digest.update(info["text"].encode() + info["example_id"].encode())
print(digest.hexdigest())
"""


@pytest.mark.parametrize("env_id", IDS)
def test_same_seed_same_episodes_in_any_process(env_id: str) -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", EPISODES, env_id],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("0", "77")
    }
    assert len(digests) == 1


def test_import_and_first_step_are_light() -> None:
    code = (
        "import time; start = time.perf_counter(); import sys, gymnasium as gym, textgym; "
        "env = gym.make('TokenSummarize-v0'); env.reset(seed=0); env.step(100); "
        "heavy = [m for m in ('torch', 'transformers', 'datasets', 'pandas', 'stable_baselines3') if m in sys.modules];"
        "print(time.perf_counter() - start, heavy)"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split(" ", 1)
        for _ in range(3)
    ]
    assert outputs[0][1].strip() == "[]"
    assert min(float(seconds) for seconds, _ in outputs) < 2.0


@pytest.mark.parametrize(
    ("kwargs", "parts"),
    [
        ({"split": "tran"}, ["split", "'tran'", "did you mean 'train'"]),
        ({"difficulty": "Hard"}, ["difficulty", "'Hard'", "'hard'"]),
        ({"reward": "rogue"}, ["reward", "'rogue'", "rouge"]),
        ({"reward": {"rouge": "1"}}, ["reward", "rouge", "'1'"]),
        ({"reward": {}}, ["reward", "empty"]),
        ({"reward": 3}, ["reward", "3"]),
        ({"reward_density": "word-level"}, ["reward_density", "word"]),
        ({"shaping_gamma": 1.5}, ["shaping_gamma", "1.5"]),
        ({"max_new_tokens": 0}, ["max_new_tokens", "0"]),
        ({"max_source_tokens": 2.5}, ["max_source_tokens", "2.5"]),
        ({"tokeniser": "builtin"}, ["tokeniser", "did you mean 'tokenizer'"]),
        ({"dataset": "no/such/file.jsonl"}, ["file.jsonl"]),
        ({"render_mode": "rgb"}, ["render_mode", "ansi"]),
    ],
)
def test_misuse_is_named(kwargs: dict[str, object], parts: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError) as caught:  # noqa: PT011  (the parts are checked below)
            gym.make("TokenSummarize-v0", **kwargs)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("action", [-1, 10**6, 1.5, "a", None])
def test_bad_actions_change_nothing(action: object) -> None:
    env = gym.make("TokenSummarize-v0")
    env.reset(seed=0)
    with pytest.raises(ValueError, match="action"):
        env.step(action)
    obs, *_ = env.step(100)
    assert obs["step"].tolist() == [1]


def test_bad_reset_options() -> None:
    env = gym.make("TokenSummarize-v0")
    with pytest.raises(ValueError, match="did you mean 'example'"):
        env.reset(options={"exmple": 1})
    with pytest.raises(ValueError, match="example"):
        env.reset(options={"example": 10**9})


def test_registering_a_variant_and_a_reward() -> None:
    def shout(text: str, example: textgym.Example) -> float:
        return float(text.isupper())

    textgym.register_reward("shout", shout)
    assert "shout" in textgym.list_rewards()
    textgym.register_env("Shout-v0", base="TokenSummarize-v0", reward={"rouge": 1.0, "shout": 0.2})
    env = gym.make("Shout-v0")
    env.reset(seed=0)
    _, _, _, _, info = env.step(100)
    assert set(info["reward_terms"]) == {"rouge", "shout"}
    with pytest.raises(ValueError, match="registered already"):
        textgym.register_reward("shout", shout)
    with pytest.raises(ValueError, match="registered already"):
        textgym.register_env("Shout-v0", base="TokenSummarize-v0")
    with pytest.raises(ValueError, match="did you mean 'TokenSummarize-v0'"):
        textgym.register_env("Shout-v1", base="TokenSummarise-v0")
