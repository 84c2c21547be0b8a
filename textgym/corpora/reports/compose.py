"""The writer: draws a story, orders its sentences, and writes the summary that follows from them.

The rules that a reader can learn:

* the event itself is always in the summary, wherever the report tells it, with corrected figures;
* of the details, only the stressed ones are: after "above all" and its like they are joined to the
  event with "and", after "X stressed that" and its like they become a sentence "X said ...";
* background, details told in passing and figures that were corrected never are;
* a second event is summed up after the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from textgym.corpora.base import Draft
from textgym.corpora.reports import catalogue
from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import fill, render, sentence, word_count
from textgym.corpora.reports.story import Background, Detail, Story
from textgym.errors import check_choice

VOICED = ("{speaker} [stressed|underlined|made clear|emphasised] that ",)
JOINED = ("[most importantly|above all|crucially], ", "the key point was that ")
PASSING = ("", "", "", "in passing, {speaker} [noted|mentioned] that ", "[a minor|a smaller] point was that ")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a difficulty asks of a report; bounds are inclusive (words, sentences)."""

    words: tuple[int, int]
    sentences: tuple[int, int]
    summary_words: tuple[int, int]
    openers: int
    stressed: tuple[int, int]
    corrected: float
    second_event: bool


SHAPES = {
    "easy": Shape((25, 40), (2, 3), (8, 12), 1, (0, 0), 0.0, False),
    "medium": Shape((50, 80), (4, 6), (14, 24), 1, (1, 1), 0.0, False),
    "hard": Shape((100, 160), (7, 11), (25, 45), 2, (1, 2), 0.7, True),
}


class Fact(NamedTuple):
    """A stated triple, the form that a summary shares with it, and whether the summary states it."""

    triple: tuple[str, str, str]
    keyword: str
    salient: bool


class Line(NamedTuple):
    """One sentence of the report and its facts."""

    text: str
    facts: tuple[Fact, ...]


def draw(rng: np.random.Generator, difficulty: str) -> Draft:
    """A report and its summary, all randomness from `rng`.

    ``meta`` holds ``domain``; ``facts``, the (subject, relation, object) triples that the report
    states, background included; ``salient``, the indices of those that the summary states; and
    ``keywords``, the words and phrases that report and faithful summary share (compare them without
    regard to case).

    Args:
        rng: source of all choices.
        difficulty: "easy" (25 to 40 words, summary 8 to 12), "medium" (50 to 80, summary 14 to 24)
            or "hard" (100 to 160 with a second event and mostly a correction, summary 25 to 45).

    Raises:
        ValueError: unknown difficulty.
    """
    while True:
        draft = plan(rng, difficulty).write()
        if draft is not None:
            return draft


def plan(rng: np.random.Generator, difficulty: str) -> ReportPlan:
    """A report of which nothing but the event is drawn; arguments and errors as for `draw`."""
    check_choice("difficulty", difficulty, SHAPES)
    dice = Dice(rng)
    return ReportPlan(dice, dice.pick(catalogue.DOMAINS), SHAPES[difficulty])


def _fact(frame: str, slots: dict[str, str], salient: bool) -> Fact:
    subject, relation, *rest = fill(frame, slots).split("|")
    return Fact((subject, relation, rest[0]), rest[-1], salient)


class ReportPlan:
    """One report in the making.

    Attributes:
        key: the event in the words of its summary, so that no event is in two splits.
    """

    def __init__(self, dice: Dice, domain: tuple[Story, ...], shape: Shape) -> None:
        story = dice.pick(domain)
        self.dice, self.domain, self.story, self.shape = dice, domain, story, shape
        self.event = story.fill(dice)
        self.slots = self.event.slots
        self.key = fill(story.gist, self.slots)
        self.slots["speaker"] = dice.pick(story.speakers)
        self.correct = dice.chance(shape.corrected)
        self.told = {**self.slots, **self.event.stale} if self.correct else self.slots

    def write(self) -> Draft | None:
        """The draft, or None where the drawn pieces miss the bounds of the shape."""
        dice, story = self.dice, self.story
        details = dice.shuffled(story.details)
        low, high = self.shape.stressed
        joined_first = dice.chance(0.5)
        stressed = [(detail, (i == 0) == joined_first) for i, detail in enumerate(details[: dice.between(low, high)])]
        second = self._another() if self.shape.second_event else None
        summary = self._summary(stressed, second)
        if not self.shape.summary_words[0] <= word_count(summary) <= self.shape.summary_words[1]:
            return None
        core = self._core()
        extra = self._second(*second) if second else []
        main = [self._stressed(detail, dice.pick(JOINED if joined else VOICED)) for detail, joined in stressed]
        correction = [self._correction()] if self.correct else []
        openers = [self._background(b) for b in dice.shuffled(story.openers)[: dice.between(0, self.shape.openers)]]
        room = openers + core + main + correction + extra
        fillers = self._fillers(details[len(stressed) :], room)
        if fillers is None:
            return None
        lines = openers + self._ordered(core, main, fillers, correction) + extra
        return self._draft(lines, summary)

    def _summary(self, stressed: list[tuple[Detail, bool]], second: tuple[Story, dict[str, str]] | None) -> str:
        event, said = self.key, ""
        for detail, joined in stressed:
            gist = fill(detail.gist, self.slots)
            if joined:
                event = f"{event}, and {gist}"
            else:
                said = " " + sentence(f"{self.slots['speaker']} said {gist}")
        text = sentence(event) + said
        if second is None:
            return text
        other, slots = second
        return f"{text} {sentence(f'{other.link}, {fill(other.gist, slots)}')}"

    def _another(self) -> tuple[Story, dict[str, str]]:
        other = self.dice.pick(self.domain)
        return other, other.fill(self.dice).slots

    def _core(self) -> list[Line]:
        """The event as first told; facts that the correction replaces are not salient."""
        told, true, facts = self.told, self.slots, []
        for frame in self.story.facts:
            outdated = told is not true and fill(frame, told) != fill(frame, true)
            facts.append(_fact(frame, told, not outdated))
        texts = [sentence(render(frame, told, self.dice)) for frame in self.dice.pick(self.story.cores)]
        return [Line(texts[0], tuple(facts)), *(Line(text, ()) for text in texts[1:])]

    def _second(self, story: Story, slots: dict[str, str]) -> list[Line]:
        first, *rest = self.dice.pick(story.cores)
        frames = (f"{self.dice.pick(story.links)}, {first}", *rest)
        texts = [sentence(render(frame, slots, self.dice)) for frame in frames]
        facts = tuple(_fact(frame, slots, True) for frame in story.facts)
        return [Line(texts[0], facts), *(Line(text, ()) for text in texts[1:])]

    def _stressed(self, detail: Detail, cue: str) -> Line:
        text = sentence(render(cue + detail.clause, self.slots, self.dice))
        return Line(text, (_fact(detail.fact, self.slots, True),))

    def _passing(self, detail: Detail, cue: str) -> Line:
        text = sentence(render(cue + detail.clause, self.slots, self.dice))
        return Line(text, (_fact(detail.fact, self.slots, False),))

    def _background(self, background: Background) -> Line:
        text = sentence(render(background.text, self.slots, self.dice))
        return Line(text, (_fact(background.fact, self.slots, False),))

    def _correction(self) -> Line:
        old = next(iter(self.event.stale.values()))
        text = sentence(render(self.dice.pick(self.story.corrections), {**self.slots, "stale": old}, self.dice))
        facts = [_fact(frame, self.slots, True) for frame in self.story.facts]
        outdated = [_fact(frame, self.told, True) for frame in self.story.facts]
        return Line(text, tuple(new for new, former in zip(facts, outdated, strict=True) if new != former))

    def _fillers(self, details: list[Detail], room: list[Line]) -> list[Line] | None:
        """Sentences that the summary leaves out, up to a drawn length; None where the bounds are missed."""
        dice, shape = self.dice, self.shape
        words, count = sum(word_count(line.text) for line in room), len(room)
        target = dice.between(*shape.words)
        # Half of what is left out are details like the stressed ones, so that content alone tells nothing.
        passing = dice.shuffled(PASSING)
        candidates: list[Detail | Background] = [*details[:3], *dice.shuffled(self.story.backgrounds)[:5]]
        fillers: list[Line] = []
        for candidate in dice.shuffled(candidates):
            if count >= shape.sentences[1] or (words >= target and count >= shape.sentences[0]):
                break
            line = (
                self._passing(candidate, passing.pop())
                if isinstance(candidate, Detail)
                else self._background(candidate)
            )
            if words + word_count(line.text) <= shape.words[1]:
                fillers.append(line)
                words, count = words + word_count(line.text), count + 1
        fits = shape.words[0] <= words <= shape.words[1] and shape.sentences[0] <= count <= shape.sentences[1]
        return fillers if fits else None

    def _ordered(self, core: list[Line], main: list[Line], fillers: list[Line], correction: list[Line]) -> list[Line]:
        """One of several discourse orders; a correction comes in the second half, after the whole event."""
        dice = self.dice
        order = dice.pick(("pyramid", "climax", "mixed", "mixed"))
        if order == "pyramid":
            rest = dice.shuffled(main) + fillers
        elif order == "climax":
            rest = fillers + dice.shuffled(main)
        else:
            rest = dice.shuffled(main + fillers)
        if correction:
            rest.insert(dice.between((len(rest) + 1) // 2, len(rest)), correction[0])
        return core + rest

    def _draft(self, lines: list[Line], summary: str) -> Draft:
        facts = [fact for line in lines for fact in line.facts]
        salient = tuple(i for i, fact in enumerate(facts) if fact.salient)
        meta = {
            "facts": tuple(fact.triple for fact in facts),
            "salient": salient,
            "domain": self.story.domain,
            "keywords": tuple(dict.fromkeys(facts[i].keyword for i in salient)),
        }
        return Draft(" ".join(line.text for line in lines), (summary,), meta)
