"""Returns, baselines and advantages of whole episodes, as functions of arrays.

Everything here is (n, T): n episodes in rows, right-padded to T steps, with `valid` (n, T) true where a step was
taken. Positions that are not valid hold zeros in the results.
"""

from __future__ import annotations

import torch
from torch import Tensor


def discounted_returns(rewards: Tensor, valid: Tensor, gamma: float = 1.0, reward_to_go: bool = True) -> Tensor:
    """What each action is credited with.

    With `reward_to_go`, G_t = sum_{k >= t} gamma^(k-t) r_k, the rewards that the action can still influence;
    without, every action of an episode gets its whole return G_0 (Williams 1992, "episodic REINFORCE").

    Args:
        rewards: float (n, T).
        valid: bool (n, T).
        gamma: the discount.
        reward_to_go: see above.

    Returns:
        float (n, T).

    >>> r, v = torch.tensor([[1.0, 2.0, 0.0]]), torch.tensor([[True, True, False]])
    >>> discounted_returns(r, v, gamma=0.5)
    tensor([[2., 2., 0.]])
    >>> discounted_returns(r, v, gamma=0.5, reward_to_go=False)
    tensor([[2., 2., 0.]])
    """
    rewards = rewards * valid
    returns = torch.zeros_like(rewards)
    after = torch.zeros_like(rewards[:, 0])
    for t in range(rewards.shape[1] - 1, -1, -1):
        after = rewards[:, t] + gamma * after
        returns[:, t] = after
    if not reward_to_go:
        returns = after.unsqueeze(1).expand_as(returns)
    return returns * valid


def mean_of_others(returns: Tensor, valid: Tensor, group_size: int | None = None) -> Tensor:
    """For each step, the mean return of the *other* episodes of the group that are still running then.

    Without the episode itself the mean does not depend on its actions, so that subtracting it leaves the
    policy gradient unbiased. Where no other episode runs any more the baseline is 0.

    Args:
        returns: float (n, T).
        valid: bool (n, T).
        group_size: consecutive rows that belong together (samples of one example); None for all rows.

    Returns:
        float (n, T).

    >>> g, v = torch.tensor([[3.0, 1.0], [1.0, 0.0]]), torch.tensor([[True, True], [True, False]])
    >>> mean_of_others(g, v)
    tensor([[1., 0.],
            [3., 0.]])
    """
    size = len(returns) if group_size is None else group_size
    if size < 1 or len(returns) % size:
        raise ValueError(f"group_size: got {size}, allowed is a divisor of the number of episodes, {len(returns)}")
    grouped = (returns * valid).reshape(-1, size, returns.shape[1])
    running = valid.to(returns.dtype).reshape(-1, size, returns.shape[1])
    others = grouped.sum(dim=1, keepdim=True) - grouped
    count = running.sum(dim=1, keepdim=True) - running
    baseline: Tensor = (others / count.clamp(min=1.0)).flatten(0, 1) * valid
    return baseline


def normalize(advantages: Tensor, valid: Tensor) -> Tensor:
    """Mean 0 and standard deviation 1 over the valid steps; fewer than two steps are left as they are."""
    chosen = advantages[valid]
    if len(chosen) < 2:
        return advantages
    return (advantages - chosen.mean()) / (chosen.std() + 1e-8) * valid


def policy_gradient_loss(log_prob: Tensor, advantages: Tensor, total: int) -> Tensor:
    """-sum_t A_t log pi(a_t | s_t) / total; its gradient is an estimate of -grad J, up to the factor 1/total.

    Args:
        log_prob: (m,) of the actions taken.
        advantages: (m,), treated as constants.
        total: the number of tokens of the whole update, of which these m may be a part.
    """
    return -(advantages.detach() * log_prob).sum() / total


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """1 - Var[G - V] / Var[G] over (m,) steps; 1 is perfect, 0 as good as a constant, NaN if G is constant."""
    spread = returns.var(unbiased=False)
    return float("nan") if spread == 0 else float(1 - (returns - values).var(unbiased=False) / spread)


def adapt_kl_coef(coef: float, kl: float, target: float, gain: float = 0.1) -> float:
    """The proportional controller of Ziegler et al. (2019), equation 4.

    e = clip((KL - target) / target, -0.2, 0.2), coef <- coef * (1 + gain * e).

    >>> round(adapt_kl_coef(0.1, kl=6.6, target=6.0), 6)
    0.101
    """
    error = min(max((kl - target) / target, -0.2), 0.2)
    return coef * (1.0 + gain * error)


def clipped_surrogate(log_prob: Tensor, old_log_prob: Tensor, advantages: Tensor, clip_range: float) -> Tensor:
    """-min(rho A, clip(rho, 1 - e, 1 + e) A) for each step, rho = pi / pi_old; Schulman et al. (2017), equation 7.

    >>> import math
    >>> now, old = torch.tensor([math.log(2.0)]), torch.zeros(1)
    >>> clipped_surrogate(now, old, torch.tensor([1.0]), 0.25)
    tensor([-1.2500])
    >>> clipped_surrogate(now, old, torch.tensor([-1.0]), 0.25)
    tensor([2.])
    """
    ratio = (log_prob - old_log_prob).exp()
    bounded = ratio.clamp(1.0 - clip_range, 1.0 + clip_range)
    return -torch.minimum(ratio * advantages, bounded * advantages)


def kl_k3(log_prob: Tensor, reference: Tensor) -> Tensor:
    """An estimate of KL(pi, pi_ref) from samples of pi that is never negative: q - log q - 1 with q = pi_ref / pi.

    Schulman (2020), "Approximating KL divergence", k3; Shao et al. (2024), equation 4.

    >>> kl_k3(torch.zeros(1), torch.zeros(1))
    tensor([0.])
    """
    log_ratio = reference - log_prob
    return log_ratio.exp() - log_ratio - 1.0


def group_normalized(returns: Tensor, group_size: int) -> Tensor:
    """(R - mean) / std within groups of consecutive entries (n,), with the deviation of n - 1.

    Shao et al. (2024), section 4.1.2. A group whose returns are all alike gets 0.

    >>> group_normalized(torch.tensor([1.0, 3.0, 5.0, 5.0]), 2)
    tensor([-0.7071,  0.7071,  0.0000,  0.0000])
    """
    grouped = returns.reshape(-1, group_size)
    centred = grouped - grouped.mean(dim=1, keepdim=True)
    scaled: Tensor = (centred / (grouped.std(dim=1, keepdim=True) + 1e-6)).flatten()
    return scaled


def step_advantages(rewards: Tensor, valid: Tensor, group_size: int, scale: bool = True) -> Tensor:
    """G_t less the mean G_t of the group's texts that are still running at t, by the group's root mean square of it.

    Args:
        rewards, valid: (n, T), n a multiple of `group_size`.
        scale: divide; a group whose texts are all alike gets 0 either way.

    >>> r, v = torch.tensor([[1.0, 1.0], [1.0, 0.0]]), torch.ones(2, 2, dtype=torch.bool)
    >>> step_advantages(r, v, 2, scale=False)
    tensor([[ 0.5000,  0.5000],
            [-0.5000, -0.5000]])
    """
    returns = discounted_returns(rewards, valid).reshape(-1, group_size, rewards.shape[1])
    running = valid.to(returns.dtype).reshape(returns.shape)
    mean = returns.sum(dim=1, keepdim=True) / running.sum(dim=1, keepdim=True).clamp(min=1.0)
    centred = (returns - mean) * running
    if scale:
        square = centred.square().sum(dim=(1, 2), keepdim=True) / running.sum(dim=(1, 2), keepdim=True).clamp(min=1.0)
        centred = centred / (square.sqrt() + 1e-6)
    found: Tensor = centred.flatten(0, 1)
    return found


def generalized_advantages(rewards: Tensor, values: Tensor, valid: Tensor, gamma: float, gae_lambda: float) -> Tensor:
    """A_t = sum_k (gamma lambda)^k delta_{t+k}, delta_t = r_t + gamma V_{t+1} - V_t; Schulman et al. (2016).

    Args:
        rewards, values, valid: (n, T); V after the end of an episode is 0.

    >>> r, v = torch.tensor([[0.0, 1.0]]), torch.tensor([[0.5, 0.5]])
    >>> generalized_advantages(r, v, torch.ones(1, 2, dtype=torch.bool), 1.0, 1.0)
    tensor([[0.5000, 0.5000]])
    """
    values = values * valid
    found = torch.zeros_like(rewards)
    after = torch.zeros_like(rewards[:, 0])
    following = torch.zeros_like(after)
    for t in range(rewards.shape[1] - 1, -1, -1):
        delta = rewards[:, t] + gamma * following - values[:, t]
        after = (delta + gamma * gae_lambda * after) * valid[:, t]
        found[:, t] = after
        following = values[:, t]
    return found
