"""The environments of a run: training, validation, and what its tokenizer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym
from gymnasium.vector import VectorEnv

from agents.runs.settings import RunSettings
from agents.vec_env import TokenVecEnv, make_vec_env

WARM_ROWS = 1  # behaviour cloning plays no episodes; its environment only lends corpus and tokenizer


class Environments:
    """The environments of a run, all with one tokenizer, that of the training split.

    Args:
        settings: of the run.
        tokenizer: a folder with the tokenizer of a run that is resumed.

    Raises:
        ValueError: data set, tokenizer, reward or limits are wrong.
    """

    def __init__(self, settings: RunSettings, tokenizer: str | None = None) -> None:
        recipe = settings.recipe
        kwargs = dict(settings.env_kwargs)
        if tokenizer is not None:
            kwargs["tokenizer"] = tokenizer
        group = {} if (n := getattr(settings.algorithm, "samples_per_example", 1)) == 1 else {"samples_per_example": n}
        self.train: TokenVecEnv = make_vec_env(
            settings.env, n_envs=recipe.n_envs, seed=settings.seed, split="train", **group, **kwargs
        )
        self.tokenizer = self.train.get_attr("tokenizer")[0]
        self.arguments: Mapping[str, Any] = {"id": settings.env, **kwargs, "tokenizer": self.tokenizer}
        self.warm_validation: TokenVecEnv = self._vec(settings, "validation", WARM_ROWS)
        self.validation_examples = min(recipe.validation_examples, self._size(self.warm_validation))
        test = self._vec(settings, "test", WARM_ROWS)
        self.test_examples = min(recipe.test_examples or self._size(test), self._size(test))
        test.close()
        self.sizes = {
            "train": self._size(self.train), "validation": self._size(self.warm_validation), "test": self._size(test),
        }  # fmt: skip

    @property
    def mdp(self) -> Any:
        """The `TokenMDP` of the training split."""
        return self.train.get_attr("mdp")[0]

    def validation(self) -> VectorEnv[Any, Any, Any]:
        """A native vector environment on the validation split, for `agents.evaluation.run`."""
        kwargs = {k: v for k, v in self.arguments.items() if k != "id"}
        rows = min(64, self.validation_examples)
        env_id = self.arguments["id"]
        return gym.make_vec(env_id, num_envs=rows, split="validation", autoreset_mode="Disabled", **kwargs)

    def _vec(self, settings: RunSettings, split: str, rows: int) -> TokenVecEnv:
        kwargs = {k: v for k, v in self.arguments.items() if k != "id"}
        return make_vec_env(settings.env, n_envs=rows, seed=settings.seed, split=split, **kwargs)

    @staticmethod
    def _size(venv: TokenVecEnv) -> int:
        return len(venv.get_attr("mdp")[0].corpus)
