"""Which of a set of phrases a growing text contains; and the marks of an example: key words and facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textgym.rewards.words import words
from textgym.types import Example

Triple = tuple[str, str, str]

# Words that carry no content of their own.
_STOP_WORDS = (
    "a about after again against all also am an and any are as at be because been before being below between both but "
    "by can could did do does doing down during each few for from further had has have having he her here hers him his "
    "how i if in into is it its just me more most my no nor not now of off on once only or other our out over own same "
    "she should so some such than that the their theirs them then there these they this those through to too under "
    "until up very was we were what when where which while who whom why will with would you your yours "
    "der die das den dem des ein eine einen einem einer eines und oder aber nicht ist sind war waren wird werden wurde "
    "hat haben hatte ich du er sie es wir ihr in im an am auf aus bei mit nach von vom vor zu zum zur für über unter "
    "durch um als wie auch noch nur so dass daß sich"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())


class PhraseCounts:
    """How often each phrase, a tuple of words, occurs in a stack of words that grows and shrinks at its end."""

    def __init__(self, phrases: Iterable[Sequence[str]]) -> None:
        self.phrases = [tuple(phrase) for phrase in phrases]
        self.counts = [0] * len(self.phrases)
        self._by_last: dict[str, list[int]] = {}
        for place, phrase in enumerate(self.phrases):
            if phrase:
                self._by_last.setdefault(phrase[-1], []).append(place)

    def ending(self, stack: Sequence[str], word: str) -> list[int]:
        """The places of the phrases that end with `word` once it comes behind `stack`."""
        found = []
        for place in self._by_last.get(word, ()):
            phrase = self.phrases[place]
            n = len(phrase) - 1
            if n <= len(stack) and (not n or tuple(stack[len(stack) - n :]) == phrase[:-1]):
                found.append(place)
        return found

    def add(self, stack: Sequence[str], word: str) -> list[int]:
        """Count `word` behind `stack`; the places of the phrases that now occur for the first time."""
        ending = self.ending(stack, word)
        for place in ending:
            self.counts[place] += 1
        return [place for place in ending if self.counts[place] == 1]

    def remove(self, stack: Sequence[str], word: str) -> list[int]:
        """Take `word` behind `stack` back; the places of the phrases that no longer occur."""
        ending = self.ending(stack, word)
        for place in ending:
            self.counts[place] -= 1
        return [place for place in ending if not self.counts[place]]


def keywords_of(example: Example) -> list[tuple[str, ...]]:
    """The key words and phrases in `meta["keywords"]`, in words; none where the corpus marks none."""
    phrases = [tuple(words(str(phrase))) for phrase in example.meta.get("keywords", ())]
    return [phrase for phrase in dict.fromkeys(phrases) if phrase]


def facts_of(example: Example) -> list[Triple]:
    """The (subject, relation, object) triples in `meta["facts"]`."""
    return [(str(s), str(r), str(o)) for s, r, o in example.meta.get("facts", ())]


def content_words(text: str) -> list[str]:
    """The words of a text without stop words, in order, each once."""
    return [word for word in dict.fromkeys(words(text)) if word not in STOP_WORDS]
