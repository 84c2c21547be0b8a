"""BART read token by token with nothing but its weights: the same numbers as the model's own pass, sooner.

The projections of an attention are one matrix product, the keys and values that the decoder makes of a source are one
for all layers, and the first token is decoded at the one place that is asked for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BartForConditionalGeneration, PreTrainedModel

from agents.policies.adapters import adapted
from agents.policies.key_values import length_mask
from agents.policies.product import product
from agents.policies.sequences import Reading
from agents.policies.trunk import TrunkCache


def is_plain_bart(model: PreTrainedModel) -> bool:
    """Whether a model is a BART without adapters."""
    stacks = (model.get_encoder(), model.get_decoder()) if type(model) is BartForConditionalGeneration else ()
    linear = [part for stack in stacks for part in stack.modules() if isinstance(part, nn.Linear)]
    return bool(linear) and not adapted(model) and all(type(part) is nn.Linear for part in linear)


class BartCache(TrunkCache):
    """The decoder's own keys and values, and those of the sources, of n rows of a BART.

    Args:
        trunk: a `Seq2SeqTrunk` over a plain BART.
        rows: n.
    """

    def __init__(self, trunk: Any, rows: int) -> None:
        self.trunk = trunk
        self.encoder, self.decoder = trunk.model.get_encoder(), trunk.model.get_decoder()
        config = trunk.model.config
        weight = self.decoder.embed_tokens.weight
        layers = self.decoder.layers
        self.heads, self.width = config.decoder_attention_heads, config.d_model
        self.head_size = self.width // self.heads
        self.scale = self.head_size**-0.5
        # Zeros, not empty: a masked slot still enters the attention with weight 0, and 0 * nan is nan.
        self.own, self.cross = (
            weight.new_zeros(len(layers), 2, rows * self.heads, slots, self.head_size)
            for slots in (trunk.capacity, trunk.source_capacity)
        )
        heads = torch.arange(rows * self.heads, device=weight.device).view(rows, self.heads)
        self.first_slots = heads * trunk.capacity  # of each row and head, in a layer's slots laid end to end
        self.length = torch.ones(rows, dtype=torch.long, device=weight.device)
        self.source_length = torch.ones(rows, dtype=torch.long, device=weight.device)
        self.encoding = [
            (product(a.q_proj, a.k_proj, a.v_proj), product(a.out_proj), product(layer.fc1), product(layer.fc2))
            for layer, a in ((layer, layer.self_attn) for layer in self.encoder.layers)
        ]
        self.joint = [product(a.q_proj, a.k_proj, a.v_proj) for a in (layer.self_attn for layer in layers)]
        self.mixed = [product(layer.self_attn.out_proj) for layer in layers]
        self.asked = [product(layer.encoder_attn.q_proj) for layer in layers]
        self.found = [product(layer.encoder_attn.out_proj) for layer in layers]
        self.first = [product(layer.fc1) for layer in layers]
        self.second = [product(layer.fc2) for layer in layers]
        self.of_source = product(
            *(part for layer in layers for part in (layer.encoder_attn.k_proj, layer.encoder_attn.v_proj))
        )

    def fill(self, rows: Tensor, reading: Reading) -> Tensor:
        """See `TrunkCache.fill`."""
        states, lengths = self._encode(reading)
        made = self.of_source(states).view(len(rows), -1, len(self.decoder.layers), 2, self.heads, self.head_size)
        places = made.shape[1]
        by_row = self._by_row(self.cross)
        for layer, pair in enumerate(made.permute(2, 3, 0, 4, 1, 5)):  # (2, r, heads, places, head size)
            by_row[layer, :, :, :, :places].index_copy_(1, rows, pair)
        self.source_length[rows] = lengths
        return self._decode(rows, self.trunk.shift(reading), reading.columns)

    def _encode(self, reading: Reading) -> tuple[Tensor, Tensor]:
        """The sources' states (r * places, D) and lengths (r,)."""
        ids, lengths = self.trunk.frame.around(reading)
        places = int(lengths.max())
        heads = self.encoder.config.encoder_attention_heads
        shape = len(ids), places, 3, heads, self.width // heads
        state = self._embed(self.encoder, ids[:, :places], torch.arange(places, device=ids.device)).flatten(0, 1)
        mask = None if int(lengths.min()) == places else length_mask(lengths, places, state.dtype)
        for block, (joint, mixed, first, second) in zip(self.encoder.layers, self.encoding, strict=True):
            query, key, value = joint(state).view(shape).permute(2, 0, 3, 1, 4)
            found = F.scaled_dot_product_attention(query, key, value, mask).transpose(1, 2)
            state = _normal(block.self_attn_layer_norm, mixed(found.reshape(-1, self.width)).add_(state))
            inner = block.activation_fn(first(state))
            state = _normal(block.final_layer_norm, second(inner).add_(state))
        return state, lengths

    def _decode(self, rows: Tensor, ids: Tensor, columns: Tensor) -> Tensor:
        """Reads texts (r, L), their start token included, at once; the states after `columns` (r,) of their tokens."""
        count, places = ids.shape
        heads = count, places, 3, self.heads, self.head_size
        state = self._embed(self.decoder, ids, torch.arange(places, device=ids.device)).flatten(0, 1)
        width = int(self.source_length[rows].max())
        mask = length_mask(self.source_length[rows], width, state.dtype)
        own, cross = self._by_row(self.own), self._by_row(self.cross)
        for layer, block in enumerate(self.decoder.layers):
            query, key, value = self.joint[layer](state).view(heads).permute(2, 0, 3, 1, 4)
            own[layer, 0, :, :, :places].index_copy_(0, rows, key)
            own[layer, 1, :, :, :places].index_copy_(0, rows, value)
            mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
            mixed = self.mixed[layer](mixed.transpose(1, 2).reshape(-1, self.width))
            state = _normal(block.self_attn_layer_norm, mixed.add_(state))
            query = self.asked[layer](state).view(count, places, self.heads, self.head_size).transpose(1, 2)
            key, value = (part[rows, :, :width] for part in cross[layer])
            found = F.scaled_dot_product_attention(query, key, value, mask).transpose(1, 2)
            state = self._finish(layer, state, found.reshape(-1, self.width))
        self.length[rows] = columns + 1
        return state.view(count, places, self.width)[torch.arange(count, device=ids.device), columns]

    def copy(self, origins: Tensor, rows: Tensor) -> None:
        """See `TrunkCache.copy`."""
        for cache, length in ((self.own, self.length), (self.cross, self.source_length)):
            length[rows] = length[origins]
            for pair in self._by_row(cache)[:, :, :, :, : int(length[rows].max())]:
                pair.index_copy_(1, rows, pair[:, origins])

    def step(self, tokens: Tensor, active: Tensor) -> Tensor:
        """See `TrunkCache.step`."""
        # A row that stays writes into its next slot, where the next token will overwrite it.
        slots = self.length.clamp(max=self.trunk.capacity - 1)
        places = (self.first_slots + slots.unsqueeze(1)).flatten()
        state = self._embed(self.decoder, tokens, slots)
        masks = [self._mask(slots + 1, state.dtype), self._mask(self.source_length, state.dtype)]
        for layer, block in enumerate(self.decoder.layers):
            query, key, value = self.joint[layer](state).view(-1, 3, self.heads, self.head_size).unbind(1)
            for kept, new in zip(self.own[layer], (key, value), strict=True):
                kept.view(-1, self.head_size).index_copy_(0, places, new.reshape(-1, self.head_size))
            mixed = self.mixed[layer](self._attend(query, self.own[layer], masks[0]))
            state = _normal(block.self_attn_layer_norm, mixed.add_(state))
            found = self._attend(self.asked[layer](state), self.cross[layer], masks[1])
            state = self._finish(layer, state, found)
        self.length += active
        return state

    def _by_row(self, cache: Tensor) -> Tensor:
        """(layers, 2, n, heads, slots, head size)."""
        layers, pair, _, slots, size = cache.shape
        return cache.view(layers, pair, -1, self.heads, slots, size)

    @staticmethod
    def _embed(stack: Any, ids: Tensor, positions: Tensor) -> Tensor:
        places = stack.embed_positions
        embedded = stack.embed_tokens(ids) + places.weight[positions + places.offset]
        return _normal(stack.layernorm_embedding, embedded)

    def _mask(self, lengths: Tensor, dtype: torch.dtype) -> Tensor:
        """The additive mask (n * heads, 1, width) of an attention of one query a row."""
        mask = length_mask(lengths, int(lengths.max()), dtype)
        return mask.expand(-1, self.heads, -1, -1).flatten(0, 1)

    def _attend(self, query: Tensor, cache: Tensor, mask: Tensor) -> Tensor:
        """(n, D) for one query (n, heads * head size) a row; `cache` (2, n * heads, slots, head size)."""
        keys, values = cache[:, :, : mask.shape[2]]
        query = query.reshape(-1, 1, self.head_size)
        scores = torch.baddbmm(mask, query, keys.transpose(1, 2), alpha=self.scale)
        return torch.bmm(scores.softmax(dim=2), values).view(-1, self.width)

    def _finish(self, layer: int, state: Tensor, found: Tensor) -> Tensor:
        """The rest of a block after its attention to the source, for states (m, D)."""
        block = self.decoder.layers[layer]
        state = _normal(block.encoder_attn_layer_norm, self.found[layer](found).add_(state))
        inner = block.activation_fn(self.first[layer](state))
        return _normal(block.final_layer_norm, self.second[layer](inner).add_(state))


def _normal(norm: Any, state: Tensor) -> Tensor:
    return F.layer_norm(state, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
