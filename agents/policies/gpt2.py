"""GPT-2 read token by token with nothing but its weights: the same numbers as the model's own pass, sooner.

At a few million parameters a decoding step of the general path spends a good part of its time between the matrix
products. Here the attention is two of them, the last layer is computed at the one place that is asked for, and the
activation is one fused expression.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedModel

from agents.policies.key_values import length_mask
from agents.policies.sequences import Reading
from agents.policies.trunk import TrunkCache


def is_plain_gpt2(model: PreTrainedModel) -> bool:
    """Whether a model is a GPT-2 without the options that `GPT2Cache` leaves out."""
    config = model.config
    return (
        config.model_type == "gpt2"
        and config.scale_attn_weights
        and not (config.scale_attn_by_inverse_layer_idx or config.add_cross_attention)
    )


class GPT2Cache(TrunkCache):
    """Keys and values of n rows of a GPT-2, each row at its own length.

    Args:
        trunk: a `CausalTrunk` over a plain GPT-2.
        rows: n.
    """

    def __init__(self, trunk: Any, rows: int) -> None:
        self.trunk = trunk
        self.model = trunk.model.transformer
        config = trunk.model.config
        self.heads, self.width = config.n_head, config.n_embd
        weight = self.model.wte.weight
        shape = (config.n_layer, rows, self.heads, trunk.capacity, self.width // self.heads)
        # Zeros, not empty: a masked slot still enters the attention with weight 0, and 0 * nan is nan.
        self.keys, self.values = weight.new_zeros(shape), weight.new_zeros(shape)
        self.rows = torch.arange(rows, device=weight.device)
        self.length = torch.ones(rows, dtype=torch.long, device=weight.device)
        self.scale = (self.width // self.heads) ** -0.5

    def fill(self, rows: Tensor, reading: Reading) -> Tensor:
        """See `TrunkCache.fill`."""
        ids, length = self.trunk.join(reading)
        length = length + reading.columns
        count, places = ids.shape
        last = torch.arange(count, device=ids.device), length - 1
        state = self.model.wte(ids) + self.model.wpe.weight[:places]
        for layer, block in enumerate(self.model.h):
            normal = block.ln_1(state)
            query, key, value = self._project(block, normal)
            self.keys[layer, :, :, :places].index_copy_(0, rows, key)
            self.values[layer, :, :, :places].index_copy_(0, rows, value)
            if layer + 1 == len(self.model.h):  # nothing above needs the other places
                state = state[last]
                mixed = self._attend(query[last[0], :, last[1]], key, value, length_mask(length, places, state.dtype))
            else:
                mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True).transpose(1, 2)
                mixed = mixed.reshape(count, places, self.width)
            state = self._finish(block, state, mixed)
        self.length[rows] = length
        final: Tensor = self.model.ln_f(state)
        return final

    def step(self, tokens: Tensor, active: Tensor) -> Tensor:
        """See `TrunkCache.step`."""
        # A row that stays writes into its next slot, where the next token will overwrite it.
        slots = self.length.clamp(max=self.trunk.capacity - 1)
        width = int(slots.max()) + 1
        mask = length_mask(slots + 1, width, self.keys.dtype)
        state = self.model.wte.weight[tokens] + self.model.wpe.weight[slots]
        for layer, block in enumerate(self.model.h):
            keys, values = self.keys[layer], self.values[layer]
            query, key, value = self._project(block, block.ln_1(state).unsqueeze(1))
            keys[self.rows, :, slots] = key[:, :, 0]
            values[self.rows, :, slots] = value[:, :, 0]
            mixed = self._attend(query[:, :, 0], keys[:, :, :width], values[:, :, :width], mask)
            state = self._finish(block, state, mixed)
        self.length += active
        final: Tensor = self.model.ln_f(state)
        return final

    def _project(self, block: Any, normal: Tensor) -> Any:
        """Query, key and value, each (n, heads, places, head size), of (n, places, D)."""
        joint = block.attn.c_attn(normal).unflatten(2, (3, self.heads, -1))
        return joint.permute(2, 0, 3, 1, 4).unbind(0)

    def _attend(self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """(n, D) for one query (n, heads, head size) a row."""
        scores = (query * self.scale).unsqueeze(2) @ keys.transpose(2, 3)
        mixed: Tensor = (scores + mask).softmax(dim=3) @ values
        return mixed.flatten(1)

    def _finish(self, block: Any, state: Tensor, mixed: Tensor) -> Tensor:
        """The rest of a block after its attention."""
        state = state + block.attn.c_proj(mixed)
        inner = block.mlp.c_fc(block.ln_2(state))
        act = self.trunk.model.config.activation_function
        inner = tanh_gelu_(inner) if act in ("gelu_new", "gelu_pytorch_tanh") else block.mlp.act(inner)
        return torch.add(state, block.mlp.c_proj(inner))


def tanh_gelu_(x: Tensor) -> Tensor:
    """GELU's tanh form, in place; 0.5 * (1 + tanh(u)) is sigmoid(2u), which vectorises where tanh does not."""
    double = 2 * (2 / torch.pi) ** 0.5
    gate = (x * x).mul_(0.044715 * double).add_(double).mul_(x).sigmoid_()
    return gate.mul_(x)
