"""The words that metrics count, as the official libraries cut them, and as a growing text allows.

A `Words` knows the official way (`words`: whole text in, list of words out) and how much of a text is settled:
`cut` gives the point up to which no later character can change anything, neither the words before it nor the
way the rest will be cut. Only the open rest is ever looked at again. The one piece of context that a rest
needs is whether it is `fresh`, the beginning of the text: two of sacrebleu's tokenizers treat that differently.
"""

from __future__ import annotations

import re
import string
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

SPACES = re.compile(r"\s+")
ALNUM = string.ascii_letters + string.digits
NO_SPACE = "".join(char for char in map(chr, range(0x80)) if not char.isspace())

_SPACE_CODES = tuple(code for code in range(0x80, 0x3001) if chr(code).isspace())


def no_space(low: int, high: int) -> bool:
    """Whether no character from code point `low` to `high`, beyond ASCII, is white space."""
    return not any(low <= space <= high for space in _SPACE_CODES)


def no_ascii_in_disguise(low: int, high: int) -> bool:
    """Whether no character there, beyond ASCII, lowers to an ASCII one, or to what begins with one."""
    return not (low <= 0x130 <= high or low <= 0x212A <= high)


def small(text: str) -> str:
    """`text` in small letters, one for each character, whatever stands beside it.

    That is `str.lower` but for two characters: a dotted capital I, which would become two, stays as it is, and a small
    sigma is the same at the end of a word as elsewhere.
    """
    return text.lower() if text.isascii() else "".join(map(_small, text))


@lru_cache(maxsize=1 << 12)
def _small(char: str) -> str:
    lower = char.lower()
    return char if len(lower) > 1 else "\u03c3" if lower == "\u03c2" else lower


def as_letters(chars: str, lowercase: bool) -> Mapping[str, str]:
    """`chars` as `Words.letters`."""
    return {char: char.lower() if lowercase else char for char in chars}


@dataclass(frozen=True)
class Words(ABC):
    """A way to cut text into words. Immutable and hashable: equal ones share their tables."""

    @abstractmethod
    def words(self, text: str) -> list[str]:
        """The words of a whole text, the official way."""

    def cut(self, text: str, fresh: bool) -> int:
        """The last point at which open `text` can be parted for good; 0 if there is none."""
        end = 0
        for run in SPACES.finditer(text):
            end = run.end()
        return end

    def closed(self, text: str, fresh: bool) -> list[str]:
        """The words of `text` up to a point that `cut` gave."""
        return self.words(text)

    def pending(self, text: str, fresh: bool) -> list[str]:
        """The words that open `text` counts as if nothing follows."""
        return self.words(text)

    def stays_fresh(self, text: str) -> bool:
        """Whether the rest still counts as the beginning after `text` has been closed at the beginning."""
        return False

    def breaks(self, text: str) -> bool:
        """Whether `text` closes any closable open text before it, and depends on nothing in it."""
        return text[:1] == " " and not text.isspace()

    def ends(self, text: str) -> bool:
        """Whether `text` breaks off open text of `letters`, and open text of nothing, as a break does."""
        return False

    def separates(self, low: int, high: int) -> bool:
        """Whether each character from code point `low` to `high`, and U+FFFD, `breaks`."""
        return False

    def goes_on(self, low: int, high: int) -> bool:
        """Whether each character from code point `low` to `high` and U+FFFD, none of them ASCII, is like a letter."""
        return False

    def letters(self) -> Mapping[str, str]:
        """ASCII characters that only ever go on with a word, and what the word has for each of them.

        Where open text begins with some of these, its first word begins with what they are mapped to, whatever
        follows; if there is nothing else, a break closes it, as that one word. Empty where no such rule is known.
        """
        return {}

    def silent(self) -> Sequence[str]:
        """The words of `letters` that are not counted."""
        return ()

    def unended(self) -> str:
        """The letters after which `ends` does not hold."""
        return ""

    def advance(self, text: str, fresh: bool) -> tuple[list[str], str, bool]:
        """(words closed by now, open rest, whether the rest is fresh) of open `text`."""
        end = self.cut(text, fresh)
        if not end:
            return [], text, fresh
        head = text[:end]
        return self.closed(head, fresh), text[end:], fresh and self.stays_fresh(head)


@dataclass(frozen=True)
class PlainWords(Words):
    """Runs of anything but white space."""

    def words(self, text: str) -> list[str]:
        return text.split()

    def ends(self, text: str) -> bool:
        return text[:1].isspace()

    def letters(self) -> Mapping[str, str]:
        return as_letters(NO_SPACE, False)

    def goes_on(self, low: int, high: int) -> bool:
        return no_space(low, high)


# The letters and digits that `lower` makes of a text: ASCII's own, and the Kelvin sign, which becomes "k".
# U+0130 becomes "i" and a combining dot: it ends a word, which leaving it out gets right.
_ROUGE_LETTERS = ALNUM + "\u212a"
_ROUGE_WORD = re.compile("[a-z0-9]+")


@dataclass(frozen=True)
class RougeWords(Words):
    """`rouge_score.tokenizers.DefaultTokenizer`: lowercased runs of a-z and 0-9, optionally Porter-stemmed."""

    stemmer: bool = False

    def words(self, text: str) -> list[str]:
        from rouge_score import tokenize

        words: list[str] = tokenize.tokenize(text, _porter() if self.stemmer else None)
        return words

    def cut(self, text: str, fresh: bool) -> int:
        return len(text.rstrip(_ROUGE_LETTERS))

    def closed(self, text: str, fresh: bool) -> list[str]:
        # What the library does where it does not stem, with fewer steps.
        return self.words(text) if self.stemmer else _ROUGE_WORD.findall(text.lower())

    def pending(self, text: str, fresh: bool) -> list[str]:
        return self.closed(text, fresh)

    def breaks(self, text: str) -> bool:
        return text[:1] not in _ROUGE_LETTERS + "\u0130"

    def separates(self, low: int, high: int) -> bool:
        return no_ascii_in_disguise(low, high) and not any(low <= ord(char) <= high for char in _ROUGE_LETTERS)

    def letters(self) -> Mapping[str, str]:
        # What a stem begins with, the word that it comes from need not begin with.
        return {} if self.stemmer else as_letters(ALNUM, True)


@cache
def _porter() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True)
class SquadWords(Words):
    """SQuAD's normalised words (Rajpurkar et al. 2016): lowercased, without punctuation and articles."""

    def words(self, text: str) -> list[str]:
        return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()

    def ends(self, text: str) -> bool:
        return text[:1].isspace()

    def letters(self) -> Mapping[str, str]:
        return as_letters(ALNUM, True)

    def silent(self) -> Sequence[str]:
        return "a", "an", "the"


@dataclass(frozen=True)
class WordEnds(Words):
    """A mark for each white space that ends a word; the words themselves are not kept."""

    def words(self, text: str) -> list[str]:
        return ["|"] * len(re.findall(r"\S\s", text))

    def cut(self, text: str, fresh: bool) -> int:
        return max(len(text) - (not text[-1:].isspace()), 0)

    def closed(self, text: str, fresh: bool) -> list[str]:
        return self.words(text)

    def advance(self, text: str, fresh: bool) -> tuple[list[str], str, bool]:
        # The last character decides alone, and any letter is as good as any other.
        return self.words(text), "x" if text and not text[-1].isspace() else "", False

    def pending(self, text: str, fresh: bool) -> list[str]:
        return []


_SENTENCE = re.compile("[.!?\u2026\u3002\uff01\uff1f][\"'\u2019\u201d\u00bb)\\]}\u300d\u300f]*")


@dataclass(frozen=True)
class SentenceEnds(Words):
    """A mark for each end of a sentence: . ! or ?, then closing quotes and brackets, then white space."""

    def words(self, text: str) -> list[str]:
        return ["|"] * sum(text[match.end() : match.end() + 1].isspace() for match in _SENTENCE.finditer(text))

    def advance(self, text: str, fresh: bool) -> tuple[list[str], str, bool]:
        ends = any(match.end() == len(text) for match in _SENTENCE.finditer(text))
        return self.words(text), "." if ends else "", False

    def pending(self, text: str, fresh: bool) -> list[str]:
        return []


@lru_cache(maxsize=1 << 12)
def official(words: Words, text: str) -> tuple[str, ...]:
    """`words.words(text)` for references, remembered."""
    return tuple(words.words(text))
