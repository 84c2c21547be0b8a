"""A critic that knows something before the first update.

After maximum likelihood the policy is good and its value head knows nothing. The first advantages of an actor-critic
are then mostly noise, and undo part of what the policy has learned. So the head is fitted to the policy as it stands:
the returns of its own sampled episodes are regressed on the hidden states that the head reads, in closed form (ridge
regression; Hoerl and Kennard 1970). Nothing but the head changes.
"""

from __future__ import annotations

import torch
from stable_baselines3.common.vec_env import VecEnv

from agents.algorithms.episodes import play
from agents.algorithms.estimators import discounted_returns
from agents.policies.base import TokenPolicy
from textgym.errors import check_int


def fit_value_head(
    policy: TokenPolicy, env: VecEnv, num_tokens: int, gamma: float = 1.0, ridge: float = 1e-2
) -> tuple[int, float]:
    """Fit V to the returns of `policy` on the examples that `env` draws.

    Args:
        policy: plays sampled episodes; its value head is replaced.
        env: the environments to play in.
        num_tokens: at least so many tokens are played, in rounds of one episode a row.
        gamma: the discount of the returns.
        ridge: the penalty on the squared weights, relative to the mean square of the states.

    Returns:
        (tokens played, share of the variance of the last round's returns that a fit to the earlier rounds explains).
    """
    check_int("num_tokens", num_tokens, 1)
    states: list[torch.Tensor] = []
    targets: list[torch.Tensor] = []
    played = 0
    while played < num_tokens or len(states) < 2:
        episodes = play(policy, env)
        if episodes is None:
            break
        rewards, valid = torch.as_tensor(episodes.rewards), torch.as_tensor(episodes.valid)
        returns = discounted_returns(rewards, valid, gamma)
        with torch.no_grad():
            for part in episodes.passes(policy.device, sequences=64):
                features = policy.critic_states(part.batch).double().cpu()
                states.append(torch.cat([features, torch.ones(len(features), 1, dtype=torch.float64)], dim=1))
                targets.append(returns[part.rows.cpu(), part.steps.cpu()].double())
        played += int(episodes.valid.sum())
    held_out = states[-1] @ _solve(states[:-1], targets[:-1], ridge)
    explained = 1.0 - float((targets[-1] - held_out).var() / targets[-1].var().clamp(min=1e-12))
    weights = _solve(states, targets, ridge).to(policy.value_head.weight)
    with torch.no_grad():
        policy.value_head.weight.copy_(weights[None, :-1])
        policy.value_head.bias.copy_(weights[-1:])
    return played, explained


def _solve(states: list[torch.Tensor], targets: list[torch.Tensor], ridge: float) -> torch.Tensor:
    x, y = torch.cat(states), torch.cat(targets)
    gram = x.T @ x
    scale = ridge * float(gram.diagonal()[:-1].mean())
    penalty = torch.full((len(gram),), scale, dtype=x.dtype)
    penalty[-1] = 0.0  # the mean is free
    weights: torch.Tensor = torch.linalg.solve(gram + torch.diag(penalty + 1e-9), x.T @ y)
    return weights
