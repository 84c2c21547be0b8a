"""The critic of `agents.algorithms.q_actor_critic`: a Q-value for each token at each place of a text.

In the duelling form (Wang et al. 2016, "Dueling network architectures for deep reinforcement learning", section 3),
here with the policy's mean taken off, Q(s, a) = V(s) + A(s, a) - sum_b pi(b | s) A(s, b): what all tokens have in
common is learned from every step, and a token that was hardly ever tried is worth what the others are, not nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from agents.policies.sequences import Reading
from agents.policies.trunk import Trunk


class Critic(nn.Module):
    """Q-values (heads, m, V) at m places of a batch of texts.

    Args:
        width: D of the hidden states.
        size: V.
        heads: how many answers.
        dueling: V and A in place of Q.
        trunk: the network that reads the texts, or None where the policy's hidden states are given.
    """

    def __init__(self, width: int, size: int, heads: int, dueling: bool, trunk: Trunk | None) -> None:
        super().__init__()
        self.dueling = dueling
        self.heads = nn.ModuleList(nn.Linear(width, size + dueling) for _ in range(heads))
        for parameter in self.parameters():
            nn.init.zeros_(parameter)
        self.trunk = trunk

    def forward(self, reading: Reading, probs: Tensor, states: Tensor | None = None) -> Tensor:
        """Q (heads, m, V); `probs` (m, V) and `states` (m, D) are the policy's."""
        if self.trunk is not None:
            states = self.trunk.read(reading)
        assert states is not None
        found = torch.stack([head(states.float()) for head in self.heads])
        if not self.dueling:
            return found
        value, advantages = found[..., -1:], found[..., :-1]
        return value + advantages - (probs * advantages).sum(dim=-1, keepdim=True)

    @torch.no_grad()
    def follow(self, critic: Critic, trunk: Trunk, share: float) -> None:
        """Take a step of `share` of the way to the weights of `critic`; `trunk` reads the texts for it."""
        assert self.trunk is not None
        for target, online in ((self.trunk, trunk), (self.heads, critic.heads)):
            for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
                slow.lerp_(fast, share)


def backed_up(rewards: Tensor, values: Tensor, gamma: float, q_lambda: float) -> Tensor:
    """y (n, L) with y_t = r_t + gamma ((1 - q_lambda) V'_{t+1} + q_lambda y_{t+1}), nothing beyond the end.

    Args:
        rewards: (n, L), 0 where no step was taken.
        values: (n, L), V' of the states before each action, 0 where no step was taken.
        gamma: discount.
        q_lambda: from 0 (one step) to 1 (what the episode earned).

    >>> backed_up(torch.tensor([[1.0, 2.0]]), torch.tensor([[9.0, 5.0]]), gamma=1.0, q_lambda=0.5)
    tensor([[4.5000, 2.0000]])
    """
    found = torch.zeros_like(rewards)
    after = torch.zeros_like(rewards[:, 0])
    for t in range(rewards.shape[1] - 1, -1, -1):
        following = values[:, t + 1] if t + 1 < rewards.shape[1] else torch.zeros_like(after)
        found[:, t] = rewards[:, t] + gamma * ((1 - q_lambda) * following + q_lambda * after)
        after = found[:, t]
    return found
