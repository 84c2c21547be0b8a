"""What the searches share: they plan a whole text, and say it token by token."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from agents.policies.base import TokenPolicy
from agents.policies.tokens import IMAGE_KEY, OBSERVATION_KEYS
from textgym.env import TokenEnv
from textgym.mdp import TokenMDP

Observation = Mapping[str, NDArray[Any]]


class Planner(ABC):
    """A search with Stable-Baselines3's `predict`.

    A text is planned when an observation does not continue the last plan of its row; until then `predict` says the
    plan's next token. Searches that look at rewards must know which example a row works on, which no observation
    tells: `agents.evaluate` calls `start` for that, and in its absence the row is refused.

    Args:
        model: an algorithm with a `TokenPolicy`, or the policy.
        env: a single environment for the search alone (`gym.make`), like the one that is played.

    Raises:
        ValueError: there is no such policy, or no token environment, or one of several turns.
    """

    def __init__(self, model: Any, env: Any) -> None:
        policy = getattr(model, "policy", model)
        if not isinstance(policy, TokenPolicy):
            raise ValueError(
                f"model: got {type(model).__name__}; allowed is a model with a TransformerPolicy or an LSTMPolicy"
            )
        self.env = getattr(env, "unwrapped", env)
        if not isinstance(self.env, TokenEnv):
            raise ValueError(f"env: got {type(env).__name__}; allowed is a token environment of gym.make")
        if self.env.mdp.task.max_turns > 1:
            raise ValueError(f"env: got {self.env.mdp.task.name!r}, of several turns; allowed are tasks of one text")
        self.policy = policy
        self.eos = int(self.env.mdp.codec.eos_id)
        self._plans: dict[int, tuple[Observation, list[int]]] = {}
        self._examples: dict[int, int] = {}

    @abstractmethod
    def plan(self, observation: Observation, example: int | None, deterministic: bool) -> list[int]:
        """The tokens from here to the end of the text, for one observation without a batch dimension.

        Args:
            observation: where the text stands.
            example: its number in the corpus of `env`, where it is known.
            deterministic: as in `predict`.
        """

    def start(self, mdp: TokenMDP, rows: Sequence[int], indices: Sequence[int]) -> None:
        """Rows `rows` start episodes on the examples `indices`."""
        for row, index in zip(rows, indices, strict=True):
            self._examples[row] = index
            self._plans.pop(row, None)

    def predict(
        self, observation: Observation, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[NDArray[np.int64], None]:
        """The next token of each row (n,), or of the one observation ()."""
        batched = np.ndim(observation["source"]) == 2
        keys = [key for key in (*OBSERVATION_KEYS, IMAGE_KEY) if key in observation]
        rows = len(observation["source"]) if batched else 1
        self.policy.set_training_mode(False)
        tokens = []
        for row in range(rows):
            one = {key: np.asarray(observation[key][row] if batched else observation[key]) for key in keys}
            tokens.append(self._next(row, one, deterministic))
        return np.array(tokens if batched else tokens[0], dtype=np.int64), None

    def _next(self, row: int, observation: Observation, deterministic: bool) -> int:
        said = observation["generated"][: int(observation["step"][0])].tolist()
        first, text = self._plans.get(row, ({}, []))
        fits = len(text) > len(said) and text[: len(said)] == said
        if not (fits and all(np.array_equal(observation[key], first[key]) for key in ("source", *_images(first)))):
            with torch.no_grad():
                text = said + self.plan(observation, self._examples.get(row), deterministic)
            self._plans[row] = ({key: part.copy() for key, part in observation.items()}, text)
        return int(text[len(said)])

    def at(self, observation: Observation, example: int | None) -> float:
        """Brings `env` to where an observation stands; the return so far.

        Raises:
            ValueError: the example is not known, or another one.
        """
        if example is None:
            raise ValueError(f"{type(self).__name__}: call start(mdp, rows, indices) first, rewards need the examples")
        found, _ = self.env.reset(options={"example": example})
        if not np.array_equal(found["source"], observation["source"]):
            raise ValueError(f"env: its example {example} is another than the one observed; allowed is the same corpus")
        return sum(float(self.env.step(token)[1]) for token in observation["generated"][: int(observation["step"][0])])

    def tensors(self, observation: Observation, texts: NDArray[np.int32], step: int) -> dict[str, torch.Tensor]:
        """Observations of texts (n, T) that all stand at `step`."""
        count = len(texts)
        arrays = {key: np.repeat(observation[key][None], count, axis=0) for key in ("source", *_images(observation))}
        arrays |= {"generated": texts, "step": np.full((count, 1), step, dtype=np.int32)}
        return {key: torch.as_tensor(part, device=self.policy.device) for key, part in arrays.items()}


def _images(observation: Observation) -> tuple[str, ...]:
    return (IMAGE_KEY,) if IMAGE_KEY in observation else ()
