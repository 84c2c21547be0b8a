"""DAgger: imitation of an oracle on the states that the policy itself gets into.

Ross, Gordon and Bagnell (2011), "A reduction of imitation learning and structured prediction to no-regret online
learning", algorithm 3.1. Behaviour cloning learns only what follows a *right* prefix. DAgger lets the policy write,
asks the oracle what it should have said after each of its prefixes, and trains on all that was ever asked.

Implementation details:

1. The oracle is `agents.algorithms.oracle.EditOracle`: the tokens with which the edit distance to the reference can
   still become least.
2. After a wrong turn several tokens are as good. What is learned then is the one of them that the policy finds
   likeliest, as in Goldberg and Nivre (2012), "A dynamic oracle for arc-eager dependency parsing". Any other rule, say
   the place in the text, asks for words that make no sentence with those before them.
3. Each token is the oracle's with probability beta_i and the policy's otherwise; beta_0 = 1 and beta_i = beta ** i
   (section 3.1), i counting rounds.
4. The data set keeps the last `buffer_size` tokens; each round is followed by `gradient_steps` minibatches of
   `batch_size` texts from it, drawn uniformly.
5. The loss is the mean of -log pi(oracle's token | prefix) over the tokens of a minibatch.
6. Tokens that an agent may not choose are no targets. With several references each episode takes one at random.

Logged: `train/nll` nats an oracle's token, `train/agreement` share of sampled tokens that were among the oracle's,
`train/beta`, `train/distance` mean edit distance of the last round's texts, `train/dataset_tokens`,
`train/entropy`, `train/grad_norm` before clipping, `train/learning_rate`, `train/n_updates`; `rollout/ep_rew_mean`,
`rollout/ep_len_mean`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from agents.algorithms.base import TokenAlgorithm
from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.episodes import Episodes, Observation
from agents.algorithms.oracle import EditOracle
from agents.algorithms.references import References
from agents.policies.sequences import SequenceBatch
from textgym.errors import check_int


@dataclass(frozen=True, slots=True)
class DAggerConfig(AlgorithmConfig):
    """Of `DAgger` in a run, after the warm start.

    The policy's own texts come slowly (`beta`): what the oracle says after them is worth less than a reference, and
    with small steps or too many of them the policy unlearns what it knows. Chosen on validation data.
    """

    learning_rate: float = 1e-3
    batch_size: int = 64
    gradient_steps: int = 2
    beta: float = 0.95

    def kwargs(self) -> dict[str, Any]:
        """The constructor's keyword arguments; it plays whole episodes and knows neither `n_steps` nor `gamma`."""
        return {name: value for name, value in asdict(self).items() if name not in ("n_steps", "gamma")}


class Labelled(NamedTuple):
    """A text that was written, and what the oracle would have said before each of its tokens."""

    source: NDArray[np.int32]  # (S,)
    tokens: NDArray[np.int32]  # (l,)
    labels: NDArray[np.int32]  # (l,)


class DAgger(TokenAlgorithm):
    """Dataset aggregation with an edit-distance oracle; see the module for details and metrics.

    Args:
        policy, env, learning_rate: see `TokenAlgorithm`; the environment has one turn an episode.
        beta: from 0 to 1, how fast the oracle leaves the writing to the policy.
        batch_size: texts a minibatch.
        gradient_steps: minibatches after each round of one episode a row.
        buffer_size: tokens remembered.
        max_grad_norm: gradients are clipped to this norm; None: not.
        **settings: `policy_kwargs`, `stats_window_size`, `tensorboard_log`, `verbose`, `seed`, `device`.
    """

    def __init__(
        self,
        policy: type[BasePolicy],
        env: VecEnv | str | None,
        learning_rate: float | Schedule = 1e-3,
        *,
        beta: float = 0.5,
        batch_size: int = 64,
        gradient_steps: int = 4,
        buffer_size: int = 500_000,
        max_grad_norm: float | None = 1.0,
        **settings: Any,
    ) -> None:
        if not 0.0 <= beta <= 1.0:
            raise ValueError(f"beta: got {beta}, allowed is a number from 0 to 1")
        self.beta, self.max_grad_norm = beta, max_grad_norm
        self.batch_size = check_int("batch_size", batch_size, 1)
        self.gradient_steps = check_int("gradient_steps", gradient_steps, 1)
        self.buffer_size = check_int("buffer_size", buffer_size, 1)
        self._texts: deque[Labelled] = deque()
        self._tokens = self._round = 0
        super().__init__(policy, env, learning_rate, **settings)

    def _setup_model(self) -> None:
        super()._setup_model()
        if self.env is not None and self.env.get_attr("mdp")[0].task.max_turns > 1:
            raise ValueError("env: got one with several turns an episode, allowed for DAgger is one with a single turn")

    def _iterate(self, callback: BaseCallback) -> bool:
        callback.on_rollout_start()
        found = self._collect(callback)
        if found is None:
            return False
        callback.on_rollout_end()
        self._round += 1
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        for _ in range(self.gradient_steps):
            chosen = self.rng.integers(len(self._texts), size=self.batch_size)
            found.update(self._step([self._texts[int(i)] for i in chosen]))
        self._record({**found, "dataset_tokens": self._tokens})
        return True

    def _collect(self, callback: BaseCallback) -> dict[str, float | Tensor] | None:
        """A round of episodes for the data set; what is logged of it, or None if the callback ended the training."""
        mdp = self.env.get_attr("mdp")[0]
        examples = self.rng.integers(len(mdp.corpus), size=self.env.num_envs).tolist()
        oracles = [EditOracle(self._reference(mdp, example)) for example in examples]
        good: list[list[NDArray[np.int64]]] = [[] for _ in oracles]
        beta, agreed = self.beta**self._round, []

        def choose(obs: Observation, actions: NDArray[Any], active: NDArray[np.bool_]) -> NDArray[Any]:
            guided = self.rng.random(len(actions)) < beta
            actions = actions.copy()
            for row in np.flatnonzero(active).tolist():
                tokens, token = oracles[row].tokens, oracles[row].token
                good[row].append(tokens)
                agreed.append(int(actions[row]) in tokens)
                if guided[row] and mdp.codec.allowed[token]:
                    actions[row] = token
                oracles[row].push(int(actions[row]))
            return actions

        episodes = self._play(callback, examples, int(self.rng.integers(1 << 31)), choose=choose)
        if episodes is None:
            return None
        labels = self._preferred(episodes, good)
        for part in episodes.segments:
            tokens = episodes.tokens[part.row, : part.stop]
            self._remember(Labelled(part.source, tokens.copy(), labels[part.row, : part.stop]))
        distance = float(np.mean([oracle.distance for oracle in oracles]))
        return {"beta": beta, "agreement": float(np.mean(agreed)), "distance": distance}

    def _preferred(self, episodes: Episodes, good: list[list[NDArray[np.int64]]]) -> NDArray[np.int32]:
        """Of the oracle's tokens at each step those that the policy finds likeliest (n, L)."""
        labels = np.zeros(episodes.valid.shape, dtype=np.int32)
        with torch.no_grad():
            for part in episodes.passes(self.device, sequences=16):
                places = list(zip(part.rows.tolist(), part.steps.tolist(), strict=True))
                tokens = [torch.from_numpy(good[row][step]) for row, step in places]
                choices = pad_sequence(tokens, batch_first=True, padding_value=-1).to(self.device)
                log_probs = self.policy.get_distribution(part.batch).log_probs.gather(1, choices.clamp(min=0))
                best = log_probs.masked_fill(choices < 0, -torch.inf).argmax(dim=1, keepdim=True)
                labels[part.rows.cpu(), part.steps.cpu()] = choices.gather(1, best).squeeze(1).cpu()
        return labels

    def _reference(self, mdp: Any, example: int) -> NDArray[np.int32]:
        pairs = References(mdp, 0, 1).pairs(example)
        if not pairs:
            raise ValueError("env: its corpus has an example without a reference, of which no oracle can be made")
        return pairs[int(self.rng.integers(len(pairs)))].tokens

    def _remember(self, text: Labelled) -> None:
        self._texts.append(text)
        self._tokens += len(text.tokens)
        while self._tokens > self.buffer_size and len(self._texts) > 1:
            self._tokens -= len(self._texts.popleft().tokens)

    def _step(self, texts: list[Labelled]) -> dict[str, float | Tensor]:
        """One gradient step."""
        allowed = self.env.get_attr("mdp")[0].codec.allowed
        shape = (len(texts), max(len(text.tokens) for text in texts))
        tokens, labels = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int64)
        valid = np.zeros(shape, dtype=bool)
        for row, text in enumerate(texts):
            size = len(text.tokens)
            tokens[row, :size], labels[row, :size] = text.tokens, text.labels
            valid[row, :size] = allowed[text.labels]
        source = torch.from_numpy(np.stack([text.source for text in texts])).to(self.device)
        batch = SequenceBatch(source, torch.from_numpy(tokens).to(self.device), torch.from_numpy(valid).to(self.device))
        _, log_prob, entropy = self.policy.evaluate_actions(
            batch, torch.from_numpy(labels).to(self.device)[batch.valid]
        )
        loss = -log_prob.mean()
        self._guard.check("train/loss", loss)
        self.policy.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = self._descend(self.max_grad_norm)
        return {"nll": loss.detach(), "entropy": entropy.detach().mean(), "grad_norm": norm}

    # --- saving -------------------------------------------------------------------------------------------------

    def _more_state(self) -> dict[str, Any]:
        return {"round": self._round}

    def _set_more_state(self, state: Mapping[str, Any]) -> None:
        self._round = state["round"]

    def extra_tensors(self) -> dict[str, Tensor]:
        """The data set."""
        if not self._texts:
            return {}
        arrays = {name: [getattr(text, name) for text in self._texts] for name in Labelled._fields}
        found = {name: torch.from_numpy(np.concatenate(parts)) for name, parts in arrays.items()}
        return {**found, "lengths": torch.tensor([len(text.tokens) for text in self._texts])}

    def set_extra_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take back the data set."""
        self._texts.clear()
        self._tokens = 0
        if not tensors:
            return
        lengths = tensors["lengths"].tolist()
        sources = tensors["source"].numpy().reshape(len(lengths), -1)
        ends = np.cumsum(lengths)[:-1]
        tokens, labels = (np.split(tensors[name].numpy(), ends) for name in ("tokens", "labels"))
        for text in zip(sources, tokens, labels, strict=True):
            self._remember(Labelled(*text))
