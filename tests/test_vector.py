"""The native vector environment: the numbers of N single ones, in each autoreset mode."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode

import textgym  # noqa: F401
from envs_registry import CATALOGUE

IDS = [row.id for row in CATALOGUE]
N = 5


def equal(ours: object, theirs: object) -> bool:
    """Infos compare by value where the mask says there is one."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(equal(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, np.ndarray) and ours.dtype == object:
        return all(equal(a, b) for a, b in zip(ours, theirs, strict=True))  # type: ignore[call-overload]
    return bool(np.array_equal(ours, theirs))  # type: ignore[arg-type]


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
@pytest.mark.parametrize("density", ["dense", "word"])
def test_same_numbers_as_single_environments(env_id: str, mode: AutoresetMode, density: str) -> None:
    kwargs = {"max_new_tokens": 7, "reward_density": density}
    native = gym.make_vec(env_id, num_envs=N, autoreset_mode=mode, **kwargs)
    sync = gym.make_vec(env_id, N, "sync", {"autoreset_mode": mode}, **kwargs)
    assert type(native.unwrapped).__name__ == "TokenVectorEnv"
    assert native.single_observation_space == sync.single_observation_space
    ours, theirs = native.reset(seed=9), sync.reset(seed=9)
    rng = np.random.default_rng(0)
    eos = native.unwrapped.tokenizer.eos_token_id
    for _ in range(30):
        assert equal(ours[0], theirs[0])
        actions = rng.integers(native.single_action_space.n, size=N)
        actions[rng.random(N) < 0.1] = eos
        ours, theirs = native.step(actions), sync.step(actions)
        assert np.array_equal(ours[1], theirs[1])
        assert np.array_equal(ours[2], theirs[2])
        assert not ours[3].any()
        assert equal(ours[4], theirs[4])


def test_disabled_autoreset_resets_by_mask() -> None:
    env = gym.make_vec("TokenCopy-v0", num_envs=3, autoreset_mode="Disabled")
    env.reset(seed=0)
    eos = env.unwrapped.tokenizer.eos_token_id
    _, _, terminated, _, infos = env.step(np.array([eos, 6, 6]))
    assert terminated.tolist() == [True, False, False]
    assert infos["finish_reason"][0] == "eos"
    with pytest.raises(ResetNeeded):
        env.step(np.array([6, 6, 6]))
    obs, _ = env.reset(options={"reset_mask": terminated})
    assert obs["step"].ravel().tolist() == [0, 1, 1]
    env.step(np.array([6, 6, 6]))


def test_observations_are_fresh() -> None:
    env = gym.make_vec("TokenSummarize-v0", num_envs=2)
    first, _ = env.reset(seed=0)
    kept = {key: value.copy() for key, value in first.items()}
    second, *_ = env.step(np.array([100, 101]))
    for key in kept:
        assert np.array_equal(first[key], kept[key])
        second[key][:] = 0
    third, *_ = env.step(np.array([100, 101]))
    assert third["generated"][:, 0].tolist() == [100, 101]
    assert np.array_equal(third["source"], kept["source"])


@pytest.mark.parametrize("env_id", ["TokenSummarize-v0", "TokenCaption-v0", "TokenDialogue-v0"])
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_without_copies_the_numbers_are_the_same(env_id: str, mode: str) -> None:
    """However long the caller holds observations: none changes, and those of both ways are equal."""
    envs = [
        gym.make_vec(env_id, num_envs=N, autoreset_mode=mode, max_new_tokens=6, copy=copy) for copy in (True, False)
    ]
    (theirs, _), (ours, _) = (env.reset(seed=4) for env in envs)
    held, rng = [(ours, theirs)], np.random.default_rng(0)
    eos = envs[0].unwrapped.tokenizer.eos_token_id
    for _ in range(60):
        actions = rng.integers(envs[0].single_action_space.n, size=N)
        actions[rng.random(N) < 0.1] = eos
        (theirs, *fresh), (ours, *bare) = (env.step(actions) for env in envs)
        assert all(equal(a, b) for a, b in zip(bare, fresh, strict=True))
        assert all(array.flags.writeable for array in theirs.values())
        assert not any(array.flags.writeable for array in ours.values())
        held = [pair for pair in held if rng.random() < 0.7] + [(ours, theirs)]
        for mine, copies in held:
            assert all(mine[key].dtype == copies[key].dtype and np.array_equal(mine[key], copies[key]) for key in mine)


def test_small_observations_are_copies() -> None:
    small, large = (gym.make_vec("TokenSummarize-v0", num_envs=count) for count in (64, 1024))
    assert small.reset(seed=0)[0]["source"].flags.writeable
    assert not large.reset(seed=0)[0]["source"].flags.writeable


def test_samples_of_an_example_share_it() -> None:
    env = gym.make_vec("TokenCopy-v0", num_envs=6, samples_per_example=3)
    env.reset(seed=1)
    seen: list[list[str]] = [[] for _ in range(6)]
    rng = np.random.default_rng(0)
    for _ in range(60):
        *_, infos = env.step(rng.integers(5, env.single_action_space.n, size=6) * 0 + rng.choice([2, 6, 7], size=6))
        for row in np.flatnonzero(infos.get("_final_info", [])):
            seen[row].append(infos["final_info"]["example_id"][row])
    for group in (seen[:3], seen[3:]):
        shortest = min(map(len, group))
        assert shortest > 3
        assert all(ids[:shortest] == group[0][:shortest] for ids in group)
    assert seen[0][:3] != seen[3][:3]
    with pytest.raises(ValueError, match="samples_per_example"):
        gym.make_vec("TokenCopy-v0", num_envs=6, samples_per_example=4)


def test_time_limit_truncates() -> None:
    env = gym.make_vec("TokenSummarize-v0", num_envs=2, max_episode_steps=3)
    env.reset(seed=0)
    for step in range(3):
        _, _, terminated, truncated, infos = env.step(np.array([100, 101]))
        assert truncated.all() == (step == 2)
        assert not terminated.any()
    assert infos["final_info"]["finish_reason"].tolist() == [None, None]


@pytest.mark.parametrize("actions", [[1.5, 2.0], [1], [-1, 2], [1, 10**7], "ab"])
def test_bad_actions_change_nothing(actions: object) -> None:
    env = gym.make_vec("TokenSummarize-v0", num_envs=2)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="actions"):
        env.step(np.asarray(actions))
    obs, *_ = env.step(np.array([100, 101]))
    assert obs["step"].ravel().tolist() == [1, 1]


def test_asynchronous_gymnasium_gives_the_same() -> None:
    kwargs = {"max_new_tokens": 4}
    native = gym.make_vec("TokenCopy-v0", num_envs=2, **kwargs)
    workers = gym.make_vec("TokenCopy-v0", 2, "async", {"autoreset_mode": AutoresetMode.SAME_STEP}, **kwargs)
    try:
        ours, theirs = native.reset(seed=3), workers.reset(seed=3)
        for action in (6, 7, 8, 6, 7, 2, 6):
            assert equal(ours[0], theirs[0])
            ours, theirs = native.step(np.full(2, action)), workers.step(np.full(2, action))
            assert np.array_equal(ours[1], theirs[1])
    finally:
        workers.close()


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.int64, np.uint64])
def test_actions_of_any_integer_type(dtype: type) -> None:
    env = gym.make_vec("TokenSummarize-v0", num_envs=4)
    env.reset(seed=0)
    actions = np.array([100, 0, 101, 0, 102, 0, 103, 0], dtype=dtype)
    strided = actions[::2]
    strided.flags.writeable = False
    obs, *_ = env.step(strided)
    assert obs["generated"][:, 0].tolist() == [100, 101, 102, 103]
    top = np.iinfo(dtype).max
    if top >= env.single_action_space.n:
        with pytest.raises(ValueError, match=f"got {top} in row 2, allowed is an integer in 0..1565"):
            env.step(np.array([100, 101, top, 103], dtype=dtype))
    if np.iinfo(dtype).min < 0:
        with pytest.raises(ValueError, match="got -1 in row 0"):
            env.step(np.array([-1, 101, 102, 103], dtype=dtype))
    obs, *_ = env.step(np.array([104, 105, 106, 107], dtype=dtype))
    assert obs["generated"][:, 1].tolist() == [104, 105, 106, 107]
    assert obs["step"].ravel().tolist() == [2] * 4
