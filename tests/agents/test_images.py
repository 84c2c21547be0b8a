"""Pictures: seen by the policy, kept once an episode, the same in every way of reading."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3 import A2C, PPO
from transformers import AutoModelForCausalLM, ViTConfig

import agents
from agents import (
    REINFORCE,
    BehaviorCloning,
    LSTMPolicy,
    SequenceRolloutBuffer,
    TransformerPolicy,
    evaluate,
    make_vec_env,
)
from agents.policies.sequences import SequenceBatch
from agents.policies.tokens import TokenObservationSpace
from agents.vec_env import TokenVecEnv
from tests.agents.helpers import assert_same, weights
from tests.agents.typing_pool import NETWORKS, Rows, T, V, observation_space, token_spec

TOLERANCE = {"atol": 1e-4, "rtol": 0.0}
SIZE = 16
POLICIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "transformer": (TransformerPolicy, {"model": "tiny"}), "lstm": (LSTMPolicy, {"width": 16}),
}  # fmt: skip


def picture_space() -> TokenObservationSpace:
    parts = {**observation_space().spaces, "image": spaces.Box(0, 255, (SIZE, SIZE, 3), np.uint8)}
    return TokenObservationSpace(parts, token_spec())


def seeing_policy(network: str, **kwargs: Any) -> Any:
    torch.manual_seed(3)
    kind: Any = LSTMPolicy if network == "lstm" else TransformerPolicy
    own: dict[str, Any] = {"width": 16, "layers": 2} if network == "lstm" else {"model": NETWORKS[network]}
    policy = kind(picture_space(), spaces.Discrete(V), lambda _: 1e-3, **{**own, **kwargs})
    with torch.no_grad():
        for weight in policy.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    policy.set_training_mode(False)
    return policy


class Pictures(Rows):
    """Rows with a picture an episode."""

    def begin(self, row: int) -> None:
        if row == 0 and not hasattr(self, "image"):
            self.image = np.zeros((self.n, SIZE, SIZE, 3), dtype=np.uint8)
        super().begin(row)
        self.image[row] = self.rng.integers(0, 256, self.image[row].shape)

    def observe(self) -> dict[str, torch.Tensor]:
        return {**super().observe(), "image": torch.as_tensor(self.image)}


def caption_env(n_envs: int = 4, **settings: Any) -> TokenVecEnv:
    return make_vec_env("TokenCaption-v0", n_envs=n_envs, seed=0, difficulty="easy", image_size=SIZE, **settings)


@pytest.mark.parametrize("value_network", ["shared", "separate"])
@pytest.mark.parametrize("network", NETWORKS)
@torch.no_grad()
def test_cached_equals_teacher_forced(network: str, value_network: str) -> None:
    policy = seeing_policy(network, value_network=value_network, temperature=0.8, top_k=9, top_p=0.95)
    rows = Pictures(6)
    for _ in range(12):
        obs = rows.observe()
        actions, values, log_prob = policy(obs)
        again, log_prob_again, _ = policy.evaluate_actions(obs, actions)
        torch.testing.assert_close(values, again, **TOLERANCE)
        torch.testing.assert_close(log_prob, log_prob_again, **TOLERANCE)
        batch = SequenceBatch(
            obs["source"], torch.cat([obs["generated"], torch.zeros(6, 1, dtype=torch.int32)], dim=1),
            torch.arange(T + 1) == obs["step"], image=obs["image"],
        )  # fmt: skip
        torch.testing.assert_close(policy.evaluate_actions(batch, actions)[1], log_prob, **TOLERANCE)
        rows.emit(actions)
    assert policy._cache._followers, "the cache was not used"


@pytest.mark.parametrize("network", ["gpt2", "bart", "lstm"])
@torch.no_grad()
def test_another_picture_is_another_observation(network: str) -> None:
    policy = seeing_policy(network)
    obs = {key: part.clone() for key, part in Pictures(4).observe().items()}
    obs["source"][:] = obs["source"][0]  # as in captioning, where all rows share the instruction
    before = policy.predict_values(obs)
    assert len(set(before.flatten().tolist())) == 4
    obs["image"][1] = 255 - obs["image"][1]
    after = policy.predict_values(obs)
    assert (after != before).flatten().tolist() == [False, True, False, False]
    torch.testing.assert_close(after, policy.evaluate_actions(obs, torch.full((4,), 5))[0], **TOLERANCE)
    first = {**obs, "image": obs["image"].movedim(-1, 1)}
    torch.testing.assert_close(policy.predict_values(first), after)
    blind = seeing_policy(network, image_encoder=None)
    assert len(set(blind.predict_values(obs).flatten().tolist())) == 1


@pytest.mark.parametrize("network", ["gpt2", "lstm"])
def test_a_vision_transformer_serves_and_every_weight_moves(network: str) -> None:
    config = ViTConfig(image_size=SIZE, patch_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                       intermediate_size=32, hidden_dropout_prob=0.0)  # fmt: skip
    policy = seeing_policy(network, image_encoder=config)
    assert policy.trunk.vision is not None
    assert policy.trunk.vision.places == 5
    policy = seeing_policy(network)
    before = weights(policy)
    policy.set_training_mode(True)
    values, log_prob, _ = policy.evaluate_actions(Pictures(8).observe(), torch.full((8,), 5))
    (values.sum() + log_prob.sum()).backward()
    policy.optimizer.step()
    assert policy.trunk.vision is not None
    for name, _ in policy.trunk.vision.named_parameters():
        # The last norm is for the pooled feature, which nobody reads.
        assert torch.equal(before[f"trunk.vision.{name}"], dict(policy.trunk.vision.named_parameters())[name]) is (
            name.startswith("encoder.layernorm")
        )


@pytest.mark.parametrize("network", POLICIES)
@pytest.mark.parametrize("algorithm", [A2C, PPO])
def test_the_buffer_keeps_pictures_once_an_episode_and_the_first_ratio_is_1(algorithm: Any, network: str) -> None:
    policy, kwargs = POLICIES[network]
    model = algorithm(
        policy, caption_env(), n_steps=32, rollout_buffer_class=SequenceRolloutBuffer, device="cpu",
        policy_kwargs=kwargs, seed=0,
    )  # fmt: skip
    model._setup_learn(128)
    model.collect_rollouts(model.env, model._init_callback(None), model.rollout_buffer, n_rollout_steps=32)
    buffer = model.rollout_buffer
    assert len(buffer.images) == len(buffer.sources) < 32
    with torch.no_grad():
        for samples in buffer.get(None):
            _, log_prob, _ = model.policy.evaluate_actions(samples.observations, samples.actions)
            torch.testing.assert_close((log_prob - samples.old_log_prob).exp(), torch.ones_like(log_prob), **TOLERANCE)
    model.train()


@pytest.mark.parametrize("network", POLICIES)
def test_reinforce_and_cloning_read_pictures(network: str, tmp_path: Path) -> None:
    env = caption_env()
    policy, kwargs = POLICIES[network]
    model = REINFORCE(policy, env, policy_kwargs=kwargs, seed=0, device="cpu")
    model.learn(60)
    assert model.logger.name_to_value.get("train/log_prob_gap", 0.0) < 1e-4
    path = model.save(tmp_path / "m")
    again = agents.load(path, env, device="cpu")
    assert_same(weights(model.policy), weights(again.policy))
    alone = agents.load(path, device="cpu")
    obs = env.reset()
    np.testing.assert_array_equal(alone.predict(obs, deterministic=True)[0], model.predict(obs, deterministic=True)[0])
    cloning = BehaviorCloning(
        policy, env, policy_kwargs=kwargs, seed=0, device="cpu", scheduled_sampling=0.2, held_out=16
    ).learn(500)
    image = cloning._references.batch(cloning._next_batch(), cloning.device).image
    assert image is not None
    assert image.shape[1:] == (SIZE, SIZE, 3)
    before = cloning.policy.trunk.vision
    assert before is not None
    evaluate(cloning, {"id": "TokenCaption-v0", "difficulty": "easy", "image_size": SIZE}, n_examples=3)


@torch.no_grad()
def test_saved_pretrained_brings_the_encoder_along(tmp_path: Path) -> None:
    policy = seeing_policy("gpt2", value_network="separate")
    policy.save_pretrained(tmp_path)
    AutoModelForCausalLM.from_pretrained(tmp_path)
    obs = Pictures(3).observe()
    args = picture_space(), spaces.Discrete(V)
    for twin in (
        TransformerPolicy.from_pretrained(tmp_path, *args),
        TransformerPolicy(*args, lambda _: 1e-3, model=str(tmp_path), value_network="separate"),
        copy.deepcopy(policy),
    ):
        twin.set_training_mode(False)
        torch.testing.assert_close(twin.predict_values(obs), policy.predict_values(obs))
    seeing_policy("gpt2", image_encoder=None).save_pretrained(tmp_path / "blind")
    assert TransformerPolicy.from_pretrained(tmp_path / "blind", *args).trunk.vision is None


def test_bad_encoders_are_named() -> None:
    with pytest.raises(ValueError, match="image_encoder: got int"):
        seeing_policy("gpt2", image_encoder=5)
