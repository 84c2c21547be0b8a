"""Rules that a free text can be checked by, word by word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textgym.errors import check_choice, unknown
from textgym.rewards.words import TOKENS, WordReward
from textgym.types import Example

RULES = ("article", "doubled", "brackets", "quotes", "capitals", "end", "agreement")
LANGUAGES = ("en", "de", "any")

_PAIRS = {")": "(", "]": "[", "}": "{"}
_OPENING = frozenset(_PAIRS.values())
_ENDS = frozenset(".!?…。！？")
_VOWEL_SOUND = ("hour", "honest", "honour", "honor", "heir")
_CONSONANT_SOUND = ("uni", "use", "usu", "eu", "one", "once", "ewe", "uk")
_MAY_DOUBLE = {
    "en": frozenset(("had", "that", "very", "is", "no", "so", "bye")),
    "de": frozenset(("der", "die", "das", "sie", "sehr", "so", "ja", "nein")),
    "any": frozenset(),
}
_SINGULAR, _PLURAL = ("he", "she", "it", "this", "that"), ("we", "you", "they", "these", "those")
_BE_SINGULAR, _BE_PLURAL = ("is", "was", "has", "does"), ("are", "were", "have", "do")
_DISAGREE = frozenset(
    [(s, v) for s in _SINGULAR for v in (*_BE_PLURAL, "am")]
    + [(s, v) for s in _PLURAL for v in (*_BE_SINGULAR, "am")]
    + [("i", v) for v in ("is", "are", "were", "has", "does")]
)
# "does he have", "that were": a verb or a conjunction before excuses the pair.
_EXCUSES = frozenset(
    ("do", "does", "did", "let", "make", "makes", "made", "if", "could", "would", "should", "see", "saw")
)
_DISAGREE_DE = frozenset(
    [("ich", v) for v in ("ist", "sind", "hat", "haben", "bist")]
    + [(s, v) for s in ("er", "es", "man") for v in ("bin", "sind", "haben", "habe", "bist")]
    + [("wir", v) for v in ("bin", "ist", "hat", "habe", "bist")]
    + [("du", v) for v in ("ist", "sind", "hat", "haben", "bin")]
)


class Rules(WordReward):
    """One less the violations of simple rules per word.

        score = max(0, 1 - violations / words)

    Range [0, 1]; 0 for a text without words. The rules, each with a name:

    * article: "a" before a vowel sound, "an" before another (English);
    * doubled: the same word twice in a row, but for those that may be ("had had");
    * brackets: one that closes nothing, or is open at the end; quotes: an odd number of double ones;
    * capitals: a sentence that begins with a small letter;
    * end: the text does not end with . ! or ?, closing quotes and brackets aside;
    * agreement: a pronoun with a verb of the wrong person, "he are" (English, German).

    The text so far is judged as if it ended there. Rules by words are no parser: they find what is wrong beyond
    doubt and let much else pass. Source: the rules of checkers such as LanguageTool, written anew.

    Args:
        language: "en", "de", or "any" for the rules that hold for all.
        rules: those that apply; None for all.

    >>> from textgym.rewards.evaluate import score_text
    >>> score_text(Rules(), "He are a old man man.")      # he are, a old, man man: 3 of 6 words
    0.5
    """

    name: ClassVar[str] = "rules"
    stepwise: ClassVar[bool] = False
    pattern = TOKENS
    fold = False

    def __init__(self, language: str = "en", rules: Iterable[str] | None = None) -> None:
        super().__init__()
        check_choice("language", language, LANGUAGES)
        chosen = RULES if rules is None else tuple(rules)
        for rule in chosen:
            if rule not in RULES:
                raise unknown("rules", rule, RULES)
        self.language, self.rules = language, frozenset(chosen)
        # For each token: violations up to it, words, brackets open, quotes, whether a sentence begins behind it.
        self._states: list[tuple[int, int, tuple[str, ...], int, bool]] = [_EMPTY]

    def begin(self, example: Example) -> None:
        self._states = [_EMPTY]

    def add(self, word: str) -> None:
        errors, count, brackets, quotes, fresh = self._states[-1]
        if word[0].isalnum():
            errors += self._word_errors(word, fresh)
            count, fresh = count + 1, False
        elif word in _OPENING:
            brackets = (*brackets, word)[-_DEPTH:]
        elif word in _PAIRS:
            if brackets and brackets[-1] == _PAIRS[word]:
                brackets = brackets[:-1]
            else:
                errors += "brackets" in self.rules
        elif word in '"“”„»«':
            quotes += 1
        elif word in _ENDS:
            fresh = True
        self._states.append((errors, count, brackets, quotes, fresh))

    def remove(self, word: str) -> None:
        self._states.pop()

    def score(self) -> float:
        errors, count, brackets, quotes, _ = self._states[-1]
        if not count:
            return 0.0
        errors += len(brackets) if "brackets" in self.rules else 0
        errors += quotes % 2 if "quotes" in self.rules else 0
        errors += self._open_end() if "end" in self.rules else 0
        return max(0.0, 1.0 - errors / count)

    def _word_errors(self, word: str, fresh: bool) -> int:
        small = word.casefold()
        before = self.stack[-1].casefold() if self.stack else ""
        errors = 0
        if fresh and "capitals" in self.rules:
            errors += word[0].islower()
        if fresh or not before[:1].isalnum():
            return errors
        if "doubled" in self.rules and small == before and small[0].isalpha():
            errors += small not in _MAY_DOUBLE[self.language]
        if "article" in self.rules and self.language == "en" and before in ("a", "an"):
            errors += (before == "an") != _vowel_sound(small)
        if "agreement" in self.rules:
            errors += self._disagrees(before, small)
        return errors

    def _disagrees(self, before: str, word: str) -> bool:
        if self.language == "de":
            return (before, word) in _DISAGREE_DE
        if self.language != "en" or (before, word) not in _DISAGREE:
            return False
        earlier = self.stack[-2].casefold() if len(self.stack) > 1 else ""
        if before in ("this", "that", "it", "these", "those", "you") and earlier[:1].isalnum():
            return False  # "the homes that were", "people like you is": the subject may be another
        return earlier not in _EXCUSES

    def _open_end(self) -> bool:
        for token in reversed(self.stack[-4:]):
            if token in _ENDS:
                return False
            if token[0].isalnum():
                return True
        return True


_DEPTH = 32  # brackets beyond this depth are forgotten, from the outside
_EMPTY: tuple[int, int, tuple[str, ...], int, bool] = (0, 0, (), 0, True)


def _vowel_sound(word: str) -> bool:
    """Whether an English word, small letters, begins with a vowel sound."""
    if word[0].isdigit():
        return word[0] == "8" or word in ("11", "18")
    if word.startswith(_VOWEL_SOUND):
        return True
    return word[0] in "aeiou" and (not word.startswith(_CONSONANT_SOUND) or word.startswith(("unin", "unim", "unid")))
