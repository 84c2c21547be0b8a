"""What of a transformer is trained: frozen layers and parameters by name, and LoRA through `peft`.

Low-rank adapters: Hu et al. (2022), "LoRA: low-rank adaptation of large language models": a weight W stays, and
W + (alpha / r) B A is used, of which B and A are learned. B starts at 0, so the policy starts as the model it adapts.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from safetensors.torch import save_file
from torch import nn
from transformers import PreTrainedModel

from agents.policies.models import layers_of
from textgym.errors import check_choice, unknown


def freeze(model: nn.Module, layers: int, patterns: Sequence[str]) -> None:
    """Freezes the first `layers` layers (of a transformer's encoder and decoder each), and parameters by name.

    Raises:
        ValueError: a pattern that matches no parameter.
    """
    for stack in layers_of(cast("PreTrainedModel", model)) if layers else ():
        stack[:layers].requires_grad_(False)  # type: ignore[index]
    names = dict(model.named_parameters())
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        chosen = [name for name in names if fnmatchcase(name, pattern)]
        if not chosen:
            raise ValueError(f"{unknown('freeze', pattern, names)}; or a pattern of them such as '*.wte.*'")
        for name in chosen:
            names[name].requires_grad_(False)


def add_lora(model: PreTrainedModel, settings: Mapping[str, Any] | bool) -> None:
    """Puts low-rank adapters into a model, in place; everything else of it is frozen.

    Args:
        model: whose layers are to be adapted.
        settings: arguments of `peft.LoraConfig` (``r``, ``lora_alpha``, ``target_modules``, ...); True: its defaults.

    Raises:
        ImportError: `peft` is not there.
        ValueError: an argument that `peft` does not know or take, or adapters in the embeddings or the head.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise ImportError("lora needs peft: pip install 'textgym[lora]'") from error
    given = {} if settings is True else dict(settings)  # type: ignore[arg-type]
    for name in given:
        check_choice("lora", name, [field.name for field in dataclasses.fields(LoraConfig)])
    kind = "SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM"
    # GPT-2 keeps its weights transposed; peft finds out on its own, and warns.
    given = {"task_type": kind, "fan_in_fan_out": model.config.model_type == "gpt2", **given}
    try:
        inject_adapter_in_model(LoraConfig(**given), model)
    except (ValueError, TypeError) as error:
        raise ValueError(f"lora: got {settings!r}, which peft refuses: {error}") from error
    # The head is scored in pieces from its weight alone, and the embedding is tied to it.
    if adapted(model.get_input_embeddings()) or adapted(model.get_output_embeddings()):
        raise ValueError("lora: target_modules names the embeddings or the head; allowed are the layers between them")


def adapted(module: nn.Module) -> bool:
    """Whether there are adapters in a module."""
    return any(hasattr(part, "get_base_layer") for part in module.modules())


def merged(model: PreTrainedModel) -> PreTrainedModel:
    """A copy with the adapters added to the weights, as a plain model; the model itself where it has none."""
    if not adapted(model):
        return model
    model = copy.deepcopy(model)
    for name, part in list(model.named_modules()):
        if hasattr(part, "get_base_layer"):
            part.merge()
            model.set_submodule(name, part.get_base_layer())
    if hasattr(model, "peft_config"):
        del model.peft_config
    return model


def save_adapter(model: PreTrainedModel, directory: Path) -> None:
    """Writes the adapters in the format of `peft`, for `PeftModel.from_pretrained(base, directory)`."""
    from peft import get_peft_model_state_dict

    (config,) = model.peft_config.values()
    config = copy.copy(config)
    config.base_model_name_or_path = model.name_or_path or None
    config.inference_mode = True
    directory.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(directory)
    weights = get_peft_model_state_dict(model)
    named = {f"base_model.model.{name}": weight.detach().cpu().contiguous() for name, weight in weights.items()}
    save_file(named, directory / "adapter_model.safetensors")
