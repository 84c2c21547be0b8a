"""Encoder-decoder transformers: the encoder reads the source once, the decoder emits the tokens."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.cache_utils import EncoderDecoderCache

from agents.policies.bart import BartCache, is_plain_bart
from agents.policies.causal import head_of, remembers_all
from agents.policies.distribution import Head
from agents.policies.key_values import RowCache, length_mask
from agents.policies.sequences import Reading, once_a_source
from agents.policies.trunk import Frame, Trunk, TrunkCache


class Seq2SeqTrunk(Trunk):
    """A Hugging Face encoder-decoder model.

    Args:
        model: with a language-model head.
        size: V, the number of actions; the logits beyond are left out.
        source, generated: S and T.
        frame: the ids before and after each source.
        cached: False reads every observation from its first token.
    """

    def __init__(
        self, model: PreTrainedModel, size: int, source: int, generated: int, frame: Frame, cached: bool = True
    ) -> None:
        self.source_capacity = source + frame.width
        self.capacity = generated + 1  # the start token
        super().__init__(source, generated, cached and remembers_all(model, self.capacity))
        self.model = model
        self.size = size
        self.frame = frame
        self.relative = relative_attention(model.get_decoder())
        self.width = model.get_output_embeddings().weight.shape[1]

    def encode(self, reading: Reading) -> tuple[Tensor, Tensor]:
        """The encoder's states (n, W, D) and their mask, int64 (n, W)."""
        ids, length = self.frame.around(reading)
        width = int(length.max())
        mask = (torch.arange(width, device=length.device) < length.unsqueeze(1)).long()
        encoder = self.model.get_encoder()
        inputs = self.inputs(ids[:, :width], reading, encoder.get_input_embeddings())
        states = encoder(**inputs, attention_mask=mask).last_hidden_state
        return states, mask

    def shift(self, reading: Reading) -> Tensor:
        """What the decoder reads, int64 (n, 1 + L): the start token, then the tokens."""
        start = self.model.config.decoder_start_token_id
        return nn.functional.pad(reading.tokens, (1, 0), value=start)

    def read_together(self, reading: Reading) -> Tensor:
        """See `Trunk.read_together`."""
        states, mask = once_a_source(reading, self.encode)
        decoder = self.model.get_decoder()
        out = decoder(
            input_ids=self.shift(reading),
            encoder_hidden_states=states,
            encoder_attention_mask=mask,
            use_cache=False,
        )
        hidden: Tensor = out.last_hidden_state
        return hidden[reading.rows, reading.columns]

    def head(self) -> Head:
        """See `Trunk.head`."""
        return head_of(self.model, self.size)

    def new_cache(self, rows: int) -> TrunkCache:
        """See `Trunk.new_cache`."""
        plain = self.vision is None and is_plain_bart(self.model)
        return BartCache(self, rows) if plain else Seq2SeqCache(self, rows)


class Seq2SeqCache(TrunkCache):
    """The decoder's own keys and values, and those of the sources, of n rows."""

    def __init__(self, trunk: Seq2SeqTrunk, rows: int) -> None:
        self.trunk = trunk
        device = trunk.model.device
        config = trunk.model.config
        layers = getattr(config, "num_decoder_layers", None) or config.decoder_layers
        self.own = RowCache(rows, trunk.capacity, layers)
        self.cross = RowCache(rows, trunk.source_capacity, layers)
        self.length = torch.ones(rows, dtype=torch.long, device=device)
        self.source_length = torch.ones(rows, dtype=torch.long, device=device)

    def fill(self, rows: Tensor, reading: Reading) -> Tensor:
        """See `TrunkCache.fill`."""
        states, mask = self.trunk.encode(reading)
        self.own.aim_at_rows(rows)
        self.cross.aim_at_rows(rows)
        out = self.trunk.model.get_decoder()(
            input_ids=self.trunk.shift(reading),
            encoder_hidden_states=states,
            encoder_attention_mask=mask,
            past_key_values=self._caches(filled=False),
            use_cache=True,
        )
        self.length[rows] = reading.columns + 1
        self.source_length[rows] = mask.sum(dim=1)
        hidden: Tensor = out.last_hidden_state
        return hidden[torch.arange(len(rows), device=rows.device), reading.columns]

    def copy(self, origins: Tensor, rows: Tensor) -> None:
        """See `TrunkCache.copy`."""
        for cache, length in ((self.own, self.length), (self.cross, self.source_length)):
            length[rows] = length[origins]
            cache.copy(origins, rows, int(length[rows].max()))

    def step(self, tokens: Tensor, active: Tensor) -> Tensor:
        """See `TrunkCache.step`."""
        decoder = self.trunk.model.get_decoder()
        slots = self.length.clamp(max=self.trunk.capacity - 1)
        mask = self.own.aim_at_slots(slots, self.trunk.model.dtype)
        self.cross.narrow(int(self.source_length.max()))
        embedded = decoder.get_input_embeddings()(tokens.unsqueeze(1))
        if self.trunk.relative is not None:
            mask = mask + _relative_bias(self.trunk.relative, slots, mask.shape[-1])
        else:
            embedded = embedded + _position_difference(decoder.embed_positions, slots)
        out = decoder(
            inputs_embeds=embedded,
            attention_mask=mask,
            encoder_hidden_states=embedded,  # marks the cross-attention; its keys and values are in the cache
            encoder_attention_mask=length_mask(self.source_length, self.cross.aim.width, mask.dtype),
            past_key_values=self._caches(filled=True),
            use_cache=True,
        )
        self.length += active
        hidden: Tensor = out.last_hidden_state
        return hidden[:, 0]

    def _caches(self, filled: bool) -> EncoderDecoderCache:
        caches = EncoderDecoderCache(self.own, self.cross)
        caches.is_updated = dict.fromkeys(range(len(self.cross.layers)), filled)
        return caches


def relative_attention(decoder: nn.Module) -> Any:
    """The attention of T5's kind that holds the decoder's table of relative positions, or None."""
    for module in decoder.modules():
        if getattr(module, "has_relative_attention_bias", False) and hasattr(module, "compute_bias"):
            return module
    return None


def _relative_bias(attention: Any, slots: Tensor, width: int) -> Tensor:
    """What the mask must add (n, heads, 1, width) so that each row's query stands at its own slot.

    The decoder itself places all queries where the cache says: at 0, as `RowLayer.get_seq_length` has it.
    """
    table = attention.compute_bias(width, width, device=slots.device)[0]  # (heads, queries, keys)
    bias: Tensor = table[:, slots] - table[:, :1]
    return bias.transpose(0, 1).unsqueeze(2)


def _position_difference(positions: Any, slots: Tensor) -> Tensor:
    """What the embedding must add (n, 1, D): the decoder itself adds the position 0 to each."""
    offset = getattr(positions, "offset", 0)
    difference: Tensor = positions.weight[slots + offset] - positions.weight[offset]
    return difference.unsqueeze(1)
