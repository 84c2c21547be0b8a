"""Recognisers of template languages: is a growing text the beginning of one that the templates can make?

A grammar is built as a graph of places; `say` puts templates between them. It is a nondeterministic automaton over
words, made deterministic while it is used: a word is one look-up, however long the text.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from textgym.corpora.reports.grammar import article

WORD = re.compile(r"\w+|[^\w\s]")
"""A run of letters and digits, or one other character. White space parts words and is not looked at otherwise."""

Slots = Mapping[str, Sequence[str]]
Places = frozenset[int]

_NUMBER = "0"  # stands for any run of digits
_LISTED = 64  # slots with more values of several words are taken apart, word by word
_ALTERNATIVES = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_MARK = re.compile(r"\*(\w+)\*")


def symbol(word: str) -> str:
    """What the automaton sees of a word: all numbers are alike."""
    return _NUMBER if word.isdigit() else word


class WordAutomaton:
    """Places joined by words. Build it with `say` from `start`, and `finish`; then `step` through a text.

    >>> letters = WordAutomaton()
    >>> letters.finish(letters.say(letters.start, ["the {size} [cat|dog]."], {"size": ["big", "very small"]}))
    >>> letters.viable("the very small do"), letters.viable("the cat"), letters.accepts("the big dog.")
    (True, False, True)
    """

    start: Places = frozenset((0,))

    def __init__(self) -> None:
        self.origin: tuple[Any, ...] | None = None
        self._arcs: list[dict[str, set[int]]] = [defaultdict(set)]
        self._final: set[int] = set()
        self._steps: dict[Places, dict[str, Places]] = {}  # found so far

    def __deepcopy__(self, memo: dict[int, Any]) -> WordAutomaton:
        return self  # it only ever learns what follows from it

    def __reduce__(self) -> Any:
        return super().__reduce__() if self.origin is None else self.origin

    # --- building ---

    def place(self) -> Places:
        """A new place, with no way to it yet."""
        self._arcs.append(defaultdict(set))
        return frozenset((len(self._arcs) - 1,))

    def say(
        self, places: Places, templates: Iterable[str], slots: Slots | None = None, to: Places = frozenset(),
        capital: bool = False,
    ) -> Places:  # fmt: skip
        """One of `templates` behind any of `places`; the places behind it: a new one, or `to`.

        Args:
            places: where it begins; `|` of several is any of them.
            templates: texts with ``{slots}``, ``[this|that]``, ``a(n)`` and ``*marks*``, which are taken off.
            slots: the values of each slot.
            to: where it ends, for loops; several places are all of them at once.
            capital: with a capital in front.
        """
        end = to or self.place()
        for template in templates:
            for text in _choices(template):
                chain = list(_items(text, slots or {}, capital))
                here = places
                for place, item in enumerate(chain):
                    here = self._join(here, item, end if place + 1 == len(chain) else self.place())
        return end

    def sentence(self, places: Places, templates: Iterable[str], slots: Slots | None = None) -> Places:
        """As `say`, with a capital in front and a full stop behind."""
        return self.say(places, [f"{template}." for template in templates], slots, capital=True)

    def finish(self, places: Places) -> None:
        """A text may end at `places`."""
        self._final |= places

    def _join(self, places: Places, values: Sequence[str], end: Places) -> Places:
        for words in _sequences(values):
            here: Iterable[int] = places
            for k, choice in enumerate(words):
                there = end if k + 1 == len(words) else self.place()
                for place in here:
                    for word in choice:
                        self._arcs[place][symbol(word)] |= there
                here = there
        return end

    # --- use ---

    def step(self, places: Places, word: str) -> Places:
        """The places behind a word; none where no text of the language goes on so."""
        seen = symbol(word)
        known = self._steps.setdefault(places, {})
        found = known.get(seen)
        if found is None:
            arcs = self._arcs
            found = frozenset(there for place in places for there in arcs[place].get(seen, ()))
            if found:  # what leads nowhere may be any word at all: it is not remembered
                known[seen] = found
        return found

    def opens(self, places: Places, piece: str) -> bool:
        """Whether some word that can come now begins with `piece`."""
        return any(word.startswith(piece) for place in places for word in self._arcs[place])

    def complete(self, places: Places) -> bool:
        """Whether a text may end here."""
        return not self._final.isdisjoint(places)

    def viable(self, text: str) -> bool:
        """Whether `text` is the beginning of a text of the language."""
        words = WORD.findall(text)
        if not words:
            return True
        before, last = self._run(words[:-1]), words[-1]
        return bool(self.step(before, last)) or (text.endswith(last) and self.opens(before, last))

    def accepts(self, text: str) -> bool:
        """Whether `text` is a text of the language."""
        return self.complete(self._run(WORD.findall(text)))

    def _run(self, words: Iterable[str]) -> Places:
        places = self.start
        for word in words:
            places = self.step(places, word)
        return places


def remembered(build: Callable[[str], WordAutomaton]) -> Callable[[str], WordAutomaton]:
    """Make each difficulty's grammar once; its pickle is the call that makes it."""

    @functools.cache
    @functools.wraps(build)
    def make(difficulty: str) -> WordAutomaton:
        grammar = build(difficulty)
        grammar.origin = (make, (difficulty,))
        return grammar

    return make


def sequences(words: Iterable[str], length: int) -> WordAutomaton:
    """`length` words in a row, each any of `words`.

    >>> sequences("ab", 2).accepts("b a"), sequences("ab", 2).viable("b a b")
    (True, False)
    """
    grammar, choice = WordAutomaton(), tuple(words)
    places = grammar.start
    for _ in range(length):
        places = grammar.say(places, choice)
    grammar.finish(places)
    return grammar


def _choices(template: str) -> list[str]:
    """The template once for each way through its ``[this|that]``, without marks."""
    pieces = _ALTERNATIVES.split(_MARK.sub(r"\1", template))
    options = [piece.split("|") if place % 2 else [piece] for place, piece in enumerate(pieces)]
    return ["".join(way) for way in product(*options)]


def _items(text: str, slots: Slots, capital: bool) -> Iterable[list[str]]:
    """The parts of a text that stand between spaces, each as the list of what it may be."""
    indefinite = False
    for part in text.split():
        if part == "a(n)":
            indefinite = True
            continue
        values = [part]
        for name in dict.fromkeys(_SLOT.findall(part)):
            values = [value.replace(f"{{{name}}}", filling) for value in values for filling in slots[name]]
        if indefinite:
            values, indefinite = [f"{article(value.split()[0])} {value}" for value in values], False
        if capital:
            values, capital = [value[:1].upper() + value[1:] for value in values], False
        yield values


def _sequences(values: Sequence[str]) -> list[list[list[str]]]:
    """Values as sequences of choices between words: as they are, or, if they are many, by their number of words."""
    cut = [WORD.findall(value) for value in dict.fromkeys(values)]
    single = [words[0] for words in cut if len(words) == 1]
    longer = [words for words in cut if len(words) > 1]
    found = [[sorted(set(single))]] if single else []
    if len(longer) <= _LISTED:
        return found + [[[word] for word in words] for words in longer]
    for length in sorted({len(words) for words in longer}):
        alike = [words for words in longer if len(words) == length]
        found.append([sorted({words[place] for words in alike}) for place in range(length)])
    return found
