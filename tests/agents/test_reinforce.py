"""REINFORCE: gradients against a computation step by step, learning, repeatability."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from agents import REINFORCE, TransformerPolicy, evaluate
from agents.algorithms.episodes import Episodes, join, play
from agents.algorithms.reinforce import BASELINES
from agents.policies.base import TokenPolicy
from tests.agents.helpers import COPY, assert_same, copy_env, small, weights


def prepared(**settings: Any) -> REINFORCE:
    model: REINFORCE = small(REINFORCE, **settings)
    model._setup_learn(1)
    model._begin_learning()
    return model


def spread(model: REINFORCE) -> None:
    """Weights far from uniform, so that episodes end at different lengths and values are not all alike."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in model.policy.parameters():
            weight += 0.3 * torch.randn(weight.shape, generator=generator)


def reward_to_go(rewards: np.ndarray[Any, Any], length: int, t: int, gamma: float) -> float:
    return sum(gamma ** (k - t) * float(rewards[k]) for k in range(t, length))


def baseline_of(
    name: str, episodes: Episodes, greedy: Episodes | None, i: int, t: int, gamma: float, to_go: bool, group: int
) -> float:
    at = t if to_go else 0
    if name == "none":
        return 0.0
    if name == "value":
        return float(episodes.values[i, t])
    if name == "self_critical":
        assert greedy is not None
        return reward_to_go(greedy.rewards[i], int(greedy.lengths[i]), at, gamma)
    size = len(episodes) if name == "mean" else group
    mates = [j for j in range(i // size * size, i // size * size + size) if j != i and episodes.lengths[j] > t]
    found = [reward_to_go(episodes.rewards[j], int(episodes.lengths[j]), at, gamma) for j in mates]
    return sum(found) / len(found) if found else 0.0


@pytest.mark.parametrize("to_go", [True, False])
@pytest.mark.parametrize("baseline", BASELINES)
def test_gradient_against_one_pass_a_step(baseline: str, to_go: bool) -> None:
    gamma, ent_coef = 0.9, 0.02
    model = prepared(
        baseline=baseline, reward_to_go=to_go, gamma=gamma, ent_coef=ent_coef, vf_coef=0.25, max_grad_norm=None,
        sequences_per_pass=3, samples_per_example=4 if baseline == "leave_one_out" else None,
    )  # fmt: skip
    spread(model)
    examples = [i // model._group for i in range(8)]
    with model.stream:
        episodes = model._play(None, examples, seed=1)
        greedy = model._play(None, examples, seed=1, greedy=True) if baseline == "self_critical" else None
    assert episodes is not None
    episodes.rewards[:] = np.where(episodes.valid, np.random.default_rng(0).normal(size=episodes.valid.shape), 0)
    assert len(set(episodes.lengths.tolist())) > 1
    twin = copy.deepcopy(model.policy)
    model._train(episodes, greedy)

    total = int(episodes.lengths.sum())
    loss = torch.zeros(())
    for i, segment in enumerate(sorted(episodes.segments)):
        for t in range(int(episodes.lengths[i])):
            generated = np.zeros((1, 9), dtype=np.int32)
            generated[0, :t] = episodes.tokens[i, :t]
            obs = {"source": segment.source[None], "generated": generated, "step": np.array([[t]], dtype=np.int32)}
            tensors = {key: torch.as_tensor(part) for key, part in obs.items()}
            value, log_prob, entropy = twin.evaluate_actions(tensors, torch.as_tensor(episodes.tokens[i, t : t + 1]))
            target = reward_to_go(episodes.rewards[i], int(episodes.lengths[i]), t if to_go else 0, gamma)
            advantage = target - baseline_of(baseline, episodes, greedy, i, t, gamma, to_go, model._group)
            loss = loss - (advantage * log_prob + ent_coef * entropy).sum() / total
            if baseline == "value":
                loss = loss + 0.25 * (value - target).square().sum() / total
    loss.backward()
    for (name, found), (_, expected) in zip(model.policy.named_parameters(), twin.named_parameters(), strict=True):
        if found.grad is not None and expected.grad is not None:
            torch.testing.assert_close(
                found.grad, expected.grad, atol=2e-5, rtol=1e-3, msg=lambda m, n=name: f"{n}: {m}"
            )


def test_the_update_scores_what_was_sampled() -> None:
    model = prepared()
    spread(model)
    with model.stream:
        episodes = model._play(None, list(range(8)), seed=1)
    assert episodes is not None
    (part,) = episodes.passes(model.device)
    with torch.no_grad():
        values, log_prob, _ = model.policy.evaluate_actions(part.batch, part.batch.tokens[part.batch.valid].long())
    torch.testing.assert_close(
        log_prob, torch.as_tensor(episodes.log_probs)[part.rows, part.steps], atol=1e-5, rtol=1e-5
    )
    torch.testing.assert_close(
        values.flatten(), torch.as_tensor(episodes.values)[part.rows, part.steps], atol=1e-5, rtol=1e-5
    )


def test_each_row_plays_its_example_once() -> None:
    model = prepared()
    with model.stream:
        episodes = model._play(None, [5, 5, 7, 7, 0, 1, 2, 3], seed=1)
    assert episodes is not None
    corpus = model.env.get_attr("mdp")[0].corpus
    assert [info["example_id"] for info in episodes.infos] == [corpus[i].id for i in (5, 5, 7, 7, 0, 1, 2, 3)]
    assert len(episodes.segments) == 8
    for i, info in enumerate(episodes.infos):
        assert info["episode"]["l"] == episodes.lengths[i]
        assert info["episode"]["r"] == pytest.approx(episodes.returns[i], abs=1e-6)


def test_join_keeps_every_episode() -> None:
    model = prepared()
    spread(model)
    with model.stream:
        parts = [model._play(None, list(range(k, k + 8)), seed=k) for k in range(3)]
    whole = join([part for part in parts if part is not None])
    assert len(whole) == 24
    assert sum(int(part.lengths.sum()) for part in parts if part is not None) == whole.lengths.sum()
    flat = [
        (int(r), int(s)) for part in whole.passes(model.device, 5) for r, s in zip(part.rows, part.steps, strict=True)
    ]
    assert sorted(flat) == [(int(r), int(s)) for r, s in zip(*np.nonzero(whole.valid), strict=True)]


def test_kl_penalty_starts_at_zero_and_holds_the_policy_back() -> None:
    model = small(REINFORCE, copy_env(32), kl_coef=0.1, kl_target=0.5, learning_rate=3e-3, normalize_advantage=True)
    model.learn(1)
    assert model.logger.name_to_value.get("train/kl", 0.0) == pytest.approx(0.0, abs=1e-4)
    before = model._kl_coef
    assert before == pytest.approx(0.098)  # nothing to hold back yet: the coefficient sinks by 2 %
    model.learn(6_000, reset_num_timesteps=False)
    assert model.reference is not None
    assert not any(weight.requires_grad for weight in model.reference.parameters())


def test_solves_copy() -> None:
    model = REINFORCE(
        TransformerPolicy, copy_env(128), 1e-3, baseline="leave_one_out", normalize_advantage=True, ent_coef=0.02,
        policy_kwargs={"model": "tiny"}, seed=1, device="cpu",
    )  # fmt: skip
    for _ in range(7):
        model.learn(15_000, reset_num_timesteps=model.num_timesteps == 0)
        score = evaluate(model, COPY, n_examples=128, anchors=(0.0, 1.0)).mean_return
        if score >= 0.95:
            break
    assert score >= 0.95, score


def test_every_learned_parameter_moves_and_frozen_ones_stay() -> None:
    model = REINFORCE(
        TransformerPolicy, copy_env(8), 1e-2, baseline="value", ent_coef=0.01,
        policy_kwargs={"model": "tiny", "frozen_layers": 1}, seed=0, device="cpu",
    )  # fmt: skip
    before = {name: weight.detach().clone() for name, weight in model.policy.named_parameters()}
    model.learn(200)
    for name, weight in model.policy.named_parameters():
        assert torch.equal(weight, before[name]) is not weight.requires_grad, name
    assert any(not weight.requires_grad for weight in model.policy.parameters())


@pytest.mark.parametrize("baseline", ["self_critical", "leave_one_out"])
def test_runs_repeat_bit_for_bit_and_leave_global_randomness_alone(baseline: str) -> None:
    state = torch.get_rng_state()
    first = small(REINFORCE, baseline=baseline, learning_rate=1e-2).learn(400)
    assert torch.equal(state, torch.get_rng_state())
    torch.rand(3)
    second = small(REINFORCE, baseline=baseline, learning_rate=1e-2).learn(400)
    assert_same(weights(first.policy), weights(second.policy))
    assert first.num_timesteps == second.num_timesteps
    other = small(REINFORCE, baseline=baseline, learning_rate=1e-2, seed=1).learn(400)
    assert not torch.equal(first.policy.value_head.weight, other.policy.value_head.weight)


def test_greedy_play_is_deterministic() -> None:
    env, model = copy_env(4), small(REINFORCE, copy_env(4))
    texts = []
    for _ in range(2):
        env.set_options([{"example": i} for i in range(4)])
        episodes = play(model.policy, env, deterministic=True)
        assert episodes is not None
        texts.append(episodes.tokens.tolist())
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"baseline": "valu"}, "baseline: got 'valu', allowed are .*did you mean 'value'"),
        ({"n_episodes": 12}, "n_episodes: got 12, allowed is a multiple of the 8 rows"),
        ({"samples_per_example": 3}, "samples_per_example: got 3, allowed is a divisor"),
        ({"baseline": "leave_one_out", "samples_per_example": 1}, "samples_per_example: got 1"),
        ({"gamma": 1.5}, "gamma: got 1.5"),
        ({"kl_target": 3.0}, "kl_target: got 3.0 with kl_coef=0.0"),
        ({"n_steps": 9, "n_episodes": 8}, "n_steps: got 9 beside n_episodes=8"),
    ],
)
def test_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(REINFORCE, **settings)


def test_n_steps_counts_whole_episodes() -> None:
    model = small(REINFORCE, n_steps=20)
    assert model._rounds == 2  # T = 9
    assert isinstance(model.policy, TokenPolicy)
