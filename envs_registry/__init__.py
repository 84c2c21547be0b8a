"""The catalogue of environments and its registration with Gymnasium. Imports nothing of the packages above."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from envs_registry.catalogue import CATALOGUE, ENTRY_POINT, VECTOR_ENTRY_POINT, Row

__all__ = ["CATALOGUE", "Row", "find", "register", "register_all"]


def find(env_id: str) -> Row | None:
    """The catalogue row of an id, or None for ids registered by others."""
    return next((row for row in CATALOGUE if row.id == env_id), None)


def register(env_id: str, **kwargs: Any) -> None:
    """Register `env_id` as a token environment, single and vector, with `kwargs` for its constructor.

    Raises:
        ValueError: the id is taken. Gymnasium itself would only warn, and replace it.
    """
    if env_id in gym.registry:
        raise ValueError(f"id: got {env_id!r}, which is registered already; choose another name or version")
    gym.register(env_id, entry_point=ENTRY_POINT, vector_entry_point=VECTOR_ENTRY_POINT, kwargs=kwargs)


def register_all() -> None:
    """Register every row of the catalogue, once a process."""
    for row in CATALOGUE:
        if row.id not in gym.registry:
            register(row.id, task=row.task, **row.kwargs)
