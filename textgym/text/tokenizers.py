"""From what the user calls a tokenizer to a tokenizer: built-in, trained, Hugging Face's, or an object."""

from __future__ import annotations

import json
import os
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgym.errors import unknown
from textgym.text.builtin import MIN_VOCABULARY, SPECIALS, BuiltinTokenizer, symbols_tokenizer, train_tokenizer
from textgym.text.cache import cached_tokenizer
from textgym.text.codec import Tokenizer
from textgym.types import DIFFICULTIES

if TYPE_CHECKING:
    from textgym.tasks.base import Task

KINDS: tuple[str, ...] = ("builtin", "byte", "char", "word", "bpe-N")
"""Names of tokenizers that need no download; N is the size of the vocabulary."""

MAX_BUILTIN = 8_000  # vocabulary on data that is not built in
WORDS_PER_TOKEN = 50  # ... and how many words of text a token of it must be worth
TRAIN_EXAMPLES = 5_000  # built-in examples that a tokenizer is trained on, over all difficulties
MAX_CHARACTERS = 20_000_000  # of text that a tokenizer is trained on

_OPTIONS = ("kind", "vocab_size", "symbols", "joiner")
_BPE = re.compile(r"^bpe-(\d+)$")
_END_TOKENS = ("</s>", "<eos>", "<|endoftext|>", "<|im_end|>", "<|end_of_text|>", "[SEP]", "<end_of_turn>")


def load_tokenizer(spec: Any, task: Task, corpus_texts: Callable[[], Iterable[str]] | None = None) -> Tokenizer:
    """A tokenizer by name, or an object as it is.

    Args:
        spec: "builtin" (the one made for built-in data; on other data byte-level BPE trained on it), "byte",
            "char", "word" or "bpe-N" (trained, N the size of the vocabulary), a Hugging Face name or local path,
            a tokenizer.json, or an object with that interface, which is never changed.
        task: whose data it is for.
        corpus_texts: gives the texts to train on; None stands for the task's built-in data.

    Raises:
        ValueError: the name or path is not known, or cannot be loaded.
    """
    if isinstance(spec, os.PathLike):
        spec = os.fspath(spec)
    if not isinstance(spec, str):
        found: Tokenizer = spec
        return found
    options = _options(task)
    if spec == "builtin" and options.get("symbols"):
        return symbols_tokenizer(options["symbols"], options.get("joiner", " "))
    if spec == "builtin" and corpus_texts is None:
        shipped = shipped_tokenizer(task.name)
        if shipped is not None:
            return shipped
    if spec == "builtin":
        return _trained_builtin(task, corpus_texts)
    if spec in ("byte", "char", "word"):
        return cached_tokenizer(spec, None, [] if spec == "byte" else _texts(task, corpus_texts))
    bpe = _BPE.match(spec)
    if bpe is not None:
        return cached_tokenizer("bpe", check_bpe_size(spec, int(bpe[1])), _texts(task, corpus_texts))
    return _from_path(spec)


def builtin_texts(task: Task, examples: int = TRAIN_EXAMPLES) -> Iterator[str]:
    """Prompts and references of built-in training data, the difficulties in equal shares."""
    for difficulty in DIFFICULTIES:
        corpus = task.builtin("train", difficulty)
        for index in range(min(len(corpus), examples // len(DIFFICULTIES))):
            example = corpus[index]
            yield task.prompt(example)
            yield from example.references


def shipped_tokenizer(name: str) -> BuiltinTokenizer | None:
    """The tokenizer that ships with a task, by the task's name; None where there is none."""
    file = resources.files("textgym") / "data" / "tokenizers" / f"{name}.json"
    return BuiltinTokenizer.shared(file.read_text(encoding="utf-8")) if file.is_file() else None


def check_bpe_size(spec: str, size: int) -> int:
    """The vocabulary size of "bpe-N", which must hold the special tokens and all bytes."""
    if not MIN_VOCABULARY <= size <= 1_000_000:
        raise ValueError(
            f"tokenizer: got {spec!r}, allowed is 'bpe-N' with N from {MIN_VOCABULARY} ({len(SPECIALS)} special tokens "
            "and 256 bytes) to 1000000"
        )
    return size


def _options(task: Task) -> dict[str, Any]:
    options = task.tokenizer_options()
    for name in options:
        if name not in _OPTIONS:
            raise unknown(f"{type(task).__name__}.tokenizer_options()", name, _OPTIONS)
    return options


def train_on_builtin(task: Task) -> BuiltinTokenizer:
    """The tokenizer for a task's built-in data, as it is shipped: trained anew, without the cache."""
    kind, size = _builtin_form(task)
    return train_tokenizer(kind, size, builtin_texts(task))


def _builtin_form(task: Task) -> tuple[str, int | None]:
    """Kind and vocabulary size on built-in data."""
    options = _options(task)
    return options.get("kind", "word"), options.get("vocab_size")


def _trained_builtin(task: Task, corpus_texts: Callable[[], Iterable[str]] | None) -> BuiltinTokenizer:
    """On built-in data of the form that ships; on other data BPE, the smaller the corpus the fewer tokens."""
    texts = _texts(task, corpus_texts)
    if corpus_texts is None:
        return cached_tokenizer(*_builtin_form(task), texts)
    words = sum(text.count(" ") + 1 for text in texts)
    size = min(MAX_BUILTIN, MIN_VOCABULARY + max(128, words // WORDS_PER_TOKEN))
    return cached_tokenizer("bpe", size, texts)


def _texts(task: Task, corpus_texts: Callable[[], Iterable[str]] | None) -> list[str]:
    """What to train on: a fixed beginning of the corpus, as much as is useful."""
    kept: list[str] = []
    total = 0
    for text in builtin_texts(task) if corpus_texts is None else corpus_texts():
        kept.append(text)
        total += len(text)
        if total >= MAX_CHARACTERS:
            break
    return kept


def _from_path(spec: str) -> Tokenizer:
    """A tokenizer.json, a folder, or a name on the hub."""
    path = Path(spec).expanduser()
    file = path / "tokenizer.json" if path.is_dir() else path
    if file.is_file():
        ours = _as_builtin(file)
        if ours is not None:
            return ours
        if file == path:
            return _from_json(path)
    elif not path.exists() and (spec.endswith(".json") or spec.startswith((".", "~", os.sep))):
        raise ValueError(
            f"tokenizer: there is no {spec}; allowed is a tokenizer.json, a folder that holds one, or a name"
        )
    try:
        return _from_hugging_face(str(path) if path.exists() else spec)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        near = str(unknown("tokenizer", spec, KINDS))
        raise ValueError(
            f"{near}; or a Hugging Face name or local path, or an object with that interface. Loading {spec!r} "
            f"from Hugging Face failed ({_first_line(error)}); without a network, download it on a machine that has "
            "one and pass the folder"
        ) from error


def _from_hugging_face(name: str) -> Tokenizer:
    """From the local cache where it is there, else from the hub. Code of a repository is never run."""
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise ImportError(f"tokenizer {name!r}: Hugging Face tokenizers need `transformers`") from error
    found: Tokenizer
    # trust_remote_code=False, for the default asks on the terminal whether to run a repository's code.
    try:
        found = AutoTokenizer.from_pretrained(name, trust_remote_code=False, local_files_only=True)
    except OSError:
        if Path(name).exists() or not _hub_answers():
            raise
        found = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    return found


def _hub_answers() -> bool:
    """Whether the hub's name can be resolved; asking it in vain takes a minute, this a moment."""
    if urllib.request.getproxies():
        return True
    host = urllib.parse.urlsplit(os.environ.get("HF_ENDPOINT") or "https://huggingface.co").hostname
    try:
        return bool(socket.getaddrinfo(host, 443))
    except OSError:
        return False


def _as_builtin(file: Path) -> BuiltinTokenizer | None:
    """The file as a built-in tokenizer, where it was written by one."""
    try:
        definition = file.read_text(encoding="utf-8")
        content = json.loads(definition)
        added = {entry["id"]: entry["content"] for entry in content["added_tokens"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return BuiltinTokenizer(definition) if added == dict(enumerate(SPECIALS)) else None


def _from_json(path: Path) -> Tokenizer:
    """Somebody else's tokenizer.json; it does not say which token ends a text, so a usual name is looked for."""
    from tokenizers import Tokenizer as FastTokenizer
    from transformers import PreTrainedTokenizerFast

    try:
        fast = FastTokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more specific
        raise ValueError(f"tokenizer: {path} is no tokenizer.json: {_first_line(error)}") from error
    end = next((token for token in _END_TOKENS if fast.token_to_id(token) is not None), None)
    pad = next((token for token in ("<pad>", "[PAD]", "<|pad|>") if fast.token_to_id(token) is not None), end)
    found: Tokenizer = PreTrainedTokenizerFast(tokenizer_object=fast, eos_token=end, pad_token=pad)
    return found


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
