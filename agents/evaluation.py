"""Evaluation: every example of a split exactly once, scored by the official libraries."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import torch

import textgym  # noqa: F401  # registers the ids
from agents.scripted import OraclePolicy, RandomPolicy, Starts
from textgym.errors import check_int
from textgym.metrics import corpus_metrics, list_metrics
from textgym.vector import TokenVectorEnv


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One example and what became of it.

    Attributes:
        index, example_id: its place in the split, and its id.
        source, references, hypothesis: texts.
        tokens, rewards: what was emitted and paid, step by step.
        metrics: the task's metrics of this text, official scale.
        finish_reason: "eos" or "length".
    """

    index: int
    example_id: str
    source: str
    references: tuple[str, ...]
    hypothesis: str
    tokens: tuple[int, ...]
    rewards: tuple[float, ...]
    metrics: Mapping[str, float]
    finish_reason: str | None

    @property
    def total(self) -> float:
        """The return, undiscounted."""
        return math.fsum(self.rewards)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model on a split.

    Attributes:
        rows: one for each example, in the order of the split.
        mean_return, return_std: over the rows.
        random_return, oracle_return: of `RandomPolicy` and `OraclePolicy` on the same examples; NaN if not measured.
        normalized_return: (mean - random) / (oracle - random): 0 is random, 1 is writing the reference.
        metrics: corpus scores of the official libraries, official scale (corpus BLEU is no mean of sentence BLEUs);
            the mean over rows for metrics that have no official corpus form.
        signatures: how a metric was computed (sacrebleu's signature strings, say), by its name.
        mean_length: in tokens, the end token included.
        finished: share of texts that ended with the end token.
        distinct_1, distinct_2: distinct words and word pairs over all of them (Li et al. 2016).
        copy_rate: share of word triples that occur in the source.
    """

    rows: tuple[EvaluationRow, ...]
    mean_return: float
    return_std: float
    random_return: float
    oracle_return: float
    normalized_return: float
    metrics: Mapping[str, float]
    signatures: Mapping[str, str]
    mean_length: float
    finished: float
    distinct_1: float
    distinct_2: float
    copy_rate: float

    def summary(self) -> dict[str, float]:
        """The numbers without the rows, flat, ready for a table or JSON."""
        skipped = ("rows", "metrics", "signatures")
        numbers = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in skipped}
        return {**numbers, **self.metrics}


def evaluate(
    model: Any,
    env: str | Mapping[str, Any],
    *,
    split: str = "test",
    n_examples: int | None = None,
    deterministic: bool = True,
    n_envs: int = 64,
    seed: int = 0,
    anchors: tuple[float, float] | None = None,
) -> Evaluation:
    """Let `model` write a text for each example of a split, once.

    Args:
        model: anything with Stable-Baselines3's `predict` (`action_masks` are passed to it if it takes them).
        env: an id, or `{"id": ..., **arguments of gym.make}`.
        split: "train", "validation" or "test".
        n_examples: the first so many; None: all.
        deterministic: greedy if True, else sampled.
        n_envs: texts written side by side; sampled texts depend on it.
        seed: of sampling and of the random policy. The program's own random numbers are left alone.
        anchors: (random, oracle) returns, if known; None measures them, which costs two more runs without a network.
    """
    settings = {"id": env} if isinstance(env, str) else dict(env)
    env_id = settings.pop("id")
    settings["split"] = split
    settings.pop("autoreset_mode", None)
    vector = gym.make_vec(env_id, num_envs=1, **settings)
    corpus = _mdp(vector).corpus
    vector.close()
    size = len(corpus) if n_examples is None else check_int("n_examples", n_examples, 1, len(corpus))
    width = min(check_int("n_envs", n_envs, 1), size)
    vector = gym.make_vec(env_id, num_envs=width, autoreset_mode="Disabled", **settings)
    try:
        with _own_randomness(seed):
            rows = run(model, vector, range(size), deterministic, seed)
        if anchors is None:
            anchors = _anchors(vector, size, seed)
        return summarize(rows, vector, anchors)
    finally:
        vector.close()


def run(
    model: Any, vector: Any, indices: Sequence[int], deterministic: bool = True, seed: int = 0
) -> tuple[EvaluationRow, ...]:
    """An episode on each example of `indices`, in a native vector env with disabled autoreset; rows in that order."""
    mdp, width = _mdp(vector), vector.num_envs
    waiting = iter(indices)
    played: list[int | None] = [next(waiting, None) for _ in range(width)]
    found: dict[int, EvaluationRow] = {}
    masked = "action_masks" in inspect.signature(model.predict).parameters
    obs, _ = vector.reset(seed=seed, options={"example": [index or 0 for index in played]})
    _announce(model, mdp, range(width), played)
    tokens: list[list[int]] = [[] for _ in range(width)]
    rewards: list[list[float]] = [[] for _ in range(width)]
    state, starts = None, np.ones(width, dtype=bool)
    while any(index is not None for index in played):
        extra = {"action_masks": np.stack(vector.unwrapped.action_masks())} if masked else {}
        actions, state = model.predict(obs, state=state, episode_start=starts, deterministic=deterministic, **extra)
        obs, paid, terminated, truncated, infos = vector.step(np.asarray(actions).reshape(width))
        starts = terminated | truncated
        for row, (action, reward) in enumerate(zip(np.asarray(actions).tolist(), paid.tolist(), strict=True)):
            tokens[row].append(action)
            rewards[row].append(reward)
        ended = np.flatnonzero(starts).tolist()
        if not ended:
            continue
        for row in ended:
            index = played[row]
            if index is not None:
                found[index] = _row(mdp, index, tokens[row], rewards[row], infos, row)
            played[row] = next(waiting, None)
            tokens[row], rewards[row] = [], []
        obs, _ = vector.reset(options={"reset_mask": starts, "example": [index or 0 for index in played]})
        _announce(model, mdp, ended, played)
    return tuple(found[index] for index in indices)


def _announce(model: Any, mdp: Any, rows: Sequence[int], played: Sequence[int | None]) -> None:
    if isinstance(model, Starts):
        model.start(mdp, list(rows), [played[row] or 0 for row in rows])


def _row(
    mdp: Any, index: int, tokens: list[int], rewards: list[float], infos: Mapping[str, Any], row: int
) -> EvaluationRow:
    example = mdp.corpus[index]
    metrics = infos.get("metrics", {})
    return EvaluationRow(
        index=index,
        example_id=example.id,
        source=example.source,
        references=tuple(example.references),
        hypothesis=infos["text"][row],
        tokens=tuple(tokens),
        rewards=tuple(rewards),
        metrics={name: float(values[row]) for name, values in metrics.items() if not name.startswith("_")},
        finish_reason=infos["finish_reason"][row],
    )


def _anchors(vector: Any, size: int, seed: int) -> tuple[float, float]:
    """Mean returns of random tokens and of the references, on the first `size` examples."""
    rows = run(RandomPolicy(seed), vector, range(size), seed=seed)
    random = math.fsum(row.total for row in rows) / len(rows)
    if not all(row.references for row in rows):
        return random, math.nan
    rows = run(OraclePolicy(), vector, range(size), seed=seed)
    return random, math.fsum(row.total for row in rows) / len(rows)


def summarize(rows: Sequence[EvaluationRow], vector: Any, anchors: tuple[float, float]) -> Evaluation:
    """Rows as an `Evaluation`."""
    mdp = _mdp(vector)
    returns = np.array([row.total for row in rows])
    random, oracle = anchors
    span = oracle - random
    scores, signatures, style = _scores(rows, (*mdp.metric_names, *mdp.task.corpus_metrics))
    return Evaluation(
        rows=tuple(rows),
        mean_return=float(returns.mean()),
        return_std=float(returns.std()),
        random_return=random,
        oracle_return=oracle,
        normalized_return=(float(returns.mean()) - random) / span if span else math.nan,
        metrics=scores,
        signatures=signatures,
        mean_length=float(np.mean([len(row.tokens) for row in rows])),
        finished=float(np.mean([row.finish_reason == "eos" for row in rows])),
        distinct_1=style["distinct1"],
        distinct_2=style["distinct2"],
        copy_rate=style["copy_rate"],
    )


def _scores(
    rows: Sequence[EvaluationRow], names: Sequence[str]
) -> tuple[dict[str, float], Mapping[str, str], Mapping[str, float]]:
    """Corpus scores, their signatures, and what describes the texts themselves."""
    texts, sources = [row.hypothesis for row in rows], [row.source for row in rows]
    references = [row.references or ("",) for row in rows]
    official = [name for name in names if name in list_metrics() and all(row.references for row in rows)]
    found = corpus_metrics(official, texts, references, sources)
    means = {name: float(np.mean([row.metrics[name] for row in rows])) for name in names if name in rows[0].metrics}
    style = corpus_metrics(("distinct1", "distinct2", "copy_rate"), texts, references, sources)
    return {**means, **found.values}, found.signatures, style.values


def _mdp(vector: Any) -> Any:
    env = vector.unwrapped
    if not isinstance(env, TokenVectorEnv):
        raise ValueError(f"env: got {type(env).__name__}, allowed is the id of a token environment")
    return env.mdp


@contextlib.contextmanager
def _own_randomness(seed: int) -> Iterator[None]:
    """Torch's generators seeded inside, and as they were outside."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
