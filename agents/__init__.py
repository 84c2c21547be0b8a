"""Baselines for token environments: policies, buffers, algorithms."""

from agents.algorithms.behavior_cloning import BehaviorCloning
from agents.algorithms.guard import FiniteGuard, TrainingDiverged
from agents.algorithms.reinforce import REINFORCE
from agents.buffers import SequenceRolloutBuffer
from agents.evaluation import Evaluation, evaluate
from agents.policies.lstm import LSTMPolicy
from agents.policies.transformer import TransformerPolicy
from agents.saving import load, save
from agents.scripted import CopyPolicy, LeadPolicy, OraclePolicy, RandomPolicy
from agents.vec_env import make_vec_env

__all__ = [
    "REINFORCE",
    "BehaviorCloning",
    "CopyPolicy",
    "Evaluation",
    "FiniteGuard",
    "LSTMPolicy",
    "LeadPolicy",
    "OraclePolicy",
    "RandomPolicy",
    "SequenceRolloutBuffer",
    "TrainingDiverged",
    "TransformerPolicy",
    "evaluate",
    "load",
    "make_vec_env",
    "save",
]
