"""The cached policy in an environment with a partner, whose turns change the source within an episode."""

from __future__ import annotations

import numpy as np
import torch
from stable_baselines3 import A2C

from agents import SequenceRolloutBuffer, TransformerPolicy, make_vec_env


def test_the_cache_is_right_across_turns() -> None:
    env = make_vec_env("TokenDialogue-v0", n_envs=3, seed=0, max_new_tokens=6)
    policy = TransformerPolicy(env.observation_space, env.action_space, lambda _: 1e-3, model="tiny")
    policy.set_training_mode(False)
    rng = np.random.default_rng(0)
    eos = env.get_attr("tokenizer")[0].eos_token_id
    obs = env.reset()
    turned = 0
    for _ in range(40):
        tensors = {key: torch.as_tensor(part) for key, part in obs.items()}
        with torch.no_grad():
            actions, values, log_probs = policy(tensors)
        again, scored, _ = policy.evaluate_actions(tensors, actions)  # with gradients: one pass, no cache
        assert torch.allclose(values, again, atol=1e-4)
        assert torch.allclose(log_probs, scored, atol=1e-4)
        taken = actions.numpy().copy()
        taken[rng.random(3) < 0.2] = eos
        before = obs["source"].copy()
        obs, _, dones, _ = env.step(taken)
        turned += int(((obs["source"] != before).any(axis=1) & ~dones).sum())
    assert turned > 3


def test_a2c_trains_across_turns() -> None:
    env = make_vec_env("TokenDialogue-v0", n_envs=4, seed=0, max_new_tokens=6)
    model = A2C(TransformerPolicy, env, n_steps=24, rollout_buffer_class=SequenceRolloutBuffer,
                policy_kwargs={"model": "tiny"}, seed=0)  # fmt: skip
    before = [weight.clone() for weight in model.policy.parameters()]
    model.learn(192)
    assert all(torch.isfinite(weight).all() for weight in model.policy.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, model.policy.parameters(), strict=True))
