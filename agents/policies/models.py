"""From the ``model`` of ``policy_kwargs`` to a Hugging Face model."""

from __future__ import annotations

import copy
import difflib
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    BartConfig,
    GPT2Config,
    PreTrainedConfig,
    PreTrainedModel,
)

from agents.policies.tokens import TokenSpec
from textgym.errors import check_int, unknown

PRESETS: dict[str, tuple[int, int]] = {"tiny": (2, 128), "small": (4, 256)}  # layers, width
HEAD_SIZE = 64


def preset_config(name: str, tokens: TokenSpec, source: int, generated: int) -> PreTrainedConfig:
    """The configuration of a preset for sources of `source` and texts of `generated` tokens, without dropout."""
    layers, width = PRESETS[name.removesuffix("-seq2seq")]
    heads = width // HEAD_SIZE
    if name.endswith("-seq2seq"):
        return BartConfig(
            vocab_size=tokens.size, d_model=width, encoder_layers=layers, decoder_layers=layers,
            encoder_attention_heads=heads, decoder_attention_heads=heads, encoder_ffn_dim=4 * width,
            decoder_ffn_dim=4 * width, max_position_embeddings=max(source, generated) + 1, dropout=0.0,
            attention_dropout=0.0, activation_dropout=0.0, pad_token_id=tokens.pad, bos_token_id=tokens.bos,
            decoder_start_token_id=tokens.bos, eos_token_id=None, forced_eos_token_id=None,
        )  # fmt: skip
    return GPT2Config(
        vocab_size=tokens.size, n_layer=layers, n_embd=width, n_head=heads, n_positions=source + generated + 1,
        activation_function="gelu", resid_pdrop=0.0,
        embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=tokens.bos, eos_token_id=None,
    )  # fmt: skip


def build_model(model: Any, tokens: TokenSpec, source: int, generated: int) -> tuple[PreTrainedModel, bool]:
    """The model, and whether its weights are pretrained.

    Raises:
        ValueError: `model` is none of: preset, configuration, model, local path, hub name.
    """
    names = [name + kind for name in PRESETS for kind in ("", "-seq2seq")]
    if isinstance(model, PreTrainedModel):
        return model, True
    if isinstance(model, str) and model in names:
        model = preset_config(model, tokens, source, generated)
    if isinstance(model, PreTrainedConfig):
        kind = AutoModelForSeq2SeqLM if model.is_encoder_decoder else AutoModelForCausalLM
        return kind.from_config(copy.deepcopy(model)), False
    if not isinstance(model, str | Path):
        raise ValueError(
            f"model: got {type(model).__name__}; allowed are {', '.join(map(repr, names))}, a transformers "
            "configuration or model, a local path or a hub name"
        )
    if difflib.get_close_matches(str(model), names, cutoff=0.85) and not Path(model).exists():
        raise unknown("model", model, names)  # at once: asking the hub for a slip of the pen takes long
    try:
        config = AutoConfig.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"model: got {str(model)!r}, which is neither one of {', '.join(map(repr, names))} nor a model that "
            f"transformers can load from disk or hub: {error}"
        ) from error
    kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    return kind.from_pretrained(model, dtype=torch.float32), True


def check_model(model: PreTrainedModel, tokens: TokenSpec, source: int, generated: int, frozen_layers: int) -> None:
    """Refuses a model that cannot serve the environment's vocabulary or lengths.

    Raises:
        ValueError: naming what does not fit.
    """
    config = model.config.get_text_config()
    if config.vocab_size < tokens.size:
        raise ValueError(
            f"model: vocab_size is {config.vocab_size}; allowed is at least V = {tokens.size} of the environment"
        )
    learned = config.model_type not in ("t5", "mt5", "umt5", "longt5")  # theirs is a hint, positions are relative
    limit = getattr(config, "max_position_embeddings", None)
    need = max(source, generated) + 1 if config.is_encoder_decoder else source + generated + 1
    if learned and limit is not None and limit < need:
        raise ValueError(
            f"model: it reads at most {limit} tokens, the environment needs {need} (source {source}, text {generated})"
            "; lower max_source_tokens or max_new_tokens"
        )
    check_int("frozen_layers", frozen_layers, 0, min(len(layers) for layers in layers_of(model)))


def layers_of(model: PreTrainedModel) -> list[nn.ModuleList]:
    """The layers of a decoder-only model, or those of encoder and decoder.

    Raises:
        ValueError: the model keeps its layers in no list.
    """
    stacks = [model.get_encoder(), model.get_decoder()] if model.config.is_encoder_decoder else [model.base_model]
    found = [next((part for part in stack.modules() if isinstance(part, nn.ModuleList)), None) for stack in stacks]
    if any(layers is None for layers in found):
        raise ValueError(f"model: {type(model).__name__} has no list of layers")
    return [layers for layers in found if layers is not None]
