"""Sentence encoders for `semantic`: sentence-transformers, any Hugging Face encoder, or an object."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.rewards.base import RewardContext
from textgym.rewards.batched import BatchScorer, TextReward
from textgym.rewards.precision import in_double, settled
from textgym.types import Example

_REMEMBERED = 4_096


def load_encoder(model: Any, device: str | None = None, exact: bool = False) -> Any:
    """An object with `encode(texts) -> array (N, D)` from a name, a path or such an object.

    With `exact`, models of torch are in double precision; other objects are taken as they are.

    Raises:
        ValueError: there is no such model, or the object has no `encode`.
    """
    if not isinstance(model, str):
        if not hasattr(model, "encode"):
            raise ValueError(
                f"model: got {model!r}, allowed is 'hashing', a name, a path or an object with encode(texts)"
            )
        return in_double(model) if exact and hasattr(model, "parameters") else model
    try:
        if importlib.util.find_spec("sentence_transformers") is not None:
            from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]

            encoder = SentenceTransformer(model, device=device)
            return in_double(encoder) if exact else encoder
        return MeanPooling(model, device, exact)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"model: got {model!r}, allowed is 'hashing', the name or path of a sentence encoder, or one; {error}"
        ) from error


class MeanPooling:
    """A Hugging Face encoder whose last hidden states are averaged: what most sentence-transformers models do."""

    def __init__(self, name: str, device: str | None = None, exact: bool = False) -> None:
        from transformers import AutoModel, AutoTokenizer

        model = AutoModel.from_pretrained(name).eval()
        self.model = in_double(model) if exact else model
        self.tokenizer = AutoTokenizer.from_pretrained(name)
        if device is not None:
            self.model.to(device)

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Embeddings (N, D)."""
        import torch

        inputs = self.tokenizer(list(texts), return_tensors="pt", padding=True, truncation=True, max_length=512)
        inputs = inputs.to(self.model.device)
        with torch.inference_mode():
            states = self.model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][:, :, None].to(states.dtype)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        return np.asarray((mean if mean.dtype == torch.float64 else mean.float()).cpu().numpy())


class _Similarity(TextReward):
    name = "semantic"

    def __init__(self, model: Any, to: str, device: str | None, exact: bool) -> None:
        super().__init__()
        self.encoder, self.to, self.exact = load_encoder(model, device, exact), to, exact
        self._known: dict[str, NDArray[np.float64]] = {}

    def score_texts(self, texts: Sequence[str], examples: Sequence[Example]) -> list[float]:
        targets = [example.references if self.to == "reference" else (example.source,) for example in examples]
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        new = list(dict.fromkeys(text for group in targets for text in group if text not in self._known))
        vectors = self._encode([*texts, *new])
        self._known.update(zip(new, vectors[len(texts) :], strict=True))
        cosines = [
            min(1.0, max((max(0.0, float(vector @ self._known[text])) for text in group), default=0.0))
            for vector, group in zip(vectors, targets, strict=False)
        ]
        return settled(np.array(cosines)).tolist() if self.exact else cosines

    def _encode(self, texts: Sequence[str]) -> list[NDArray[np.float64]]:
        vectors = np.asarray(self.encoder.encode(list(texts)), dtype=np.float64)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return list(vectors / np.where(norms > 0.0, norms, 1.0))


class EncoderScorer(BatchScorer):
    """`semantic` with a model."""

    def __init__(
        self, model: Any, to: str, device: str | None, exact: bool, context: RewardContext, num_rows: int
    ) -> None:
        super().__init__(_Similarity(model, to, device, exact), context, num_rows)
