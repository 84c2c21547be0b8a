"""From the word of `--algo` to an object with `learn` and `predict`.

The word is a name of `agents.algorithms.catalogue`, `package.module:Class` or `path/to/file.py:Class`.

How a class is constructed:

* a subclass of Stable-Baselines3's `BaseAlgorithm`: `Class(policy, env, seed=..., device="cpu", policy_kwargs=...)`,
  policy and rollout buffer as `agents.algorithms.fitting` says: mostly `TransformerPolicy`, `{"model": ...}` and
  `SequenceRolloutBuffer`;
* any other class: `Class(env, seed=...)`.

`env` is a Stable-Baselines3 `VecEnv` of token environments. Then `learn(total_timesteps)` is called, once, and
`predict(observation, deterministic=True)` whenever the texts are scored, also while `learn` runs. On tasks that start
from maximum likelihood, an agent whose `policy` is a `TransformerPolicy` of the suite's model begins with those
weights; an agent with a method `warm_start(policy)` is given that policy; any other begins from nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.algorithms.catalogue import ALGORITHMS, find_algorithm
from agents.benchmark.suites import BenchTask


def absolute(name: str) -> str:
    """The name with the path of its file made absolute, so that it means the same in every process."""
    module, sign, attribute = name.rpartition(":")
    return f"{Path(module).expanduser().resolve()}:{attribute}" if sign and module.endswith(".py") else name


def label_of(name: str) -> str:
    """A short name for tables and folders: the catalogue's, or the class's."""
    return name.rpartition(":")[2]


def construct(name: str, task: BenchTask, env: Any, seed: int, settings: Mapping[str, Any]) -> Any:
    """The agent, as the module says; a name of the catalogue that the suite has no settings for takes its defaults."""
    from stable_baselines3.common.base_class import BaseAlgorithm

    row = find_algorithm(name)
    found = row.load()
    if not (isinstance(found, type) and issubclass(found, BaseAlgorithm)):
        return found(env, seed=seed, **settings)
    from agents.algorithms.fitting import fitted

    own = row.config()().kwargs() if name in ALGORITHMS and name not in task.settings else {}
    policy, kwargs = fitted(found, {**own, **settings}, {"model": task.model})
    return found(policy, env, seed=seed, device="cpu", **kwargs)


def group_size(settings: Mapping[str, Any]) -> int:
    """Consecutive rows of the environment that work on one example."""
    return int(settings.get("samples_per_example", 1))
