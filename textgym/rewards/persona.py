"""Whether what is said fits the persona."""

from __future__ import annotations

import re

from textgym.rewards.base import Reward, TokenStep
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
        self._claims: list[tuple[re.Pattern[str], frozenset[str]]] = []
        self._sentences: list[frozenset[str]] = []
        self._text = ""

    def reset(self, example: Example) -> None:
        """Begin on the persona of `example`."""
        from textgym.corpora.dialogues.judge import claims

        self._text = ""
        self._claims = claims(example.meta.get("beats", ()))
        persona = example.meta.get("persona", ())
        lines = persona.splitlines() if isinstance(persona, str) else persona
        self._sentences = [] if self._claims else [words for line in lines if (words := _content(line))]

    def push(self, step: TokenStep) -> None:
        """Take the text as it stands."""
        self._text = step.text

    def score(self) -> float:
        """The share of what was asked for that fits."""
        if self._sentences:
            said = _content(self._text)
            return max(len(said & words) / len(words) for words in self._sentences)
        if not self._claims:
            return 0.0
        text, total = self._text.lower(), 0
        for pattern, true in self._claims:
            claimed = set(pattern.findall(text))
            total += bool(claimed & true) - bool(claimed - true)
        return max(0, total) / len(self._claims)


def _content(text: str) -> frozenset[str]:
    return frozenset(_WORDS.findall(text.lower())) - _COMMON
