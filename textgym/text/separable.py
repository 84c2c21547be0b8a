"""Tokenizers that encode each word, with the space before it, on its own: their texts can be taken apart."""

from __future__ import annotations

import json
import weakref
from collections.abc import Sequence
from typing import Any

from textgym.text.chunks import Chunks
from textgym.text.codec import Tokenizer

_MARK = "\u2581"  # what SentencePiece makes of a space
_EACH_CHARACTER = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": r"[\s\S]"}, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
    ],
}
_PREPENDED = {
    "type": "Sequence",
    "normalizers": [
        {"type": "Prepend", "prepend": _MARK},
        {"type": "Replace", "pattern": {"String": " "}, "content": _MARK},
    ],
}


class WordByWord:
    """The ids of a chunk of text under a tokenizer that cuts words; see `textgym.text.chunks`.

    Args:
        tokenizer: itself.
        before: what stands before a chunk that does not begin its text, as `before_words` gives it.
    """

    def __init__(self, tokenizer: Tokenizer, before: str) -> None:
        self.tokenizer, self.before = tokenizer, before
        self._marks = [*_added(_library(tokenizer)), _MARK]

    def __call__(self, chunk: str, first: bool, last: bool) -> Sequence[int] | None:
        """The ids, or None where the chunk may belong with its neighbours: white space, or a token by its name."""
        if not chunk:
            return [] if first and last else None
        if (not first and chunk[0].isspace()) or any(mark in chunk for mark in self._marks):
            return None
        return self.tokenizer.encode(chunk if first else self.before + chunk, add_special_tokens=False)


_chunks: weakref.WeakValueDictionary[tuple[int, int], Chunks] = weakref.WeakValueDictionary()


def word_chunks(tokenizer: Tokenizer) -> Chunks | None:
    """What the chunks of texts are encoded as, remembered once for a tokenizer; None if it does not cut words."""
    key = id(tokenizer), len(tokenizer)  # the chunks keep it alive; it may grow
    found = _chunks.get(key)
    if found is None:
        before = before_words(tokenizer)
        if before is not None:
            found = _chunks[key] = Chunks(WordByWord(tokenizer, before))
    return found


def before_words(tokenizer: Tokenizer) -> str | None:
    """What to put before a word for the ids that it has behind a space; None if they depend on what stands there.

    Words are cut at spaces, before anything else and with nothing after: by GPT-2's pattern, between any two characters
    or bytes, at white space (BERT's way among others), or as SentencePiece marks them, unless a token goes on across
    such a mark.
    """
    backend = _library(tokenizer)
    if backend is None or backend.truncation is not None or backend.padding is not None:
        return None
    for token in backend.get_added_tokens_decoder().values():
        if token.lstrip or token.rstrip or token.single_word or " " in token.content:
            return None
    cut, normalizer, model = _state(backend.pre_tokenizer), _state(backend.normalizer), backend.model
    kind = cut.get("type")
    if getattr(model, "dropout", None):
        return None
    if kind in ("WhitespaceSplit", "Whitespace", "BertPreTokenizer"):
        return "" if normalizer.get("type", "BertNormalizer") == "BertNormalizer" else None
    if kind == "ByteLevel":
        alone = cut["use_regex"] or (type(model).__name__ == "BPE" and not _merges(backend))
        return " " if alone and not cut["add_prefix_space"] and not normalizer else None
    if cut == _EACH_CHARACTER:
        return None if normalizer else " "
    if kind == "Metaspace":
        return " " if cut["split"] and cut["replacement"] == _MARK and not normalizer else None
    if kind is None and normalizer == _PREPENDED and type(model).__name__ == "BPE":
        affixed = model.continuing_subword_prefix or model.end_of_word_suffix
        return None if affixed or _crosses(backend.get_vocab(with_added_tokens=False)) else ""
    return None


def _crosses(vocabulary: dict[str, int]) -> bool:
    """Whether a token may go on from one word to the next, or two unknown ones become one across a mark."""
    return _MARK not in vocabulary or any(_MARK in token.lstrip(_MARK) for token in vocabulary)


def _merges(backend: Any) -> Any:
    return json.loads(backend.model.__getstate__())["merges"]


def _state(part: Any) -> dict[str, Any]:
    """The settings of a part of a tokenizer; empty if it has no such part."""
    found: dict[str, Any] = {} if part is None else json.loads(part.__getstate__())
    return found


def _library(tokenizer: Any) -> Any:
    """The `tokenizers.Tokenizer` that does all the work of `tokenizer.encode`, or None."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    ours = type(tokenizer).encode.__module__.startswith(("transformers.", "textgym."))
    return backend if ours and type(backend).__module__.startswith("tokenizers") else None


def _added(backend: Any) -> list[str]:
    return [token.content for token in backend.get_added_tokens_decoder().values() if token.content]
