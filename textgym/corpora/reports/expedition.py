"""Science: field trips that find new animals or old bones."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number
from textgym.corpora.reports.lexicon import DAYS, MONTHS, MOUNTAINS, PLACES, count, miscount, person, tens
from textgym.corpora.reports.story import Background, Detail, Filled, Story, recounted

_ANIMALS = ("beetle", "moth", "frog", "spider", "snail", "bat")
_FINDS = ("bones", "teeth", "tools", "coins", "shells", "pots")


def _fill(dice: Dice) -> Filled:
    leader, cook = person(dice), person(dice)
    n = dice.between(3, 60)
    north, south = dice.between(11, 39), dice.between(40, 95)
    if dice.chance(0.5):
        north, south = south, north
    slots = {
        "leader": leader.full,
        "leader_name": leader.surname,
        "their": leader.their,
        "home": dice.fresh(PLACES),
        "lab": dice.fresh(PLACES),
        "site": dice.fresh(MOUNTAINS),
        "n": number(n),
        "animal": dice.fresh(_ANIMALS),
        "find": dice.fresh(_FINDS),
        "north": str(north),
        "south": str(south),
        "side": "north" if north > south else "south",
        "weeks": count(dice, 2, 14),
        "month": dice.pick(MONTHS),
        "years": count(dice, 3, 30),
        "cost": tens(dice, 20, 400),
        "day": dice.pick(DAYS),
        "cook": cook.full,
        "bags": tens(dice, 20, 90),
        "height": tens(dice, 700, 990),
    }
    return Filled(slots, {"n": number(miscount(dice, n))})


_DETAILS = (
    Detail(
        "the group had [taken|collected] {north} samples on the north [slope|side] and {south} on the south",
        "most samples came from the {side}",
        "most samples|from the|{side}",
    ),
    Detail(
        "the [trip|expedition] had cost {cost} thousand euros",
        "the trip cost {cost} thousand euros",
        "trip|cost|{cost} thousand euros",
    ),
    Detail(
        "the samples [would now|were to] be tested in {lab}",
        "tests would follow in {lab}",
        "samples|tested in|{lab}",
    ),
    Detail(
        "the group [planned|hoped] to [return|go back] in {month}",
        "a return was planned for {month}",
        "team|returns in|{month}",
    ),
    Detail(
        "the [area|site] could be [lost|destroyed] within {years} years [unless it was protected|without protection]",
        "the area could vanish within {years} years",
        "area|lost within|{years} years",
    ),
)
_OPENERS = (
    Background("[few|not many] people ever climb as far as the upper valley", "upper valley|reached by|people"),
    Background("the rainy season had just ended, and the paths were dry again by {day}", "rainy season|over by|{day}"),
)
_BACKGROUNDS = (
    Background("{cook}, the cook, [had to feed|fed] the camp with rice and beans", "cook|is|{cook}"),
    Background("the group carried {bags} bags up a [steep|narrow] path", "group|carried bags|{bags}"),
    Background("the summit is {height} metres above the valley", "summit|metres|{height}"),
    Background("[one tent|a tent] was blown away on the [second|third] night", "tent|was|blown away"),
    Background("local guides knew [the way|every path] and told old stories by the fire", "guides|told|old stories"),
    Background(
        "most of the work was done early in the morning, before it got too hot", "work|done|early in the morning"
    ),
    Background("a film about the trip [is planned|will be shown] for schools", "film|for|schools"),
)
_SPEAKERS = ("researchers", "the team", "the university")
_LINKS = ("elsewhere", "in other news from science", "separately")

STORIES = (
    Story(
        "expedition",
        _fill,
        (
            ("a team led by {leader} [found|discovered] {n} new kinds of {animal} on {site}",),
            (
                "{leader} led a team of researchers to {site}",
                "there they [found|discovered] {n} kinds of {animal} that were [new to science|not known before]",
            ),
            (
                "on {site}, [researchers|scientists] led by {leader} [found|discovered|came across] {n} new "
                "kinds of {animal}",
            ),
            (
                "after {weeks} weeks on {site}, {leader} [came|returned] home with the team [on {day}|at last]",
                "they had [found|discovered] {n} new kinds of {animal}",
            ),
        ),
        "{leader_name} and {their} team found {n} new {animal} species on {site}",
        ("team|led by|{leader}|{leader_name}", "finds|on|{site}", "new kinds|of|{animal}", "new kinds|number|{n}"),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("new kinds"),
        _LINKS,
    ),
    Story(
        "expedition",
        _fill,
        (
            ("a team from {home} led by {leader} [dug up|uncovered] {n} [very old|ancient] {find} near {site}",),
            (
                "{leader} and a team from {home} have been [digging|at work] near {site}",
                "they [dug up|uncovered] {n} [very old|ancient] {find}",
            ),
            (
                "near {site}, [researchers|scientists] from {home} [dug up|uncovered] {n} [very old|ancient] {find}",
                "the [work|dig] was led by {leader}",
            ),
        ),
        "a(n) {home} team led by {leader_name} unearthed {n} ancient {find} near {site}",
        (
            "team|from|{home}",
            "team|led by|{leader}|{leader_name}",
            "finds|near|{site}",
            "finds|are|{find}",
            "finds|number|{n}",
        ),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("finds"),
        _LINKS,
    ),
)
