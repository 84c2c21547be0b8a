"""Drawn scenes with captions: the built-in corpus of the captioning task."""

from textgym.corpora.scenes.compose import draw
from textgym.corpora.scenes.raster import picture

__all__ = ["draw", "picture"]
