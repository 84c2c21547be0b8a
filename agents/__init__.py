"""Baselines for token environments: policies, buffers, algorithms, evaluation.

Names are imported when first asked for, so that what needs no torch (`textgym list`) does not wait for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.algorithms.behavior_cloning import BehaviorCloning
    from agents.algorithms.dagger import DAgger
    from agents.algorithms.grpo import GRPO
    from agents.algorithms.guard import FiniteGuard, TrainingDiverged
    from agents.algorithms.mixer import MIXER
    from agents.algorithms.nlpo import NLPO
    from agents.algorithms.q_actor_critic import QActorCritic
    from agents.algorithms.reinforce import REINFORCE
    from agents.buffers import SequenceRolloutBuffer
    from agents.evaluation import Evaluation, evaluate
    from agents.policies.lstm import LSTMPolicy
    from agents.policies.transformer import TransformerPolicy
    from agents.saving import load, save
    from agents.scripted import CopyPolicy, LeadPolicy, OraclePolicy, RandomPolicy
    from agents.vec_env import make_vec_env

__all__ = [
    "GRPO",
    "MIXER",
    "NLPO",
    "REINFORCE",
    "BehaviorCloning",
    "CopyPolicy",
    "DAgger",
    "Evaluation",
    "FiniteGuard",
    "LSTMPolicy",
    "LeadPolicy",
    "OraclePolicy",
    "QActorCritic",
    "RandomPolicy",
    "SequenceRolloutBuffer",
    "TrainingDiverged",
    "TransformerPolicy",
    "evaluate",
    "load",
    "make_vec_env",
    "save",
]

_PLACES = {
    "DAgger": "agents.algorithms.dagger",
    "MIXER": "agents.algorithms.mixer",
    "NLPO": "agents.algorithms.nlpo",
    "GRPO": "agents.algorithms.grpo",
    "REINFORCE": "agents.algorithms.reinforce",
    "BehaviorCloning": "agents.algorithms.behavior_cloning",
    "CopyPolicy": "agents.scripted",
    "Evaluation": "agents.evaluation",
    "FiniteGuard": "agents.algorithms.guard",
    "LSTMPolicy": "agents.policies.lstm",
    "LeadPolicy": "agents.scripted",
    "OraclePolicy": "agents.scripted",
    "QActorCritic": "agents.algorithms.q_actor_critic",
    "RandomPolicy": "agents.scripted",
    "SequenceRolloutBuffer": "agents.buffers",
    "TrainingDiverged": "agents.algorithms.guard",
    "TransformerPolicy": "agents.policies.transformer",
    "evaluate": "agents.evaluation",
    "load": "agents.saving",
    "make_vec_env": "agents.vec_env",
    "save": "agents.saving",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
