"""Models on disk: weights as safetensors, everything else as JSON. Loading runs no code from the file.

A saved model is a zip file with

* `settings.json`: names of the algorithm and the policy, their constructor arguments, the spaces, counters and
  random states;
* `policy.safetensors`, `optimizer.safetensors`, `random.safetensors`, `extra.safetensors`: tensors.

Names are looked up in fixed tables (or in the classes given to `load`), never imported from what a file says.
"""

from __future__ import annotations

import inspect
import json
import os
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import check_for_correct_spaces
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from agents.algorithms import sb3
from agents.algorithms.base import TokenAlgorithm
from agents.algorithms.catalogue import ALGORITHMS
from agents.algorithms.fitting import own_policy
from agents.coding import decode, encode
from agents.policies.base import TokenPolicy
from textgym.errors import unknown

FORMAT = 1
_SKIPPED = ("self", "policy", "env", "validation_env", "device", "settings", "_init_setup_model")
_COUNTERS = ("num_timesteps", "_n_updates", "_episode_num", "_total_timesteps", "_current_progress_remaining")


def known_algorithm(name: str) -> type[BaseAlgorithm]:
    """The class that a file names, of those in the catalogue."""
    places = {row.class_name: row for row in ALGORITHMS.values()}
    found: type[BaseAlgorithm] = _find("algorithm", name, places).load()
    return found


def known_policies() -> dict[str, type[TokenPolicy]]:
    """The policies that a file may name."""
    import agents

    return {name: getattr(agents, name) for name in ("TransformerPolicy", "LSTMPolicy") if hasattr(agents, name)}


def save(model: BaseAlgorithm, path: str | Path) -> Path:
    """Write `model` to `path`, all or nothing.

    Args:
        model: an algorithm of the catalogue, with a policy of this package, or with its own where it brings one
            (`agents.algorithms.fitting`).
        path: ".zip" is added where there is no suffix; missing directories are made.

    Returns:
        Where it was written.

    Raises:
        ValueError: the policy is another, or its arguments cannot be written.
    """
    path = Path(path)
    path = path if path.suffix else path.with_suffix(".zip")
    policy = model.policy
    optimizer_settings, optimizer_tensors = _flatten_optimizer(policy.optimizer)
    state = model.get_training_state() if isinstance(model, TokenAlgorithm) else sb3.get_training_state(model)
    settings = {
        "format": FORMAT,
        "algorithm": type(model).__name__,
        "policy": _policy_name(model),
        "arguments": encode(_arguments(model)),
        "policy_kwargs": _policy_kwargs(model),
        "observation_space": encode(model.observation_space),
        "action_space": encode(model.action_space),
        "n_envs": model.n_envs,
        "counters": {name: getattr(model, name) for name in _COUNTERS},
        "state": {name: value for name, value in state.items() if name != "torch"},
        "optimizer": optimizer_settings,
    }
    tensors = {
        "policy": policy.state_dict(),
        "optimizer": optimizer_tensors,
        "random": state["torch"],
        "extra": model.extra_tensors() if isinstance(model, TokenAlgorithm) else {},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("settings.json", json.dumps(settings, indent=1))
            for name, group in tensors.items():
                archive.writestr(f"{name}.safetensors", _to_bytes(group))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def load(
    path: str | Path,
    env: VecEnv | None = None,
    *,
    device: torch.device | str = "auto",
    algorithms: Mapping[str, type[BaseAlgorithm]] | None = None,
    policies: Mapping[str, type[TokenPolicy]] | None = None,
    random_state: bool = False,
    **settings: Any,
) -> Any:
    """The model that `save` wrote.

    Args:
        path: as given to `save`.
        env: an environment to go on training in; None is enough to predict.
        device: where its tensors go.
        algorithms, policies: classes of one's own by name, beside those of the package.
        random_state: with Stable-Baselines3's own algorithms, which draw from the generators of the whole program, set
            those and `env` to where they stood, so that training goes on as if it had never stopped. The algorithms
            of this package do so anyway, with generators of their own.
        **settings: constructor arguments that are to differ from the saved ones, and those that could not be saved
            (a learning rate that is a function).

    Raises:
        ValueError: there is no such file, it is no saved model, it names an unknown class, or the environment's
            spaces are not those the model was made for.
    """
    saved, tensors = _read(Path(path))
    env = None if env is None else BaseAlgorithm._wrap_env(env, verbose=0)  # as it was when the spaces were saved
    name = saved["algorithm"]
    algorithm = (algorithms or {}).get(name) or known_algorithm(name)
    table: Mapping[str, Any] = {**known_policies(), **(policies or {})}
    own = own_policy(algorithm)
    policy = own if own is not None and own == saved["policy"] else _find("policy", saved["policy"], table)
    model = _build(saved, algorithm, policy, env, device, settings)
    model.policy.load_state_dict(tensors["policy"])
    model.policy.optimizer.load_state_dict(_unflatten_optimizer(saved["optimizer"], tensors["optimizer"]))
    for name, value in saved["counters"].items():
        setattr(model, name, value)
    if saved["state"] is None:  # a file from before Stable-Baselines3's states were kept
        return model
    state = {**saved["state"], "torch": tensors["random"]}
    if isinstance(model, TokenAlgorithm):
        model.set_extra_tensors(tensors["extra"])
        model.set_training_state(state)
    elif random_state:
        sb3.set_training_state(model, state)
    return model


def _find(field: str, name: str, table: Mapping[str, Any]) -> Any:
    if name not in table:
        raise unknown(field, name, table)
    return table[name]


def _build(
    saved: Mapping[str, Any],
    algorithm: type[BaseAlgorithm],
    policy: type[TokenPolicy] | str,
    env: VecEnv | None,
    device: torch.device | str,
    settings: Mapping[str, Any],
) -> BaseAlgorithm:
    """The model as its constructor makes it, with fresh weights."""
    arguments = {**decode(saved["arguments"]), **settings}
    lost = sorted(set(saved["arguments"]) - set(arguments))
    if lost:
        warnings.warn(
            f"{', '.join(lost)}: could not be saved; the default is used, or what is given to load()", stacklevel=3
        )
    arguments.setdefault("policy_kwargs", decode(saved["policy_kwargs"]))
    model = algorithm(policy, env, device=device, _init_setup_model=False, **arguments)  # type: ignore[call-arg]
    spaces = decode(saved["observation_space"]), decode(saved["action_space"])
    if env is None:
        model.observation_space, model.action_space = spaces
        model.n_envs = saved["n_envs"]
    else:
        check_for_correct_spaces(env, *spaces)
    seed, model.seed = model.seed, None  # Stable-Baselines3 would seed the generators of the whole program
    with torch.random.fork_rng(devices=[]):
        model._setup_model()
    model.seed = seed
    return model


def _arguments(model: BaseAlgorithm) -> dict[str, Any]:
    """The constructor's arguments, as far as the object keeps them under their names."""
    names: dict[str, None] = {}
    for cls in type(model).__mro__:
        if "__init__" in vars(cls) and cls is not BaseAlgorithm and issubclass(cls, BaseAlgorithm):
            parameters = inspect.signature(cls.__init__).parameters
            names.update(dict.fromkeys(parameters))
            if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
                break
    names.pop("policy_kwargs", None)
    return {name: getattr(model, name) for name in names if name not in _SKIPPED and hasattr(model, name)}


def _policy_name(model: BaseAlgorithm) -> str:
    """The policy in a file: a class of this package, or the name under which an algorithm brings it."""
    own = own_policy(type(model))
    if isinstance(model.policy, TokenPolicy):
        return type(model.policy).__name__
    if own is None or type(model.policy) is not model.policy_aliases[own]:
        allowed = own or "TransformerPolicy or an LSTMPolicy"
        raise ValueError(f"model: its policy is a {type(model.policy).__name__}, allowed is a {allowed}")
    return own


def _policy_kwargs(model: BaseAlgorithm) -> dict[str, Any]:
    """The policy's arguments as JSON, with its network's configuration in place of a name, a path or an object."""
    kwargs = dict(model.policy_kwargs)
    if not isinstance(model.policy, TokenPolicy):
        encoded: dict[str, Any] = encode(kwargs)
        lost = sorted(name for name in encoded if "$unsaved" in json.dumps(encoded[name]))
        if lost:
            raise ValueError(f"policy_kwargs: got {kwargs[lost[0]]!r} for {lost[0]}, allowed is what JSON can hold")
        return encoded
    trunk: Any = model.policy.trunk
    config = getattr(getattr(trunk, "model", None), "config", None)
    if config is not None:
        kwargs["model"] = config
        kwargs["prompt"] = model.policy.prompt
        kwargs["image_encoder"] = None
    if trunk.vision is not None:
        kwargs["image_encoder"] = trunk.vision.encoder.config
    encoded = encode(kwargs)
    return encoded


def _flatten_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """An optimizer's state as JSON and as tensors named "index/name"."""
    state = optimizer.state_dict()
    tensors: dict[str, Tensor] = {}
    scalars: dict[str, Any] = {}
    for index, entries in state["state"].items():
        for name, value in entries.items():
            target: dict[str, Any] = tensors if isinstance(value, Tensor) else scalars
            target[f"{index}/{name}"] = value
    return {"groups": encode(state["param_groups"]), "scalars": scalars}, tensors


def _unflatten_optimizer(saved: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {}
    for key, value in {**saved["scalars"], **tensors}.items():
        index, name = key.split("/")
        state.setdefault(int(index), {})[name] = value
    return {"state": state, "param_groups": decode(saved["groups"])}


def _to_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    # Clones: tied weights share memory, which the format does not know.
    content: bytes = tensors_to_bytes(
        {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    )
    return content


def _read(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Tensor]]]:
    if not path.exists() and not path.suffix:
        path = path.with_suffix(".zip")
    if not path.is_file():
        raise ValueError(f"path: got {str(path)!r}, which does not exist; allowed is a file that save() wrote")
    try:
        with zipfile.ZipFile(path) as archive:
            settings = json.loads(archive.read("settings.json"))
            names = ("policy", "optimizer", "random", "extra")
            tensors = {name: tensors_from_bytes(archive.read(f"{name}.safetensors")) for name in names}
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"path: got {str(path)!r}, which is no model that agents.save() wrote ({error})") from None
    if settings.get("format") != FORMAT:
        raise ValueError(f"path: {str(path)!r} has format {settings.get('format')!r}, allowed is {FORMAT}")
    return settings, tensors
