"""Held-out scores of a policy, and the table that sets before and after side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import gymnasium as gym
from rich.table import Table

from agents.evaluation import Evaluation, EvaluationRow, evaluate
from agents.runs.data import Environments
from agents.runs.interrupt import Interruptible, Interruption
from agents.runs.log import RunLog
from agents.runs.settings import RunSettings
from agents.runs.terms import terms_of
from agents.search.named import SEARCHES
from textgym.metrics import corpus_metrics
from textgym.render import pieces

DECODINGS = ("greedy", "sampled")
EXTRA_METRICS = ("chrf", "repetition")  # shown for every task, beside its own
_LABELS = {
    "rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L", "bleu": "BLEU", "chrf": "chrF", "ter": "TER",
    "mean_return": "mean return", "normalized_return": "normalised return", "mean_length": "length (tokens)",
    "finished": "ended by itself", "distinct_1": "distinct words", "distinct_2": "distinct pairs",
    "copy_rate": "copied triples", "exact_match": "exact match", "token_f1": "token F1",
}  # fmt: skip
_HIDDEN = ("return_std", "random_return", "oracle_return")
_LAST = (
    "mean_return",
    "normalized_return",
    "mean_length",
    "finished",
    "repetition",
    "copy_rate",
    "distinct_1",
    "distinct_2",
)


class Line(NamedTuple):
    """A line of the table: a metric, and its value before and after for each decoding (None: not measured)."""

    label: str
    values: tuple[float | None, ...]


def task_score(rows: Sequence[EvaluationRow], arguments: Mapping[str, Any], split: str) -> float:
    """Mean return of texts under the task's own default reward, whatever reward they were written for.

    A model is chosen by this, so that the choice means the same for every training reward, a constant one included.

    Args:
        rows: what `agents.evaluation.run` found.
        arguments: `{"id": ..., **arguments of gym.make}` of the training reward.
        split: that `rows` are of.
    """
    if "reward" not in arguments and arguments.get("shaping_gamma", 1.0) == 1.0:
        return math.fsum(row.total for row in rows) / len(rows)
    left_out = ("id", "reward", "reward_density", "shaping_gamma")
    env = gym.make(arguments["id"], split=split, **{k: v for k, v in arguments.items() if k not in left_out})
    total = 0.0
    for row in rows:
        env.reset(seed=0, options={"example": row.index})
        total += math.fsum(float(env.step(token)[1]) for token in row.tokens)
    env.close()
    return total / len(rows)


def evaluate_policy(
    policy: Any, settings: RunSettings, envs: Environments, interruption: Interruption
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Greedy and sampled scores on the test split, and the first greedy texts for the report."""
    scores: dict[str, Any] = {"split": "test", "n_examples": envs.test_examples}
    samples: list[dict[str, Any]] = []
    anchors: tuple[float, float] | None = None
    for decoding in DECODINGS:
        found = evaluate(
            Interruptible(policy, interruption),
            envs.arguments,
            n_examples=envs.test_examples,
            deterministic=decoding == "greedy",
            seed=settings.seed,
            anchors=anchors,
        )
        anchors = found.random_return, found.oracle_return
        scores[decoding] = numbers(found)
        scores["signatures"] = signatures(found)
        if decoding == "greedy":
            test = {**envs.arguments, "split": "test"}
            samples = samples_of(found.rows[: settings.recipe.samples], test, envs.mdp)
    return scores, samples


def numbers(found: Evaluation) -> dict[str, float]:
    """All the numbers of an evaluation, flat."""
    return {**found.summary(), **_extra(found)[0]}


def signatures(found: Evaluation) -> dict[str, str]:
    """How the official metrics were computed, by name."""
    return {**found.signatures, **_extra(found)[1]}


def _extra(found: Evaluation) -> tuple[Mapping[str, float], Mapping[str, str]]:
    names = [name for name in EXTRA_METRICS if name not in found.metrics]
    if not names or not all(row.references for row in found.rows):
        return {}, {}
    scores = corpus_metrics(names, [row.hypothesis for row in found.rows], [row.references for row in found.rows])
    return scores.values, scores.signatures


def samples_of(rows: Sequence[EvaluationRow], settings: Mapping[str, Any], mdp: Any) -> list[dict[str, Any]]:
    """Texts with their sources and references, token by token with the rewards, term by term; see `terms_of`."""
    return [
        {
            "index": row.index,
            "example_id": row.example_id,
            "source": row.source,
            "references": list(row.references),
            "text": row.hypothesis,
            "tokens": list(row.tokens),
            "pieces": pieces(mdp.codec, row.tokens),
            "rewards": list(row.rewards),
            "terms": terms,
            "return": row.total,
            "metrics": dict(row.metrics),
            "finish_reason": row.finish_reason,
        }
        for row, terms in zip(rows, terms_of(rows, settings, mdp), strict=True)
    ]


_SHARED = ("index", "example_id", "source", "references")


def merge_samples(
    before: Sequence[Mapping[str, Any]], fresh: Sequence[Mapping[str, Any]], moment: str
) -> list[dict[str, Any]]:
    """Put texts of one moment beside those of the other, by example."""
    known = {entry["index"]: entry for entry in before}
    merged = []
    for entry in fresh:
        text = {name: value for name, value in entry.items() if name not in _SHARED}
        shared = {name: entry[name] for name in _SHARED}
        merged.append({**known.get(entry["index"], {}), **shared, moment: text})
    return merged


def columns_of(evaluation: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The (decoding, moment) columns that an evaluation.json fills."""
    moments = [moment for moment in ("before", "after") if moment in evaluation]
    decodings = (*DECODINGS, *SEARCHES)
    return [(decoding, moment) for decoding in decodings for moment in moments if decoding in evaluation[moment]]


def lines_of(evaluation: Mapping[str, Any]) -> list[Line]:
    """The lines of the before/after table, the task's own metrics first."""
    columns = columns_of(evaluation)
    if not columns:
        return []
    decoding, moment = columns[0]
    names = [name for name in evaluation[moment][decoding] if name not in _HIDDEN]
    ordered = [*(n for n in names if n not in _LAST), *(n for n in _LAST if n in names)]
    cells = {n: tuple(evaluation[m][d].get(n) for d, m in columns) for n in ordered}
    return [Line(_LABELS.get(name, name), values) for name, values in cells.items()]


def show(value: float | None) -> str:
    """A number for the table."""
    return "–" if value is None else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def print_scores(evaluation: Mapping[str, Any], log: RunLog, title: str | None = None) -> None:
    """The table, to the terminal and to the log."""
    columns = columns_of(evaluation)
    if not columns:
        return
    first = evaluation[columns[0][1]]
    table = Table(title=title or f"{first['n_examples']} held-out examples ({first['split']})", title_justify="left")
    table.add_column("")
    for decoding, moment in columns:
        table.add_column(
            f"{decoding}\n{moment}" if len(columns) > 2 or "before" in evaluation else decoding, justify="right"
        )
    for line in lines_of(evaluation):
        table.add_row(line.label, *(show(value) for value in line.values))
        log.note(
            f"{line.label:20} "
            + "  ".join(f"{d} {m} {show(v)}" for (d, m), v in zip(columns, line.values, strict=True))
        )
    log.console.print(table)
    for name, signature in first.get("signatures", {}).items():
        log.say(f"{_LABELS.get(name, name)}: {signature}")
