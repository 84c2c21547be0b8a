"""Behaviour cloning: maximum likelihood on the reference texts, the warm start of reinforcement learning.

The loss is the mean over tokens of -log pi(y_t | x, y_<t), end token included (Pomerleau 1991, "Efficient training of
artificial neural networks for autonomous navigation"; for text: teacher forcing, Williams and Zipser 1989).

Implementation details:

1. The log-probabilities are those of the policy's `evaluate_actions`, the ones that reinforcement learning scores:
   temperature and masks included.
2. Batches hold texts of like length: examples are shuffled, sorted within chunks of 16 batches, and the batches
   shuffled again.
3. The mean is over the tokens of a batch, so that each token counts the same, in long texts and in short ones.
4. Label smoothing (Szegedy et al. 2016, section 7; Vaswani et al. 2017, 5.4): (1 - e) of the loss above plus e times
   the cross-entropy to the uniform distribution over the allowed tokens.
5. Scheduled sampling (Bengio et al. 2015, "Scheduled sampling for sequence prediction with recurrent neural
   networks") in two passes (Mihaylova and Martins 2019, "Scheduled sampling for transformers"): the first, without
   gradient, draws the policy's own token at every place; the second scores the reference given a text in which each
   token is the policy's with probability `scheduled_sampling`. The end token never stands in for another.
6. Weight decay is decoupled from the gradient (AdamW; Loshchilov and Hutter 2019).
7. Early stopping: every `validate_every` updates the held-out loss is taken (without smoothing and sampling); after
   `patience` times without a new best, training ends. The best weights are the ones that stay.

Logged: `train/loss` what was minimised, `train/nll` nats a reference token (they differ with label smoothing),
`train/perplexity` exp(nll), `train/accuracy` share of reference tokens with probability above one half,
`train/entropy` mean entropy of the next token in nats, `train/scheduled_sampling` its probability, `train/epoch`
passes over the data begun, `train/grad_norm` before clipping, `train/learning_rate`, `train/n_updates`;
`validation/loss` nats a held-out token, `validation/perplexity`, `validation/best_loss`.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.utils import FloatSchedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from agents.algorithms import parallel
from agents.algorithms.base import TokenAlgorithm
from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.references import Pair, References
from agents.policies.distribution import CHUNK_ELEMENTS, TokenDistribution, log_prob_and_entropy, warp
from agents.policies.sequences import SequenceBatch, reading_of
from textgym.errors import check_int


@dataclass(frozen=True, slots=True)
class CloningConfig(AlgorithmConfig):
    """Of a run of maximum likelihood alone: the warm start is the run, and its numbers are the recipe's."""

    reinforces: ClassVar[bool] = False


class BehaviorCloning(TokenAlgorithm):
    """Maximum likelihood on the references of an environment's corpus; see the module for details and metrics.

    `learn(total_timesteps)` counts reference tokens.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`; the environment lends its corpus and tokenizer.
        batch_size: texts an update.
        label_smoothing: e, from 0 to 1 (excluded).
        scheduled_sampling: a probability, or a function of the remaining progress (1 to 0).
        weight_decay: of AdamW.
        max_grad_norm: gradients are clipped to this norm; None: not.
        held_out: examples of the corpus kept from training, for validation; 0: none.
        validation_env: an environment on another split whose first `held_out` examples are used instead.
        validate_every: updates between validations.
        patience: validations without a new best before training ends; None: never.
        **settings: `policy_kwargs`, `stats_window_size`, `tensorboard_log`, `verbose`, `seed`, `device`.
    """

    joins_processes: ClassVar[bool] = True

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 1e-3,
        *,
        batch_size: int = 64,
        label_smoothing: float = 0.0,
        scheduled_sampling: float | Schedule = 0.0,
        weight_decay: float = 0.0,
        max_grad_norm: float | None = 1.0,
        held_out: int = 0,
        validation_env: VecEnv | None = None,
        validate_every: int = 100,
        patience: int | None = 5,
        policy_kwargs: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        if not 0.0 <= label_smoothing < 1.0:
            raise ValueError(f"label_smoothing: got {label_smoothing}, allowed is at least 0 and below 1")
        if not callable(scheduled_sampling) and not 0.0 <= scheduled_sampling <= 1.0:
            raise ValueError(f"scheduled_sampling: got {scheduled_sampling}, allowed is 0 to 1, or a schedule")
        self.batch_size = check_int("batch_size", batch_size, 1)
        self.held_out = check_int("held_out", held_out, 0)
        self.validate_every = check_int("validate_every", validate_every, 1)
        self.label_smoothing, self.scheduled_sampling = label_smoothing, scheduled_sampling
        self.weight_decay, self.max_grad_norm, self.patience = weight_decay, max_grad_norm, patience
        self.validation_env = validation_env
        policy_kwargs = dict(policy_kwargs or {})
        if weight_decay and "optimizer_class" not in policy_kwargs:
            policy_kwargs["optimizer_class"] = torch.optim.AdamW
            policy_kwargs["optimizer_kwargs"] = {"eps": 1e-5, "weight_decay": weight_decay}
        super().__init__(policy, env, learning_rate, policy_kwargs=policy_kwargs, **settings)

    def _setup_model(self) -> None:
        super()._setup_model()
        self._sampling_schedule = FloatSchedule(self.scheduled_sampling)
        sampling = self.policy.sampling
        if self.label_smoothing and (sampling.top_k or sampling.top_p < 1.0 or sampling.looks_back):
            raise ValueError(
                "label_smoothing: it needs a policy with top_k=0 and top_p=1 and without repetition limits, "
                "which rule no token out"
            )
        self._data_seed = int(self.rng.integers(1 << 31))
        self._epoch, self._batch = 0, 0
        self._best_loss, self._stale = math.inf, 0
        self._best: dict[str, Tensor] = {}
        self._feed: Iterator[tuple[Pair, ...]] | None = None

    def _begin_learning(self) -> None:
        mdp = self.env.get_attr("mdp")[0]
        kept = 0 if self.validation_env is not None else self.held_out
        self._references = References(mdp, self._data_seed, self.batch_size, kept)
        self._feed = None
        if self.validation_env is not None:
            other = References(self.validation_env.get_attr("mdp")[0], self._data_seed, self.batch_size)
            self._validation = list(other.everything(self.held_out))
        else:
            self._validation = list(self._references.validation())

    def learn(self, *args: Any, **kwargs: Any) -> BehaviorCloning:
        """See `TokenAlgorithm.learn`; the weights with the best held-out loss stay, where there is one."""
        super().learn(*args, **kwargs)
        if self._best:
            self.policy.load_state_dict(self._best)
        return self

    def _iterate(self, callback: BaseCallback) -> bool:
        pairs = self._next_batch()
        batch = self._references.batch(pairs, self.device)
        self._train(batch)
        self.num_timesteps += batch.transitions
        going_on = self._validate() if self._validation and self._n_updates % self.validate_every == 0 else True
        self._mark_boundary()  # the weights have changed: what the callback saves resumes after this update
        callback.update_locals({"self": self, "batch": batch})
        return callback.on_step() and going_on

    def _next_batch(self) -> tuple[Pair, ...]:
        for _ in range(2):
            if self._feed is None:
                processes = parallel.count()  # each reads every so many-th batch
                feed = self._references.epoch(self._epoch, skip=self._batch * processes)
                self._feed = itertools.islice(feed, parallel.rank(), None, processes)
            pairs = next(self._feed, None)
            if pairs is not None:
                self._batch += 1
                return pairs
            self._feed, self._epoch, self._batch = None, self._epoch + 1, 0
        raise ValueError("env: its corpus has no reference to imitate")

    def _train(self, batch: SequenceBatch) -> None:
        self._update_learning_rate(self.policy.optimizer)
        targets = batch.tokens[batch.valid].long()
        probability = self._sampling_schedule(self._current_progress_remaining)
        if probability > 0:
            batch = self._mixed(batch, probability)
        self.policy.set_training_mode(True)
        loss, log_prob, entropy = self._loss(batch, targets)
        self._guard.check("train/loss", loss)
        self.policy.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nll = -float(log_prob.mean())
        self._record(
            {
                "loss": loss.detach(), "nll": nll, "perplexity": math.exp(min(nll, 700.0)),
                "accuracy": (log_prob > math.log(0.5)).float().mean(), "entropy": entropy.detach().mean(),
                "scheduled_sampling": probability, "epoch": self._epoch,
                "grad_norm": self._descend(self.max_grad_norm, batch.transitions),
            }
        )  # fmt: skip

    def _loss(self, batch: SequenceBatch, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The loss, and of the targets (m,) the log-probabilities and entropies."""
        if not self.label_smoothing:
            _, log_prob, entropy = self.policy.evaluate_actions(batch, targets)
            return -log_prob.mean(), log_prob.detach(), entropy
        policy = self.policy
        states = policy.trunk.read(reading_of(batch, policy.tokens.pad))
        log_prob, entropy = log_prob_and_entropy(
            states, policy.trunk.head(), targets, sampling=policy.sampling, allowed=policy.allowed, masks=batch.masks
        )
        uniform = uniform_cross_entropy(policy, states)
        loss = (1 - self.label_smoothing) * -log_prob.mean() + self.label_smoothing * uniform.mean()
        return loss, log_prob.detach(), entropy

    def _mixed(self, batch: SequenceBatch, probability: float) -> SequenceBatch:
        """`batch` with some of its tokens replaced by what the policy would have said there."""
        self.policy.set_training_mode(False)
        size = max(1, 16 * CHUNK_ELEMENTS // (self.policy.tokens.size * batch.tokens.shape[1]))  # sequences
        drawn = []
        with torch.no_grad():
            for start in range(0, len(batch), size):
                rows = slice(start, start + size)
                part = _rows_of(batch, rows)
                if part.transitions:
                    drawn.append(self.policy.get_distribution(part).sample())
        eos = self.env.get_attr("mdp")[0].codec.eos_id
        own = batch.tokens.clone()
        own[batch.valid] = torch.cat(drawn).to(own.dtype)
        replaced = (torch.rand(own.shape, device=own.device) < probability) & batch.valid & (own != eos)
        return dataclasses.replace(batch, tokens=torch.where(replaced, own, batch.tokens))

    def _validate(self) -> bool:
        """Log the held-out loss; False once it has not improved for long enough."""
        loss = self.evaluate_loss(self._validation)
        self._guard.check("validation/loss", loss)
        if loss < self._best_loss:
            self._best_loss, self._stale = loss, 0
            self._best = {name: weight.detach().clone() for name, weight in self.policy.state_dict().items()}
        else:
            self._stale += 1
        self.logger.record("validation/loss", loss)
        self.logger.record("validation/perplexity", math.exp(min(loss, 700.0)))
        self.logger.record("validation/best_loss", self._best_loss)
        return self.patience is None or self._stale < self.patience

    def evaluate_loss(self, batches: list[tuple[Pair, ...]]) -> float:
        """Nats a reference token, without dropout, smoothing or sampling."""
        self.policy.set_training_mode(False)
        total, count = 0.0, 0
        with torch.no_grad():
            for pairs in batches:
                batch = self._references.batch(pairs, self.device)
                _, log_prob, _ = self.policy.evaluate_actions(batch, batch.tokens[batch.valid].long())
                total -= float(log_prob.double().sum())
                count += len(log_prob)
        return total / max(count, 1)

    # --- saving -------------------------------------------------------------------------------------------------

    def _more_state(self) -> dict[str, Any]:
        best = None if math.isinf(self._best_loss) else self._best_loss
        return {"data_seed": self._data_seed, "epoch": self._epoch, "batch": self._batch,
                "best_loss": best, "stale": self._stale}  # fmt: skip

    def _set_more_state(self, state: Mapping[str, Any]) -> None:
        self._data_seed, self._epoch, self._batch = state["data_seed"], state["epoch"], state["batch"]
        self._best_loss = math.inf if state["best_loss"] is None else state["best_loss"]
        self._stale = state["stale"]

    def extra_tensors(self) -> dict[str, Tensor]:
        """The weights with the best held-out loss so far."""
        return dict(self._best)

    def set_extra_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the best weights."""
        self._best = {name: tensor.to(self.device) for name, tensor in tensors.items()}


def _rows_of(batch: SequenceBatch, rows: slice) -> SequenceBatch:
    image = None if batch.image is None else batch.image[rows]
    return SequenceBatch(batch.source[rows], batch.tokens[rows], batch.valid[rows], image=image)


def uniform_cross_entropy(policy: Any, states: Tensor) -> Tensor:
    """-mean over the allowed tokens of log pi, at each of `states` (m, D): (m,); a chunk of positions at a time."""
    head, allowed = policy.trunk.head(), policy.allowed

    def score(part: Tensor) -> Tensor:
        log_probs = TokenDistribution(warp(head(part), policy.sampling, allowed)).log_probs
        return -(log_probs if allowed is None else log_probs[:, allowed]).mean(dim=1)

    size = max(1, CHUNK_ELEMENTS // policy.tokens.size)
    parts = torch.split(states, size)  # type: ignore[no-untyped-call]
    return torch.cat([checkpoint(score, part, use_reentrant=False) for part in parts])
