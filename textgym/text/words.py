"""The words that metrics count, as the official libraries cut them, and as a growing text allows.

A `Words` knows the official way (`words`: whole text in, list of words out) and how much of a text is settled:
`cut` gives the point up to which no later character can change anything, neither the words before it nor the
way the rest will be cut. Only the open rest is ever looked at again. The one piece of context that a rest
needs is whether it is `fresh`, the beginning of the text: two of sacrebleu's tokenizers treat that differently.

`str.lower` is where care is needed: a capital sigma is lowered by what stands around it, so a lowercased text
is only cut after a character that such rules do not look through.
"""

from __future__ import annotations

import re
import string
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar

_SPACES = re.compile(r"\s+")
_ALNUM = string.ascii_letters + string.digits
_NO_SPACE = "".join(char for char in map(chr, range(0x80)) if not char.isspace())
_CONTROLS = "".join(char for char in _NO_SPACE if not char.isprintable())


@dataclass(frozen=True)
class Words(ABC):
    """A way to cut text into words. Immutable and hashable: equal ones share their tables."""

    @abstractmethod
    def words(self, text: str) -> list[str]:
        """The words of a whole text, the official way."""

    def cut(self, text: str, fresh: bool) -> int:
        """The last point at which open `text` can be parted for good; 0 if there is none."""
        end = 0
        for run in _SPACES.finditer(text):
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
        """Whether each character from code point `low` to `high` and U+FFFD, none of them ASCII, `breaks`."""
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


_FOREIGN_SPACES = tuple(code for code in range(0x80, sys.maxunicode + 1) if chr(code).isspace())


def _no_space(low: int, high: int) -> bool:
    return not any(low <= space <= high for space in _FOREIGN_SPACES)


def _no_ascii_in_disguise(low: int, high: int) -> bool:
    """Whether no character there is not ASCII, but lowers to one that is, or begins with it."""
    return not (low <= 0x130 <= high or low <= 0x212A <= high)


def _as_letters(chars: str, lowercase: bool) -> Mapping[str, str]:
    return {char: char.lower() if lowercase else char for char in chars}


@dataclass(frozen=True)
class PlainWords(Words):
    """Runs of anything but white space."""

    def words(self, text: str) -> list[str]:
        return text.split()

    def ends(self, text: str) -> bool:
        return text[:1].isspace()

    def letters(self) -> Mapping[str, str]:
        return _as_letters(_NO_SPACE, False)

    def goes_on(self, low: int, high: int) -> bool:
        return _no_space(low, high)


# The letters and digits that `lower` makes of a text: ASCII's own, and the Kelvin sign, which becomes "k".
# U+0130 becomes "i" and a combining dot: it ends a word, which the pattern gets right by leaving it out.
_ROUGE_SEPARATOR = re.compile("[^A-Za-z0-9\u212a]")


@dataclass(frozen=True)
class RougeWords(Words):
    """`rouge_score.tokenizers.DefaultTokenizer`: lowercased runs of a-z and 0-9, optionally Porter-stemmed."""

    stemmer: bool = False

    def words(self, text: str) -> list[str]:
        from rouge_score import tokenize

        words: list[str] = tokenize.tokenize(text, _porter() if self.stemmer else None)
        return words

    def cut(self, text: str, fresh: bool) -> int:
        for end in range(len(text), 0, -1):
            if _ROUGE_SEPARATOR.match(text, end - 1):
                return end
        return 0

    def breaks(self, text: str) -> bool:
        return bool(_ROUGE_SEPARATOR.match(text)) and text[0] != "\u0130"

    def separates(self, low: int, high: int) -> bool:
        return _no_ascii_in_disguise(low, high)

    def letters(self) -> Mapping[str, str]:
        # What a stem begins with, the word that it comes from need not begin with.
        return {} if self.stemmer else _as_letters(_ALNUM, True)


@cache
def _porter() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


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
        return _as_letters(self._letters, self.lowercase)


@dataclass(frozen=True)
class NoneWords(BleuWords):
    """sacrebleu's `none`: split at white space."""

    name: str = "none"
    _letters = _NO_SPACE

    def ends(self, text: str) -> bool:
        return text[:1].isspace()

    def goes_on(self, low: int, high: int) -> bool:
        return _no_space(low, high) and (not self.lowercase or _no_ascii_in_disguise(low, high))

    def cut(self, text: str, fresh: bool) -> int:
        return PlainWords.cut(self, text, fresh)  # type: ignore[arg-type]


# Punctuation that 13a puts spaces around wherever it stands, but for what may be part of "<skipped>" and entities.
_APART = frozenset("{|}~[\\]^_`!\"#$%()*+:=?@/")
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
    _letters = _ALNUM + _CONTROLS + "'"

    def unended(self) -> str:
        return string.digits

    def goes_on(self, low: int, high: int) -> bool:
        return _no_space(low, high) and (not self.lowercase or _no_ascii_in_disguise(low, high))

    def breaks(self, text: str) -> bool:
        return super().breaks(text) or (text[:1] in _APART and not self.lowercase)

    def ends(self, text: str) -> bool:
        return text[:1].isspace() or (text[:1] in (".", ",") and not self.lowercase)

    def cut(self, text: str, fresh: bool) -> int:
        # What stands around a capital sigma lowers it, which reaches over punctuation.
        end = 0 if self.lowercase else max((place.end() for place in _PARTS_13A.finditer(text)), default=0)
        for run in _SPACES.finditer(text):
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
        for run in _SPACES.finditer(text):
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
        return _as_letters(_ALNUM, self.lowercase)

    def goes_on(self, low: int, high: int) -> bool:
        return _no_space(low, high) and (not self.lowercase or _no_ascii_in_disguise(low, high))


@cache
def _chrf() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


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
        for run in _SPACES.finditer(text):
            joins = self.normalized and text[run.end() - 1] == "\n" and text[run.end() : run.end() + 1] in ("", "-")
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
        return _as_letters(string.ascii_letters if changed else _NO_SPACE, not self.case_sensitive)

    def goes_on(self, low: int, high: int) -> bool:
        if self.asian_support:
            return False
        return _no_space(low, high) and (self.case_sensitive or _no_ascii_in_disguise(low, high))


@cache
def _tercom(words: TerWords) -> Any:
    from sacrebleu.tokenizers.tokenizer_ter import TercomTokenizer

    return TercomTokenizer(**asdict(words))


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
        return _as_letters(_ALNUM, True)

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
