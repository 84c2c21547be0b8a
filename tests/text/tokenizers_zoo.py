"""Real tokenizers of every kind, trained on a few lines in memory."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CORPUS = [
    "The cat sat on the mat, and it didn't care; it's the dog's mat.",
    "Prices rose 1,000.5 percent -- \"really?\" (yes!) they've said we're fine & I'm not.",
    "naïve café Ünïcode 日本語のテキスト 漢字 한국어 русский עברית العربية 👩‍👩‍👧 🎉 e\u0301",
    "tabs\tand\nnew lines\r\n-\nhyphen-\nated a.b.c 3.14 <skipped> &quot;x&quot; &amp;lt; K İ ﬁ ∑ ±",
    "the quick brown fox jumps over the lazy dog again and again and again",
] * 3
SPECIAL = ["<pad>", "<bos>", "<eos>", "<unk>"]


class Raw:
    """A bare `tokenizers.Tokenizer` behind the interface that `Codec` asks for."""

    pad_token_id, bos_token_id, eos_token_id = 0, 1, 2
    all_special_ids = [0, 1, 2, 3]  # noqa: RUF012

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    def __len__(self) -> int:
        return self.tokenizer.get_vocab_size()

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=add_special_tokens).ids

    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> str:
        return self.tokenizer.decode(list(token_ids), skip_special_tokens=skip_special_tokens)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[Any]:
        return [self.tokenizer.id_to_token(i) for i in ids]


class Letters:
    """A tokenizer written by hand: one token per character, no library behind it."""

    pad_token_id, bos_token_id, eos_token_id = 0, None, 1
    all_special_ids = [0, 1]  # noqa: RUF012

    def __init__(self) -> None:
        self.letters = ["", "", *sorted(set("".join(CORPUS)))]

    def __len__(self) -> int:
        return len(self.letters)

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [self.letters.index(char) for char in text if char in self.letters]

    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> str:
        return "".join(self.letters[i] for i in token_ids)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return [self.letters[i] for i in ids]


class Spaced(Letters):
    """Its decode looks at the neighbours: a space between two letters' tokens, none around the rest."""

    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> str:
        parts = [self.letters[i] for i in token_ids if i > 1]
        text = "".join(parts[:1])
        for left, right in pairwise(parts):
            text += (" " if left.isalpha() and right.isalpha() else "") + right
        return text


class Folded(Letters):
    """Its decode depends on the whole prefix: the case of everything follows from the parity of the length."""

    def decode(self, token_ids: Any, skip_special_tokens: bool = False) -> str:
        text = super().decode(token_ids)
        return text.upper() if len(text) % 2 else text.lower()


def _byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    tokenizer.add_tokens(["plain added", "日本"])
    return tokenizer


def _metaspace(strip: bool) -> Tokenizer:
    names = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    trained.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>"]))
    for name in sorted(trained.get_vocab(), key=lambda name: trained.get_vocab()[name]):
        if name not in names:
            names.append(name)
    vocabulary = {name: n for n, name in enumerate([*names, "▁", "▁▁"]) if names.count(name) <= 1}
    vocabulary = {name: n for n, name in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    if strip:
        tokenizer.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
    else:
        tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def _unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(
        CORPUS, trainers.UnigramTrainer(vocab_size=250, special_tokens=SPECIAL, unk_token="<unk>")
    )
    return tokenizer


def _word_piece(cleanup: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=cleanup)
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=260, special_tokens=SPECIAL))
    tokenizer.add_tokens(["n't", "'s", "'m", "'re", "'ve"])
    return tokenizer


def _word_level() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(CORPUS, trainers.WordLevelTrainer(special_tokens=SPECIAL))
    return tokenizer


def _characters() -> Tokenizer:
    letters = sorted(set("".join(CORPUS)))
    vocabulary = {name: n for n, name in enumerate([*SPECIAL, *letters])}
    tokenizer = Tokenizer(models.WordLevel(vocab=vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def _suffix_bpe() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=260, special_tokens=SPECIAL, end_of_word_suffix="</w>")
    )
    return tokenizer


BARE = {
    "byte_level": _byte_level,
    "metaspace_strip": lambda: _metaspace(True),
    "metaspace_plain": lambda: _metaspace(False),
    "unigram": _unigram,
    "word_piece": lambda: _word_piece(True),
    "word_piece_plain": lambda: _word_piece(False),
    "word_level": _word_level,
    "characters": _characters,
    "suffix_bpe": _suffix_bpe,
}
OWN = {"letters": Letters, "spaced": Spaced, "folded": Folded}
KINDS = [*BARE, *(f"{name}+wrapped" for name in BARE), "word_piece_plain+cleaned", "unigram+cleaned", *OWN]


@cache
def make_tokenizer(kind: str) -> Any:
    """A tokenizer by name: bare, `+wrapped` in transformers, or `+cleaned`, wrapped with its clean-up on."""
    if kind in OWN:
        return OWN[kind]()
    name, _, form = kind.partition("+")
    bare = BARE[name]()
    if not form:
        return Raw(bare)
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=bare, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>", unk_token="<unk>",
        clean_up_tokenization_spaces=form == "cleaned",
    )  # fmt: skip
