"""GRPO and NLPO: advantages against loops, the loss against autograd of the formula, masks, the first ratio."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest
import torch

from agents import GRPO, NLPO
from agents.algorithms.episodes import Episodes
from agents.algorithms.estimators import clipped_surrogate, generalized_advantages
from agents.policies.sequences import unpack_bits
from tests.agents.helpers import copy_env, small


def prepared(algorithm: Any, **settings: Any) -> tuple[Any, Episodes]:
    model = small(algorithm, **{"samples_per_example": 4, "max_grad_norm": None, **settings})
    model._setup_learn(1)
    model._begin_learning()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in model.policy.parameters():
            weight += 0.3 * torch.randn(weight.shape, generator=generator)
    if isinstance(model, NLPO):
        model._masking = model._frozen_copy()
    with model.stream:
        restrict = model.allowed_bits if isinstance(model, NLPO) else None
        episodes = model._play(None, [i // 4 for i in range(8)], 1, restrict=restrict)
    assert episodes is not None
    episodes.rewards[:] = np.where(episodes.valid, np.random.default_rng(0).normal(size=episodes.valid.shape), 0)
    assert len(set(episodes.lengths.tolist())) > 1
    return model, episodes


@pytest.mark.parametrize("to_go", [False, True])
def test_group_advantages_against_loops(to_go: bool) -> None:
    model, episodes = prepared(GRPO, reward_to_go=to_go)
    found = model.advantages(torch.as_tensor(episodes.rewards), torch.as_tensor(episodes.valid)).numpy()
    for group in ([0, 1, 2, 3], [4, 5, 6, 7]):
        rows = [episodes.rewards[i, : episodes.lengths[i]].tolist() for i in group]
        numbers = [r for row in rows for r in row] if to_go else [sum(row) for row in rows]
        mean, deviation = statistics.mean(numbers), statistics.stdev(numbers)
        for i, row in zip(group, rows, strict=True):
            for t in range(len(row)):
                credited = sum((r - mean) / deviation for r in row[t:]) if to_go else (sum(row) - mean) / deviation
                assert found[i, t] == pytest.approx(credited, abs=1e-4)
        assert not found[group][~episodes.valid[group]].any()


def test_equal_returns_teach_nothing() -> None:
    model, episodes = prepared(GRPO)
    rewards = torch.zeros(episodes.rewards.shape)
    rewards[:, 0] = 2.5
    assert not model.advantages(rewards, torch.as_tensor(episodes.valid)).any()


@pytest.mark.parametrize("length_normalized", [True, False])
def test_grpo_gradient_against_the_formula(length_normalized: bool) -> None:
    """The paper's objective, text by text, on an old policy that is not the one that is trained."""
    model, episodes = prepared(
        GRPO, kl_coef=0.3, ent_coef=0.0, n_epochs=1, clip_range=0.1, length_normalized=length_normalized
    )
    episodes.log_probs[:] += np.random.default_rng(1).normal(0, 0.2, episodes.log_probs.shape).astype(np.float32)
    with torch.no_grad():
        advantages = model.advantages(torch.as_tensor(episodes.rewards), torch.as_tensor(episodes.valid))
        twin = model._frozen_copy().requires_grad_(True)
    total = int(episodes.lengths.sum())
    loss = torch.zeros(())
    for segment in sorted(episodes.segments):
        i, length = segment.row, int(episodes.lengths[segment.row])
        for t in range(length):
            generated = np.zeros((1, 9), dtype=np.int32)
            generated[0, :t] = episodes.tokens[i, :t]
            obs = {"source": segment.source[None], "generated": generated, "step": np.array([[t]])}
            tensors = {key: torch.as_tensor(part) for key, part in obs.items()}
            action = torch.as_tensor(episodes.tokens[i, t : t + 1])
            now = twin.evaluate_actions(tensors, action)[1]
            with torch.no_grad():
                start = model.reference.evaluate_actions(tensors, action)[1]
            ratio = (now - float(episodes.log_probs[i, t])).exp()
            a = float(advantages[i, t])
            best = torch.minimum(ratio * a, ratio.clamp(0.9, 1.1) * a)
            term = best - 0.3 * ((start - now).exp() - (start - now) - 1)
            loss = loss - term.sum() * (1 / (8 * length) if length_normalized else 1 / total)
    loss.backward()
    model._train(episodes)
    for (name, weight), (_, expected) in zip(model.policy.named_parameters(), twin.named_parameters(), strict=True):
        if expected.grad is not None:
            torch.testing.assert_close(
                weight.grad, expected.grad, atol=2e-5, rtol=1e-3, msg=lambda m, n=name: f"{n}: {m}"
            )


def test_advantage_estimates_against_the_sum() -> None:
    rng = np.random.default_rng(0)
    rewards, values = rng.normal(size=(2, 3, 6))
    lengths, gamma, lam = [6, 4, 1], 0.9, 0.7
    valid = np.arange(6)[None] < np.array(lengths)[:, None]
    tensors = [torch.as_tensor(a) for a in (np.where(valid, rewards, 0), values, valid)]
    found = generalized_advantages(tensors[0], tensors[1], tensors[2], gamma, lam)
    for i, length in enumerate(lengths):
        after = [*values[i, 1:length], 0.0]
        delta = [rewards[i, k] + gamma * after[k] - values[i, k] for k in range(length)]
        for t in range(6):
            expected = sum((gamma * lam) ** (k - t) * delta[k] for k in range(t, length))
            assert float(found[i, t]) == pytest.approx(expected if t < length else 0.0)


def test_clipping_stops_the_gradient() -> None:
    log_prob = torch.tensor([0.5, 0.5, -0.5, -0.5, 0.05], requires_grad=True)
    advantages = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0])
    clipped_surrogate(log_prob, torch.zeros(5), advantages, 0.2).sum().backward()
    assert log_prob.grad is not None
    assert (log_prob.grad != 0).tolist() == [False, True, True, False, True]


@pytest.mark.parametrize("algorithm", [GRPO, NLPO])
def test_the_first_ratio_is_one(algorithm: Any) -> None:
    model, episodes = prepared(algorithm, n_epochs=2, batch_size=4, learning_rate=1e-2)
    model._train(episodes)
    logged = model.logger.name_to_value
    assert logged["train/first_ratio_gap"] < 1e-4
    assert logged["train/ratio_gap"] > logged["train/first_ratio_gap"]


def test_masks_are_the_lagging_policys_top_p() -> None:
    model, episodes = prepared(NLPO, mask_top_p=0.6, masking_updates=2)
    assert episodes.masks is not None
    allowed = unpack_bits(torch.as_tensor(episodes.masks[episodes.valid]), model.policy.tokens.size).numpy()
    taken = episodes.tokens[episodes.valid]
    assert allowed[np.arange(len(taken)), taken].all()
    starts = {part.row: part for part in episodes.segments}
    at = 0
    for i in range(8):
        for t in range(int(episodes.lengths[i])):
            generated = np.zeros((1, 9), dtype=np.int32)
            generated[0, :t] = episodes.tokens[i, :t]
            obs = {"source": starts[i].source[None], "generated": generated, "step": np.array([[t]])}
            tensors = {key: torch.as_tensor(part) for key, part in obs.items()}
            with torch.no_grad():
                probs = model._masking.get_distribution(tensors).log_probs[0].exp().double().numpy()
            order = np.argsort(-probs, kind="stable")
            count = int(np.searchsorted(np.cumsum(probs[order]), 0.6)) + 1
            assert set(np.flatnonzero(allowed[at])) == set(order[:count].tolist())
            at += 1
    before = {name: weight.clone() for name, weight in model._masking.state_dict().items()}
    model._train(episodes)
    assert all(torch.equal(weight, before[name]) for name, weight in model._masking.state_dict().items())
    model._train(episodes)  # the second rollout: it follows, before the update
    assert not all(torch.equal(weight, before[name]) for name, weight in model._masking.state_dict().items())


@pytest.mark.parametrize(
    ("algorithm", "settings", "message"),
    [
        (GRPO, {"samples_per_example": 1}, "samples_per_example: got 1"),
        (GRPO, {"step_baseline": True}, "step_baseline: got True with reward_to_go=False"),
        (GRPO, {"clip_range": 0.0}, r"clip_range: got 0\.0"),
        (NLPO, {"mask_top_p": 0.0}, r"mask_top_p: got 0\.0"),
        (NLPO, {"masking_updates": 0}, "masking_updates: got 0"),
    ],
)
def test_refuses(algorithm: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(algorithm, copy_env(8), **settings)
