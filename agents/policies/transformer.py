"""A Hugging Face transformer as actor and critic."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedModel

from agents.policies.base import TokenPolicy
from agents.policies.causal import CausalTrunk
from agents.policies.models import build_model, check_model
from agents.policies.seq2seq import Seq2SeqTrunk
from agents.policies.trunk import Frame, Trunk


class TransformerPolicy(TokenPolicy):
    """A decoder-only or encoder-decoder transformer with a value head.

    For use as `A2C(TransformerPolicy, make_vec_env(...), policy_kwargs={...})`; beside the keyword arguments of
    `TokenPolicy`:

    Args:
        model: a preset (``"tiny"``, ``"small"``, ``"tiny-seq2seq"``, ``"small-seq2seq"``, drawn at random), a Hugging
            Face configuration (drawn at random), a model object, or a local path or hub name (pretrained).
        frozen_layers: how many of the first layers (of the encoder and of the decoder each) stay as they are.
        separator: decoder-only models: whether a bos token stands between source and text. None: yes where weights
            are drawn at random, no where they are pretrained on text without it.
    """

    def _make_trunk(
        self,
        cache: bool,
        model: str | PreTrainedModel | Any = "small",
        frozen_layers: int = 0,
        separator: bool | None = None,
    ) -> Trunk:
        sizes = {key: self.observation_space[key].shape[0] for key in ("source", "generated")}  # type: ignore[index]
        network, pretrained = build_model(model, self.tokens, sizes["source"], sizes["generated"])
        check_model(network, self.tokens, sizes["source"], sizes["generated"], frozen_layers)
        self.frozen_layers = frozen_layers
        tokens = self.tokens
        opening, closing = (tokens.opening, tokens.closing) if pretrained else ((), ())
        if network.config.is_encoder_decoder:
            frame = Frame(opening, closing, empty=tokens.bos)
            return Seq2SeqTrunk(network, tokens.size, sizes["source"], sizes["generated"], frame, cache)
        between = not pretrained if separator is None else separator
        frame = Frame(opening, (tokens.bos,) if between else (), empty=tokens.bos)
        return CausalTrunk(network, tokens.size, sizes["source"], sizes["generated"], frame, cache)
