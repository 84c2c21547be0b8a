"""What a domain supplies: the frames of one kind of event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from textgym.corpora.reports.dice import Dice


class Filled(NamedTuple):
    """The drawn values of one event.

    Attributes:
        slots: slot name -> text, as things really were.
        stale: the slots that a first, later corrected report had otherwise, with what it had.
    """

    slots: dict[str, str]
    stale: dict[str, str]


class Detail(NamedTuple):
    """A fact that is in the summary where the report stresses it, and left out where it does not.

    Attributes:
        clause: frame that stands as a sentence and after "stressed that".
        gist: the same in the words of the summary; stands after "said" and after ", and".
        fact: frame ``subject|relation|object``, with an optional fourth field: the part of the
            object that report and summary share. The third field alone where they share all of it.
    """

    clause: str
    gist: str
    fact: str


class Background(NamedTuple):
    """A sentence that no summary mentions, and the fact in it."""

    text: str
    fact: str


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of event of a domain.

    Attributes:
        domain: name of the domain, e.g. "weather".
        fill: draws the values of all slots.
        cores: ways to tell the event; each is one or two sentence frames with the same facts.
        gist: the event in the words of the summary; wording that depends on facts is in slots.
        facts: fact frames of the event, see `Detail`.
        details: facts that matter where the report stresses them.
        openers: background that makes sense before the event is told.
        backgrounds: background that makes sense after it.
        speakers: whom the report quotes.
        corrections: frames that replace the stale values; they may use ``{stale}`` for the old figure.
        links: how a second event of this kind is introduced in the report.
        link: the same in the summary.
    """

    domain: str
    fill: Callable[[Dice], Filled]
    cores: tuple[tuple[str, ...], ...]
    gist: str
    facts: tuple[str, ...]
    details: tuple[Detail, ...]
    openers: tuple[Background, ...]
    backgrounds: tuple[Background, ...]
    speakers: tuple[str, ...]
    corrections: tuple[str, ...]
    links: tuple[str, ...] = ("elsewhere", "separately", "in a second report")
    link: str = "elsewhere"


def recounted(unit: str) -> tuple[str, ...]:
    """Correction frames for a count in the slot ``{n}``, e.g. of "homes without power"."""
    return (
        f"earlier figures were later revised, and the number of {unit} was put at {{n}}, not {{stale}}",
        f"{{speaker}} later [corrected|changed] the number of {unit} from {{stale}} to {{n}}",
        f"the first figure of {{stale}} [was wrong|proved wrong], and the final number of {unit} was {{n}}",
    )
