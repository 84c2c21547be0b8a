"""Tokenizers that encode each word, with the space before it, on its own: their texts can be taken apart."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from textgym.text.chunks import Chunks
from textgym.text.codec import Tokenizer


class WordByWord:
    """The ids of a chunk of text under a tokenizer that `cuts_words`; see `textgym.text.chunks`."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._marks = _added(_library(tokenizer))

    def __call__(self, chunk: str, first: bool, last: bool) -> Sequence[int] | None:
        """The ids, or None where the chunk may belong with its neighbours: white space, or a token by its name."""
        if not chunk:
            return [] if first and last else None
        if (not first and chunk[0].isspace()) or any(mark in chunk for mark in self._marks):
            return None
        return self.tokenizer.encode(chunk if first else " " + chunk, add_special_tokens=False)


_chunks: weakref.WeakValueDictionary[tuple[int, int], Chunks] = weakref.WeakValueDictionary()


def word_chunks(tokenizer: Tokenizer) -> Chunks | None:
    """What the chunks of texts are encoded as, remembered once for a tokenizer; None if it does not `cuts_words`."""
    key = id(tokenizer), len(tokenizer)  # the chunks keep it alive; it may grow
    found = _chunks.get(key)
    if found is None and cuts_words(tokenizer):
        found = _chunks[key] = Chunks(WordByWord(tokenizer))
    return found


def cuts_words(tokenizer: Tokenizer) -> bool:
    """Whether words are cut by GPT-2's pattern, before anything else and with nothing after, as the library does it."""
    backend = _library(tokenizer)
    if backend is None or type(backend.pre_tokenizer).__name__ != "ByteLevel":
        return False
    cut = backend.pre_tokenizer
    plain = cut.use_regex and not cut.add_prefix_space and backend.normalizer is None
    alone = all(
        not (token.lstrip or token.rstrip or token.single_word or " " in token.content)
        for token in backend.get_added_tokens_decoder().values()
    )
    return bool(plain and alone and backend.truncation is None and backend.padding is None)


def _library(tokenizer: Any) -> Any:
    """The `tokenizers.Tokenizer` that does all the work of `tokenizer.encode`, or None."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    ours = type(tokenizer).encode.__module__.startswith(("transformers.", "textgym."))
    return backend if ours and type(backend).__module__.startswith("tokenizers") else None


def _added(backend: Any) -> list[str]:
    return [token.content for token in backend.get_added_tokens_decoder().values() if token.content]
