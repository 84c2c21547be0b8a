"""Pictures as a prefix: an image encoder whose features stand before the source as if they were tokens.

After Tsimpoukelli et al. (2021), "Multimodal few-shot learning with frozen language models": the text model stays as
it is, and reads k vectors of the picture in its first k places.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any, cast

import torch
from gymnasium import spaces
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, ConvNextConfig, PreTrainedConfig

from agents.policies.tokens import IMAGE_KEY

MOST_PLACES = 64  # finer grids are averaged down to it


class ImagePrefix(nn.Module):
    """Pictures to k vectors of the text model's width.

    Args:
        encoder: "small" (a ConvNeXt of two stages, drawn at random), a configuration of a Hugging Face image model
            (drawn at random), or its local path or hub name (pretrained).
        shape: of a picture, (H, W, 3) or (3, H, W); either serves afterwards.

    Attributes:
        places: k.
    """

    def __init__(self, encoder: str | Path | PreTrainedConfig, shape: tuple[int, ...]) -> None:
        super().__init__()
        if len(shape) != 3 or 3 not in (shape[0], shape[2]):
            raise ValueError(f"observation_space: its image has shape {shape}; allowed is (H, W, 3) or (3, H, W)")
        self.encoder = build_encoder(encoder)
        with torch.no_grad():
            features = self._features(torch.zeros(1, *shape, dtype=torch.uint8))
        self.places = features.shape[1]
        self.features = features.shape[2]

    def connect(self, width: int) -> ImagePrefix:
        """Makes the map to the text model's width D."""
        self.project = nn.Linear(self.features, width)
        self.place = nn.Parameter(torch.randn(self.places, width) * 0.02)
        return self

    def forward(self, images: Tensor) -> Tensor:
        """(n, k, D) of uint8 (n, H, W, 3) or (n, 3, H, W)."""
        found: Tensor = self.project(self._features(images)) + self.place
        return found

    def _features(self, images: Tensor) -> Tensor:
        """(n, k, C)."""
        pixels = images if images.shape[1] == 3 else images.movedim(-1, 1)
        pixels = pixels.float() / 127.5 - 1.0
        features: Tensor = self.encoder(pixel_values=pixels).last_hidden_state
        if features.ndim == 3:  # a vision transformer's patches
            return features
        side = math.isqrt(MOST_PLACES)
        if features.shape[2] * features.shape[3] > MOST_PLACES:
            features = F.adaptive_avg_pool2d(features, side)
        return features.flatten(2).transpose(1, 2)


def image_prefix(observation_space: spaces.Space[Any], encoder: Any) -> ImagePrefix | None:
    """What reads the pictures of an observation, still without its map to the text model's width.

    Args:
        observation_space: a `Dict`, perhaps with an ``image``.
        encoder: as `ImagePrefix` takes it, "auto" for "small", or None to leave pictures out.

    Returns:
        None where there are no pictures, or none are wanted.
    """
    picture = cast("spaces.Dict", observation_space).spaces.get(IMAGE_KEY)
    if picture is None or encoder is None:
        return None
    return ImagePrefix("small" if encoder == "auto" else encoder, picture.shape or ())


def build_encoder(encoder: Any) -> nn.Module:
    """A Hugging Face image model.

    Raises:
        ValueError: `encoder` is none of: preset, configuration, local path, hub name.
    """
    if encoder == "small":
        encoder = ConvNextConfig(
            patch_size=4, num_stages=2, hidden_sizes=[48, 96], depths=[1, 1], layer_scale_init_value=1.0
        )
    if isinstance(encoder, PreTrainedConfig):
        return AutoModel.from_config(copy.deepcopy(encoder))  # type: ignore[no-any-return]
    if not isinstance(encoder, str | Path):
        raise ValueError(
            f"image_encoder: got {type(encoder).__name__}; allowed are 'small', a transformers configuration, a local "
            "path, a hub name, or None to leave pictures out"
        )
    try:
        AutoConfig.from_pretrained(encoder)
        return AutoModel.from_pretrained(encoder, dtype=torch.float32)  # type: ignore[no-any-return]
    except (OSError, ValueError) as error:
        raise ValueError(
            f"image_encoder: got {str(encoder)!r}, which is neither 'small' nor an image model that transformers can "
            f"load from disk or hub: {error}"
        ) from error
