"""A Hugging Face transformer as actor and critic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from gymnasium import spaces
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel

from agents.policies.base import TokenPolicy
from agents.policies.causal import CausalTrunk
from agents.policies.models import build_model, check_model, layers_of
from agents.policies.seq2seq import Seq2SeqTrunk
from agents.policies.tokens import TokenSpec
from agents.policies.trunk import Frame, Trunk
from textgym.errors import check_choice

SETTINGS_FILE = "policy.json"
VALUE_FILE = "value.safetensors"
PROMPTS = ("auto", "separator", "tokenizer", "plain")


class TransformerPolicy(TokenPolicy):
    """A decoder-only or encoder-decoder transformer with a value head.

    For use as `A2C(TransformerPolicy, make_vec_env(...), policy_kwargs={...})`; beside the keyword arguments of
    `TokenPolicy`:

    Args:
        model: a preset (``"tiny"``, ``"small"``, ``"tiny-seq2seq"``, ``"small-seq2seq"``, drawn at random), a Hugging
            Face configuration (drawn at random), a model object, or a local path or hub name (pretrained). A
            directory of `save_pretrained` brings its value head and its prompt form along.
        frozen_layers: how many of the first layers (of the encoder and of the decoder each) stay as they are.
        prompt: what stands around the source. ``"separator"``: a bos token between source and text (decoder-only
            models); ``"tokenizer"``: the tokenizer's own special tokens, those before the source for decoder-only
            models; ``"plain"``: nothing; ``"auto"``: the tokenizer's for pretrained weights, else separator or plain.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = self._network.get("model")
        if isinstance(source, str | Path) and (Path(source) / VALUE_FILE).is_file():
            self._load_value(Path(source))

    def _make_trunk(  # type: ignore[override]
        self,
        cache: bool,
        model: str | Path | PreTrainedModel | Any = "small",
        frozen_layers: int = 0,
        prompt: str = "auto",
    ) -> Trunk:
        check_choice("prompt", prompt, PROMPTS)
        source, generated = self._lengths()
        network, pretrained = build_model(model, self.tokens, source, generated)
        check_model(network, self.tokens, source, generated, frozen_layers)
        for layers in layers_of(network):
            for layer in layers[:frozen_layers]:
                layer.requires_grad_(False)
        causal = not network.config.is_encoder_decoder
        if prompt == "auto" and isinstance(model, str | Path) and (Path(model) / SETTINGS_FILE).is_file():
            prompt = json.loads((Path(model) / SETTINGS_FILE).read_text())["prompt"]
        if prompt == "auto":
            prompt = "tokenizer" if pretrained else "separator" if causal else "plain"
        self.prompt = prompt
        kind = CausalTrunk if causal else Seq2SeqTrunk
        return kind(network, self.tokens.size, source, generated, prompt_frame(prompt, self.tokens, causal), cache)

    def save_pretrained(self, directory: str | Path, tokenizer: Any = None) -> None:
        """Writes the transformer as plain `transformers` reads it, the value head and the settings beside it.

        Args:
            directory: made where it is missing.
            tokenizer: written along, where it can be.
        """
        target = Path(directory)
        cast("Any", self.trunk).model.save_pretrained(target)
        if hasattr(tokenizer, "save_pretrained"):
            tokenizer.save_pretrained(target)
        save_file({name: weight.contiguous() for name, weight in self._value_state().items()}, target / VALUE_FILE)
        settings = {**self._settings, "tokens": self.tokens.to_json(), "prompt": self.prompt}
        (target / SETTINGS_FILE).write_text(json.dumps(settings, indent=2) + "\n")

    @classmethod
    def from_pretrained(
        cls,
        directory: str | Path,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        **kwargs: Any,
    ) -> TransformerPolicy:
        """The policy that `save_pretrained` wrote, with its settings where `kwargs` do not say otherwise."""
        settings = json.loads((Path(directory) / SETTINGS_FILE).read_text())
        settings["tokens"] = TokenSpec.from_json(settings["tokens"])
        arguments = {"lr_schedule": cls._dummy_schedule, **settings, "model": str(directory), **kwargs}
        return cls(observation_space, action_space, **arguments)

    def _value_state(self) -> dict[str, Tensor]:
        """The weights of the value head and, where it is separate, of the value network (tied ones once)."""
        state = {f"value_head.{name}": weight for name, weight in self.value_head.state_dict().items()}
        if self.value_trunk is not None:
            state.update({f"value_trunk.{name}": weight.data for name, weight in self.value_trunk.named_parameters()})
        return state

    def _load_value(self, directory: Path) -> None:
        """Takes the value weights of a saved policy of the same shape; another shape begins anew."""
        stored = load_file(directory / VALUE_FILE)
        own = self._value_state()
        if {name: weight.shape for name, weight in stored.items()} == {name: w.shape for name, w in own.items()}:
            for name, weight in stored.items():
                own[name].copy_(weight)


def prompt_frame(prompt: str, tokens: TokenSpec, causal: bool) -> Frame:
    """The ids around a source for a form of prompt other than "auto"."""
    if prompt == "separator":
        return Frame((), (tokens.bos,) if causal else (), empty=tokens.bos)
    if prompt == "tokenizer":
        return Frame(tokens.opening, () if causal else tokens.closing, empty=tokens.bos)
    return Frame((), (), empty=tokens.bos)
