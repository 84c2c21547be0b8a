"""Local politics: plans whose fate follows from the votes, budgets that go up or down."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number
from textgym.corpora.reports.lexicon import MONTHS, PLACES, count, person, tens, two_days
from textgym.corpora.reports.story import Background, Detail, Filled, Story

_PROJECTS = (
    "library",
    "bus station",
    "car park",
    "skate park",
    "cycle path",
    "solar farm",
    "swimming pool",
    "sports hall",
    "market hall",
    "river bridge",
)


def _common(dice: Dice) -> dict[str, str]:
    day, later = two_days(dice)
    mayor, speaker, guest = person(dice), person(dice), person(dice)
    return {
        "place": dice.fresh(PLACES),
        "day": day,
        "later": later,
        "project": dice.fresh(_PROJECTS),
        "cost": count(dice, 2, 60),
        "month": dice.pick(MONTHS),
        "names": tens(dice, 100, 900),
        "mayor": mayor.full,
        "mayor_name": mayor.surname,
        "their": mayor.their,
        "percent": str(dice.between(2, 19)),
        "longest": speaker.full,
        "guest": guest.full,
        "minutes": tens(dice, 20, 90),
        "chairs": tens(dice, 30, 90),
    }


def _vote(dice: Dice) -> Filled:
    slots = _common(dice)
    less = dice.between(3, 18)
    more = less + dice.between(2, 12)
    passed = dice.chance(0.5)
    slots |= {
        "ayes": number(more if passed else less),
        "noes": number(less if passed else more),
        "more": number(more),
        "less": number(less),
        "decided": "approved" if passed else "rejected",
    }
    early = number(less - 1)
    return Filled(slots, {"noes" if passed else "ayes": early, "less": early})


def _budget(dice: Dice) -> Filled:
    slots = _common(dice)
    new, off = dice.between(20, 90), dice.between(1, 16)
    up = dice.chance(0.5)
    old = new - off if up else new + off
    slots |= {"new": str(new), "old": str(old), "change": "raised" if up else "cut"}
    return Filled(slots, {"new": str(new + dice.between(1, 3) if up else new - dice.between(1, 3))})


_DETAILS = (
    Detail(
        "a petition [on the matter|sent to the meeting] had been signed by {names} [residents|people]",
        "{names} residents had signed a petition",
        "petition|signed by|{names}",
    ),
    Detail(
        "the mayor, {mayor}, would [leave {their} post|step down] in {month}",
        "mayor {mayor_name} would step down in {month}",
        "leaving mayor|is|{mayor}|{mayor_name}",
    ),
    Detail(
        "parking fees would [go up|rise|increase] by {percent} percent",
        "parking fees would rise {percent} percent",
        "parking fees|rise by|{percent} percent",
    ),
    Detail(
        "members would [meet|come together] again on {later}[ to settle the details|]",
        "the next meeting was on {later}",
        "next meeting|on|{later}",
    ),
)
_PLAN = (
    Detail(
        "the [project|plan] would cost [about|around] {cost} million euros",
        "it would cost {cost} million euros",
        "plan|costs|{cost} million euros",
    ),
)
_SPENDING = (
    Detail(
        "the [money|largest sum] would go to a new {project}",
        "a new {project} would be paid for",
        "money|goes to|{project}",
    ),
)
_OPENERS = (
    Background(
        "the town hall was [full|nearly full] on {day}, and {chairs} [more|extra] chairs were brought in",
        "extra chairs|number|{chairs}",
    ),
    Background("the [meeting|evening] began with a song by a [school|youth] choir", "music|by|choir"),
)
_BACKGROUNDS = (
    Background(
        "the [discussion|debate] lasted {minutes} minutes, and {longest} spoke longest", "debate|minutes|{minutes}"
    ),
    Background("{guest}, a local artist, had [drawn|painted] the new pictures on the walls", "local artist|is|{guest}"),
    Background("the minutes of the last meeting were read and [accepted|signed]", "minutes read|of the|last meeting"),
    Background("the [heating|sound system] in the hall failed [twice|for a while]", "failure|in|the hall"),
    Background("tea and cake were [served|offered] in the break", "tea and cake|in|the break"),
    Background("two local papers [sent|had sent] reporters", "local papers|sent|reporters"),
    Background("the town hall was built {chairs} years ago and needs a new roof", "town hall|needs|new roof"),
)
_SPEAKERS = ("the mayor's office", "officials", "the council")
_LINKS = ("in other local news", "elsewhere", "separately")

STORIES = (
    Story(
        "council",
        _vote,
        (
            (
                "the council of {place} voted on plans for a new {project} on {day}",
                "in the end, {ayes} members were for [it|the plan] and {noes} were against",
            ),
            (
                "in {place}, {ayes} council members [backed|supported] a new {project} and {noes} [opposed "
                "it|were against it]",
            ),
            ("a vote on a new {project} in {place} ended with {ayes} in favour and {noes} against",),
            (
                "{place} [has long talked|has argued for years] about a new {project}",
                "when the council voted on {day}, {noes} members said no and {ayes} said yes",
            ),
        ),
        "{place} council {decided} a new {project} by {more} votes to {less}",
        ("vote|in|{place}", "plan|for|{project}", "votes|for|{ayes}", "votes|against|{noes}"),
        _DETAILS + _PLAN,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        (
            "after a second count, the [vote|result] was corrected to {ayes} for and {noes} against",
            "a first count [was wrong|missed a vote], and the final [vote|result] was {ayes} for and {noes} against",
        ),
        _LINKS,
    ),
    Story(
        "council",
        _budget,
        (
            (
                "the council of {place} [set|fixed] its [yearly|annual] budget at {new} million euros on {day}",
                "last year, it [was|had been] {old} million",
            ),
            (
                "{place} will [spend|have a budget of] {new} million euros next year, its council "
                "[agreed|decided] on {day}, [against|compared with] {old} million this year",
            ),
            (
                "after [spending|a budget of] {old} million euros this year, the council of {place} [agreed "
                "on|planned with] {new} million for the next",
            ),
        ),
        "{place} council {change} its budget to {new} million euros from {old} million",
        ("budget|of|{place}", "budget|next|{new}", "budget|before|{old}"),
        _DETAILS + _SPENDING,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        (
            "earlier figures were later revised, and the budget was put at {new} million, not {stale} million",
            "{speaker} later [corrected|changed] the new budget from {stale} million to {new} million",
        ),
        _LINKS,
    ),
)
