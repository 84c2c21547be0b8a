"""Decoder-only transformers: the source is the prompt, and tokens continue it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from agents.policies.distribution import Head
from agents.policies.gpt2 import GPT2Cache, is_plain_gpt2
from agents.policies.key_values import RowCache
from agents.policies.sequences import Reading
from agents.policies.shared_prompt import pack, shared_sources
from agents.policies.trunk import Frame, Trunk, TrunkCache, group_tokens


class CausalTrunk(Trunk):
    """A Hugging Face decoder-only model.

    A row is laid out without gaps, ``source [separator] tokens``, and padded on the right. Causal attention keeps
    the pads out of every state that is asked for, so the teacher-forced pass needs no mask, positions are those of
    the pretraining, and a row's next cache slot is its length.

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
        self.capacity = source + generated + frame.width
        super().__init__(source, generated, cached and remembers_all(model, self.capacity))
        self.model = model
        self.size = size
        self.frame = frame
        self.width = model.get_output_embeddings().weight.shape[1]

    def read_prefix(self, ids: Tensor, reading: Reading, **settings: Any) -> Tensor:
        """The states (n, W, D) of ids (n, W) read from the first one on."""
        inputs = self.inputs(ids, reading, self.model.get_input_embeddings())
        states = self.model.base_model(**inputs, attention_mask=torch.ones_like(ids), **settings)
        hidden: Tensor = states.last_hidden_state
        return hidden

    def join(self, reading: Reading) -> tuple[Tensor, Tensor]:
        """Ids (n, W), right-padded, and the lengths of the prompts (n,)."""
        steps = reading.tokens.shape[1]
        ids, length = self.frame.around(reading, room=steps)
        ids.scatter_(1, length.unsqueeze(1) + torch.arange(steps, device=length.device), reading.tokens)
        needed = (length[reading.rows] + reading.columns).max() if len(reading.rows) else length.max()
        return ids[:, : int(needed)], length

    def read(self, reading: Reading) -> Tensor:
        """See `Trunk.read`; a prompt that several rows share is read once."""
        # Positions and masks of our own are what the cache needs too: where it was found exact, they are taken.
        groups = shared_sources(reading) if self.exact and reading.image is None else None
        if groups is None:
            return super().read(reading)
        prompts, lengths = self.frame.around(reading)
        states, wanted = [], []
        for part in pack(reading, groups, prompts, lengths, group_tokens(reading.source.device)):
            out = self.model.base_model(
                input_ids=part.ids,
                attention_mask=part.mask(self.model.dtype),
                position_ids=part.positions,
                use_cache=False,
            )
            states.append(out.last_hidden_state[part.rows, part.places])
            wanted.append(part.wanted)
        return torch.cat(states)[torch.cat(wanted).argsort()]

    def read_together(self, reading: Reading) -> Tensor:
        """See `Trunk.read_together`."""
        ids, length = self.join(reading)
        return self.read_prefix(ids, reading, use_cache=False)[reading.rows, length[reading.rows] + reading.columns - 1]

    def head(self) -> Head:
        """See `Trunk.head`."""
        return head_of(self.model, self.size)

    def new_cache(self, rows: int) -> TrunkCache:
        """See `Trunk.new_cache`."""
        plain = self.vision is None and is_plain_gpt2(self.model)
        return GPT2Cache(self, rows) if plain else CausalCache(self, rows)


class CausalCache(TrunkCache):
    """Keys and values of n rows, each written at the row's own length."""

    def __init__(self, trunk: CausalTrunk, rows: int) -> None:
        self.trunk = trunk
        self.cache = RowCache(rows, trunk.capacity, trunk.model.config.get_text_config().num_hidden_layers)
        self.length = torch.ones(rows, dtype=torch.long, device=trunk.model.device)

    def fill(self, rows: Tensor, reading: Reading) -> Tensor:
        """See `TrunkCache.fill`."""
        ids, length = self.trunk.join(reading)
        length = length + reading.columns
        self.cache.aim_at_rows(rows)
        hidden = self.trunk.read_prefix(ids, reading, past_key_values=self.cache, use_cache=True)
        self.length[rows] = length
        return hidden[torch.arange(len(rows), device=rows.device), length - 1]

    def copy(self, origins: Tensor, rows: Tensor) -> None:
        """See `TrunkCache.copy`."""
        self.length[rows] = self.length[origins]
        self.cache.copy(origins, rows, int(self.length[rows].max()))

    def step(self, tokens: Tensor, active: Tensor) -> Tensor:
        """See `TrunkCache.step`."""
        # A row that stays writes into its next slot, where the next token will overwrite it.
        slots = self.length.clamp(max=self.trunk.capacity - 1)
        mask = self.cache.aim_at_slots(slots, self.trunk.model.dtype)
        states = self.trunk.model.base_model(
            input_ids=tokens.unsqueeze(1),
            attention_mask=mask,
            position_ids=slots.unsqueeze(1),
            past_key_values=self.cache,
            use_cache=True,
        )
        self.length += active
        hidden: Tensor = states.last_hidden_state
        return hidden[:, 0]


def head_of(model: PreTrainedModel, size: int) -> Head:
    """The language-model head of a Hugging Face model, cut to the first `size` ids."""
    linear = model.get_output_embeddings()
    bias = getattr(linear, "bias", None)
    extra = getattr(model, "final_logits_bias", None)  # BART's: a buffer (1, V')
    if extra is not None:
        bias = extra[0] if bias is None else bias + extra[0]
    config = model.config.get_text_config()
    return Head(
        # A slice of all would still cost the backward pass a second gradient of the vocabulary's size.
        weight=linear.weight if len(linear.weight) == size else linear.weight[:size],
        bias=None if bias is None else bias[:size],
        # T5 with tied embeddings divides the state by the square root of the width before the head.
        scale=config.d_model**-0.5 if model.config.model_type == "t5" and config.tie_word_embeddings else 1.0,
        softcap=getattr(config, "final_logit_softcapping", None),
    )


def remembers_all(model: PreTrainedModel, capacity: int) -> bool:
    """Whether each layer attends to all of `capacity` tokens, through an attention that takes a mask of our own."""
    config = model.config.get_text_config()
    windows = [getattr(config, name, None) for name in ("sliding_window", "window_size")]
    within = all(window is None or window >= capacity for window in windows)
    return within and config._attn_implementation in ("sdpa", "eager")
