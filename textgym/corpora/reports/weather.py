"""Weather: storms that cut the power, snow that closes schools, floods that drive people out."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.lexicon import MONTHS, PLACES, count, miscount, person, tens, two_days
from textgym.corpora.reports.story import Background, Detail, Filled, Story, recounted


def _fill(dice: Dice, low: int, high: int, step: int) -> Filled:
    place, east, west = dice.fresh(PLACES), dice.fresh(PLACES), dice.fresh(PLACES)
    n = step * dice.between(low, high)
    blocked = (dice.between(11, 19), dice.between(20, 40))
    flip = dice.chance(0.5)
    day, later = two_days(dice)
    slots = {
        "place": place,
        "day": day,
        "n": str(n),
        "east": east,
        "west": west,
        "in_east": str(blocked[flip]),
        "in_west": str(blocked[not flip]),
        "worst": east if flip else west,
        "hurt": count(dice, 2, 30),
        "cost": count(dice, 2, 60),
        "crews": count(dice, 4, 40),
        "until": later,
        "gauge": tens(dice, 70, 140),
        "people": tens(dice, 10, 90),
        "month": dice.pick(MONTHS),
        "owner": person(dice).full,
    }
    return Filled(slots, {"n": str(miscount(dice, n, step))})


def _storm(dice: Dice) -> Filled:
    return _fill(dice, 12, 95, 10)


def _snow(dice: Dice) -> Filled:
    return _fill(dice, 12, 60, 1)


def _flood(dice: Dice) -> Filled:
    return _fill(dice, 11, 99, 1)


_DETAILS = (
    Detail(
        "the bad weather [was expected to last|would probably last|was likely to go on] until {until}",
        "the weather should improve after {until}",
        "bad weather|lasts until|{until}",
    ),
    Detail(
        "the [damage|clean-up] would cost [the town|the region] [about|around] {cost} million euros",
        "repairs could cost {cost} million euros",
        "damage|costs|{cost} million euros",
    ),
    Detail(
        "the town had [called in|brought in|sent out] {crews} crews to [clear the streets|repair the damage]",
        "{crews} crews were at work",
        "crews|number|{crews}",
    ),
    Detail(
        "[nearby|in the same region], {in_east} roads were blocked in {east} and {in_west} in {west}",
        "{worst} had the most blocked roads",
        "most blocked roads|in|{worst}",
    ),
    Detail(
        "doctors had [treated|seen] {hurt} people with minor injuries",
        "{hurt} people were slightly hurt",
        "people|with minor injuries|{hurt}",
    ),
)
_OPENERS = (
    Background(
        "it had been a [calm|mild|quiet] start to the week on this part of the coast", "start of the week|on|coast"
    ),
    Background("{month} is [usually|often] a quiet month in this part of the country", "quiet month|is|{month}"),
)
_BACKGROUNDS = (
    Background("the town is home to [about|around] {people} thousand people", "town|people|{people} thousand"),
    Background(
        "the weather station on the coast [measured|recorded] winds of {gauge} kilometres an hour", "wind|speed|{gauge}"
    ),
    Background(
        "the [weekly|local] market was called off, and most people [stayed at home|remained indoors]",
        "market|was|called off",
    ),
    Background(
        "{owner}, who runs a cafe in the town, [gave|handed] out hot drinks [to neighbours|all day]",
        "cafe|owner|{owner}",
    ),
    Background(
        "buses [ran on a shorter route|kept to the main roads] for most of the day", "buses|ran for|most of the day"
    ),
    Background("the last weather of this kind was seen in {month} two years ago", "last such weather|in|{month}"),
    Background(
        "a sports hall was opened [for anyone in need|as a shelter], but few people used it", "shelter|was|sports hall"
    ),
)
_SPEAKERS = ("officials", "forecasters", "the mayor", "the council")

STORIES = (
    Story(
        "weather",
        _storm,
        (
            (
                "a [fierce|violent|powerful] storm [hit|struck|swept through] {place} on {day} and left {n} "
                "homes without power",
            ),
            (
                "{place} was [hit|struck] by a [fierce|violent|powerful] storm on {day}",
                "power was lost in {n} homes[ across the town|]",
            ),
            (
                "[about|some] {n} homes in {place} [lost power|were without power] on {day} [as|after] a storm "
                "[passed|moved] through",
            ),
            (
                "the lights went out in {n} homes on {day} when a [fierce|violent|powerful] storm "
                "[reached|hit|struck] {place}",
            ),
        ),
        "a storm cut power to {n} homes in {place} on {day}",
        ("storm|hit|{place}", "storm|on|{day}", "homes without power|number|{n}"),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("homes without power"),
    ),
    Story(
        "weather",
        _snow,
        (
            ("[heavy|deep] snow [forced|led] {n} schools in {place} to [close|stay shut] on {day}",),
            (
                "snow fell on {place} [all night|for hours]",
                "by {day} morning, {n} schools [had closed|had shut their doors]",
            ),
            ("pupils at {n} schools in {place} were sent home on {day} [because of|after] [heavy|deep] snow",),
            ("on {day}, {place} woke up to [heavy|deep] snow", "in all, {n} schools in the town did not open"),
        ),
        "snow closed {n} schools in {place} on {day}",
        ("snow|fell on|{place}", "snow|on|{day}", "closed schools|number|{n}"),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("closed schools"),
    ),
    Story(
        "weather",
        _flood,
        (
            (
                "the river [burst its banks|broke its banks] at {place} on {day}, and {n} families [had to "
                "leave|fled] their homes",
            ),
            (
                "water [poured|ran] through the streets of {place} on {day}",
                "in all, {n} families had to [leave|flee] their homes",
            ),
            ("after days of rain, {n} families in {place} [left|fled] their homes on {day} as the river rose",),
        ),
        "floods drove {n} families from their homes in {place} on {day}",
        ("flood|in|{place}", "flood|on|{day}", "displaced families|number|{n}"),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("families without a home"),
    ),
)
