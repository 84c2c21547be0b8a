"""Whether what is said fits the persona."""

from __future__ import annotations

import re
from collections import Counter

from textgym.corpora.dialogues.judge import claims
from textgym.rewards.base import Reward, TokenStep
from textgym.rewards.matches import Matches
from textgym.text.words import small
from textgym.types import Example

_WORDS = re.compile(r"[\w']+")
_COMMON = frozenset(
    ["a", "an", "and", "am", "are", "at", "be", "do", "have", "i", "in", "is", "it", "like", "love", "my", "of", "on"]
)


class Persona(Reward):
    """Persona consistency: the facts asked for that were told truly, less the untrue ones told instead.

        score = max(0, (facts right - facts wrong) / facts asked for)

    Range [0, 1]. Which facts an example asks for, and which values would be untrue, is in its ``meta["beats"]``.
    Without beats, as in PersonaChat, the best share of a persona sentence's content words that were said
    (``meta["persona"]``); 0 without a persona. Source: the consistency score C of Madotto et al., "Personalizing
    Dialogue Agents via Meta-Learning" (2019), entailed less contradicted, by phrases instead of a model of inference.

    >>> from textgym.corpora.dialogues.judge import Beat
    >>> from textgym.rewards.evaluate import score_text
    >>> home = Beat("tell", "Where do you live?", "I live in Rome.", ("Rome",), ("Rome", "Oslo"), ("live",), ())
    >>> pet = Beat("tell", "Any pets?", "I have a dog.", ("dog",), ("dog", "cat"), ("pet",), ())
    >>> example = Example("0", "", ("",), {"beats": (home, pet)})
    >>> [score_text(Persona(), text, example) for text in ("I live in Rome.", "In Rome, with a cat.")]
    [0.5, 0.0]
    >>> example = Example("0", "", ("",), {"persona": ("I have two dogs.", "I love red wine.")})
    >>> score_text(Persona(), "My two cats like fish.", example)        # one of "two", "dogs"
    0.5
    """

    name = "persona"
    stepwise = False

    def __init__(self) -> None:
        self._said: list[_Said] = []  # one for each claim, or for each sentence
        self._claims = True

    def reset(self, example: Example) -> None:
        """Begin on the persona of `example`."""
        self._said = [
            _Said(Matches(claim.pattern, claim.longest + 2, claim.longest + 2, small=True), claim.true)
            for claim in claims(example.meta.get("beats", ()))
        ]
        self._claims = bool(self._said)
        if not self._claims:
            persona = example.meta.get("persona", ())
            lines = persona.splitlines() if isinstance(persona, str) else persona
            contents = [frozenset(_WORDS.findall(small(line))) - _COMMON for line in lines]
            self._said = [_Said(Matches(_WORDS, 1, 0, small=True), content) for content in contents if content]

    def push(self, step: TokenStep) -> None:
        """Take what the token adds."""
        for said in self._said:
            said.update(step.text, step.start)

    def score(self) -> float:
        """The share of what was asked for that fits."""
        if not self._said:
            return 0.0
        if not self._claims:
            return max(len(said.true) / len(said.wanted) for said in self._said)
        return max(0, sum(bool(said.true) - bool(said.false) for said in self._said)) / len(self._said)


class _Said:
    """What a growing text says of one thing, in small letters.

    Attributes:
        wanted: what may be said of it truly.
        true: what of this is said, and how often.
        false: what else is said.
    """

    def __init__(self, matches: Matches, wanted: frozenset[str]) -> None:
        self.matches, self.wanted = matches, wanted
        self.true: Counter[str] = Counter()
        self.false: Counter[str] = Counter()
        self._stack: list[str] = []

    def update(self, text: str, start: int) -> None:
        """`Matches.update`, counted."""
        gone, found = self.matches.update(text, start)
        for _ in range(gone):
            phrase = self._stack.pop()
            counts = self.true if phrase in self.wanted else self.false
            counts[phrase] -= 1
            if not counts[phrase]:
                del counts[phrase]
        for match in found:
            phrase = match.group()
            self._stack.append(phrase)
            (self.true if phrase in self.wanted else self.false)[phrase] += 1
