"""Captioning: a picture in, a sentence that describes it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.errors import check_int
from textgym.tasks.base import HubSource, Task
from textgym.types import Example


@dataclass(frozen=True)
class Caption(Task):
    """Drawn scenes, a folder of pictures with captions, or Flickr8k and Flickr30k by name.

    The picture is the key `image` of the observation.

    Args:
        image_size: width and height of the picture in pixels.
        instruction: the text that stands in `source`, the same for all.
    """

    image_size: int = 64
    instruction: str = "Describe the picture."

    name: ClassVar[str] = "caption"
    default_reward: ClassVar[str | Mapping[str, float]] = {"bleu": 0.5, "rougeL": 0.5}
    metrics: ClassVar[tuple[str, ...]] = ("bleu", "rougeL", "attribute_f1")
    max_source_tokens: ClassVar[int] = 8
    max_new_tokens: ClassVar[int] = 40
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "source": ("image", "file_name", "source"),
        "references": ("references", "reference", "captions", "caption"),
        "id": ("id",),
    }
    hub: ClassVar[Mapping[str, HubSource]] = {
        "flickr8k": HubSource("jxie/flickr8k", fields={"references": tuple(f"caption_{i}" for i in range(5))}),
        "flickr30k": HubSource("umaru97/flickr30k_train_val_test", splits={"validation": "val"}),
    }

    def __post_init__(self) -> None:
        check_int("image_size", self.image_size, 16, 1024)

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """One, two or three things on a ground, see `textgym.corpora.scenes`."""
        from textgym.corpora.scenes import draw
        from textgym.corpora.scenes.viable import captions

        return ProceduralCorpus("caption", draw, split, difficulty, grammar=captions)

    def read(self, path: Path, split: str, fields: Any) -> Corpus | None:
        """Pictures with a list of captions, see `textgym.corpora.pictures`."""
        from textgym.corpora.pictures import read_pictures

        return None if fields is not None else read_pictures(path, split)

    def prompt(self, example: Example) -> str:
        """The instruction: what is to be described is in the picture."""
        return self.instruction

    def extra_spaces(self) -> dict[str, spaces.Space[Any]]:
        """The picture, uint8 (H, W, 3)."""
        return {"image": spaces.Box(0, 255, (self.image_size, self.image_size, 3), np.uint8)}

    def extra_observation(self, example: Example) -> dict[str, NDArray[Any]]:
        """The picture of an example."""
        from textgym.corpora.pictures import load_picture
        from textgym.corpora.scenes import picture

        scene = example.meta.get("scene")
        if scene is not None:
            return {"image": picture(scene, self.image_size)}
        if "image" not in example.meta:
            raise ValueError(
                f"dataset: example {example.id!r} has no picture; meta['scene'] or meta['image'] is needed"
            )
        return {"image": load_picture(example.meta["image"], self.image_size)}
