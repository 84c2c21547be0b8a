"""What each token of a text is worth, term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym

from agents.evaluation import EvaluationRow

TOTAL = "reward"  # the term that was paid
_OWN = ("id", "reward", "reward_density", "shaping_gamma", "tokenizer")


def terms_of(rows: Sequence[EvaluationRow], settings: Mapping[str, Any], mdp: Any) -> list[dict[str, list[float]]]:
    """For each text what was paid, and the dense rewards under each of the task's metrics: name -> one number a token.

    Terms that are zero throughout are left out; texts of dialogues, and those without references, have the first only.

    Args:
        rows: the texts.
        settings: of the environment they were written in, its `id` and `split` among them.
        mdp: of that environment.
    """
    found = [{TOTAL: list(row.rewards)} for row in rows]
    if mdp.task.max_turns == 1 and all(row.references for row in rows):
        kwargs = {name: value for name, value in settings.items() if name not in _OWN}
        reward = dict.fromkeys(mdp.metric_names, 1.0)
        env = gym.make(settings["id"], reward=reward, tokenizer=mdp.codec.tokenizer, **kwargs)
        for terms, row in zip(found, rows, strict=True):
            terms |= _replay(env, row)
        env.close()
    return [{name: values for name, values in terms.items() if any(values)} for terms in found]


def _replay(env: gym.Env[Any, Any], row: EvaluationRow) -> dict[str, list[float]]:
    env.reset(seed=0, options={"example": row.index})
    steps = [env.step(token)[4]["reward_terms_raw"] for token in row.tokens]
    return {name: [float(step[name]) for step in steps] for name in (steps[0] if steps else ())}
