"""`register_env`: an environment of one's own, made from a registered one."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

import envs_registry
from envs_registry.catalogue import ENTRY_POINT
from textgym.errors import unknown


def register_env(env_id: str, base: str | None = None, **kwargs: Any) -> None:
    """Register a variant of a token environment under an id of its own.

    Args:
        env_id: the new id, e.g. "PoliteSummarize-v0".
        base: the id whose arguments it inherits; without one, `task` must be among `kwargs`.
        **kwargs: arguments that differ: `reward={"rouge": 1.0, "politeness": 0.2}`, `difficulty="hard"`.

    Raises:
        ValueError: the id is taken, the base is unknown, or neither a base nor a task is given.
    """
    if base is None:
        if "task" not in kwargs:
            raise ValueError("base: got None and no task; allowed is a registered id, e.g. 'TokenSummarize-v0'")
        inherited: dict[str, Any] = {}
    else:
        ours = [name for name, spec in gym.registry.items() if spec.entry_point == ENTRY_POINT]
        if base not in ours:
            raise unknown("base", base, ours)
        inherited = gym.registry[base].kwargs
    envs_registry.register(env_id, **{**inherited, **kwargs})
