"""The algorithms of a run, made from its settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from agents.algorithms.behavior_cloning import BehaviorCloning
from agents.algorithms.catalogue import find_algorithm
from agents.algorithms.fitting import fitted, own_policy
from agents.policies.transformer import TransformerPolicy
from agents.runs.data import Environments
from agents.runs.settings import RunSettings
from agents.saving import load


def has_own_policy(settings: RunSettings) -> bool:
    """Whether the algorithm keeps the network that it brings along, which maximum likelihood does not train."""
    return own_policy(find_algorithm(settings.algo).load()) is not None


def make_cloning(settings: RunSettings, envs: Environments) -> BehaviorCloning:
    """The learner of the warm start."""
    recipe = settings.recipe
    return BehaviorCloning(
        TransformerPolicy,
        envs.train,
        recipe.warm_learning_rate,
        batch_size=recipe.warm_batch_size,
        label_smoothing=recipe.label_smoothing,
        scheduled_sampling=recipe.scheduled_sampling,
        weight_decay=recipe.weight_decay,
        held_out=envs.validation_examples,
        validation_env=envs.warm_validation,
        validate_every=recipe.warm_validate_every,
        patience=recipe.warm_patience or None,
        policy_kwargs=_policy_kwargs(settings),
        seed=settings.seed,
        device=settings.device,
    )


def make_learner(settings: RunSettings, envs: Environments) -> BaseAlgorithm:
    """The learner of the reinforcement phase, with fresh weights."""
    cls = find_algorithm(settings.algo).load()
    policy, kwargs = fitted(cls, _arguments(settings), _policy_kwargs(settings))
    learner: BaseAlgorithm = cls(policy, envs.train, **kwargs, seed=settings.seed, device=settings.device)
    return learner


def resume_cloning(settings: RunSettings, envs: Environments, path: Path) -> BehaviorCloning:
    """The learner of the warm start as it was saved."""
    found: BehaviorCloning = load(path, envs.train, device=settings.device, validation_env=envs.warm_validation)
    return found


def resume_learner(settings: RunSettings, envs: Environments, path: Path) -> BaseAlgorithm:
    """The learner of the reinforcement phase as it was saved, random numbers and episodes included."""
    # The settings are given anew: Stable-Baselines3's objects do not keep all that they were made with.
    row = find_algorithm(settings.algo)
    algorithms = {row.class_name: row.load()}
    arguments = {name: value for name, value in _arguments(settings).items() if name != "policy_kwargs"}
    found: BaseAlgorithm = load(
        path, envs.train, device=settings.device, algorithms=algorithms, random_state=True, **arguments
    )
    return found


def check_device(device: str) -> None:
    """Refuse a device that is not there.

    Raises:
        ValueError: naming it.
    """
    try:
        if device != "auto":
            torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(
            f"--device: got {device!r}, allowed are 'auto', 'cpu', 'cuda', 'cuda:1', ... ({reason})"
        ) from None


def learning_rate(settings: RunSettings) -> float | Callable[[float], float]:
    """A constant, or a line down to zero over the phase."""
    rate = settings.algorithm.learning_rate
    return Linear(rate) if settings.recipe.schedule == "linear" else rate


class Linear:
    """`start` times the remaining progress."""

    def __init__(self, start: float) -> None:
        self.start = start

    def __call__(self, remaining: float) -> float:
        """The rate at a remaining progress from 1 to 0."""
        return self.start * remaining


def _arguments(settings: RunSettings) -> dict[str, Any]:
    """The algorithm's, `policy_kwargs` among them."""
    kwargs = settings.algorithm.kwargs()
    policy_kwargs = {**kwargs.pop("policy_kwargs", {}), **_optimizer(settings)}
    return {**kwargs, "learning_rate": learning_rate(settings), "policy_kwargs": policy_kwargs}


def _optimizer(settings: RunSettings) -> dict[str, Any]:
    """Decoupled weight decay in RL (Loshchilov and Hutter 2019), where the recipe asks for it."""
    decay = settings.recipe.rl_weight_decay
    if not decay:
        return {}
    return {"optimizer_class": torch.optim.AdamW, "optimizer_kwargs": {"eps": 1e-5, "weight_decay": decay}}


def _policy_kwargs(settings: RunSettings) -> dict[str, Any]:
    recipe = settings.recipe
    return {
        "model": recipe.model,
        "value_network": recipe.value_network,
        "detach_value": recipe.detach_value,
        "dropout": recipe.dropout,
        "temperature": recipe.temperature,
    }
