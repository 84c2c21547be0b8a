"""Wrappers: single and vector agree, rewards stay what they are."""

from __future__ import annotations

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import textgym  # noqa: F401
from tests.conftest import oracle_tokens, play
from textgym.wrappers import MaxNewTokensCurriculum, Segments, VectorMaxNewTokensCurriculum, VectorSegments


def quietly_check(env: gym.Env) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*different from the unwrapped version.*")
        check_env(env, skip_render_check=True)


def test_the_budget_ends_episodes_and_grows() -> None:
    env = MaxNewTokensCurriculum(gym.make("TokenSummarize-v0"), start=4)
    env.reset(seed=0)
    tokens = oracle_tokens(env)
    for progress, budget in ((0.0, 4), (0.1, 10), (1.0, 64)):
        env.set_progress(progress)
        obs, _ = env.reset(seed=0)
        assert obs["budget"].tolist() == [budget]
        rewards, info = play(env, tokens, seed=0)
        assert len(rewards) == min(budget, len(tokens))
        assert info["finish_reason"] == ("length" if budget < len(tokens) else "eos")
        assert sum(rewards) == pytest.approx(np.mean([info["metrics"][k] for k in ("rouge1", "rouge2", "rougeL")]))
    with pytest.raises(ValueError, match="progress"):
        env.set_progress(2.0)
    with pytest.raises(ValueError, match="start"):
        MaxNewTokensCurriculum(gym.make("TokenCopy-v0"), start=99)
    quietly_check(env)


@pytest.mark.parametrize("kind", ["curriculum", "segments"])
def test_vector_and_single_agree(kind: str) -> None:
    if kind == "curriculum":
        envs = VectorMaxNewTokensCurriculum(gym.make_vec("TokenCopy-v0", num_envs=3), start=3)
        singles = [MaxNewTokensCurriculum(gym.make("TokenCopy-v0"), start=3) for _ in range(3)]
    else:
        envs = VectorSegments(gym.make_vec("TokenCopy-v0", num_envs=3), length=4, keep=2)
        singles = [Segments(gym.make("TokenCopy-v0"), length=4, keep=2) for _ in range(3)]
    obs, _ = envs.reset(seed=1)
    ours = [env.reset(seed=1 + row)[0] for row, env in enumerate(singles)]
    rng = np.random.default_rng(0)
    for step in range(40):
        if kind == "curriculum" and step == 10:
            for env in (envs, *singles):
                env.set_progress(0.6)
        for row in range(3):
            assert obs.keys() == ours[row].keys()
            assert all(np.array_equal(obs[key][row], ours[row][key]) for key in obs)
        actions = rng.choice([2, 5, 6, 7, 8, 9], size=3, p=[0.1, 0.2, 0.2, 0.2, 0.2, 0.1])
        obs, rewards, terminated, _, infos = envs.step(actions)
        for row, env in enumerate(singles):
            ours[row], reward, done, _, _ = env.step(int(actions[row]))
            assert reward == rewards[row]
            assert done == terminated[row]
            if done:
                final = infos["final_obs"][row]
                assert all(np.array_equal(final[key], ours[row][key]) for key in final)
                ours[row] = env.reset()[0]


def test_segments_change_no_reward_and_show_the_tail() -> None:
    plain, cut = gym.make("TokenSummarize-v0"), Segments(gym.make("TokenSummarize-v0"), length=5, keep=3)
    plain.reset(seed=0)
    tokens = oracle_tokens(plain)
    assert play(plain, tokens, seed=0)[0] == play(cut, tokens, seed=0)[0]
    cut.reset(seed=0)
    for place, token in enumerate(tokens[:11]):
        obs, *_ = cut.step(token)
        assert obs["segment"][0] == (place + 1) // 5
        assert obs["generated"][: obs["step"][0]].tolist() == tokens[(place + 1) // 5 * 5 : place + 1]
    kept = [token for token in obs["source"].tolist() if token][-3:]
    assert kept == tokens[7:10]
    quietly_check(cut)
