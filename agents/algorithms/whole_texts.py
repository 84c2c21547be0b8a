"""What the algorithms that learn from whole sampled texts share: rounds of episodes, and a start policy to stay near.

An update takes `n_episodes` finished episodes, of which groups of `samples_per_example` consecutive rows work on one
example. With `kl_coef` the policy as it was when `learn` first began is kept, frozen, as the start policy.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms import estimators, parallel
from agents.algorithms.base import TokenAlgorithm
from agents.algorithms.config import check_penalty
from agents.algorithms.episodes import Episodes, Pass, join
from agents.policies.base import TokenPolicy
from textgym.errors import check_int


class WholeTexts(TokenAlgorithm):
    """Plays whole episodes and trains on them; a subclass says how.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        n_episodes: episodes an update, a multiple of the environment's rows; None: one a row, or what `n_steps` says.
        n_steps: in place of `n_episodes`, tokens a row: as many whole episodes of full length as fit, at least one.
        samples_per_example: consecutive rows that work on the same example; None: the environment's.
        gamma: discount.
        ent_coef: weight of the entropy bonus.
        kl_coef: weight of the penalty on leaving the start policy; 0 does without one.
        kl_target: nats a text that `kl_coef` is adapted to; None keeps it fixed.
        max_grad_norm: gradients are clipped to this norm; None: not.
        sequences_per_pass: texts in one pass of the update, to save memory; None: all.
        **settings: `policy_kwargs`, `stats_window_size`, `tensorboard_log`, `verbose`, `seed`, `device`.
    """

    needs_group: ClassVar[bool] = False  # whether a lone sample of an example is of no use

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 3e-4,
        *,
        n_episodes: int | None = None,
        n_steps: int | None = None,
        samples_per_example: int | None = None,
        gamma: float = 1.0,
        ent_coef: float = 0.0,
        kl_coef: float = 0.0,
        kl_target: float | None = None,
        max_grad_norm: float | None = 0.5,
        sequences_per_pass: int | None = None,
        **settings: Any,
    ) -> None:
        if not 0.0 <= gamma <= 1.0:
            raise ValueError(f"gamma: got {gamma}, allowed is a number from 0 to 1")
        check_penalty(kl_coef, kl_target)
        self.gamma, self.ent_coef, self.max_grad_norm = gamma, ent_coef, max_grad_norm
        self.n_episodes, self.n_steps, self.samples_per_example = n_episodes, n_steps, samples_per_example
        self.kl_coef, self.kl_target, self.sequences_per_pass = kl_coef, kl_target, sequences_per_pass
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
            group = 4 if self.needs_group and group == 1 else group
        least = 2 if self.needs_group else 1
        if check_int("samples_per_example", group, least) and rows % group:
            raise ValueError(f"samples_per_example: got {group}, allowed is a divisor of the environment's {rows} rows")
        return episodes // rows, group

    def _begin_learning(self) -> None:
        self._rounds, self._group = self._plan()
        if self.kl_coef and self.reference is None:
            self.reference = self._frozen_copy()

    def _frozen_copy(self) -> TokenPolicy:
        found = copy.deepcopy(self.policy)
        found.set_training_mode(False)
        found.requires_grad_(False)
        return found

    def _iterate(self, callback: BaseCallback) -> bool:
        callback.on_rollout_start()
        sampled = []
        for _ in range(self._rounds):
            examples = self._draw_examples()
            episodes = self._sample(callback, examples, int(self.rng.integers(1 << 31)))
            if episodes is None:
                return False
            sampled.append(episodes)
        callback.on_rollout_end()
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        self._train(join(sampled))
        return True

    def _sample(self, callback: BaseCallback, examples: list[int], seed: int) -> Episodes | None:
        """One round of episodes; None if the callback ended the training."""
        return self._play(callback, examples, seed)

    @abstractmethod
    def _train(self, episodes: Episodes) -> None:
        """The update on the episodes of all rounds."""

    def _draw_examples(self) -> list[int]:
        size = len(self.env.get_attr("mdp")[0].corpus)
        drawn = self.rng.integers(size, size=self.env.num_envs // self._group)
        return [int(example) for example in drawn for _ in range(self._group)]

    # --- the start policy ---------------------------------------------------------------------------------------

    def _start_log_probs(self, episodes: Episodes, passes: list[Pass]) -> Tensor:
        """log pi_start of the tokens (n, L), 0 where no step was taken."""
        assert self.reference is not None
        found = torch.zeros(episodes.rewards.shape, device=self.device)
        with torch.no_grad():
            for part in passes:
                actions = part.batch.tokens[part.batch.valid].long()
                _, log_prob, _ = self.reference.evaluate_actions(part.batch, actions)
                found[part.rows, part.steps] = log_prob
        return found

    def _log_ratio(self, episodes: Episodes, passes: list[Pass]) -> Tensor:
        """log pi - log pi_start of the policy's own tokens (n, L)."""
        return torch.as_tensor(episodes.log_probs, device=self.device) - self._start_log_probs(episodes, passes)

    def _penalized(self, episodes: Episodes, passes: list[Pass]) -> tuple[Tensor, float]:
        """Rewards less the penalty (n, L), and the KL divergence from the start policy a text."""
        rewards = torch.as_tensor(episodes.rewards, device=self.device)
        if self.reference is None:
            return rewards, 0.0
        ratio = self._log_ratio(episodes, passes)
        return rewards - self._kl_coef * ratio, float(ratio.sum(dim=1).mean())

    def _kl_metrics(self, kl: float) -> dict[str, float | Tensor]:
        """What is logged of the penalty; the coefficient takes its step towards the target."""
        if self.reference is None:
            return {}
        kl = parallel.mean(kl, self.device)
        found: dict[str, float | Tensor] = {"kl": kl, "kl_coef": self._kl_coef}
        if self.kl_target is not None:
            self._kl_coef = estimators.adapt_kl_coef(self._kl_coef, kl, self.kl_target)
        return found

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
            self.reference = self._frozen_copy()
            self.reference.load_state_dict(dict(tensors))
