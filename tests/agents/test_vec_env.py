"""The vector adapter against the single environment, and under Stable-Baselines3's conventions."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.wrappers import TimeLimit
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.utils import obs_as_tensor
from stable_baselines3.common.vec_env import VecMonitor

from agents import make_vec_env
from agents.policies.tokens import TokenSpec
from agents.vec_env import TokenVecEnv


def test_same_numbers_as_single_environments() -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=3, seed=7)
    singles = [gym.make("TokenCopy-v0") for _ in range(3)]
    expected = [env.reset(seed=7 + row)[0] for row, env in enumerate(singles)]
    obs = venv.reset()
    assert isinstance(obs, dict)
    returns, lengths = np.zeros(3), np.zeros(3, dtype=int)
    rng = np.random.default_rng(0)
    ended = 0
    for _ in range(40):
        for row in range(3):
            for key, part in expected[row].items():
                assert (obs[key][row] == part).all()
        actions = rng.integers(3, 13, 3)
        actions[rng.random(3) < 0.2] = singles[0].unwrapped.tokenizer.eos_token_id
        obs, rewards, dones, infos = venv.step(actions)
        for row, env in enumerate(singles):
            last, reward, terminated, _, info = env.step(int(actions[row]))
            assert rewards[row] == pytest.approx(reward)
            assert dones[row] == terminated
            assert infos[row]["reward_terms"] == pytest.approx(info["reward_terms"])
            returns[row] += reward
            lengths[row] += 1
            if terminated:
                ended += 1
                assert {k: v.tolist() for k, v in infos[row]["terminal_observation"].items()} == {
                    k: v.tolist() for k, v in last.items()
                }
                assert not infos[row]["TimeLimit.truncated"]
                for key in ("text", "finish_reason", "example_id"):
                    assert infos[row][key] == info[key]
                assert infos[row]["metrics"] == pytest.approx(info["metrics"])
                assert infos[row]["episode"]["r"] == pytest.approx(returns[row])
                assert infos[row]["episode"]["l"] == lengths[row]
                returns[row] = lengths[row] = 0
                last = env.reset()[0]
            else:
                assert "episode" not in infos[row]
            expected[row] = last
    assert ended > 3
    assert rewards.dtype == np.float32


def test_a_time_limit_truncates_and_says_so() -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=2, seed=0, max_episode_steps=2)
    venv.reset()
    venv.step(np.array([3, 3]))
    obs, _, dones, infos = venv.step(np.array([3, 3]))
    assert dones.all()
    assert [info["TimeLimit.truncated"] for info in infos] == [True, True]
    assert infos[0]["terminal_observation"]["step"].tolist() == [2]
    assert isinstance(obs, dict)
    assert obs["step"].tolist() == [[0], [0]]


@pytest.mark.parametrize("copy", [True, False])
def test_observations_may_be_written_to(copy: bool) -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=2, copy=copy, seed=0)
    first = venv.reset()
    second = venv.step(np.array([3, 3]))[0]
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    obs_as_tensor(second, "cpu")["source"] += 1
    assert (second["source"] == first["source"] + 1).all()


def test_handles_of_the_environment() -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=3, seed=0)
    tokenizer = venv.get_attr("tokenizer")
    assert len(tokenizer) == 3
    assert venv.observation_space.tokens.size == venv.action_space.n == len(tokenizer[0])
    assert is_masking_supported(venv)
    masks = get_action_masks(venv)
    assert masks.shape == (3, venv.action_space.n)
    assert (masks == TokenSpec.from_tokenizer(tokenizer[0]).allowed).all()
    assert venv.env_method("action_masks", indices=[1])[0].shape == (venv.action_space.n,)
    assert venv.env_is_wrapped(Monitor) == [False] * 3
    assert not venv.has_attr("nothing_of_the_kind")
    venv.set_attr("note", 5)
    assert venv.get_attr("note", indices=0) == [5]
    VecMonitor(venv).reset()


def test_options_and_seeds_hold_for_one_reset() -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=2, seed=3)
    first = venv.reset()
    second = venv.reset()
    venv.seed(3)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    again = venv.reset()
    assert isinstance(again, dict)
    assert (first["source"] == again["source"]).all()
    assert (first["source"] != second["source"]).any()
    venv.set_options([{"example": 4}, {"example": 4}])
    chosen = venv.reset()
    assert isinstance(chosen, dict)
    assert (chosen["source"][0] == chosen["source"][1]).all()


def test_samples_per_example_share_their_example() -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=6, seed=0, samples_per_example=3)
    obs = venv.reset()
    assert isinstance(obs, dict)
    source = obs["source"].reshape(2, 3, -1)
    assert (source == source[:, :1]).all()
    assert (source[0, 0] != source[1, 0]).any()


def test_a_vector_of_wrapped_single_environments_serves_too() -> None:
    vector = gym.vector.SyncVectorEnv(
        [lambda: TimeLimit(gym.make("TokenCopy-v0"), 3)] * 2, autoreset_mode=gym.vector.AutoresetMode.SAME_STEP
    )
    venv = TokenVecEnv(vector)
    venv.seed(0)
    venv.reset()
    for _ in range(3):
        obs, _, dones, infos = venv.step(np.array([3, 3]))
    assert dones.all()
    assert infos[0]["TimeLimit.truncated"]
    assert infos[0]["terminal_observation"]["step"].tolist() == [3]
    assert obs["step"].tolist() == [[0], [0]]
    with pytest.raises(ValueError, match="SAME_STEP"):
        TokenVecEnv(gym.vector.SyncVectorEnv([lambda: gym.make("TokenCopy-v0")]))
