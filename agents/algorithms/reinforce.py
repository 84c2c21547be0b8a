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

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms import estimators
from agents.algorithms.base import TokenAlgorithm
from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.episodes import Episodes, Pass, join
from agents.policies.base import TokenPolicy
from textgym.errors import check_choice, check_int

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


class REINFORCE(TokenAlgorithm):
    """Monte-Carlo policy gradient on whole texts; see the module for its baselines, details and metrics.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        baseline: "none", "mean", "value", "self_critical" or "leave_one_out".
        n_episodes: episodes an update, a multiple of the environment's rows; None: one a row, or what `n_steps` says.
        n_steps: in place of `n_episodes`, tokens a row: as many whole episodes of full length as fit, at least one.
        samples_per_example: consecutive rows that work on the same example; None: the environment's, and at least
            4 for `leave_one_out`.
        reward_to_go: credit an action with the rewards that follow it only.
        gamma: discount.
        ent_coef: weight of the entropy bonus.
        vf_coef: weight of the value loss (baseline `value`).
        kl_coef: weight of the penalty on leaving the start policy; 0 does without one.
        kl_target: nats a text that `kl_coef` is adapted to; None keeps it fixed.
        normalize_advantage: mean 0 and standard deviation 1 over the update.
        max_grad_norm: gradients are clipped to this norm; None: not.
        sequences_per_pass: texts in one pass of the update, to save memory; None: all.
        **settings: `policy_kwargs`, `stats_window_size`, `tensorboard_log`, `verbose`, `seed`, `device`.
    """

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 3e-4,
        *,
        baseline: str = "mean",
        n_episodes: int | None = None,
        n_steps: int | None = None,
        samples_per_example: int | None = None,
        reward_to_go: bool = True,
        gamma: float = 1.0,
        ent_coef: float = 0.0,
        vf_coef: float = 0.5,
        kl_coef: float = 0.0,
        kl_target: float | None = None,
        normalize_advantage: bool = False,
        max_grad_norm: float | None = 0.5,
        sequences_per_pass: int | None = None,
        **settings: Any,
    ) -> None:
        check_choice("baseline", baseline, BASELINES)
        if not 0.0 <= gamma <= 1.0:
            raise ValueError(f"gamma: got {gamma}, allowed is a number from 0 to 1")
        for name, value in {"kl_coef": kl_coef, "vf_coef": vf_coef}.items():
            if value < 0:
                raise ValueError(f"{name}: got {value}, allowed is a number of at least 0")
        if kl_target is not None and not (kl_target > 0 and kl_coef > 0):
            raise ValueError(f"kl_target: got {kl_target} with kl_coef={kl_coef}, allowed are two numbers above 0")
        self.baseline, self.reward_to_go, self.gamma = baseline, reward_to_go, gamma
        self.n_episodes, self.n_steps, self.samples_per_example = n_episodes, n_steps, samples_per_example
        self.ent_coef, self.vf_coef, self.max_grad_norm = ent_coef, vf_coef, max_grad_norm
        self.kl_coef, self.kl_target = kl_coef, kl_target
        self.normalize_advantage, self.sequences_per_pass = normalize_advantage, sequences_per_pass
        self.reference: TokenPolicy | None = None
        super().__init__(policy, env, learning_rate, **settings)

    def _setup_model(self) -> None:
        super()._setup_model()
        self._kl_coef = self.kl_coef
        if self.env is not None:
            self._rounds, self._group = self._plan()

    def _plan(self) -> tuple[int, int]:
        """How often all rows are played for an update, and how many consecutive rows share an example."""
        rows = self.env.num_envs
        episodes = rows
        if self.n_episodes is not None:
            if self.n_steps is not None:
                raise ValueError(
                    f"n_steps: got {self.n_steps} beside n_episodes={self.n_episodes}, allowed is one of them"
                )
            episodes = check_int("n_episodes", self.n_episodes, rows)
        elif self.n_steps is not None:
            length = self.observation_space["generated"].shape[0]  # type: ignore[index]
            episodes = rows * max(1, check_int("n_steps", self.n_steps, 1) // length)
        if episodes % rows:
            raise ValueError(f"n_episodes: got {episodes}, allowed is a multiple of the {rows} rows of the environment")
        group = self.samples_per_example
        if group is None:
            group = getattr(self.env, "samples_per_example", 1)
            group = 4 if self.baseline == "leave_one_out" and group == 1 else group
        least = 2 if self.baseline == "leave_one_out" else 1
        if check_int("samples_per_example", group, least) and rows % group:
            raise ValueError(f"samples_per_example: got {group}, allowed is a divisor of the environment's {rows} rows")
        return episodes // rows, group

    def _begin_learning(self) -> None:
        self._rounds, self._group = self._plan()
        if self.kl_coef and self.reference is None:
            self.reference = copy.deepcopy(self.policy)
            self.reference.set_training_mode(False)
            self.reference.requires_grad_(False)

    def _iterate(self, callback: BaseCallback) -> bool:
        callback.on_rollout_start()
        sampled, greedy = [], []
        for _ in range(self._rounds):
            examples = self._draw_examples()
            seed = int(self.rng.integers(1 << 31))
            episodes = self._play(callback, examples, seed)
            if episodes is None:
                return False
            sampled.append(episodes)
            if self.baseline == "self_critical":
                answer = self._play(None, examples, seed, greedy=True)
                assert answer is not None  # only a callback can end a rollout
                greedy.append(answer)
        callback.on_rollout_end()
        self._train(join(sampled), join(greedy) if greedy else None)
        return True

    def _draw_examples(self) -> list[int]:
        size = len(self.env.get_attr("mdp")[0].corpus)
        drawn = self.rng.integers(size, size=self.env.num_envs // self._group)
        return [int(example) for example in drawn for _ in range(self._group)]

    def _train(self, episodes: Episodes, greedy: Episodes | None) -> None:
        """One gradient step on `episodes`."""
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
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
        metrics.update(self._accumulate(episodes, passes, advantages, returns))
        metrics["grad_norm"] = self._descend(self.max_grad_norm)
        if self.reference is not None:
            metrics["kl"], metrics["kl_coef"] = kl, self._kl_coef
            if self.kl_target is not None:
                self._kl_coef = estimators.adapt_kl_coef(self._kl_coef, kl, self.kl_target)
        self._record(metrics)

    def _penalized(self, episodes: Episodes, passes: list[Pass]) -> tuple[Tensor, float]:
        """Rewards less the penalty (n, L), and the KL divergence from the start policy a text."""
        rewards = torch.as_tensor(episodes.rewards, device=self.device)
        if self.reference is None:
            return rewards, 0.0
        ratio = torch.as_tensor(episodes.log_probs, device=self.device).clone()
        with torch.no_grad():
            for part in passes:
                actions = part.batch.tokens[part.batch.valid].long()
                _, log_prob, _ = self.reference.evaluate_actions(part.batch, actions)
                ratio[part.rows, part.steps] -= log_prob
        return rewards - self._kl_coef * ratio, float(ratio.sum(dim=1).mean())

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
    ) -> dict[str, float | Tensor]:
        """Backward passes over all texts; the losses."""
        total = int(episodes.valid.sum())
        sampled = torch.as_tensor(episodes.log_probs, device=self.device)
        sums = dict.fromkeys(("policy_loss", "value_loss", "entropy"), 0.0)
        gap = 0.0
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
            gap = max(gap, float((log_prob.detach() - sampled[at]).abs().max()))
        return {**sums, "log_prob_gap": gap}

    # --- saving -------------------------------------------------------------------------------------------------

    def _more_state(self) -> dict[str, Any]:
        return {"kl_coef": self._kl_coef}

    def _set_more_state(self, state: Mapping[str, Any]) -> None:
        self._kl_coef = state["kl_coef"]

    def extra_tensors(self) -> dict[str, Tensor]:
        """The weights of the start policy, where there is a penalty."""
        return {} if self.reference is None else self.reference.state_dict()

    def set_extra_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the start policy."""
        if tensors:
            self.reference = copy.deepcopy(self.policy)
            self.reference.load_state_dict(dict(tensors))
            self.reference.set_training_mode(False)
            self.reference.requires_grad_(False)
