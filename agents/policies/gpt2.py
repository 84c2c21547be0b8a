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
from transformers import GPT2LMHeadModel, PreTrainedModel
from transformers.pytorch_utils import Conv1D

from agents.policies.key_values import length_mask
from agents.policies.sequences import Reading
from agents.policies.trunk import TrunkCache


def is_plain_gpt2(model: PreTrainedModel) -> bool:
    """Whether a model is a GPT-2 without the options, and the adapters, that `GPT2Cache` leaves out."""
    config = model.config
    return (
        type(model) is GPT2LMHeadModel
        and config.scale_attn_weights
        and not (config.scale_attn_by_inverse_layer_idx or config.add_cross_attention)
        and all(
            type(part) is Conv1D
            for block in model.transformer.h
            for part in (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)
        )
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
        self.head_size = self.width // self.heads
        weight = self.model.wte.weight
        shape = (config.n_layer, rows, self.heads, trunk.capacity, self.head_size)
        # Zeros, not empty: a masked slot still enters the attention with weight 0, and 0 * nan is nan.
        self.keys, self.values = weight.new_zeros(shape), weight.new_zeros(shape)
        self.length = torch.ones(rows, dtype=torch.long, device=weight.device)
        heads = torch.arange(rows * self.heads, device=weight.device).view(rows, self.heads)
        self.first_slots = heads * trunk.capacity  # of each row and head, in a layer's slots laid end to end
        self.scale = self.head_size**-0.5

    def fill(self, rows: Tensor, reading: Reading) -> Tensor:
        """See `TrunkCache.fill`."""
        ids, length = self.trunk.join(reading)
        length = length + reading.columns
        count, places = ids.shape
        last = torch.arange(count, device=ids.device), length - 1
        state = (self.model.wte(ids) + self.model.wpe.weight[:places]).flatten(0, 1)
        for layer, block in enumerate(self.model.h):
            joint = _project(block.attn.c_attn, _normal(block.ln_1, state))
            query, key, value = joint.view(count, places, 3, self.heads, self.head_size).permute(2, 0, 3, 1, 4)
            self.keys[layer, :, :, :places].index_copy_(0, rows, key)
            self.values[layer, :, :, :places].index_copy_(0, rows, value)
            if layer + 1 == len(self.model.h):  # nothing above needs the other places
                state = state.view(count, places, self.width)[last]
                mask = length_mask(length, places, state.dtype)
                mixed = F.scaled_dot_product_attention(query[last[0], :, last[1]].unsqueeze(2), key, value, mask)
            else:
                mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
            state = self._finish(block, state, mixed.transpose(1, 2).reshape(-1, self.width))
        self.length[rows] = length
        return _normal(self.model.ln_f, state)

    def copy(self, origins: Tensor, rows: Tensor) -> None:
        """See `TrunkCache.copy`."""
        self.length[rows] = self.length[origins]
        width = int(self.length[rows].max())
        for all_slots in (self.keys, self.values):
            for slots in all_slots[:, :, :, :width]:
                slots.index_copy_(0, rows, slots[origins])

    def step(self, tokens: Tensor, active: Tensor) -> Tensor:
        """See `TrunkCache.step`."""
        # A row that stays writes into its next slot, where the next token will overwrite it.
        slots = self.length.clamp(max=self.trunk.capacity - 1)
        width = int(slots.max()) + 1
        places = (self.first_slots + slots.unsqueeze(1)).flatten()
        count, size = len(places), self.head_size
        mask = length_mask(slots + 1, width, self.keys.dtype).expand(-1, self.heads, -1, -1).reshape(count, 1, width)
        state = self.model.wte.weight[tokens] + self.model.wpe.weight[slots]
        for layer, block in enumerate(self.model.h):
            joint = _project(block.attn.c_attn, _normal(block.ln_1, state))
            query, key, value = joint.view(-1, 3, self.heads, size).unbind(1)
            keys, values = self.keys[layer].flatten(0, 1), self.values[layer].flatten(0, 1)  # (n * heads, slots, size)
            keys.view(-1, size).index_copy_(0, places, key.reshape(count, size))
            values.view(-1, size).index_copy_(0, places, value.reshape(count, size))
            past = keys[:, :width].transpose(1, 2)
            scores = torch.baddbmm(mask, query.reshape(count, 1, size), past, alpha=self.scale)
            mixed = torch.bmm(scores.softmax(dim=2), values[:, :width])
            state = self._finish(block, state, mixed.view(-1, self.width))
        self.length += active
        return _normal(self.model.ln_f, state)

    def _finish(self, block: Any, state: Tensor, mixed: Tensor) -> Tensor:
        """The rest of a block after its attention, for states (m, D)."""
        state = torch.addmm(state, mixed, block.attn.c_proj.weight).add_(block.attn.c_proj.bias)
        inner = _project(block.mlp.c_fc, _normal(block.ln_2, state))
        act = self.trunk.model.config.activation_function
        inner = tanh_gelu_(inner) if act in ("gelu_new", "gelu_pytorch_tanh") else block.mlp.act(inner)
        return torch.addmm(state, inner, block.mlp.c_proj.weight).add_(block.mlp.c_proj.bias)


def _project(linear: Any, state: Tensor) -> Tensor:
    return torch.addmm(linear.bias, state, linear.weight)


def _normal(norm: Any, state: Tensor) -> Tensor:
    return F.layer_norm(state, norm.normalized_shape, norm.weight, norm.bias, norm.eps)


def tanh_gelu_(x: Tensor) -> Tensor:
    """GELU's tanh form, in place; 0.5 * (1 + tanh(u)) is sigmoid(2u), which vectorises where tanh does not."""
    double = 2 * (2 / torch.pi) ** 0.5
    gate = (x * x).mul_(0.044715 * double).add_(double).mul_(x).sigmoid_()
    return gate.mul_(x)
