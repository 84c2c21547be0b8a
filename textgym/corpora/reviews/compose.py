"""The writer: draws a label, then judgements that add up to it, and says each in one of several ways.

The rules that a reader can learn. Each judging sentence has one vote, for or against:

* "the plot was gripping": the word decides, and has the same sense everywhere;
* "not", "not at all", "by no means", "far from" and "anything but" turn the word around;
* in "..., but ..." the clause after "but" has the vote, in "although ..., ..." the one after the comma;
* "what a joy to ..." is meant where the event is good, and irony where it is a mishap;
* sentences that judge nothing have no vote.

More votes for than against make "positive", fewer "negative", and as many "mixed".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import render, sentence
from textgym.corpora.reviews.schema import Aspect, Subject
from textgym.corpora.reviews.subjects_more import SUBJECTS
from textgym.errors import check_choice

LABELS: tuple[str, ...] = ("positive", "negative", "mixed")
"""All labels; "mixed" only at hard."""

_PLACES = (
    "Ashford", "Bexley", "Calder", "Denholm", "Fairport", "Harwich", "Kelso", "Larkhill", "Milton", "Oakham", "Penrith",
    "Ripley", "Selby", "Thornton", "Westbury", "Yarmouth",
)  # fmt: skip
_DAYS = (
    "last Monday", "last Tuesday", "last Wednesday", "last Thursday", "last Friday", "last Saturday", "last Sunday",
    "two weeks ago", "in the first week of May", "in the second week of June", "at the end of March", "last weekend",
    "on my birthday", "a month ago", "on the first of April", "in the last week of July",
)  # fmt: skip
_COMPANY = (
    "my brother", "my sister", "my mother", "my father", "my aunt", "my uncle", "my wife", "my husband", "my son",
    "my daughter", "a colleague", "an old friend", "a neighbour", "two friends", "my cousin", "my grandmother",
)  # fmt: skip
_TURNED = ("not", "not at all", "by no means", "far from", "anything but")
_JOY = ("what a joy to {e}", "how nice to {e}", "what a treat to {e}", "it was a real pleasure to {e}")
_PERSONS = {"the waiter": "he", "the teacher": "he", "the singer": "she", "the cook": "he", "the conductor": "he"}
_ASPECTS = {"contrast": 2, "joy": 0}  # that a way of saying takes; one otherwise
_HEARSAY = ("I had heard that {x}, but {y}", "a friend had told me that {x}, but in fact {y}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a difficulty asks of a review.

    Attributes:
        votes: number of judging sentences.
        dissent: the chance that one of them is against the label (for "positive" and "negative").
        ways: how they are said, with weights as repetitions.
        neutral: number of sentences that judge nothing, least and most.
        labels: how many of `LABELS`.
    """

    votes: int
    dissent: float
    ways: tuple[str, ...]
    neutral: tuple[int, int]
    labels: int


SHAPES = {
    "easy": Shape(2, 0.0, ("plain", "plain", "negated"), (0, 1), 2),
    "medium": Shape(3, 0.4, ("plain", "negated", "contrast", "joy"), (0, 1), 2),
    "hard": Shape(4, 0.6, ("plain", "negated", "contrast", "contrast", "hearsay", "joy"), (1, 2), 3),
}


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """A review and its label, all randomness from `rng`.

    ``meta`` holds ``domain``; ``votes``, 1 or -1 for each judging sentence in order; and ``ways``, how each is
    said: "plain", "negated", "contrast", "hearsay" or "joy" (irony where its vote is -1).

    Args:
        rng: source of all choices.
        difficulty: "easy" (two judgements that agree), "medium" (three, one may dissent; contrast and irony) or
            "hard" (four, negation inside contrast, and the third label, "mixed").

    Raises:
        ValueError: unknown difficulty.
    """
    check_choice("difficulty", difficulty, SHAPES)
    shape, dice = SHAPES[difficulty], Dice(rng)
    subject = dice.pick(SUBJECTS)
    label = dice.pick(LABELS[: shape.labels])
    votes = _votes(dice, label, shape)
    aspects = dice.shuffled(subject.aspects)
    ways: list[str] = []
    lines: list[str] = []
    for vote in votes:
        room = len(aspects) - (shape.votes - 1 - len(ways))  # each vote to come takes one
        way = dice.pick([w for w in shape.ways if _ASPECTS.get(w, 1) <= room and not (w == "joy" and w in ways)])
        ways.append(way)
        lines.append(sentence(_WAYS[way](dice, subject, aspects, vote, difficulty == "hard")))
    for line in dice.shuffled(subject.neutral)[: dice.between(*shape.neutral)]:
        lines.insert(dice.between(0, len(lines) - 1), sentence(line))
    text = " ".join([_opener(dice, subject), *lines])
    return Draft(text, (label,), {"domain": subject.name, "votes": tuple(votes), "ways": tuple(ways)})


def _votes(dice: Dice, label: str, shape: Shape) -> list[int]:
    if label == "mixed":
        return dice.shuffled([1, -1] * (shape.votes // 2))
    sign = 1 if label == "positive" else -1
    votes = [sign] * shape.votes
    if dice.chance(shape.dissent):
        votes[dice.between(0, shape.votes - 1)] = -sign
    return votes


def _opener(dice: Dice, subject: Subject) -> str:
    first, second = subject.titles
    title = f"{dice.pick(first)} {dice.pick(second)}"
    slots = {"title": title, "place": dice.pick(_PLACES), "day": dice.pick(_DAYS), "who": dice.pick(_COMPANY)}
    return sentence(render(dice.pick(subject.openers), slots, dice))


def _plain(dice: Dice, subject: Subject, aspects: list[Aspect], vote: int, deep: bool) -> str:
    return _clause(dice, aspects.pop(), vote, False)


def _negated(dice: Dice, subject: Subject, aspects: list[Aspect], vote: int, deep: bool) -> str:
    return _clause(dice, aspects.pop(), vote, True)


def _contrast(dice: Dice, subject: Subject, aspects: list[Aspect], vote: int, deep: bool) -> str:
    first = _clause(dice, aspects.pop(), -vote, deep and dice.chance(0.3))
    second = _clause(dice, aspects.pop(), vote, deep and dice.chance(0.3))
    return f"although {first}, {second}" if dice.chance(0.4) else f"{first}, but {second}"


def _hearsay(dice: Dice, subject: Subject, aspects: list[Aspect], vote: int, deep: bool) -> str:
    aspect = aspects.pop()
    said = _clause(dice, aspect, -vote, False)
    pronoun = "they" if aspect.plural else _PERSONS.get(aspect.subject, "it")
    found = _clause(dice, aspect._replace(subject=pronoun), vote, dice.chance(0.3))
    return dice.pick(_HEARSAY).format(x=said, y=found)


def _joy(dice: Dice, subject: Subject, aspects: list[Aspect], vote: int, deep: bool) -> str:
    return dice.pick(_JOY).format(e=dice.pick(subject.treats if vote > 0 else subject.mishaps))


def _clause(dice: Dice, aspect: Aspect, vote: int, turned: bool) -> str:
    """A clause on an aspect with the given sense; `turned` says it by the opposite word."""
    word = dice.pick(aspect.good if (vote > 0) != turned else aspect.bad)
    verb = "were" if aspect.plural else "was"
    return f"{aspect.subject} {verb} {dice.pick(_TURNED) + ' ' if turned else ''}{word}"


_WAYS: dict[str, Callable[[Dice, Subject, list[Aspect], int, bool], str]] = {
    "plain": _plain,
    "negated": _negated,
    "contrast": _contrast,
    "hearsay": _hearsay,
    "joy": _joy,
}
