"""Off-policy actor-critic: a Q critic on replayed texts, and an actor that follows it.

The critic has an output for each token of the vocabulary at each position, over the hidden states of a teacher-forced
pass, and minimises

    L(phi) = E[ (Q(s, a) - y)^2 ],        y = r + gamma * V'(s'),

with V' from a target network and, by `target`,

* `max`: V'(s') = max_a' Q'(s', a'), Q-learning (Watkins 1989; Mnih et al. 2015).
* `expected`: V'(s') = sum_a' pi(a' | s') Q'(s', a'), expected Sarsa (van Seijen et al. 2009).
* `soft`: V'(s') = sum_a' pi(a' | s') (Q'(s', a') - ent_coef log pi(a' | s')), discrete soft actor-critic
  (Christodoulou 2019, equation 10).

The actor ascends E_{s ~ replay, a ~ pi}[ A(s, a) grad log pi(a | s) ] with A = Q - V, V = sum_a pi Q, or, with
`signal="q"`, E[ Q grad log pi ]: the same in expectation, and exactly the same for `actor="expected"`.

Implementation details:

1. With `actor="expected"` the expectation over a is taken exactly (Allen et al. 2017, "Mean actor-critic"), since the
   critic answers for every token; `"sampled"` draws one token a state.
2. The replay holds whole episodes as tokens; one pass of the policy and one of the target network read each text once.
3. The target network averages the weights of the critic: phi' <- (1 - tau) phi' + tau phi, after each update.
4. Of `n_critics` heads the smallest answer counts, against overestimation (Fujimoto et al. 2018). They begin alike and
   read the same texts, so they stay close to each other.
5. Critic heads start at zero: until there is evidence, all tokens are worth the same and the actor stays put.
6. `q_lambda` above 0 mixes in what the replayed episode went on to earn (Peng and Williams 1996), which carries
   a reward backwards faster than one step an update; it leans towards the policies that wrote the replay.
7. Tokens that are not allowed at a state count in no maximum and no expectation.
8. Advantages are divided by their root mean square over the batch, so that neither the actor's speed nor `ent_coef`
   depends on the scale of rewards. Not with `target="soft"`, where `ent_coef` is in units of reward.
9. The critic has a network of its own, a copy of the policy's as it is when learning begins, under the same optimizer
   at `critic_learning_rate`. A shared one listens to the actor, whose gradients are far larger than those of a squared
   error of small rewards.
10. `target_entropy` tunes `ent_coef` by Christodoulou's equation 11, J(alpha) = E[alpha (H(pi) - target)]: a step of
   `ent_coef_rate` down its gradient in log alpha, over alpha, after each update of the actor. "start" takes the
   entropy that the policy has when it begins to move: a fixed one would flatten a policy that knows something.
11. With `dueling` what all tokens at a state have in common is learned apart from what they differ in
   (`agents.algorithms.q_critic`).
12. After maximum likelihood the policy knows more than the critic. The first `actor_delay` updates, all of them when
   `learning_starts` tokens of the start policy are there, are the critic's alone.
13. `kl_coef` holds the actor to the start policy: the loss has kl_coef KL(pi || pi_start), exact over the vocabulary, a
   token, beside advantages of scale 1. `kl_target` adapts the coefficient (Ziegler et al. 2019, section 2.2).

Logged: `rollout/ep_rew_mean`, `rollout/ep_len_mean` mean return and tokens of the last episodes; `train/critic_loss`
mean squared error of Q over steps, summed over heads; `train/actor_loss` -sum pi A (expected) or -A log pi (sampled);
`train/entropy` mean entropy of the next token in nats; `train/ent_coef` its weight; `train/kl` nats from the start
policy a text, summed over its tokens; `train/kl_coef` the coefficient used; `train/q_mean` mean Q of replayed actions;
`train/target_mean` mean y; `train/advantage_scale` root mean square of A before the division; `train/replay_tokens`
tokens remembered; `train/grad_norm` before clipping; `train/learning_rate` the actor's, `train/n_updates`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.utils import FloatSchedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms.base import TokenAlgorithm
from agents.algorithms.config import AlgorithmConfig, check_penalty
from agents.algorithms.episodes import Episodes, Pass
from agents.algorithms.estimators import adapt_kl_coef
from agents.algorithms.q_critic import Critic, backed_up
from agents.algorithms.replay import EpisodeReplay
from agents.policies.distribution import TokenDistribution, combine, warp
from agents.policies.sequences import Reading, SequenceBatch, reading_of
from agents.policies.trunk import Trunk
from textgym.errors import check_choice, check_int

TARGETS = ("max", "expected", "soft")
ACTORS = ("expected", "sampled")
SIGNALS = ("advantage", "q")


@dataclass(frozen=True, slots=True)
class QActorCriticConfig(AlgorithmConfig):
    """Of `QActorCritic` in a run, after the warm start: a critic that learns first and fast, an actor on a lead."""

    learning_rate: float = 5e-5
    critic_learning_rate: float = 1e-3
    target: str = "expected"
    actor: str = "expected"
    dueling: bool = True
    q_lambda: float = 1.0
    ent_coef: float = 0.0
    kl_coef: float = 1.0
    batch_size: int = 64
    gradient_steps: int = 2
    buffer_size: int = 200_000
    learning_starts: int = 4_000
    actor_delay: int = 150

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments; it plays whole episodes and knows no `n_steps`."""
        return {name: value for name, value in asdict(self).items() if name != "n_steps"}


class Losses(NamedTuple):
    """What one batch gives, each a scalar."""

    critic: Tensor
    actor: Tensor
    entropy: Tensor
    kl: Tensor  # nats a token
    q_mean: Tensor
    target_mean: Tensor
    scale: Tensor


class QActorCritic(TokenAlgorithm):
    """Off-policy actor-critic with sequence replay; see the module for its equations, details and metrics.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        target: "max", "expected" or "soft", the value of the next state.
        actor: "expected" or "sampled", the actor's expectation over tokens.
        signal: "advantage" (Q - V) or "q", what the actor weighs grad log pi with.
        gamma: discount.
        q_lambda: from 0 (one-step targets) to 1 (what the episode earned).
        ent_coef: weight of the entropy bonus; None: 0.1, and with `target="soft"`, where it is also in the target and
            in units of reward, 0.01.
        target_entropy: nats a token that `ent_coef`, from its value on, is tuned to, or "start"; None keeps it fixed.
        ent_coef_rate: how fast.
        kl_coef: weight of the divergence from the start policy; 0 does without one.
        kl_target: nats a text that `kl_coef` is adapted to; None keeps it fixed.
        critic_learning_rate: of the critic; None: the actor's.
        critic_coef: weight of the critic's loss.
        n_critics: heads, of which the smallest answer counts.
        tau: how fast the target network follows.
        buffer_size: tokens remembered.
        learning_starts: tokens played before the first update.
        batch_size: episodes an update.
        gradient_steps: updates after each round of one episode a row.
        actor_delay: updates of the critic alone, at once, before the actor moves.
        critic_network: "separate", or "shared" with the policy.
        dueling: see detail 11.
        normalize_advantage: see detail 8; None: yes, unless the target is soft.
        max_grad_norm: gradients are clipped to this norm; None: not.
        **settings: `policy_kwargs`, `stats_window_size`, `tensorboard_log`, `verbose`, `seed`, `device`.
    """

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 3e-4,
        *,
        target: str = "max",
        actor: str = "expected",
        signal: str = "advantage",
        gamma: float = 1.0,
        q_lambda: float = 0.0,
        ent_coef: float | None = None,
        target_entropy: float | str | None = None,
        ent_coef_rate: float = 1e-2,
        kl_coef: float = 0.0,
        kl_target: float | None = None,
        critic_learning_rate: float | Schedule | None = None,
        critic_coef: float = 1.0,
        n_critics: int = 2,
        tau: float = 0.05,
        buffer_size: int = 200_000,
        learning_starts: int = 0,
        batch_size: int = 64,
        gradient_steps: int = 4,
        actor_delay: int = 0,
        critic_network: str = "separate",
        dueling: bool = False,
        normalize_advantage: bool | None = None,
        max_grad_norm: float | None = 1.0,
        **settings: Any,
    ) -> None:
        check_choice("target", target, TARGETS)
        check_choice("actor", actor, ACTORS)
        check_choice("signal", signal, SIGNALS)
        self.signal = signal
        check_choice("critic_network", critic_network, ("separate", "shared"))
        for name, value in {"gamma": gamma, "q_lambda": q_lambda, "tau": tau}.items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name}: got {value}, allowed is a number from 0 to 1")
        self.target, self.actor, self.gamma, self.q_lambda, self.tau = target, actor, gamma, q_lambda, tau
        soft = target == "soft"
        self.ent_coef = (0.01 if soft else 0.1) if ent_coef is None else ent_coef
        _check_target_entropy(target_entropy, self.ent_coef)
        check_penalty(kl_coef, kl_target)
        self.target_entropy, self.ent_coef_rate = target_entropy, ent_coef_rate
        self.kl_coef, self.kl_target, self.critic_learning_rate = kl_coef, kl_target, critic_learning_rate
        self._ent_coef, self._kl_coef = self.ent_coef, kl_coef
        self._entropy_aim: float | None = None
        self._start: Trunk | None = None
        self.normalize_advantage = not soft if normalize_advantage is None else normalize_advantage
        if soft and self.normalize_advantage:
            raise ValueError("normalize_advantage: got True, allowed with target='soft' is False")
        self.critic_coef, self.critic_network, self.dueling = critic_coef, critic_network, dueling
        self.n_critics = check_int("n_critics", n_critics, 1)
        self.buffer_size = check_int("buffer_size", buffer_size, 1)
        self.learning_starts = check_int("learning_starts", learning_starts, 0)
        self.batch_size = check_int("batch_size", batch_size, 1)
        self.gradient_steps = check_int("gradient_steps", gradient_steps, 1)
        self.actor_delay, self.max_grad_norm = check_int("actor_delay", actor_delay, 0), max_grad_norm
        super().__init__(policy, env, learning_rate, **settings)

    def _setup_model(self) -> None:
        super()._setup_model()
        trunk = self.policy.trunk
        own = copy.deepcopy(trunk) if self.critic_network == "separate" else None
        self.critic = Critic(trunk.width, self.policy.tokens.size, self.n_critics, self.dueling, own).to(self.device)
        learned = [weight for weight in self.critic.parameters() if weight.requires_grad]
        self.policy.optimizer.add_param_group({"params": learned})
        self._target = copy.deepcopy(self.critic)
        self._target.trunk = self._target.trunk or copy.deepcopy(trunk)
        self._target.requires_grad_(False).eval()
        self._replay = EpisodeReplay(self.buffer_size)
        own_rate = self.critic_learning_rate
        self._critic_schedule = None if own_rate is None else FloatSchedule(own_rate)

    def _begin_learning(self) -> None:
        if self._n_updates:
            return
        trunk = self.policy.trunk  # whose weights may have been given to it since it was made
        for network in (self.critic.trunk, self._target.trunk):
            if network is not None:
                network.load_state_dict(trunk.state_dict())
        if self.kl_coef:
            self._start = self._frozen(trunk)

    def _frozen(self, trunk: Trunk) -> Trunk:
        return copy.deepcopy(trunk).requires_grad_(False).eval()

    def _iterate(self, callback: BaseCallback) -> bool:
        size = len(self.env.get_attr("mdp")[0].corpus)
        examples = self.rng.integers(size, size=self.env.num_envs).tolist()
        callback.on_rollout_start()
        episodes = self._play(callback, examples, int(self.rng.integers(1 << 31)))
        if episodes is None:
            return False
        callback.on_rollout_end()
        self._replay.add(episodes)
        if self.num_timesteps >= self.learning_starts:
            self.policy.set_training_mode(True)
            self._update_learning_rate(self.policy.optimizer)
            if self._critic_schedule is not None:
                self.policy.optimizer.param_groups[-1]["lr"] = self._critic_schedule(self._current_progress_remaining)
            for _ in range(self.gradient_steps + (0 if self._n_updates else self.actor_delay)):
                self._train(self._replay.sample(self.batch_size, self.rng))
        return True

    def _train(self, episodes: Episodes) -> None:
        """One gradient step on replayed episodes."""
        losses = self._losses(episodes)
        loss = self.critic_coef * losses.critic
        acting = self._n_updates >= self.actor_delay
        if acting:
            loss = loss + losses.actor - self._ent_coef * losses.entropy + self._kl_coef * losses.kl
        self._guard.check("train/loss", loss)
        self.policy.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = self._descend(self.max_grad_norm)
        self._target.follow(self.critic, self.critic.trunk or self.policy.trunk, self.tau)
        kl = float(losses.kl.detach()) * float(episodes.valid.sum()) / len(episodes)
        self._record(
            {
                "critic_loss": losses.critic.detach(), "actor_loss": losses.actor.detach(),
                "entropy": losses.entropy.detach(), "q_mean": losses.q_mean, "target_mean": losses.target_mean,
                "advantage_scale": losses.scale, "replay_tokens": self._replay.tokens, "grad_norm": norm,
                "ent_coef": self._ent_coef, **({"kl": kl, "kl_coef": self._kl_coef} if self._start is not None else {}),
            }
        )  # fmt: skip
        if acting:
            self._adapt(float(losses.entropy.detach()), kl)

    def _adapt(self, entropy: float, kl: float) -> None:
        """The coefficients take a step towards their targets."""
        if self.target_entropy is not None:
            if self._entropy_aim is None:
                self._entropy_aim = entropy if isinstance(self.target_entropy, str) else self.target_entropy
            self._ent_coef *= math.exp(self.ent_coef_rate * (self._entropy_aim - entropy))
        if self.kl_target is not None:
            self._kl_coef = adapt_kl_coef(self._kl_coef, kl, self.kl_target)

    def _losses(self, episodes: Episodes) -> Losses:
        (part,) = episodes.passes(self.device)
        policy, batch = self.policy, part.batch
        actions = batch.tokens[batch.valid].long().unsqueeze(1)
        reading = reading_of(batch, policy.tokens.pad)
        states = policy.trunk.read(reading)
        allowed = combine(policy.allowed, batch.masks, policy.tokens.size)
        logits = policy.trunk.head()(states)
        distribution = TokenDistribution(warp(logits, policy.sampling, allowed, history=policy.history(batch)))
        with torch.no_grad():
            probs = distribution.log_probs.exp()
            ahead = self._target(reading, probs).amin(dim=0)
            targets = self._targets(episodes, part, self._state_values(ahead, distribution, allowed))
        q = self.critic(reading, probs, states)
        taken = q.gather(2, actions.expand(len(q), -1, -1)).squeeze(2)  # (heads, m)
        critic_loss = (taken - targets).square().mean(dim=1).sum()
        actor_loss, scale = self._actor_loss(distribution, q.detach().amin(dim=0))
        entropy = distribution.entropy().mean()
        kl = self._divergence(logits, reading, batch, allowed)
        return Losses(critic_loss, actor_loss, entropy, kl, taken.detach().mean(), targets.mean(), scale)

    def _divergence(self, logits: Tensor, reading: Reading, batch: SequenceBatch, allowed: Tensor | None) -> Tensor:
        """Mean KL(pi || pi_start) of the next token, without top-k and top-p, whose sets need not be the same."""
        if self._start is None:
            return logits.new_zeros(())
        sampling = replace(self.policy.sampling, top_k=0, top_p=1.0)
        with torch.no_grad():
            begun = self._start.head()(self._start.read(reading))
        pi, start = (
            TokenDistribution(warp(part, sampling, allowed, history=self.policy.history(batch))).log_probs
            for part in (logits, begun)
        )
        return (pi.exp() * (pi - start)).sum(dim=1).mean()

    def _state_values(self, q: Tensor, distribution: TokenDistribution, allowed: Tensor | None) -> Tensor:
        """V' (m,) of Q' (m, V)."""
        if self.target == "max":
            return (q if allowed is None else q.masked_fill(~allowed, -torch.inf)).amax(dim=1)
        log_probs = distribution.log_probs.detach()
        worth = q - self._ent_coef * log_probs if self.target == "soft" else q
        return (log_probs.exp() * worth).sum(dim=1)

    def _targets(self, episodes: Episodes, part: Pass, values: Tensor) -> Tensor:
        """y (m,) from the values V' (m,) of the states before each action."""
        rewards = torch.as_tensor(episodes.rewards, device=self.device)
        table = torch.zeros_like(rewards)
        table[part.rows, part.steps] = values.to(table.dtype)
        found = backed_up(rewards, table, self.gamma, self.q_lambda)
        return found[part.rows, part.steps]

    def _actor_loss(self, distribution: TokenDistribution, q: Tensor) -> tuple[Tensor, Tensor]:
        """-E_{a ~ pi}[A log pi] in one of its two forms, and the scale that A (m, V) was divided by."""
        log_probs = distribution.log_probs
        probs = log_probs.exp()
        advantages = q - (probs.detach() * q).sum(dim=1, keepdim=True)
        scale = (probs.detach() * advantages.square()).sum(dim=1).mean().sqrt()
        if self.normalize_advantage:
            advantages, q = advantages / (scale + 1e-6), q / (scale + 1e-6)
        weights = advantages if self.signal == "advantage" else q
        if self.actor == "expected":
            return -(probs * weights).sum(dim=1).mean(), scale
        drawn = distribution.sample().unsqueeze(1)
        return -(weights.gather(1, drawn) * log_probs.gather(1, drawn)).mean(), scale

    # --- saving -------------------------------------------------------------------------------------------------

    def _more_state(self) -> dict[str, Any]:
        return {"ent_coef": self._ent_coef, "entropy_aim": self._entropy_aim, "kl_coef": self._kl_coef}

    def _set_more_state(self, state: Mapping[str, Any]) -> None:
        self._ent_coef, self._entropy_aim = state["ent_coef"], state["entropy_aim"]
        self._kl_coef = state["kl_coef"]

    def extra_tensors(self) -> dict[str, Tensor]:
        """The critic, the target network, the start policy and the replay."""
        found = {f"replay.{name}": tensor for name, tensor in self._replay.to_tensors().items()}
        for prefix, module in (("critic", self.critic), ("target", self._target), ("start", self._start)):
            if module is not None:
                found.update({f"{prefix}.{name}": tensor for name, tensor in module.state_dict().items()})
        return found

    def set_extra_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take them back."""
        start = _under("start", tensors)
        if start:
            self._start = self._frozen(self.policy.trunk)
            self._start.load_state_dict(start)
        for prefix, module in (("critic", self.critic), ("target", self._target)):
            module.load_state_dict(_under(prefix, tensors))
        self._replay.from_tensors(_under("replay", tensors))


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    start = prefix + "."
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}


def _check_target_entropy(target: float | str | None, ent_coef: float) -> None:
    if target is None:
        return
    fits = target == "start" if isinstance(target, str) else target > 0
    if not (fits and ent_coef > 0):
        raise ValueError(
            f"target_entropy: got {target!r}, allowed are 'start' and numbers above 0, with ent_coef above 0"
        )
