"""The built-in tokenizers: byte-level, lossless, small enough to be trained in seconds.

All kinds share one vocabulary layout: five special tokens, the 256 bytes, then pieces. They differ in their pieces:
none ("byte"), characters ("char"), words ("word"), or what byte-pair encoding finds ("bpe-N"). A text that
no piece covers falls back to bytes, so decoding gives back every text.
"""

from __future__ import annotations

import json
import re
import weakref
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from tokenizers import Tokenizer as FastTokenizer

SPECIALS: tuple[str, ...] = ("<pad>", "<bos>", "<eos>", "<unk>", "<sep>")
"""The special tokens, in the order of their ids."""

MIN_VOCABULARY = len(SPECIALS) + 256
MAX_PIECES = 10_000  # of the kinds "char" and "word"

# GPT-2's pattern, by which byte-level tokenizers cut words, as it reads on ASCII text.
_ASCII_WORDS = re.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+", flags=re.ASCII
)
_MOST_KNOWN_WORDS = 1 << 16


class BuiltinTokenizer:
    """A `tokenizers.Tokenizer` with the part of the Hugging Face interface that is used here. It cannot be changed.

    Special tokens are never read from text: "<eos>" in a source is five characters of text. Encoding adds none.

    Args:
        definition: the content of a tokenizer.json whose first ids are `SPECIALS`.
    """

    pad_token, bos_token, eos_token, unk_token, sep_token = SPECIALS
    pad_token_id: int | None = 0
    bos_token_id: int | None = 1
    eos_token_id: int | None = 2
    unk_token_id: int = 3
    sep_token_id: int | None = 4
    all_special_ids: list[int]

    def __init__(self, definition: str) -> None:
        from tokenizers import Tokenizer as FastTokenizer

        self._fast = FastTokenizer.from_str(definition)
        found = tuple(self._fast.id_to_token(i) for i in range(len(SPECIALS)))
        if found != SPECIALS:
            raise ValueError(f"tokenizer: its first tokens are {found}, a built-in one begins with {SPECIALS}")
        self._fast.encode_special_tokens = True
        self._definition = self._fast.to_str()
        self._size: int = self._fast.get_vocab_size()
        self._by_words = _cuts_words(json.loads(self._definition))
        self._known_words: dict[str, list[int]] = {}
        self.all_special_ids = list(range(len(SPECIALS)))

    @classmethod
    def shared(cls, definition: str) -> BuiltinTokenizer:
        """The one of this definition: what is worked out for a tokenizer goes by its identity."""
        found = _living.get((cls, definition))
        if found is None:
            made = cls(definition)
            found = _living[cls, definition] = _living.setdefault((cls, made.definition), made)
        return found

    @property
    def all_special_tokens(self) -> list[str]:
        """The special tokens."""
        return list(SPECIALS)

    @property
    def backend_tokenizer(self) -> FastTokenizer:
        """The `tokenizers.Tokenizer` that does the work."""
        return self._fast

    @property
    def vocab_size(self) -> int:
        """The number of ids."""
        return self._size

    @property
    def definition(self) -> str:
        """The content of its tokenizer.json, on one line."""
        return self._definition

    def __len__(self) -> int:
        return self._size

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        """The ids of a text. No special tokens are added in either case."""
        if self._by_words and text.isascii():
            return self._encode_words(text)
        ids: list[int] = self._fast.encode(text, add_special_tokens=False).ids
        return ids

    def _encode_words(self, text: str) -> list[int]:
        """`encode` of ASCII text, each of its words looked up: the same ids in a third of the time."""
        known, ids = self._known_words, []
        for word in _ASCII_WORDS.findall(text):
            found = known.get(word)
            if found is None:
                if len(known) >= _MOST_KNOWN_WORDS:
                    known.clear()
                found = known[word] = self._fast.encode(word, add_special_tokens=False).ids
            ids += found
        return ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of several texts, in parallel."""
        return [encoding.ids for encoding in self._fast.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, token_ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        """The text of some ids."""
        text: str = self._fast.decode(list(token_ids), skip_special_tokens=skip_special_tokens)
        return text

    @overload
    def convert_ids_to_tokens(self, ids: int) -> str: ...

    @overload
    def convert_ids_to_tokens(self, ids: Sequence[int]) -> list[str]: ...

    def convert_ids_to_tokens(self, ids: int | Sequence[int]) -> str | list[str]:
        """The vocabulary entry of an id, or of each of several; bytes are spelled as in GPT-2's vocabulary."""
        return self._token(ids) if isinstance(ids, int) else [self._token(i) for i in ids]

    def convert_tokens_to_ids(self, tokens: str | Sequence[str]) -> int | list[int]:
        """The id of a vocabulary entry, or of each of several; that of <unk> where there is none."""
        return self._id(tokens) if isinstance(tokens, str) else [self._id(token) for token in tokens]

    def _token(self, token_id: int) -> str:
        token: str | None = self._fast.id_to_token(token_id) if token_id >= 0 else None
        if token is None:
            raise ValueError(f"token id: got {token_id}, allowed is 0..{self._size - 1}")
        return token

    def _id(self, token: str) -> int:
        token_id: int | None = self._fast.token_to_id(token)
        return self.unk_token_id if token_id is None else token_id

    def get_vocab(self) -> dict[str, int]:
        """Vocabulary entry -> id."""
        return dict(self._fast.get_vocab())

    def save_pretrained(self, directory: str | Path) -> tuple[str, ...]:
        """Write what `transformers.AutoTokenizer.from_pretrained(directory)` reads; the paths written."""
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        config = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            **{f"{token[1:-1]}_token": token for token in SPECIALS},
            "clean_up_tokenization_spaces": False,
            "split_special_tokens": True,
            "model_max_length": int(1e30),
        }
        written = (folder / "tokenizer.json", folder / "tokenizer_config.json")
        for path, content in zip(written, (json.loads(self._definition), config), strict=True):
            path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return tuple(map(str, written))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BuiltinTokenizer) and self._definition == other._definition

    def __hash__(self) -> int:
        return hash(self._definition)

    def __reduce__(self) -> Any:
        return type(self).shared, (self._definition,)

    def __deepcopy__(self, memo: dict[int, Any]) -> BuiltinTokenizer:
        return self

    def __repr__(self) -> str:
        return f"BuiltinTokenizer({self._size} tokens)"


_living: weakref.WeakValueDictionary[tuple[type, str], BuiltinTokenizer] = weakref.WeakValueDictionary()


def _cuts_words(definition: dict[str, Any]) -> bool:
    """Whether words are cut by GPT-2's pattern before anything else, so that each is encoded on its own."""
    cut = definition["pre_tokenizer"] or {}
    plain = cut.get("type") == "ByteLevel" and cut["use_regex"] and not cut["add_prefix_space"]
    return plain and definition["normalizer"] is None and definition["post_processor"] is None


def symbols_tokenizer(symbols: Sequence[str], joiner: str = " ") -> BuiltinTokenizer:
    """A vocabulary of a handful of words; a text is some of them with `joiner` between.

    Args:
        symbols: the words, distinct, without spaces.
        joiner: " " or "".

    >>> symbols_tokenizer("abc").decode([5, 7, 6])
    'a c b'
    """
    from tokenizers import Regex, decoders, models, pre_tokenizers
    from tokenizers import Tokenizer as FastTokenizer

    words = list(symbols)
    taken = set(SPECIALS)
    for word in words:
        if not isinstance(word, str) or not word or any(character.isspace() for character in word):
            raise ValueError(f"symbols: got {word!r}, allowed is a word without spaces")
        if word in taken:
            raise ValueError(f"symbols: {word!r} stands there twice, or is a special token")
        taken.add(word)
    if not words:
        raise ValueError("symbols: got none, at least one is needed")
    if joiner not in (" ", ""):
        raise ValueError(f"joiner: got {joiner!r}, allowed are ' ', ''")
    vocabulary = {token: i for i, token in enumerate((*SPECIALS, *words))}
    fast = FastTokenizer(models.WordLevel(vocab=vocabulary, unk_token="<unk>"))
    if joiner == " ":
        fast.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    else:
        longest_first = "|".join(_escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
        split = pre_tokenizers.Split(Regex(longest_first), behavior="isolated")
        fast.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), split])
        fast.decoder = decoders.Fuse()
    fast.add_special_tokens(list(SPECIALS))
    return BuiltinTokenizer(fast.to_str())


def train_tokenizer(kind: str, size: int | None, texts: Iterable[str]) -> BuiltinTokenizer:
    """A tokenizer of a kind, from texts. The same texts give the same tokenizer.

    Args:
        kind: "byte", "char", "word" or "bpe".
        size: upper limit of the vocabulary; for "char" and "word" None sets none but `MAX_PIECES`.
        texts: what to count; not read for "byte".
    """
    if kind == "bpe":
        fast = _train_bpe(MIN_VOCABULARY if size is None else size, texts)
    else:
        most = MAX_PIECES if size is None else size - MIN_VOCABULARY
        fast = _from_pieces(kind, [] if kind == "byte" else _count_pieces(kind, texts, most))
    return BuiltinTokenizer(fast.to_str())


def _train_bpe(size: int, texts: Iterable[str]) -> FastTokenizer:
    from tokenizers import Tokenizer as FastTokenizer
    from tokenizers import decoders, models, trainers

    fast = FastTokenizer(models.BPE())
    fast.pre_tokenizer = _splitter("bpe")
    fast.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        show_progress=False,
        special_tokens=list(SPECIALS),
        initial_alphabet=_byte_alphabet(),
    )
    fast.train_from_iterator(iter(texts), trainer)
    return fast


def _from_pieces(kind: str, pieces: list[str]) -> FastTokenizer:
    """A vocabulary of whole pieces: one is taken where it fits exactly, bytes otherwise."""
    from tokenizers import Tokenizer as FastTokenizer
    from tokenizers import decoders, models

    vocabulary = {token: i for i, token in enumerate(dict.fromkeys((*SPECIALS, *_byte_alphabet(), *pieces)))}
    # Without merges only `ignore_merges` finds whole pieces. Bytes have none, and a text is one stretch: "<eos>" must
    # not be found there.
    fast = FastTokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=kind != "byte"))
    fast.pre_tokenizer = _splitter(kind)
    fast.decoder = decoders.ByteLevel()
    fast.add_special_tokens(list(SPECIALS))
    return fast


def _count_pieces(kind: str, texts: Iterable[str], most: int) -> list[str]:
    """The most frequent pieces, ties in the order of their characters; a word must occur twice."""
    splitter, known = _splitter(kind), {*_byte_alphabet(), *SPECIALS}
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text if kind == "char" else [piece for piece, _ in splitter.pre_tokenize_str(text)])
    if kind == "char":
        counts = Counter({splitter.pre_tokenize_str(character)[0][0]: n for character, n in counts.items()})
    least = 2 if kind == "word" else 1
    found = [piece for piece, count in counts.items() if count >= least and piece not in known]
    return sorted(found, key=lambda piece: (-counts[piece], piece))[:most]


def _splitter(kind: str) -> Any:
    """Cuts a text into the stretches that are looked up, each already spelled in bytes."""
    from tokenizers import Regex, pre_tokenizers

    if kind != "char":
        return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=kind != "byte")
    each = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    return pre_tokenizers.Sequence([each, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def _byte_alphabet() -> list[str]:
    from tokenizers import pre_tokenizers

    return sorted(pre_tokenizers.ByteLevel.alphabet())


def _escape(word: str) -> str:
    """`word` for an Oniguruma pattern."""
    return "".join(c if c.isalnum() or ord(c) > 127 else f"\\{c}" for c in word)
