"""The algorithms by name, as data; a new algorithm is one file and one row here.

Reading the table imports none of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any

from agents.algorithms.config import AlgorithmConfig
from textgym.errors import unknown


@dataclass(frozen=True, slots=True)
class AlgorithmRow:
    """An algorithm.

    Attributes:
        name: what `--algo` takes.
        place: "module:Class" of the algorithm, with Stable-Baselines3's `learn` and `predict`.
        settings: "module:Class" of its `AlgorithmConfig`; "" for a class that comes without one.
        summary: one line.
    """

    name: str
    place: str
    settings: str
    summary: str

    @property
    def class_name(self) -> str:
        """The algorithm's name in a saved file."""
        return self.place.rpartition(":")[2]

    def load(self) -> Any:
        """The class."""
        return _load(self.place)

    def config(self) -> type[AlgorithmConfig]:
        """Its settings' class; without one, the fields of `AlgorithmConfig` that its constructor knows."""
        if self.settings:
            found: type[AlgorithmConfig] = _load(self.settings)
            return found
        return _config_of(self.load())


_ROWS = (
    AlgorithmRow(
        "a2c", "stable_baselines3:A2C", "agents.algorithms.sb3:A2CConfig",
        "advantage actor-critic, Stable-Baselines3's, unmodified",
    ),
    AlgorithmRow(
        "ppo", "stable_baselines3:PPO", "agents.algorithms.sb3:PPOConfig",
        "proximal policy optimisation, Stable-Baselines3's, unmodified",
    ),
    AlgorithmRow(
        "trpo", "agents.algorithms.contrib:TRPO", "agents.algorithms.contrib:TRPOConfig",
        "trust region policy optimisation, sb3-contrib's",
    ),
    AlgorithmRow(
        "maskable_ppo", "sb3_contrib:MaskablePPO", "agents.algorithms.contrib:MaskablePPOConfig",
        "PPO that asks the environment for masks, sb3-contrib's, unmodified",
    ),
    AlgorithmRow(
        "recurrent_ppo", "sb3_contrib:RecurrentPPO", "agents.algorithms.features:RecurrentPPOConfig",
        "PPO with an LSTM of its own, sb3-contrib's, unmodified",
    ),
    AlgorithmRow(
        "dqn", "stable_baselines3:DQN", "agents.algorithms.features:DQNConfig",
        "deep Q-learning, Stable-Baselines3's, unmodified",
    ),
    AlgorithmRow(
        "qr_dqn", "sb3_contrib:QRDQN", "agents.algorithms.features:QRDQNConfig",
        "Q-learning of the distribution of returns by quantiles, sb3-contrib's, unmodified",
    ),
    AlgorithmRow(
        "reinforce", "agents.algorithms.reinforce:REINFORCE", "agents.algorithms.reinforce:ReinforceConfig",
        "Monte Carlo policy gradient with a choice of baselines",
    ),
    AlgorithmRow(
        "grpo", "agents.algorithms.grpo:GRPO", "agents.algorithms.grpo:GRPOConfig",
        "group relative policy optimisation: samples of one example are each other's baseline",
    ),
    AlgorithmRow(
        "nlpo", "agents.algorithms.nlpo:NLPO", "agents.algorithms.nlpo:NLPOConfig",
        "PPO within the top-p of a policy that lags behind",
    ),
    AlgorithmRow(
        "q_actor_critic", "agents.algorithms.q_actor_critic:QActorCritic",
        "agents.algorithms.q_actor_critic:QActorCriticConfig", "off-policy actor-critic with a replay of texts",
    ),
    AlgorithmRow(
        "mixer", "agents.algorithms.mixer:MIXER", "agents.algorithms.mixer:MIXERConfig",
        "annealing from cross-entropy to reward, position by position",
    ),
    AlgorithmRow(
        "dagger", "agents.algorithms.dagger:DAgger", "agents.algorithms.dagger:DAggerConfig",
        "imitation of a dynamic oracle on the policy's own prefixes",
    ),
    AlgorithmRow(
        "bc", "agents.algorithms.behavior_cloning:BehaviorCloning",
        "agents.algorithms.behavior_cloning:CloningConfig",
        "behaviour cloning: maximum likelihood on the references, no RL",
    ),
)  # fmt: skip

ALGORITHMS: Mapping[str, AlgorithmRow] = {row.name: row for row in _ROWS}


def find_algorithm(name: str) -> AlgorithmRow:
    """The row of a name, or one for a class of the user's: "package.module:Class" or "path/to/file.py:Class".

    Raises:
        ValueError: there is no such name, module, file or class.
    """
    if name in ALGORITHMS:
        return ALGORITHMS[name]
    if ":" not in name:
        raise unknown("--algo", name, [*ALGORITHMS, "package.module:Class", "file.py:Class"])
    cls = _load(name)
    if not (callable(getattr(cls, "learn", None)) and callable(getattr(cls, "predict", None))):
        raise ValueError(f"--algo: got {name!r}, allowed is a class with the methods learn and predict")
    summary = (inspect.getdoc(cls) or "").partition("\n")[0]
    return AlgorithmRow(name, name, "", summary)


def _load(place: str) -> Any:
    source, _, attribute = place.rpartition(":")
    module = _module(source)
    if not hasattr(module, attribute):
        raise unknown(f"--algo {source}", attribute, [name for name in vars(module) if not name.startswith("_")])
    return getattr(module, attribute)


def _module(source: str) -> Any:
    if source.endswith(".py"):
        path = Path(source).resolve()
        if not path.is_file():
            raise ValueError(f"--algo: got the file {source!r}, which does not exist")
        name = f"textgym_user_{path.stem}"
        if getattr(sys.modules.get(name), "__file__", None) == str(path):
            return sys.modules[name]
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ValueError(f"--algo: got the file {source!r}, which Python cannot import")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(source)
    except ImportError as error:
        raise ValueError(f"--algo: {source!r} cannot be imported: {error}") from error


def _config_of(cls: Any) -> type[AlgorithmConfig]:
    own = getattr(cls, "Config", None)
    if isinstance(own, type) and issubclass(own, AlgorithmConfig):
        return own
    known: set[str] = set()
    for part in inspect.getmro(cls):  # as far up as constructors pass their keyword arguments on
        parameters = inspect.signature(part).parameters if "__init__" in vars(part) else {}
        known.update(parameters)
        if parameters and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            break
    config = make_dataclass(f"{cls.__name__}Config", [], bases=(AlgorithmConfig,), frozen=True)
    fields = ("learning_rate", "n_steps", "gamma", "max_grad_norm")
    names = [name for name in fields if name in known]

    def kwargs(self: Any) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}

    config.kwargs = kwargs  # type: ignore[attr-defined]
    return config
