"""Returns and baselines against brute force."""

from __future__ import annotations

import itertools

import pytest
import torch

from agents.algorithms.estimators import (
    adapt_kl_coef,
    discounted_returns,
    explained_variance,
    mean_of_others,
    normalize,
    policy_gradient_loss,
    step_advantages,
)


def episodes(n: int, length: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    rewards = torch.randn((n, length), generator=generator, dtype=torch.float64)
    lengths = torch.randint(1, length + 1, (n, 1), generator=generator)
    return rewards, torch.arange(length) < lengths


@pytest.mark.parametrize("gamma", [1.0, 0.9, 0.0])
def test_reward_to_go_is_the_discounted_sum_of_what_follows(gamma: float) -> None:
    rewards, valid = episodes(5, 7)
    found = discounted_returns(rewards, valid, gamma)
    for i, t in itertools.product(range(5), range(7)):
        expected = (
            sum(gamma ** (k - t) * rewards[i, k].item() for k in range(t, 7) if valid[i, k]) if valid[i, t] else 0.0
        )
        assert found[i, t].item() == pytest.approx(expected, abs=1e-12)


def test_without_reward_to_go_each_step_has_the_whole_return() -> None:
    rewards, valid = episodes(5, 7)
    found = discounted_returns(rewards, valid, 0.9, reward_to_go=False)
    first = discounted_returns(rewards, valid, 0.9)[:, :1]
    assert torch.equal(found, first * valid)


@pytest.mark.parametrize("group", [None, 2, 3, 6, 1])
def test_mean_of_others_against_brute_force(group: int | None) -> None:
    returns, valid = episodes(6, 5)
    found = mean_of_others(returns, valid, group)
    size = group or 6
    for i, t in itertools.product(range(6), range(5)):
        start = i // size * size
        others = [returns[j, t].item() for j in range(start, start + size) if j != i and valid[j, t]]
        expected = sum(others) / len(others) if others and valid[i, t] else 0.0
        assert found[i, t].item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("scale", [False, True])
def test_step_advantages_against_brute_force(scale: bool) -> None:
    rewards, valid = episodes(6, 5)
    found = step_advantages(rewards, valid, 3, scale)
    for start in (0, 3):
        group = range(start, start + 3)
        to_go = {(i, t): float((rewards[i] * valid[i])[t:].sum()) for i in group for t in range(5) if valid[i, t]}
        centred = {}
        for (i, t), value in to_go.items():
            running = [to_go[j, t] for j in group if (j, t) in to_go]
            centred[i, t] = value - sum(running) / len(running)
        deviation = (sum(v**2 for v in centred.values()) / len(centred)) ** 0.5 if scale else 1.0
        for i, t in itertools.product(group, range(5)):
            assert found[i, t].item() == pytest.approx(centred.get((i, t), 0.0) / deviation, abs=1e-4)


def test_a_group_of_equal_texts_teaches_nothing_at_any_step() -> None:
    """Unlike rewards normalised over all steps, which push down whatever comes after a reward."""
    rewards = torch.tensor([[1.0, 1.0, 0.0]]).expand(4, 3)
    assert not step_advantages(rewards, torch.ones(4, 3, dtype=torch.bool), 4).any()


def test_leave_one_out_equals_the_group_form_of_rloo() -> None:
    """R_i - mean of the others = k/(k-1) (R_i - mean of all), for episodes of equal length."""
    returns = torch.randn(8, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).expand(8, 3)
    valid = torch.ones(8, 3, dtype=torch.bool)
    advantage = returns - mean_of_others(returns, valid, 4)
    means = returns.unflatten(0, (2, 4)).mean(dim=1, keepdim=True).expand(2, 4, 3).flatten(0, 1)
    torch.testing.assert_close(advantage, 4 / 3 * (returns - means))


def test_a_group_must_divide_the_rows() -> None:
    with pytest.raises(ValueError, match="group_size: got 4, allowed is a divisor of the number of episodes, 6"):
        mean_of_others(*episodes(6, 5), group_size=4)


def test_normalize_looks_at_valid_steps_only() -> None:
    advantages, valid = episodes(6, 5)
    found = normalize(advantages, valid)
    assert found[valid].mean().item() == pytest.approx(0.0, abs=1e-7)
    assert found[valid].std().item() == pytest.approx(1.0, abs=1e-6)
    assert (found[~valid] == 0).all()


def test_policy_gradient_on_a_two_step_mdp_by_hand() -> None:
    """Two states, two actions, softmax logits: d/d logit_b log pi(a) = [a = b] - pi(b)."""
    logits = torch.tensor([[0.3, -0.2], [1.0, 0.5]], requires_grad=True)
    actions = torch.tensor([0, 1])
    advantages = torch.tensor([2.0, -3.0])
    log_prob = logits.log_softmax(dim=1).gather(1, actions[:, None]).squeeze(1)
    policy_gradient_loss(log_prob, advantages, total=2).backward()
    chosen = torch.nn.functional.one_hot(actions, 2)
    expected = -advantages[:, None] * (chosen - logits.detach().softmax(dim=1)) / 2
    torch.testing.assert_close(logits.grad, expected)


def test_baselines_leave_the_expected_gradient_alone() -> None:
    """Over all pairs of two-step episodes, weighted by probability, each baseline gives grad J exactly."""
    logits = torch.tensor([[0.4, -0.1], [0.2, 0.7]], dtype=torch.float64, requires_grad=True)
    payoff = torch.tensor([[1.0, -0.5], [0.25, 2.0]], dtype=torch.float64)  # r of action a at step t
    plays = list(itertools.product(range(2), range(2)))
    log_pi = logits.log_softmax(dim=1)
    value = sum(torch.exp(log_pi[0, a] + log_pi[1, b]) * (payoff[0, a] + payoff[1, b]) for a, b in plays)
    (exact,) = torch.autograd.grad(value, logits, retain_graph=True)
    valid = torch.ones(2, 2, dtype=torch.bool)
    steps = torch.arange(2)
    for use_baseline, to_go in itertools.product((False, True), (False, True)):
        total = torch.zeros_like(logits)
        for pair in itertools.product(plays, plays):
            actions = torch.tensor(pair)
            log_prob = log_pi[steps, actions]
            returns = discounted_returns(payoff[steps, actions], valid, reward_to_go=to_go)
            baseline = mean_of_others(returns, valid) if use_baseline else torch.zeros_like(returns)
            loss = policy_gradient_loss(log_prob.flatten(), (returns - baseline).flatten(), total=2)
            weight = log_prob.sum().exp().item()
            total -= weight * torch.autograd.grad(loss, logits, retain_graph=True)[0]
        torch.testing.assert_close(total, exact)


def test_kl_controller_is_clipped() -> None:
    assert adapt_kl_coef(0.2, kl=100.0, target=5.0) == pytest.approx(0.2 * 1.02)
    assert adapt_kl_coef(0.2, kl=0.0, target=5.0) == pytest.approx(0.2 * 0.98)
    assert adapt_kl_coef(0.2, kl=5.0, target=5.0) == pytest.approx(0.2)


def test_explained_variance() -> None:
    returns = torch.tensor([1.0, 2.0, 3.0])
    assert explained_variance(returns, returns) == pytest.approx(1.0)
    assert explained_variance(torch.zeros(3), returns) == pytest.approx(0.0)
