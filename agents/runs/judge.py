"""`textgym evaluate`: any saved model, or a yardstick, on any data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agents.evaluation import Evaluation, evaluate
from agents.runs.folder import RunFolder
from agents.runs.models import read_model
from agents.runs.scoring import numbers, signatures
from agents.runs.settings import read_settings
from agents.saving import load
from agents.scripted import CopyPolicy, LeadPolicy, OraclePolicy, RandomPolicy
from agents.vec_env import make_vec_env
from textgym.errors import unknown

YARDSTICKS: Mapping[str, Callable[[], Any]] = {
    "random": RandomPolicy, "oracle": OraclePolicy, "copy": CopyPolicy, "lead": LeadPolicy,
}  # fmt: skip


def find_model(target: str, env: str | None, env_kwargs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A model and the environment it is to be evaluated on.

    Args:
        target: the folder of a run, a folder with a transformer, a file of `agents.save`, or a yardstick's name.
        env: an id; None takes the run's.
        env_kwargs: arguments of the environment; they go before the run's.

    Raises:
        ValueError: there is no such model, or the environment does not fit it.
    """
    path = Path(target)
    if target in YARDSTICKS and not path.exists():
        return YARDSTICKS[target](), _arguments(env, env_kwargs)
    if not path.exists():
        error = unknown("model", target, YARDSTICKS)
        raise ValueError(f"{error}; or the folder of a run or of a transformer, or a .zip of agents.save()")
    if path.is_file():
        return load(path), _arguments(env, env_kwargs)
    if (path / "settings.json").is_file():
        folder = RunFolder(path)
        settings = read_settings(folder)
        own = settings.env_kwargs if env in (None, settings.env) else {}
        tokenizer = {"tokenizer": str(folder.tokenizer)}
        arguments = _arguments(env or settings.env, {**own, **tokenizer, **env_kwargs})
        return _policy(folder.find_model(), arguments, settings.algo)
    if not (path / "config.json").is_file():
        raise ValueError(
            f"model: {path} is neither the folder of a run (settings.json) nor a transformer (config.json)"
        )
    return _policy(path, _arguments(env, {"tokenizer": str(path), **env_kwargs}))


def judge(
    model: Any,
    arguments: Mapping[str, Any],
    split: str,
    n_examples: int | None,
    deterministic: bool,
    seed: int,
    search: str | None = None,
) -> tuple[Evaluation, dict[str, Any]]:
    """Evaluate; also the same as evaluation.json has it, under the name of the decoding or of the `search`."""
    found = evaluate(model, arguments, split=split, n_examples=n_examples, deterministic=deterministic, seed=seed)
    decoding = search or ("greedy" if deterministic else "sampled")
    scores = {"split": split, "n_examples": len(found.rows), decoding: numbers(found), "signatures": signatures(found)}
    return found, scores


def _arguments(env: str | None, env_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    if env is None:
        raise ValueError("--env: got none, and the model does not say; allowed is an id of `textgym list`")
    return {"id": env, **env_kwargs}


def _policy(path: Path, arguments: dict[str, Any], algo: str | None = None) -> tuple[Any, dict[str, Any]]:
    kwargs = {name: value for name, value in arguments.items() if name != "id"}
    venv = make_vec_env(arguments["id"], n_envs=1, **kwargs)
    spaces = venv.observation_space, venv.action_space
    arguments["tokenizer"] = venv.get_attr("tokenizer")[0]
    venv.close()
    return read_model(path, *spaces, algo), arguments
