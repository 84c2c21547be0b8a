"""Baselines for token environments: policies, buffers, algorithms."""

from agents.buffers import SequenceRolloutBuffer
from agents.policies.lstm import LSTMPolicy
from agents.policies.transformer import TransformerPolicy
from agents.vec_env import make_vec_env

__all__ = ["LSTMPolicy", "SequenceRolloutBuffer", "TransformerPolicy", "make_vec_env"]
