"""Faithfulness: no numbers, names or words that the source lacks."""

from __future__ import annotations

from typing import ClassVar

from textgym.errors import unknown
from textgym.rewards.phrases import STOP_WORDS, facts_of, keywords_of
from textgym.rewards.shared import Shared
from textgym.rewards.words import TOKENS, WordReward
from textgym.types import Example

KINDS = ("numbers", "names", "words")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMERALS = {word: str(n) for n, word in enumerate((_UNITS + "eighteen nineteen").split())}
_NUMERALS |= {word: str(10 * n) for n, word in enumerate(_TENS.split(), 2)}
_SENTENCE_ENDS = frozenset('.!?:"“”„»«\n')


def number(word: str) -> str | None:
    """A number in one form, whether in figures or in words; None for anything else.

    >>> number("3,500"), number("twelve"), number("2.50"), number("table")
    ('3500', '12', '2.50', None)
    """
    if word[0].isdigit():
        head, _, tail = word.replace(",", ".").rpartition(".")
        # Three digits behind the last mark make it a mark of thousands.
        return head.replace(".", "") + tail if len(tail) == 3 or not head else f"{head.replace('.', '')}.{tail}"
    return _NUMERALS.get(word.casefold())


class Faithfulness(WordReward):
    """The share of what the text claims that the source supports.

        score = (claims - claims without support) / claims,     1 where there are words but no claims

    Range [0, 1]; 0 for a text without words. A claim is a number, in figures or in English words, or a name: a
    word with a capital that does not begin a sentence. It has support if the source, a fact or a key word of the
    example has it. Saying little is no fault: combine it with `coverage`. Source: the entity and number checks of
    Nan et al., "Entity-level Factual Consistency of Abstractive Text Summarization" (2021).

    Args:
        kinds: what counts as a claim, of "numbers", "names" and "words" (all words that are not stop words).
            Leave names out for languages that write nouns with a capital.

    >>> from textgym.rewards.evaluate import score_text
    >>> score_text(Faithfulness(), "In Ulm, twelve homes; in Bonn 90.", source="Ulm: 12 homes lost power.")
    0.5
    """

    name: ClassVar[str] = "faithfulness"
    stepwise: ClassVar[bool] = False
    pattern = TOKENS
    fold = False

    def __init__(self, kinds: tuple[str, ...] = ("numbers", "names")) -> None:
        super().__init__()
        for kind in (kinds,) if isinstance(kinds, str) else kinds:
            if kind not in KINDS:
                raise unknown("kinds", kind, KINDS)
        self.kinds = frozenset((kinds,) if isinstance(kinds, str) else kinds)
        self._known: Shared[frozenset[str]] = Shared(frozenset())
        self._words, self._claims, self._false = 0, 0, 0

    def begin(self, example: Example) -> None:
        known: set[str] = set()
        extra = [part for triple in facts_of(example) for part in triple]
        extra += [" ".join(phrase) for phrase in keywords_of(example)]
        for text in (example.source, *extra):
            for word in TOKENS.findall(text):
                known.add(number(word) or word.casefold())
        self._known = Shared(frozenset(known))
        self._words = self._claims = self._false = 0

    def add(self, word: str) -> None:
        self._count(word, 1)

    def remove(self, word: str) -> None:
        self._count(word, -1)

    def _count(self, word: str, sign: int) -> None:
        if not word[0].isalnum():
            return
        self._words += sign
        claim = self._claim(word)
        if claim is not None:
            self._claims += sign
            self._false += sign * (claim not in self._known.value)

    def _claim(self, word: str) -> str | None:
        """What a word behind the stack claims, in the form in which the source's words are known."""
        value = number(word)
        if value is not None:
            # "one" is mostly an article.
            return value if "numbers" in self.kinds and word.casefold() != "one" else None
        if "names" in self.kinds and word[0].isupper() and word != "I":
            before = self.stack[-1] if self.stack else "."
            if before not in _SENTENCE_ENDS:
                return word.casefold()
        if "words" in self.kinds and word.casefold() not in STOP_WORDS:
            return word.casefold()
        return None

    def score(self) -> float:
        if not self._words:
            return 0.0
        return (self._claims - self._false) / self._claims if self._claims else 1.0
