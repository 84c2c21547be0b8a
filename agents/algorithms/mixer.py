"""MIXER: from cross-entropy to reward, position by position.

Ranzato et al. (2016), "Sequence level training with recurrent neural networks", section 3.2.2 and algorithm 1. A text
begins with the reference's tokens, trained by cross-entropy, and ends with tokens of the policy's own, trained by
REINFORCE. The policy's part is nothing at first and grows by `delta` tokens a stage, from the end towards the start.

Implementation details:

1. The paper counts back from the end of sequences of one fixed length; here from the end of each reference: in stage k
   the first max(0, len - k delta) tokens are given, the end token counts as one.
2. A stage lasts as long as any other. The first `xent_share` of the training has stage 0, the last
   `reinforce_share` the last stage, in which no token is given.
3. The loss is (sum over given tokens of -log pi + sum over sampled ones of -A log pi) / number of tokens: that of
   REINFORCE with an advantage of 1 for what is given.
4. The paper's baseline is a linear regressor on the hidden state: here `baseline="value"`; the others are
   those of REINFORCE, without `self_critical`, whose greedy text would have no given part.
5. With several references each episode takes one at random. Tokens of a reference that an agent may not choose
   end the given part.
6. With `kl_coef` the tokens that were sampled pay for leaving the start policy, those given do not.

Logged, beside what `agents.algorithms.reinforce` explains: `train/stage` k; `train/given` share of tokens given;
`train/nll` nats a given token; `train/policy_loss`, `train/log_prob_gap` and `train/kl` are of the sampled ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.episodes import Episodes, Observation, Pass
from agents.algorithms.estimators import policy_gradient_loss
from agents.algorithms.references import References
from agents.algorithms.reinforce import REINFORCE
from textgym.errors import check_choice, check_int


@dataclass(frozen=True, slots=True)
class MIXERConfig(AlgorithmConfig):
    """Of `MIXER` in a run, after the warm start."""

    delta: int = 4
    xent_share: float = 0.0
    reinforce_share: float = 0.3
    baseline: str = "value"
    kl_coef: float = 0.0


class MIXER(REINFORCE):
    """Annealing from cross-entropy to reward; see the module for details and metrics.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`.
        delta: tokens by which the policy's part grows a stage.
        xent_share, reinforce_share: shares of the training at its two ends, together below 1.
        baseline: "none", "mean", "value" or "leave_one_out".
        **settings: of `REINFORCE`.
    """

    joins_processes: ClassVar[bool] = False

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 3e-4,
        *,
        delta: int = 2,
        xent_share: float = 0.2,
        reinforce_share: float = 0.3,
        baseline: str = "value",
        **settings: Any,
    ) -> None:
        check_choice("baseline", baseline, ("none", "mean", "value", "leave_one_out"))
        if min(xent_share, reinforce_share) < 0 or xent_share + reinforce_share >= 1:
            raise ValueError(
                f"xent_share, reinforce_share: got {xent_share}, {reinforce_share}, allowed are two numbers of at "
                "least 0 that add up to less than 1"
            )
        self.delta = check_int("delta", delta, 1)
        self.xent_share, self.reinforce_share = xent_share, reinforce_share
        self._given: list[NDArray[np.bool_]] = []
        super().__init__(policy, env, learning_rate, baseline=baseline, **settings)

    @property
    def stage(self) -> int:
        """k, from the progress of the training."""
        length: int = self.observation_space["generated"].shape[0]  # type: ignore[index]
        stages = math.ceil(length / self.delta)
        done = 1.0 - self._current_progress_remaining
        if done < self.xent_share:
            return 0
        span = 1.0 - self.xent_share - self.reinforce_share
        return min(stages, 1 + int((done - self.xent_share) / span * stages))

    def _sample(self, callback: BaseCallback, examples: list[int], seed: int) -> Episodes | None:
        references = [self._reference(example) for example in examples]
        counts = np.array([self._count(reference) for reference in references])
        taken: list[NDArray[np.bool_]] = []

        def choose(obs: Observation, actions: NDArray[Any], active: NDArray[np.bool_]) -> NDArray[Any]:
            step = len(taken)
            given = active & (counts > step)
            taken.append(given)
            actions = actions.copy()
            for row in np.flatnonzero(given).tolist():
                actions[row] = references[row][step]
            return actions

        episodes = self._play(callback, examples, seed, choose=choose)
        self._given.append(np.stack(taken, axis=1))
        return episodes

    def _reference(self, example: int) -> NDArray[np.int32]:
        pairs = References(self.env.get_attr("mdp")[0], 0, 1).pairs(example)
        if not pairs:
            raise ValueError("env: its corpus has an example without a reference, which MIXER cannot begin with")
        return pairs[int(self.rng.integers(len(pairs)))].tokens

    def _count(self, reference: NDArray[np.int32]) -> int:
        """How many tokens of a reference are given."""
        forbidden = np.flatnonzero(~self.env.get_attr("mdp")[0].codec.allowed[reference])
        usable = int(forbidden[0]) if len(forbidden) else len(reference)
        return min(usable, max(0, len(reference) - self.stage * self.delta))

    def _train(self, episodes: Episodes, greedy: Episodes | None = None) -> None:
        """One gradient step on `episodes`, of which the tokens of the last rounds' given parts are to be imitated."""
        width = episodes.valid.shape[1]
        given = np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in self._given])
        self._given = []
        self._mask = torch.as_tensor(given & episodes.valid, device=self.device)
        super()._train(episodes)

    def _log_ratio(self, episodes: Episodes, passes: list[Pass]) -> Tensor:
        return super()._log_ratio(episodes, passes) * ~self._mask

    def _accumulate(
        self, episodes: Episodes, passes: list[Pass], advantages: Tensor, returns: Tensor
    ) -> tuple[dict[str, float], Tensor]:
        return super()._accumulate(episodes, passes, advantages.masked_fill(self._mask, 1.0), returns)

    def _watched(self, episodes: Episodes, advantages: Tensor, scored: Tensor) -> dict[str, float]:
        given, total = self._mask, int(episodes.valid.sum())
        sampled = torch.as_tensor(episodes.log_probs, device=self.device)
        count = int(given.sum())
        return {
            "policy_loss": float(policy_gradient_loss(scored, advantages.masked_fill(given, 0.0), total)),
            "nll": -float((scored * given).sum()) / max(count, 1),
            "log_prob_gap": float((scored - sampled).masked_fill(given, 0.0).abs().max()),
            "given": count / total,
            "stage": self.stage,
        }
