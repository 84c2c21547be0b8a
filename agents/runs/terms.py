"""What each token of a text is worth, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium as gym

from agents.evaluation import EvaluationRow
from agents.runs.scoring import sample

TOTAL = "reward"  # the term that was paid


def with_terms(row: EvaluationRow, settings: Mapping[str, Any], mdp: Any) -> dict[str, Any]:
    """A text as reports show it, with the rewards of each of its task's metrics beside those that were paid.

    Args:
        row: the text.
        settings: of the environment it was written in, its `id` among them.
        mdp: of that environment.

    Returns:
        As `agents.runs.scoring.sample`, and under "terms" name -> one number a token.
    """
    terms = {TOTAL: list(row.rewards), **replay(row, settings, mdp)}
    return {**sample(row, mdp.codec), "terms": {name: values for name, values in terms.items() if any(values)}}


def replay(row: EvaluationRow, settings: Mapping[str, Any], mdp: Any) -> dict[str, list[float]]:
    """The dense rewards that the tokens of `row` earn under each metric of the task; nothing for dialogues."""
    if mdp.task.max_turns > 1 or not row.references:
        return {}
    kwargs = {**settings, "reward": dict.fromkeys(mdp.metric_names, 1.0), "reward_density": "dense"}
    kwargs["tokenizer"] = mdp.codec.tokenizer
    env = gym.make(kwargs.pop("id"), **kwargs)
    env.reset(options={"example": row.index})
    found: dict[str, list[float]] = {name: [] for name in mdp.metric_names}
    for token in row.tokens:
        info = env.step(token)[4]
        for name in found:
            found[name].append(float(info["reward_terms_raw"].get(name, 0.0)))
    env.close()
    return found
