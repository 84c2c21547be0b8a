"""REINFORCE on whole texts, with the baselines that the literature on text generation uses.

The policy gradient of Williams (1992), "Simple statistical gradient-following algorithms for connectionist
reinforcement learning",

    grad J = E[ sum_t A_t grad log pi(y_t | x, y_<t) ],      A_t = G_t - b_t,

with G_t the return (to go) and b_t one of

* `none`: 0.
* `mean`: the mean of G_t over the other episodes of the batch that are still running at step t.
* `value`: V(s_t), the policy's value head, learned by regression on G_t.
* `self_critical`: G_t of the greedy text for the same example; Rennie et al. (2017), "Self-critical sequence training
  for image captioning", equation 7.
* `leave_one_out`: the mean of G_t over the other samples of the same example; Kool et al. (2019), "Buy 4 REINFORCE
  samples, get a baseline for free!"; "RLOO" in Ahmadian et al. (2024), "Back to basics".

The penalty of Ziegler et al. (2019), "Fine-tuning language models from human preferences", keeps the policy near the
one it started from: each token pays -kl_coef * (log pi - log pi_start), and the coefficient adapts to a target.

Implementation details:

1. Episodes are whole and start with the update: every row plays one episode to its end, and rows that are done wait.
   Taking episodes as they finish would favour the short ones.
2. The update is one teacher-forced pass a text. It scores what was sampled (temperature, top-k and masks included);
   `train/log_prob_gap` watches that.
3. The baselines `mean` and `leave_one_out` leave the episode itself out: the gradient stays unbiased.
4. With return-to-go, a baseline episode that has ended at step t has nothing to compare at t and is left out
   (`self_critical`: the greedy text earns 0 from there on).
5. Sums run over tokens and are divided by the number of tokens in the update, so that `ent_coef`, `vf_coef` and
   `max_grad_norm` mean what they mean in Stable-Baselines3's A2C.
6. `sequences_per_pass` splits the pass, not the update: the gradients add up to the same one step.
7. Tokens of greedy baselines count into `num_timesteps`, for they cost rewards like any other.

Logged: `rollout/ep_rew_mean`, `rollout/ep_len_mean` mean return and tokens of the last episodes (without the penalty);
`train/policy_loss` -mean A_t log pi; `train/value_loss` mean squared error of V (baseline `value`); `train/entropy`
mean entropy of the next token in nats; `train/kl` nats from the start policy a text, summed over its tokens;
`train/kl_coef` the coefficient used; `train/advantage_std` its spread before normalisation;
`train/baseline_mean` mean b_t; `train/explained_variance` how much of G_t the baseline explains (1 all, 0 none);
`train/log_prob_gap` largest |log pi| difference of rollout and update, at most about 1e-4; `train/grad_norm` before
clipping; `train/learning_rate`, `train/n_updates`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms import estimators
from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.episodes import Episodes, Pass, join
from agents.algorithms.whole_texts import WholeTexts
from textgym.errors import check_choice

BASELINES = ("none", "mean", "value", "self_critical", "leave_one_out")


@dataclass(frozen=True, slots=True)
class ReinforceConfig(AlgorithmConfig):
    """Of `REINFORCE` in a run."""

    baseline: str = "value"
    samples_per_example: int = 1
    reward_to_go: bool = True
    normalize_advantage: bool = False
    ent_coef: float = 0.0
    kl_coef: float = 0.0


class REINFORCE(WholeTexts):
    """Monte-Carlo policy gradient on whole texts; see the module for its baselines, details and metrics.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        baseline: "none", "mean", "value", "self_critical" or "leave_one_out".
        reward_to_go: credit an action with the rewards that follow it only.
        vf_coef: weight of the value loss (baseline `value`).
        normalize_advantage: mean 0 and standard deviation 1 over the update.
        **settings: of `WholeTexts`: `n_episodes`, `n_steps`, `samples_per_example` (at least 4 for `leave_one_out`
            where none is given), `gamma`, `ent_coef`, `kl_coef`, `kl_target`, `max_grad_norm`, `sequences_per_pass`;
            `policy_kwargs`, `stats_window_size`, `tensorboard_log`, `verbose`, `seed`, `device`.
    """

    joins_processes: ClassVar[bool] = True

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 3e-4,
        *,
        baseline: str = "mean",
        reward_to_go: bool = True,
        vf_coef: float = 0.5,
        normalize_advantage: bool = False,
        **settings: Any,
    ) -> None:
        check_choice("baseline", baseline, BASELINES)
        if vf_coef < 0:
            raise ValueError(f"vf_coef: got {vf_coef}, allowed is a number of at least 0")
        self.baseline, self.reward_to_go, self.vf_coef = baseline, reward_to_go, vf_coef
        self.normalize_advantage = normalize_advantage
        self._greedy: list[Episodes] = []
        super().__init__(policy, env, learning_rate, **settings)

    @property
    def needs_group(self) -> bool:  # type: ignore[override]
        """Leaving one out needs others."""
        return self.baseline == "leave_one_out"

    def _sample(self, callback: BaseCallback, examples: list[int], seed: int) -> Episodes | None:
        episodes = super()._sample(callback, examples, seed)
        if episodes is not None and self.baseline == "self_critical":
            answer = self._play(None, examples, seed, greedy=True)
            assert answer is not None  # only a callback can end a rollout
            self._greedy.append(answer)
        return episodes

    def _train(self, episodes: Episodes, greedy: Episodes | None = None) -> None:
        """One gradient step on `episodes`; `greedy` are the texts of `self_critical`, if not those just played."""
        if self._greedy:
            greedy, self._greedy = join(self._greedy), []
        passes = list(episodes.passes(self.device, self.sequences_per_pass))
        valid = torch.as_tensor(episodes.valid, device=self.device)
        rewards, kl = self._penalized(episodes, passes)
        returns, baseline = self._returns_and_baseline(episodes, rewards, valid, greedy)
        advantages = (returns - baseline) * valid
        metrics: dict[str, float | Tensor] = {
            "advantage_std": advantages[valid].std(unbiased=False),
            "baseline_mean": baseline[valid].mean(),
            "explained_variance": estimators.explained_variance(baseline[valid], returns[valid]),
        }
        if self.normalize_advantage:
            advantages = estimators.normalize(advantages, valid)
        self.policy.optimizer.zero_grad()
        sums, scored = self._accumulate(episodes, passes, advantages, returns)
        metrics.update({**sums, **self._watched(episodes, advantages, scored)})
        metrics["grad_norm"] = self._descend(self.max_grad_norm, int(episodes.valid.sum()))
        self._record({**metrics, **self._kl_metrics(kl)})

    def _returns_and_baseline(
        self, episodes: Episodes, rewards: Tensor, valid: Tensor, greedy: Episodes | None
    ) -> tuple[Tensor, Tensor]:
        """G and b, each (n, L)."""
        returns = estimators.discounted_returns(rewards, valid, self.gamma, self.reward_to_go)
        if self.baseline == "none":
            return returns, torch.zeros_like(returns)
        if self.baseline == "value":
            return returns, torch.as_tensor(episodes.values, device=self.device)
        if greedy is not None:
            return returns, self._greedy_returns(greedy, valid)
        group = self._group if self.baseline == "leave_one_out" else None
        return returns, estimators.mean_of_others(returns, valid, group)

    def _greedy_returns(self, greedy: Episodes, valid: Tensor) -> Tensor:
        """The greedy texts' returns (n, L) at the steps of the sampled ones: 0 after their end."""
        there = torch.as_tensor(greedy.valid, device=self.device)
        rewards = torch.as_tensor(greedy.rewards, device=self.device)
        found = estimators.discounted_returns(rewards, there, self.gamma, self.reward_to_go)
        if not self.reward_to_go:  # one number an episode, whichever of the two texts is longer
            return found[:, :1].expand_as(valid) * valid
        baseline = torch.zeros(valid.shape, device=self.device)
        width = min(found.shape[1], valid.shape[1])
        baseline[:, :width] = found[:, :width]
        return baseline * valid

    def _accumulate(
        self, episodes: Episodes, passes: list[Pass], advantages: Tensor, returns: Tensor
    ) -> tuple[dict[str, float], Tensor]:
        """Backward passes over all texts; the losses, and log pi of the tokens (n, L)."""
        total = int(episodes.valid.sum())
        scored = torch.zeros(episodes.rewards.shape, device=self.device)
        sums = dict.fromkeys(("policy_loss", "value_loss", "entropy"), 0.0)
        for part in passes:
            actions = part.batch.tokens[part.batch.valid].long()
            values, log_prob, entropy = self.policy.evaluate_actions(part.batch, actions)
            at = (part.rows, part.steps)
            policy_loss = estimators.policy_gradient_loss(log_prob, advantages[at], total)
            bonus = entropy.sum() / total
            loss = policy_loss - self.ent_coef * bonus
            if self.baseline == "value":
                value_loss = (values.flatten() - returns[at]).square().sum() / total
                loss = loss + self.vf_coef * value_loss
                sums["value_loss"] += float(value_loss.detach())
            self._guard.check("train/loss", loss)
            loss.backward()  # type: ignore[no-untyped-call]
            sums["policy_loss"] += float(policy_loss.detach())
            sums["entropy"] += float(bonus.detach())
            scored[at] = log_prob.detach()
        return sums, scored

    def _watched(self, episodes: Episodes, advantages: Tensor, scored: Tensor) -> dict[str, float]:
        """What is logged of the tokens' log-probabilities in the update (n, L)."""
        sampled = torch.as_tensor(episodes.log_probs, device=self.device)
        return {"log_prob_gap": float((scored - sampled).abs().max())}
