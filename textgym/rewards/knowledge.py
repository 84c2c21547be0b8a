"""Knowledge: does what the text says agree with a set of facts?"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from textgym.rewards.faithfulness import number
from textgym.rewards.phrases import STOP_WORDS, Triple, facts_of
from textgym.rewards.words import TOKENS, WordReward, words
from textgym.types import Example

_ENDS = frozenset(".!?")


def load_triples(path: str | Path) -> list[Triple]:
    """Facts from a file: JSON Lines (a list of three, or an object with subject, relation, object), CSV or TSV.

    Raises:
        ValueError: the file is missing, or a line is not a triple; the message names the line.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"facts: got {str(path)!r}, which is no file; allowed is a .jsonl, .csv or .tsv file")
    triples: list[Triple] = []
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix in (".csv", ".tsv"):
            rows: Iterable[object] = csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        else:
            rows = [_json(path, place, line) for place, line in enumerate(file, 1) if line.strip()]
        for place, row in enumerate(rows, 1):
            if isinstance(row, dict):
                row = [row.get(key) for key in ("subject", "relation", "object")]
            if not isinstance(row, list) or len(row) != 3 or not all(row):
                raise ValueError(f"facts: {path.name}, line {place}: got {row!r}, allowed is subject, relation, object")
            triples.append((str(row[0]), str(row[1]), str(row[2])))
    return triples


def _json(path: Path, place: int, line: str) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"facts: {path.name}, line {place}: got {line.strip()!r}, which is no JSON: {error}") from None


class Knowledge(WordReward):
    """Agreement of the text's statements with known facts: (subject, relation, object) triples.

        score = (right - wrong) / max(1, right + wrong)

    A sentence states a fact where it has all content words of the subject and an object as a phrase: a right one
    if subject and object are in a triple, a wrong one if the object is known only of another subject for a
    relation of this one. A number that is no object counts as wrong where the subject is known with numbers. Range
    [-1, 1]; 0 for a text that states nothing. The check is made by words alone and does not read syntax. Source:
    the fact checks of Goodrich et al., "Assessing the Factual Accuracy of Generated Text" (2019), on words.

    Args:
        facts: a file (`load_triples`) or triples that hold for all examples; None takes `meta["facts"]`.

    >>> from textgym.rewards.evaluate import score_text
    >>> facts = [("France", "capital", "Paris"), ("Italy", "capital", "Rome")]
    >>> score_text(Knowledge(facts), "Paris is the capital of France. Paris is in Italy. I like Rome.")
    0.0
    """

    name: ClassVar[str] = "knowledge"
    pattern = TOKENS

    def __init__(self, facts: str | Path | Sequence[Triple] | None = None) -> None:
        super().__init__()
        given = load_triples(facts) if isinstance(facts, (str, Path)) else facts
        self._given = None if given is None else _Base(given)
        self._base = self._given or _Base(())
        self._sentences = [_Sentence()]

    def begin(self, example: Example) -> None:
        self._base = self._given or _Base(facts_of(example))
        self._sentences = [_Sentence()]

    def add(self, word: str) -> None:
        sentence = self._sentences[-1]
        if word in _ENDS:
            right, wrong = sentence.verdict(self._base)
            self._sentences.append(_Sentence(sentence.right + right, sentence.wrong + wrong))
        elif word[0].isalnum():
            sentence.add(word, self._base)

    def remove(self, word: str) -> None:
        if word in _ENDS:
            self._sentences.pop()
        elif word[0].isalnum():
            self._sentences[-1].remove(word, self._base)

    def score(self) -> float:
        sentence = self._sentences[-1]
        right, wrong = sentence.verdict(self._base)
        right, wrong = right + sentence.right, wrong + sentence.wrong
        return (right - wrong) / max(1, right + wrong)


class _View(NamedTuple):
    """What is true of a subject, what is true only of others, the numbers near it, whether it is counted."""

    true: frozenset[tuple[str, ...]]
    false: frozenset[tuple[str, ...]]
    numbers: frozenset[str]
    counts: bool


class _Base:
    """Facts by their words. Never changes, so copies share it."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.subjects: dict[frozenset[str], dict[str, set[tuple[str, ...]]]] = {}
        self.objects: dict[str, set[tuple[str, ...]]] = {}
        for subject, relation, value in triples:
            key = frozenset(word for word in words(subject) if word not in STOP_WORDS)
            phrase = _phrase(words(value))
            if key and phrase:
                self.subjects.setdefault(key, {}).setdefault(relation, set()).add(phrase)
                self.objects.setdefault(relation, set()).add(phrase)
        parts = {part for phrases in self.objects.values() for phrase in phrases for part in phrase}
        parts |= {_normal(word) for key in self.subjects for word in key}
        self.numbers = frozenset(part for part in parts if number(part))
        self.views = {key: self._view(key) for key in self.subjects}
        self.by_word: dict[str, list[frozenset[str]]] = {}
        for key in self.subjects:
            for word in sorted(key):
                self.by_word.setdefault(word, []).append(key)
        self.by_last: dict[str, list[tuple[str, ...]]] = {}
        for phrase in dict.fromkeys(p for phrases in self.objects.values() for p in sorted(phrases)):
            self.by_last.setdefault(phrase[-1], []).append(phrase)

    def _view(self, key: frozenset[str]) -> _View:
        relations = self.subjects[key]
        true = frozenset(phrase for phrases in relations.values() for phrase in phrases)
        near = frozenset(phrase for relation in relations for phrase in self.objects[relation])
        numbers = frozenset(part for phrase in near for part in phrase) | {_normal(word) for word in key}
        return _View(true, near - true, numbers, any(len(phrase) == 1 and number(phrase[0]) for phrase in true))

    def __deepcopy__(self, memo: dict[int, object]) -> _Base:
        return self


class _Sentence:
    """The words of one sentence, with the verdicts on those before it."""

    def __init__(self, right: int = 0, wrong: int = 0) -> None:
        self.right, self.wrong = right, wrong
        self.stack: list[str] = []
        self.words: Counter[str] = Counter()
        self.subjects: Counter[frozenset[str]] = Counter()  # how many of its words are there
        self.phrases: Counter[tuple[str, ...]] = Counter()
        self.numbers: Counter[str] = Counter()  # those that some fact has
        self.foreign: Counter[str] = Counter()  # those that none has

    def add(self, word: str, base: _Base) -> None:
        self.words[word] += 1
        if self.words[word] == 1:
            for key in base.by_word.get(word, ()):
                self.subjects[key] += 1
        self.stack.append(_normal(word))
        self.phrases.update(self._ending(base))
        value = number(word)
        if value is not None:
            (self.numbers if value in base.numbers else self.foreign)[value] += 1

    def remove(self, word: str, base: _Base) -> None:
        for phrase in self._ending(base):
            _less(self.phrases, phrase)
        self.stack.pop()
        value = number(word)
        if value is not None:
            _less(self.numbers if value in base.numbers else self.foreign, value)
        _less(self.words, word)
        if word not in self.words:
            for key in base.by_word.get(word, ()):
                _less(self.subjects, key)

    def _ending(self, base: _Base) -> list[tuple[str, ...]]:
        stack = self.stack
        return [p for p in base.by_last.get(stack[-1], ()) if tuple(stack[-len(p) :]) == p]

    def verdict(self, base: _Base) -> tuple[int, int]:
        """(right, wrong) statements of this sentence."""
        right = wrong = 0
        for key, found in self.subjects.items():
            if found < len(key):
                continue
            view = base.views[key]
            right += len(self.phrases.keys() & view.true)
            wrong += len(self.phrases.keys() & view.false)
            if view.counts:
                wrong += len(self.foreign) + len(self.numbers.keys() - view.numbers)
        return right, wrong


def _less(counter: Counter[str] | Counter[tuple[str, ...]] | Counter[frozenset[str]], key: object) -> None:
    """One less of `key`, which leaves once there is none."""
    counter[key] -= 1  # type: ignore[index]
    if not counter[key]:  # type: ignore[index]
        del counter[key]  # type: ignore[arg-type]


def _normal(word: str) -> str:
    return number(word) or word


def _phrase(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_normal(word) for word in parts)
