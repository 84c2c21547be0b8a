"""The words of sacrebleu's metrics: its BLEU tokenizers by name, what chrF counts, TER's tokenizer.

`str.lower` is where care is needed: a capital sigma is lowered by what stands around it, so a lowercased text
is only cut after a character that such rules do not look through.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, ClassVar

from textgym.text.words import (
    ALNUM,
    NO_SPACE,
    SPACES,
    PlainWords,
    Words,
    as_letters,
    no_ascii_in_disguise,
    no_space,
)  # fmt: skip

_CONTROLS = "".join(char for char in NO_SPACE if not char.isprintable())


@cache
def is_barrier(char: str) -> bool:
    """Whether `str.lower` treats what is before `char` and what is after it independently."""
    return ("A\u03a3" + char + "A").lower()[1] == "\u03c2" and ("A" + char + "\u03a3").lower()[-1] == "\u03c3"


def _last_barrier(text: str) -> int:
    for end in range(len(text), 0, -1):
        if is_barrier(text[end - 1]):
            return end
    return 0


@cache
def _sacrebleu_tokenizer(name: str) -> Any:
    from sacrebleu.metrics.bleu import _get_tokenizer

    return _get_tokenizer(name)()


@dataclass(frozen=True)
class BleuWords(Words):
    """A tokenizer of sacrebleu by name, for which no rule of cutting is known: the text stays open to its end."""

    name: str
    lowercase: bool = False
    _letters: ClassVar[str] = ""

    def lower(self, text: str) -> str:
        """`text`, lowercased if that is asked for."""
        return text.lower() if self.lowercase else text

    def words(self, text: str) -> list[str]:
        words: list[str] = _sacrebleu_tokenizer(self.name)(self.lower(text).rstrip()).split()
        return words

    def cut(self, text: str, fresh: bool) -> int:
        return 0

    def letters(self) -> Mapping[str, str]:
        return as_letters(self._letters, self.lowercase)


@dataclass(frozen=True)
class NoneWords(BleuWords):
    """sacrebleu's `none`: split at white space."""

    name: str = "none"
    _letters = NO_SPACE

    def ends(self, text: str) -> bool:
        return text[:1].isspace()

    def goes_on(self, low: int, high: int) -> bool:
        return no_space(low, high) and (not self.lowercase or no_ascii_in_disguise(low, high))

    def cut(self, text: str, fresh: bool) -> int:
        return PlainWords.cut(self, text, fresh)  # type: ignore[arg-type]


# Punctuation that 13a puts spaces around wherever it stands, but for what may be part of "<skipped>" and entities.
_APART = frozenset('{|}~[\\]^_`!"#$%()*+:=?@/')
_PARTS_13A = re.compile(
    r"""(?<=[{|}~\[\\\]^_`!"\#$%()*+:=?@/])  # behind such a mark
    |(?<=[^0-9.,\s<>&;])(?=[.,])  # before "." or ",", if a digit cannot come to stand before it
    |(?:(?<=^[.,])|(?<=[^0-9.,\s<>&;][.,]))(?=[^.,\-<&\s])  # and behind it, if what follows it is settled
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Mteval13a(BleuWords):
    """sacrebleu's `13a` (mteval-v13a): entities, punctuation, numbers kept whole.

    It works on white space separated chunks, but for one thing: "-" and a line feed are taken out, which joins
    two lines, except at the end of the text, where the line feed is stripped first. "<skipped>" is taken out
    before that, so a ">" before a line feed may hide a "-".
    """

    name: str = "13a"
    _letters = ALNUM + _CONTROLS + "'"

    def unended(self) -> str:
        return string.digits

    def _parts(self, char: str) -> bool:
        # What stands around a capital sigma lowers it, which reaches over some punctuation.
        return not self.lowercase or is_barrier(char)

    def goes_on(self, low: int, high: int) -> bool:
        return no_space(low, high) and (not self.lowercase or no_ascii_in_disguise(low, high))

    def breaks(self, text: str) -> bool:
        return super().breaks(text) or (text[:1] in _APART and self._parts(text[0]))

    def ends(self, text: str) -> bool:
        return text[:1].isspace() or (text[:1] in (".", ",") and self._parts(text[0]))

    def cut(self, text: str, fresh: bool) -> int:
        end = 0
        for place in _PARTS_13A.finditer(text):
            if any(map(self._parts, text[max(place.end() - 1, 0) : place.end() + 1])):
                end = place.end()
        for run in SPACES.finditer(text):
            start = run.start()
            joined = text[start] == "\n" and start > 0 and text[start - 1] in "->"
            if not joined or (run.end() - start > 1 and run.end() < len(text)):
                end = run.end()
        return end

    def closed(self, text: str, fresh: bool) -> list[str]:
        # Without the spaces behind it, it is what `pending` has asked for, which the library remembers.
        words: list[str] = _sacrebleu_tokenizer("13a")(self.lower(text).rstrip(" ")).split()
        return words


@dataclass(frozen=True)
class International(BleuWords):
    """sacrebleu's `intl` (mteval-v14): punctuation apart unless between digits, symbols apart.

    A full stop after a digit stays with it only at the very end of the text, and an opening mark before a digit
    only at the very beginning, so white space closes a chunk when something follows it.
    """

    name: str = "intl"
    _letters = string.ascii_letters

    def cut(self, text: str, fresh: bool) -> int:
        end = 0
        for run in SPACES.finditer(text):
            if run.end() < len(text):
                end = run.end()
        return end

    def closed(self, text: str, fresh: bool) -> list[str]:
        words: list[str] = _sacrebleu_tokenizer("intl")(self.lower(text if fresh else " " + text)).split()
        return words

    def pending(self, text: str, fresh: bool) -> list[str]:
        return self.closed(text.rstrip(), fresh)


@dataclass(frozen=True)
class Chinese(BleuWords):
    """sacrebleu's `zh`: each Chinese character apart, the rest as in `13a`, without its joining of lines."""

    name: str = "zh"
    _letters = string.ascii_letters

    def cut(self, text: str, fresh: bool) -> int:
        is_chinese = _sacrebleu_tokenizer("zh")._is_chinese_char
        for end in range(len(text), 0, -1):
            char = text[end - 1]
            if char.isspace():
                if end < len(text) and not text[end].isspace():
                    return end
            elif is_chinese(char) and (not self.lowercase or is_barrier(char)):
                return end
        return 0

    def closed(self, text: str, fresh: bool) -> list[str]:
        tokenizer = _sacrebleu_tokenizer("zh")
        line = self.lower(text)
        line = line.lstrip() if fresh else " " + line
        apart = "".join(f" {char} " if tokenizer._is_chinese_char(char) else char for char in line)
        words: list[str] = tokenizer._post_tokenizer(apart).split()
        return words

    def pending(self, text: str, fresh: bool) -> list[str]:
        return self.closed(text.rstrip(), fresh)

    def stays_fresh(self, text: str) -> bool:
        return text.isspace()


@dataclass(frozen=True)
class Characters(BleuWords):
    """sacrebleu's `char`: each character but white space."""

    name: str = "char"

    def cut(self, text: str, fresh: bool) -> int:
        return _last_barrier(text) if self.lowercase else len(text)


BLEU_WORDS: dict[str, Callable[..., BleuWords]] = {
    "13a": Mteval13a,
    "intl": International,
    "zh": Chinese,
    "char": Characters,
    "none": NoneWords,
}


def bleu_words(tokenize: str = "13a", lowercase: bool = False) -> BleuWords:
    """The words of sacrebleu's BLEU under `tokenize`, one of its tokenizers' names."""
    if tokenize in BLEU_WORDS:
        return BLEU_WORDS[tokenize](lowercase=lowercase)
    return BleuWords(tokenize, lowercase)


@dataclass(frozen=True)
class ChrFCharacters(Words):
    """The characters that chrF counts: without white space unless asked for."""

    lowercase: bool = False
    whitespace: bool = False

    def words(self, text: str) -> list[str]:
        text = text.lower() if self.lowercase else text
        return list(text) if self.whitespace else list("".join(text.split()))

    def cut(self, text: str, fresh: bool) -> int:
        return _last_barrier(text) if self.lowercase else len(text)

    def breaks(self, text: str) -> bool:
        # A space that is itself counted cannot stand on both sides of the break.
        return not self.whitespace and super().breaks(text)


@dataclass(frozen=True)
class ChrFWords(Words):
    """The words of chrF++: split at white space, one punctuation mark taken off the end or the beginning."""

    lowercase: bool = False

    def words(self, text: str) -> list[str]:
        words: list[str] = _chrf()._remove_punctuation(text.lower() if self.lowercase else text)
        return words

    def ends(self, text: str) -> bool:
        return text[:1].isspace()

    def letters(self) -> Mapping[str, str]:
        return as_letters(ALNUM, self.lowercase)

    def goes_on(self, low: int, high: int) -> bool:
        return no_space(low, high) and (not self.lowercase or no_ascii_in_disguise(low, high))


@cache
def _chrf() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


# "'s" is taken apart before a space, which a line feed becomes, and at the end of the text: white space goes there.
_POSSESSIVE = re.compile(r"'[sS][^\S \n]\Z")


@dataclass(frozen=True)
class TerWords(Words):
    """sacrebleu's `tercom` tokenizer: white space parts words, and by option much else.

    Only "\\n-" reaches over white space: `normalized` takes it out, which joins two lines.
    """

    normalized: bool = False
    no_punct: bool = False
    asian_support: bool = False
    case_sensitive: bool = False

    def words(self, text: str) -> list[str]:
        return self.closed(text.rstrip(), False)

    def cut(self, text: str, fresh: bool) -> int:
        end = 0
        for run in SPACES.finditer(text):
            joins = self.normalized and text[run.end() - 1] == "\n" and text[run.end() : run.end() + 1] in ("", "-")
            if self.normalized and run.end() == len(text) and _POSSESSIVE.search(text[: run.start() + 1]):
                break
            if not joins:
                end = run.end()
            elif run.end() - run.start() > 1:
                end = run.end() - 1
        return end

    def closed(self, text: str, fresh: bool) -> list[str]:
        words: list[str] = _tercom(self)(text).split()
        return words

    def letters(self) -> Mapping[str, str]:
        changed = self.normalized or self.no_punct
        return as_letters(string.ascii_letters if changed else NO_SPACE, not self.case_sensitive)

    def goes_on(self, low: int, high: int) -> bool:
        if self.asian_support:
            return False
        return no_space(low, high) and (self.case_sensitive or no_ascii_in_disguise(low, high))


@cache
def _tercom(words: TerWords) -> Any:
    from sacrebleu.tokenizers.tokenizer_ter import TercomTokenizer

    return TercomTokenizer(**asdict(words))
