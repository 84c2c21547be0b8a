"""Trained tokenizers on disk, so that a second start does not train again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from textgym.disk import cache_folder, write_whole
from textgym.text.builtin import BuiltinTokenizer, train_tokenizer


def cached_tokenizer(kind: str, size: int | None, texts: list[str]) -> BuiltinTokenizer:
    """`train_tokenizer(kind, size, texts)`, from the cache where it is there and intact.

    A cache that cannot be written is done without.
    """
    path = cache_folder() / "tokenizers" / f"{_key(kind, size, texts)}.json"
    found = _read(path)
    if found is not None:
        return found
    tokenizer = train_tokenizer(kind, size, texts)
    _write(path, tokenizer)
    return tokenizer


def _key(kind: str, size: int | None, texts: Iterable[str]) -> str:
    """A hash of all that a trained tokenizer depends on."""
    import tokenizers

    digest = hashlib.blake2b(json.dumps([1, tokenizers.__version__, kind, size]).encode(), digest_size=16)
    for text in texts:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def _checksum(definition: str) -> str:
    return hashlib.blake2b(definition.encode(), digest_size=16).hexdigest()


def _read(path: Path) -> BuiltinTokenizer | None:
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        if _checksum(entry["definition"]) == entry["checksum"]:
            return BuiltinTokenizer.shared(entry["definition"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # absent, cut off or not ours: train anew
        pass
    return None


def _write(path: Path, tokenizer: BuiltinTokenizer) -> None:
    entry = {"checksum": _checksum(tokenizer.definition), "definition": tokenizer.definition}
    write_whole(path, json.dumps(entry).encode())
