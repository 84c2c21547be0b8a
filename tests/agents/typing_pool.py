"""Episodes without an environment: rows that start, grow and end on their own, as plain observations."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor
from transformers import LlamaConfig, Qwen2Config, T5Config

from agents import LSTMPolicy, TransformerPolicy
from agents.policies.base import TokenPolicy
from agents.policies.tokens import TokenObservationSpace, TokenSpec

V, S, T = 23, 7, 6
PAD, BOS = 0, 1

ROTARY = {
    "vocab_size": V, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
NETWORKS: dict[str, Any] = {
    "gpt2": "tiny",
    "llama": LlamaConfig(**ROTARY),
    "qwen2": Qwen2Config(**ROTARY),
    "bart": "tiny-seq2seq",
    "t5": T5Config(
        vocab_size=V, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, dropout_rate=0.1,
        decoder_start_token_id=0, relative_attention_num_buckets=8, relative_attention_max_distance=6,
    ),
    "lstm": None,
}  # fmt: skip


def token_spec() -> TokenSpec:
    return TokenSpec(V, PAD, BOS, allowed=np.arange(V) > BOS, opening=(BOS,), closing=(2,))


def observation_space() -> TokenObservationSpace:
    parts: dict[str, spaces.Space[Any]] = {
        "source": spaces.Box(0, V - 1, (S,), np.int32),
        "generated": spaces.Box(0, V - 1, (T,), np.int32),
        "step": spaces.Box(0, T, (1,), np.int32),
    }
    return TokenObservationSpace(parts, token_spec())


def make_policy(network: str = "gpt2", **kwargs: Any) -> TokenPolicy:
    """A policy with weights large enough for its choices to differ, ready for inference."""
    torch.manual_seed(3)
    args = (observation_space(), spaces.Discrete(V), lambda _: 1e-3)
    policy: TokenPolicy
    if network == "lstm":
        policy = LSTMPolicy(*args, **{"width": 16, "layers": 2, **kwargs})
    else:
        policy = TransformerPolicy(*args, **{"model": NETWORKS[network], **kwargs})
    with torch.no_grad():
        for weight in policy.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    policy.set_training_mode(False)
    return policy


class Rows:
    """n rows of (source, text so far); the contract's observation."""

    def __init__(self, n: int, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.n = n
        self.source = np.zeros((n, S), dtype=np.int32)
        self.generated = np.zeros((n, T), dtype=np.int32)
        self.step = np.zeros((n, 1), dtype=np.int32)
        for row in range(n):
            self.begin(row)

    def begin(self, row: int) -> None:
        length = self.rng.integers(0, S + 1)
        self.source[row] = PAD
        self.source[row, :length] = self.rng.integers(2, V, length)
        self.generated[row] = PAD
        self.step[row] = 0

    def emit(self, tokens: Tensor, end: float = 0.15) -> None:
        """Appends a token to each row (in place), and begins rows anew at random and where they are full."""
        for row, token in enumerate(tokens.tolist()):
            self.generated[row, self.step[row, 0]] = token
            self.step[row] += 1
            if self.step[row, 0] == T or self.rng.random() < end:
                self.begin(row)

    def observe(self) -> dict[str, Tensor]:
        """Tensors that share the rows' memory, as those that Stable-Baselines3 makes share an environment's."""
        return {key: torch.as_tensor(getattr(self, key)) for key in ("source", "generated", "step")}
