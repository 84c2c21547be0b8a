"""The model/ of a run: a policy on disk and back.

A token policy is written as plain `transformers` reads it. The network that an algorithm brings along (DQN's, say) is
`model.zip`, a file of `agents.save`, in its place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy

from agents.algorithms.catalogue import find_algorithm
from agents.policies.transformer import SETTINGS_FILE, TransformerPolicy
from agents.saving import load, save

OWN_FILE = "model.zip"


def write_model(learner: BaseAlgorithm, path: Path, tokenizer: Any) -> None:
    """Write the learner's policy into a folder, the tokenizer beside it."""
    if isinstance(learner.policy, TransformerPolicy):
        learner.policy.save_pretrained(path, tokenizer)
        return
    save(learner, path / OWN_FILE)
    tokenizer.save_pretrained(str(path))


def read_model(
    path: Path, observation_space: spaces.Space[Any], action_space: spaces.Space[Any], algo: str | None = None
) -> BasePolicy:
    """The policy in a folder that `write_model` or plain `transformers` wrote.

    Args:
        path: the folder.
        observation_space, action_space: of the environment it is for.
        algo: the algorithm that wrote it, where it is not of the catalogue.
    """
    if (path / OWN_FILE).is_file():
        rows = [] if algo is None else [find_algorithm(algo)]
        found: BasePolicy = load(path / OWN_FILE, algorithms={row.class_name: row.load() for row in rows}).policy
        return found
    if (path / SETTINGS_FILE).is_file():
        return TransformerPolicy.from_pretrained(path, observation_space, action_space)
    return TransformerPolicy(observation_space, action_space, lambda _: 0.0, model=str(path))
