"""What an algorithm's constructor is given on token environments: its policy and its rollout buffer.

One rule for the catalogue's algorithms and for anybody's class:

1. Algorithms that ask a policy for the hooks of an actor-critic (A2C, PPO, TRPO, MaskablePPO, those of this package)
   get a `TransformerPolicy`, and a `SequenceRolloutBuffer` where they collect rollouts as Stable-Baselines3 does.
2. Algorithms that ask for more (DQN and QR-DQN for a target network, RecurrentPPO for a state that it carries along)
   keep the policy that they bring, which reads texts through `TokenFeatures`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from agents.buffers import SequenceRolloutBuffer
from agents.policies.features import TokenFeatures
from agents.policies.transformer import TransformerPolicy

OWN_POLICIES = ("MultiInputPolicy", "MultiInputLstmPolicy")  # Stable-Baselines3's names for observations that are Dicts


def own_policy(algorithm: type[Any]) -> str | None:
    """The name of the policy that an algorithm brings and needs; None where a token policy takes its place."""
    aliases = getattr(algorithm, "policy_aliases", {})
    for name in OWN_POLICIES:
        if name in aliases and (name.endswith("LstmPolicy") or not hasattr(aliases[name], "evaluate_actions")):
            return name
    return None


def fitted(
    algorithm: type[Any], kwargs: Mapping[str, Any], token_policy: Mapping[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The policy, and the keyword arguments of an algorithm's constructor.

    Args:
        algorithm: a subclass of Stable-Baselines3's `BaseAlgorithm`.
        kwargs: those already chosen; a `policy_kwargs` among them is for whatever policy it is.
        token_policy: arguments of `TransformerPolicy`, where it is that.
    """
    found = dict(kwargs)
    policy_kwargs = dict(found.pop("policy_kwargs", {}))
    own = own_policy(algorithm)
    if own is not None:
        return own, {**found, "policy_kwargs": {"features_extractor_class": TokenFeatures, **policy_kwargs}}
    if issubclass(algorithm, OnPolicyAlgorithm):
        found.setdefault("rollout_buffer_class", _buffer(algorithm))
    return TransformerPolicy, {**found, "policy_kwargs": {**token_policy, **policy_kwargs}}


def _buffer(algorithm: type[OnPolicyAlgorithm]) -> type[SequenceRolloutBuffer]:
    if "use_masking" not in inspect.signature(algorithm.learn).parameters:
        return SequenceRolloutBuffer
    from agents.algorithms.contrib import MaskableSequenceRolloutBuffer

    return MaskableSequenceRolloutBuffer
