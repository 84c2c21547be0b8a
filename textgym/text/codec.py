"""A tokenizer as the environments use it: ids of the special tokens, encode, decode."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from textgym.text.chunks import Chunks


@runtime_checkable
class Tokenizer(Protocol):
    """The part of the Hugging Face tokenizer interface that is used; the object is never changed."""

    pad_token_id: int | None
    bos_token_id: int | None
    eos_token_id: int | None
    all_special_ids: list[int]

    def __len__(self) -> int: ...

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]: ...

    def decode(self, token_ids: Sequence[int], skip_special_tokens: bool = False) -> str: ...

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]: ...


class Codec:
    """Ids to text and back through a tokenizer, with its special tokens sorted out.

    Attributes:
        tokenizer: the object itself.
        size: V, the number of ids.
        pad_id, eos_id: always set; a tokenizer without a pad token pads with its end token.
        bos_id: the id that starts a text, or None.
        silent: bool (V,), the ids that put no text (all special tokens).
        allowed: bool (V,), the ids an agent may choose: those that put text, and the end token.

    Raises:
        ValueError: the tokenizer lacks a part of the interface, or has no end token.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        missing = [
            part
            for part in ("encode", "decode", "__len__", "all_special_ids", "convert_ids_to_tokens")
            if not hasattr(tokenizer, part)
        ]
        if missing:
            raise ValueError(
                f"tokenizer: got {type(tokenizer).__name__} without {', '.join(missing)}; allowed is "
                "'builtin', a Hugging Face name or path, or an object with that interface"
            )
        eos = _special(tokenizer, "eos_token_id", "sep_token_id")
        if eos is None:
            raise ValueError("tokenizer: it has no end token; set one, e.g. tokenizer.eos_token = '</s>'")
        self.tokenizer = tokenizer
        self.size = len(tokenizer)
        self.eos_id = eos
        pad = _special(tokenizer, "pad_token_id")
        self.pad_id = eos if pad is None else pad
        self.bos_id = _special(tokenizer, "bos_token_id", "cls_token_id")
        self.silent: NDArray[np.bool_] = np.zeros(self.size, dtype=bool)
        self.silent[[i for i in {*tokenizer.all_special_ids, self.pad_id, self.eos_id} if i < self.size]] = True
        self.allowed: NDArray[np.bool_] = ~self.silent
        self.allowed[self.eos_id] = True

    def encode(self, text: str, max_tokens: int | None = None) -> list[int]:
        """The ids of `text`, without special tokens, cut to the first `max_tokens`."""
        found = None if self._chunks is None else self._chunks.ids(text)
        ids = self.tokenizer.encode(text, add_special_tokens=False) if found is None else found.tolist()
        return ids if max_tokens is None else ids[:max_tokens]

    def encode_rows(self, texts: Sequence[str], max_tokens: int) -> NDArray[np.int32]:
        """`encode` of several texts (n, max_tokens), right-padded with the pad id."""
        if self._chunks is None:
            rows, whole = np.full((len(texts), max_tokens), self.pad_id, dtype=np.int32), list(range(len(texts)))
        else:
            rows, whole = self._chunks.rows(texts, max_tokens, self.pad_id)
        for i in whole:
            ids = self.tokenizer.encode(texts[i], add_special_tokens=False)[:max_tokens]
            rows[i, : len(ids)] = ids
        return rows

    @functools.cached_property
    def _chunks(self) -> Chunks | None:
        """What chunks of text are encoded as, where that makes up what the text is."""
        from textgym.text.separable import word_chunks

        return word_chunks(self.tokenizer)

    def decode(self, ids: Sequence[int] | NDArray[Any]) -> str:
        """The text of `ids`; special tokens put none. This *defines* the text of an episode."""
        plain = ids.tolist() if isinstance(ids, np.ndarray) else [int(i) for i in ids]
        return self.tokenizer.decode(plain, skip_special_tokens=True)


def _special(tokenizer: Tokenizer, *names: str) -> int | None:
    for name in names:
        value = getattr(tokenizer, name, None)
        if value is not None:
            return int(value)
    return None
