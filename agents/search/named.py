"""The searches by name, as `textgym evaluate --decode` knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym

import textgym  # noqa: F401  # registers the ids
from agents.search.beam import BeamSearch
from agents.search.best_of_n import BestOfN
from agents.search.mcts import TreeSearch
from agents.search.planner import Planner
from textgym.errors import check_choice

SEARCHES: Mapping[str, type[Planner]] = {"best-of-n": BestOfN, "beam": BeamSearch, "mcts": TreeSearch}


def make_search(name: str, model: Any, env: Mapping[str, Any], **settings: Any) -> Planner:
    """A search over `model`.

    Args:
        name: "best-of-n", "beam" or "mcts".
        model: see `Planner`.
        env: ``{"id": ..., **arguments of gym.make}``, the split included.
        **settings: arguments of the search.

    Raises:
        ValueError: there is no search of that name.
    """
    check_choice("decode", name, tuple(SEARCHES))
    return SEARCHES[name](model, gym.make(**env), **settings)
