"""The sequence buffer against Stable-Baselines3's own, which stores every observation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.buffers import DictRolloutBuffer, RolloutBuffer

from agents import SequenceRolloutBuffer, TransformerPolicy, make_vec_env
from tests.agents.typing_pool import Rows, T, V, observation_space

Observation = dict[str, NDArray[Any]]


def train(algorithm: Any, buffer: type[RolloutBuffer], steps: int, **kwargs: Any) -> Any:
    """A model after `steps`; a plain optimizer, since others would blow up differences of 1e-8."""
    env_kwargs = kwargs.pop("env_kwargs", {})
    torch.manual_seed(0)
    venv = make_vec_env("TokenCopy-v0", n_envs=6, seed=0, **env_kwargs)
    policy_kwargs = {"model": "tiny", "optimizer_class": torch.optim.SGD, **kwargs.pop("policy_kwargs", {})}
    model = algorithm(
        TransformerPolicy, venv, n_steps=8, seed=0, rollout_buffer_class=buffer, policy_kwargs=policy_kwargs,
        learning_rate=0.05, gamma=0.9, gae_lambda=0.8, ent_coef=0.1, device="cpu", **kwargs,
    )  # fmt: skip
    return model.learn(steps)


@pytest.mark.parametrize("limit", [None, 5])
def test_the_same_update_as_with_all_observations(limit: int | None) -> None:
    kwargs = {"use_rms_prop": False, "env_kwargs": {} if limit is None else {"max_episode_steps": limit}}
    steps = 3 * 48  # rollouts begin inside episodes
    ours, plain = (train(A2C, kind, steps, **kwargs) for kind in (SequenceRolloutBuffer, DictRolloutBuffer))
    for name in ("advantages", "returns", "values", "log_probs", "rewards"):
        found, wanted = getattr(ours.rollout_buffer, name), getattr(plain.rollout_buffer, name)
        if found.shape != wanted.shape:  # the plain buffer has been flattened, row by row
            found = found.swapaxes(0, 1).reshape(wanted.shape)
        np.testing.assert_allclose(found, wanted, atol=1e-4)
    for (name, found), wanted in zip(ours.policy.named_parameters(), plain.policy.parameters(), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=0.0, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("sampling", [{}, {"temperature": 0.6, "top_k": 5, "top_p": 0.9}])
def test_the_first_ratio_of_ppo_is_one(sampling: dict[str, Any]) -> None:
    model = train(PPO, SequenceRolloutBuffer, 48, batch_size=48, n_epochs=1, policy_kwargs=sampling)
    model.collect_rollouts(model.env, _callback(model), model.rollout_buffer, model.n_steps)
    model.policy.set_training_mode(True)
    seen = 0
    for samples in model.rollout_buffer.get(16):
        values, log_prob, _ = model.policy.evaluate_actions(samples.observations, samples.actions)
        ratio = torch.exp(log_prob - samples.old_log_prob)
        torch.testing.assert_close(ratio, torch.ones_like(ratio), atol=1e-4, rtol=0.0)
        torch.testing.assert_close(values.flatten(), samples.old_values, atol=1e-4, rtol=0.0)
        seen += len(samples.actions)
    assert seen == 48


def _callback(model: Any) -> Any:
    return model._setup_learn(10_000, None)[1]


def test_truncated_episodes_are_bootstrapped_with_the_value_of_their_last_observation() -> None:
    venv = make_vec_env("TokenCopy-v0", n_envs=4, seed=0, max_episode_steps=3, reward="length")
    model = A2C(
        TransformerPolicy, venv, n_steps=3, gamma=0.9, gae_lambda=1.0, seed=0,
        rollout_buffer_class=SequenceRolloutBuffer, policy_kwargs={"model": "tiny"}, device="cpu",
    )  # fmt: skip
    with torch.no_grad():
        model.policy.value_head.weight.zero_()
        model.policy.value_head.bias.fill_(2.0)
        head = model.policy.trunk.head().weight
        head[venv.get_attr("tokenizer")[0].eos_token_id].zero_()
    truncated = np.zeros(4, dtype=bool)

    def note(locals_: dict[str, Any], _: Any) -> bool:
        truncated[:] |= [info.get("TimeLimit.truncated", False) for info in locals_["infos"]]
        raw.append(locals_["rewards"].copy())
        return True

    raw: list[NDArray[np.float32]] = []
    callback = model._setup_learn(100, note)[1]
    model.collect_rollouts(model.env, callback, model.rollout_buffer, 3)
    assert truncated.any()
    returns = raw[0] + 0.9 * raw[1] + 0.81 * raw[2] + 0.9**3 * 2.0
    np.testing.assert_allclose(model.rollout_buffer.returns[0][truncated], returns[truncated], rtol=1e-5)


def fill(steps: int, n: int = 5, seed: int = 0, buffer: SequenceRolloutBuffer | None = None) -> Any:
    """A buffer after `steps` of random tokens, and the observations that it was given."""
    buffer = buffer or SequenceRolloutBuffer(steps, observation_space(), _actions(), "cpu", n_envs=n)
    rows, seen = Rows(n, seed), []
    for _ in range(3):
        rows.emit(torch.as_tensor(rows.rng.integers(2, V, n)))
    for _ in range(steps):
        obs: Observation = {key: part.numpy().copy() for key, part in rows.observe().items()}
        actions = rows.rng.integers(2, V, n)
        scores = torch.as_tensor(rows.rng.random((2, n)), dtype=torch.float32)
        seen.append((obs, actions, scores))
        buffer.add(obs, actions.reshape(-1, 1), np.zeros(n), obs["step"][:, 0] == 0, scores[0], scores[1])
        rows.emit(torch.as_tensor(actions))
    return buffer, seen


def _actions() -> Any:
    from gymnasium import spaces

    return spaces.Discrete(V)


@pytest.mark.parametrize("batch_size", [None, 7, 30])
def test_every_transition_comes_once_with_its_prefix_source_and_numbers(batch_size: int | None) -> None:
    buffer, seen = fill(24)
    wanted = sorted(
        (tuple(obs["source"][row]), tuple(obs["generated"][row, : obs["step"][row, 0]]), int(actions[row]),
         float(scores[0, row]), float(scores[1, row]))
        for obs, actions, scores in seen
        for row in range(5)
    )  # fmt: skip
    found = []
    sizes = []
    for samples in buffer.get(batch_size):
        batch = samples.observations
        sizes.append(batch.transitions)
        assert torch.equal(batch.tokens[batch.valid].long(), samples.actions)
        for place, (row, step) in enumerate(batch.valid.nonzero().tolist()):
            found.append(
                (tuple(batch.source[row].tolist()), tuple(batch.tokens[row, :step].tolist()),
                 int(samples.actions[place]), float(samples.old_values[place]), float(samples.old_log_prob[place]))
            )  # fmt: skip
    assert sorted(found) == wanted
    if batch_size is None:
        assert len(sizes) == 1
    else:
        assert max(abs(size - batch_size) for size in sizes) <= T, "a minibatch is off by at most a sequence"


def test_an_observation_that_is_no_continuation_opens_a_sequence() -> None:
    buffer = SequenceRolloutBuffer(3, observation_space(), _actions(), "cpu", n_envs=1)
    rows = Rows(1)
    zeros = torch.zeros(1)
    for step in range(3):
        obs: Observation = {key: part.numpy().copy() for key, part in rows.observe().items()}
        buffer.add(obs, np.array([[5]]), np.zeros(1), np.array([False]), zeros, zeros)
        rows.emit(torch.tensor([5]), end=0.0)
        if step == 0:
            rows.emit(torch.tensor([9]), end=0.0)  # a partner's turn
    samples = next(iter(buffer.get()))
    assert samples.observations.tokens.tolist() == [[5, 0, 0, 0], [5, 9, 5, 5]]
    assert samples.observations.valid.tolist() == [[True, False, False, False], [False, False, True, True]]


def test_memory_is_that_of_tokens() -> None:
    buffer, _ = fill(512, n=8)
    sources = sum(source.nbytes for source in buffer.sources)
    assert buffer.nbytes - sources <= 32 * 512 * 8
    assert len(buffer.sources) == len(buffer._segments)


def test_minibatches_differ_from_epoch_to_epoch() -> None:
    buffer, _ = fill(64)
    first, second = ([samples.actions.tolist() for samples in buffer.get(16)] for _ in range(2))
    assert first != second


def test_a_buffer_that_is_not_full_gives_nothing() -> None:
    buffer = SequenceRolloutBuffer(3, observation_space(), _actions(), "cpu", n_envs=1)
    with pytest.raises(ValueError, match="holds 0 steps"):
        next(iter(buffer.get()))


def test_masks_in_the_observation_travel_with_the_transitions() -> None:
    from gymnasium import spaces

    space = observation_space()
    bits = (V + 7) // 8
    space.spaces["action_mask"] = spaces.Box(0, 255, (bits,), np.uint8)
    buffer = SequenceRolloutBuffer(2, space, _actions(), "cpu", n_envs=3)
    rows, masks = Rows(3), np.random.default_rng(0).integers(0, 256, (2, 3, bits)).astype(np.uint8)
    for step in range(2):
        obs: Observation = {key: part.numpy().copy() for key, part in rows.observe().items()}
        obs["action_mask"] = masks[step]
        buffer.add(obs, np.full((3, 1), 4 + step), np.zeros(3), np.full(3, step == 0), torch.zeros(3), torch.zeros(3))
        rows.emit(torch.full((3,), 4 + step), end=0.0)
    samples = next(iter(buffer.get()))
    assert samples.observations.masks is not None
    assert sorted(samples.observations.masks.tolist()) == sorted(masks.reshape(6, bits).tolist())
