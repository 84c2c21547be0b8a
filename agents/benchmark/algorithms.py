"""From the word of `--algo` to an object with `learn` and `predict`.

* a name of the catalogue: `a2c`, `ppo`, `reinforce`;
* `package.module:Class`, importable from where the command runs;
* `path/to/file.py:Class`.

How a class is constructed:

* a subclass of Stable-Baselines3's `BaseAlgorithm`: `Class(TransformerPolicy, env, seed=..., device="cpu",
  policy_kwargs={"model": ...})`, an `OnPolicyAlgorithm` with `rollout_buffer_class=SequenceRolloutBuffer`;
* any other class: `Class(env, seed=...)`.

`env` is a Stable-Baselines3 `VecEnv` of token environments. Then `learn(total_timesteps)` is called, once, and
`predict(observation, deterministic=True)` whenever the texts are scored, also while `learn` runs. On tasks that start
from maximum likelihood, an agent whose `policy` is a `TransformerPolicy` of the suite's model begins with those
weights; an agent with a method `warm_start(policy)` is given that policy; any other begins from nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.benchmark.suites import CLONING, BenchTask
from textgym.errors import unknown

CATALOGUE: Mapping[str, str] = {
    "a2c": "stable_baselines3:A2C",
    "ppo": "stable_baselines3:PPO",
    "reinforce": "agents:REINFORCE",
    CLONING: "agents:BehaviorCloning",
}


def place_of(name: str) -> str:
    """ "module:Class" of a catalogue name; the one place that knows the catalogue."""
    if name not in CATALOGUE:
        raise unknown("--algo", name, [*CATALOGUE, "package.module:Class", "file.py:Class"])
    return CATALOGUE[name]


def find_class(name: str) -> type[Any]:
    """The class of an algorithm.

    Raises:
        ValueError: it cannot be found, or lacks `learn` or `predict`.
    """
    place = name if ":" in name else place_of(name)
    module, _, attribute = place.rpartition(":")
    loaded = _load_file(Path(module)) if module.endswith(".py") else _load_module(module)
    found = getattr(loaded, attribute, None)
    if not inspect.isclass(found):
        names = [key for key, value in vars(loaded).items() if inspect.isclass(value)]
        raise unknown(f"--algo {name}", attribute, names)
    for method in ("learn", "predict"):
        if not callable(getattr(found, method, None)):
            raise ValueError(f"--algo {name}: {attribute} has no method {method!r}, allowed is one with learn, predict")
    return found


def absolute(name: str) -> str:
    """The name with the path of its file made absolute, so that it means the same in every process."""
    module, sign, attribute = name.rpartition(":")
    return f"{Path(module).expanduser().resolve()}:{attribute}" if sign and module.endswith(".py") else name


def label_of(name: str) -> str:
    """A short name for tables and folders: the catalogue's, or the class's."""
    return name.rpartition(":")[2]


def construct(name: str, task: BenchTask, env: Any, seed: int, settings: Mapping[str, Any]) -> Any:
    """The agent, as the module says."""
    from stable_baselines3.common.base_class import BaseAlgorithm
    from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

    found = find_class(name)
    if not issubclass(found, BaseAlgorithm):
        return found(env, seed=seed, **settings)
    from agents import SequenceRolloutBuffer, TransformerPolicy

    common: dict[str, Any] = {"seed": seed, "device": "cpu", "policy_kwargs": {"model": task.model}}
    if issubclass(found, OnPolicyAlgorithm):
        common["rollout_buffer_class"] = SequenceRolloutBuffer
    return found(TransformerPolicy, env, **common, **settings)


def group_size(settings: Mapping[str, Any]) -> int:
    """Consecutive rows of the environment that work on one example."""
    return int(settings.get("samples_per_example", 1))


def _load_module(module: str) -> Any:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"--algo: {module!r} cannot be imported: {error}") from error


def _load_file(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"--algo: got {str(path)!r}, allowed is a file that exists, as file.py:Class")
    name = f"textgym_algo_{path.stem}_{abs(hash(str(path.resolve())))}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"--algo: got {str(path)!r}, allowed is a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs, as dataclasses and pickles look it up
    spec.loader.exec_module(module)
    return module
