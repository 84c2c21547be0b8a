"""How a user takes a reply: by what it says, what it leaves out, and whether it was said before."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textgym.text.words import small

EVASIVE = re.compile(
    r"\b(i (do not|don't) know|not sure|no idea|hard to say|it depends|maybe|perhaps|whatever|who knows|"
    r"i (cannot|can't) (say|tell)|i would rather not|why do you ask|ask someone else|you decide)\b"
)


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that the user wants to hear.

    Attributes:
        kind: "tell" (a fact), "ask" (a question for a detail) or "confirm" (a detail taken up).
        line: the user's words that call for it.
        best: the best reply.
        wanted: one of these must be said; for "ask", one of these cues in a question.
        values: everything that a detail of this kind could be; a wrong one contradicts.
        topics: words that show that a reply is about it.
        truths: the other things that are true of the persona, and so may be said.
    """

    kind: str
    line: str
    best: str
    wanted: tuple[str, ...]
    values: tuple[str, ...]
    topics: tuple[str, ...]
    truths: tuple[str, ...]


@functools.lru_cache(maxsize=4096)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """What matches one of some phrases, none where there are none, in small letters."""
    if not phrases:
        return re.compile("(?!)")
    longest_first = sorted((small(phrase) for phrase in phrases), key=lambda phrase: (-len(phrase), phrase))
    # Days may be in the plural: "closed on Mondays".
    return re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, longest_first)) + r")(?=s?(?![\w-]))")


def mentions(text: str, phrases: Iterable[str]) -> set[str]:
    """Which of some phrases a text contains, as whole words and in lower case; the longest where they overlap.

    >>> sorted(mentions("We close at six on Mondays.", ["Six", "Monday", "sixty"]))
    ['monday', 'six']
    """
    wanted = tuple(phrases)
    return set(_pattern(wanted).findall(small(text)))


def plain(text: str) -> str:
    """Lower case, no punctuation, single spaces: what repetition is judged by."""
    return " ".join(re.findall(r"[\w']+", small(text)))


def judge(reply: str, beat: Beat, earlier: Sequence[str]) -> str:
    """What a reply is to a user who waits for `beat`.

    Returns:
        "good", "terse" (good, but hardly a sentence), "vague" (about it, but without the detail), "evasive",
        "repeated", "wrong" (contradicts the persona, or what the user said), "silent" or "off-topic".
    """
    words = plain(reply)
    if not words:
        return "silent"
    wanted = {small(phrase) for phrase in beat.wanted}
    if beat.kind != "ask":
        said = mentions(reply, {*beat.values, *beat.wanted})
        right, others = said & wanted, said - wanted
        if others and (not right or others - {small(truth) for truth in beat.truths}):
            return "repeated" if words in earlier else "wrong"
    else:
        right = mentions(reply, beat.wanted) if "?" in reply else set()
    if words in earlier and not (right and beat.kind != "ask"):
        return "repeated"
    if EVASIVE.search(words):
        return "evasive"
    if right:
        full = len(words.split()) >= 3 and reply.rstrip().endswith((".", "!", "?"))
        return "good" if full else "terse"
    return (
        "vague"
        if mentions(reply, (*beat.topics, *(w for w in plain(beat.line).split() if len(w) > 4)))
        else "off-topic"
    )


class Claim(NamedTuple):
    """One thing to be told.

    Attributes:
        pattern: matches what could be claimed of it.
        true: what may be said of it truly, in small letters.
        longest: characters of the longest claim.
    """

    pattern: re.Pattern[str]
    true: frozenset[str]
    longest: int


def claims(beats: Sequence[Beat]) -> list[Claim]:
    """For each thing to be told, what could be claimed of it."""
    told = [beat for beat in beats if beat.kind == "tell"]
    allowed = frozenset(small(phrase) for beat in beats for phrase in (*beat.truths, *beat.wanted))
    found = []
    for beat in told:
        wanted = frozenset(small(phrase) for phrase in beat.wanted)
        # What is true of something else counts neither for nor against.
        values = {*(v for v in beat.values if small(v) not in allowed), *beat.wanted}
        found.append(Claim(_pattern(tuple(sorted(values))), wanted, max(map(len, values), default=0)))
    return found
