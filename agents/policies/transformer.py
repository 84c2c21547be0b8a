"""A Hugging Face transformer as actor and critic."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from gymnasium import spaces
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel

from agents.policies.adapters import adapted, add_lora, merged, save_adapter
from agents.policies.adapters import freeze as freeze_parameters
from agents.policies.base import TokenPolicy
from agents.policies.causal import CausalTrunk
from agents.policies.models import build_model, check_model
from agents.policies.seq2seq import Seq2SeqTrunk
from agents.policies.tokens import TokenSpec
from agents.policies.trunk import Frame, Trunk
from agents.policies.vision import ImagePrefix, image_prefix
from textgym.errors import check_choice

SETTINGS_FILE = "policy.json"
VALUE_FILE = "value.safetensors"
ADAPTER_FOLDER = "adapter"
IMAGE_FOLDER = "image_encoder"
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
        freeze: names of parameters of the transformer that stay as they are, or patterns ("*.wte.*", "encoder.*").
        lora: trains low-rank adapters in place of the transformer's weights; see `adapters.add_lora`.
        image_encoder: how the pictures of an observation are read, see `ImagePrefix`; None leaves them out. "auto":
            the one that was saved with the model, else "small". Of no effect where observations have no `image`.
        prompt: what stands around the source. ``"separator"``: a bos token between source and text (decoder-only
            models); ``"tokenizer"``: the tokenizer's own special tokens, those before the source for decoder-only
            models; ``"plain"``: nothing; ``"auto"``: the tokenizer's for pretrained weights, else separator or plain.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = self._network.get("model")
        if isinstance(source, str | Path) and (Path(source) / VALUE_FILE).is_file():
            self._load_beside(Path(source))

    def _make_trunk(  # type: ignore[override]
        self,
        cache: bool,
        model: str | Path | PreTrainedModel | Any = "small",
        frozen_layers: int = 0,
        prompt: str = "auto",
        freeze: Sequence[str] = (),
        lora: Mapping[str, Any] | bool | None = None,
        image_encoder: Any = "auto",
    ) -> Trunk:
        check_choice("prompt", prompt, PROMPTS)
        source, generated = self._lengths()
        vision = self._vision(model, image_encoder)
        places = 0 if vision is None else vision.places
        source += places
        network, pretrained = build_model(model, self.tokens, source, generated)
        check_model(network, self.tokens, source, generated, frozen_layers)
        freeze_parameters(network, frozen_layers, freeze)
        if lora:
            add_lora(network, lora)
        causal = not network.config.is_encoder_decoder
        if prompt == "auto" and isinstance(model, str | Path) and (Path(model) / SETTINGS_FILE).is_file():
            prompt = json.loads((Path(model) / SETTINGS_FILE).read_text())["prompt"]
        if prompt == "auto":
            prompt = "tokenizer" if pretrained else "separator" if causal else "plain"
        self.prompt = prompt
        kind = CausalTrunk if causal else Seq2SeqTrunk
        frame = prompt_frame(prompt, self.tokens, causal)
        frame = Frame((self.tokens.bos,) * places + frame.opening, frame.closing, frame.empty)
        trunk = kind(network, self.tokens.size, source - places, generated, frame, cache)
        if vision is not None:
            trunk.vision = vision.connect(network.get_input_embeddings().embedding_dim)
        return trunk

    def _vision(self, model: Any, encoder: Any) -> ImagePrefix | None:
        """See `image_prefix`; "auto" is what was saved with the model."""
        if encoder == "auto" and isinstance(model, str | Path) and (Path(model) / SETTINGS_FILE).is_file():
            saved = Path(model) / IMAGE_FOLDER
            encoder = saved if saved.is_dir() else None
        return image_prefix(self.observation_space, encoder)

    def save_pretrained(self, directory: str | Path, tokenizer: Any = None) -> None:
        """Writes the transformer as plain `transformers` reads it, the value head and the settings beside it.

        LoRA is merged into the weights; the adapters alone are in the sub-folder `adapter`, as `peft` reads them. An
        image encoder is in the sub-folder `image_encoder`.

        Args:
            directory: made where it is missing.
            tokenizer: written along, where it can be.
        """
        target = Path(directory)
        network = cast("Any", self.trunk).model
        merged(network).save_pretrained(target)
        if adapted(network):
            save_adapter(network, target / ADAPTER_FOLDER)
        if self.trunk.vision is not None:
            cast("Any", self.trunk.vision.encoder).save_pretrained(target / IMAGE_FOLDER)
        if hasattr(tokenizer, "save_pretrained"):
            tokenizer.save_pretrained(target)
        beside = {name: weight.detach().clone().contiguous() for name, weight in self._beside(merging=True).items()}
        save_file(beside, target / VALUE_FILE)
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

    def _beside(self, merging: bool = False) -> dict[str, Tensor]:
        """The weights that are not the transformer's: of the value head, a separate value network, the picture's map.

        Names are those without adapters; `merging` adds these to the weights of the value network.
        """
        state = {f"value_head.{name}": weight for name, weight in self.value_head.state_dict().items()}
        if self.trunk.vision is not None:
            named = self.trunk.vision.named_parameters()
            state.update({f"vision.{name}": weight.data for name, weight in named if not name.startswith("encoder.")})
        if self.value_trunk is not None:
            network = cast("Any", self.value_trunk).model
            parts = {"model.": merged(network) if merging else network, "vision.": self.value_trunk.vision}
            for prefix, part in parts.items():
                for name, weight in () if part is None else part.named_parameters():  # tied ones once
                    if ".lora_" not in name:
                        state["value_trunk." + prefix + name.replace(".base_layer", "")] = weight.data
        return state

    def _load_beside(self, directory: Path) -> None:
        """Takes the weights beside the transformer of a saved policy of the same shape; another shape begins anew."""
        stored = load_file(directory / VALUE_FILE)
        own = self._beside()
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
