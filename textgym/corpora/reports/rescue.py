"""Rescue: people brought back from a mountain or from the sea."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number
from textgym.corpora.reports.lexicon import MOUNTAINS, PLACES, person, tens, two_days
from textgym.corpora.reports.story import Background, Detail, Filled, Story, recounted

# What the report says, what the summary calls it, and the word they share.
_ON_LAND = (
    ("thick fog had come down", "fog", "fog"),
    ("heavy snow had covered the path", "snow", "snow"),
    ("it had grown dark and they had no lamps", "the dark", "dark"),
    ("a sudden storm had blown up", "a storm", "storm"),
)
_AT_SEA = (
    ("their boat took in water and sank", "their boat sank", "boat"),
    ("their boat filled with water and went down", "their boat sank", "boat"),
    ("flames spread through their boat", "a fire on their boat", "boat"),
    ("their boat ran onto rocks", "their boat hit rocks", "rocks"),
    ("their boat struck rocks", "their boat hit rocks", "rocks"),
    ("the engine of their boat failed", "engine trouble", "engine"),
    ("the engine of their boat broke down", "engine trouble", "engine"),
)
_ROUTES = ("hikers", "climbers", "skiers", "students")
_CREWS = ("sailors", "divers", "fishermen", "tourists")
_MISSING = ("map", "radio", "phone", "torch")
_DOGS = ("Bruno", "Daisy", "Rex", "Luna")


def _common(dice: Dice) -> tuple[dict[str, str], int]:
    day, later = two_days(dice)
    chief, witness = person(dice), person(dice)
    n = dice.between(5, 24)
    slots = {
        "n": number(n),
        "day": day,
        "later": later,
        "in_care": number(dice.between(2, 4)),
        "hours": number(dice.between(3, 20)),
        "dog": dice.fresh(_DOGS),
        "missing": dice.pick(_MISSING),
        "helpers": tens(dice, 20, 90),
        "chief": chief.full,
        "witness": witness.full,
        "age": str(dice.between(19, 80)),
        "inn": dice.fresh(PLACES),
        "calls": tens(dice, 20, 90),
    }
    return slots, n


def _land(dice: Dice) -> Filled:
    slots, n = _common(dice)
    said, gist, shared = dice.pick(_ON_LAND)
    slots |= {
        "trouble": said,
        "cause": gist,
        "shared": shared,
        "who": dice.pick(_ROUTES),
        "site": dice.fresh(MOUNTAINS),
    }
    return Filled(slots, {"n": number(n + dice.between(1, 3))})


def _sea(dice: Dice) -> Filled:
    slots, n = _common(dice)
    said, gist, shared = dice.pick(_AT_SEA)
    slots |= {"trouble": said, "cause": gist, "shared": shared, "who": dice.pick(_CREWS), "site": dice.fresh(PLACES)}
    return Filled(slots, {"n": number(n + dice.between(1, 3))})


_DETAILS = (
    Detail(
        "{in_care} of them were [being treated|recovering] in hospital",
        "{in_care} of them were in hospital",
        "in hospital|number|{in_care}",
    ),
    Detail(
        "the [search|operation] had [lasted|taken] {hours} hours",
        "the search took {hours} hours",
        "search|hours|{hours}",
    ),
    Detail(
        "a search dog [called|named] {dog} had [found|reached] them first",
        "a dog called {dog} found them",
        "search dog|is|{dog}",
    ),
    Detail(
        "[nobody in the group|none of them] had [brought|carried] a {missing}",
        "they had no {missing}",
        "group|lacked|{missing}",
    ),
    Detail(
        "the search had been joined by {helpers} [helpers|people]",
        "{helpers} people joined the search",
        "search|joined by|{helpers}",
    ),
)
_OPENERS = (
    Background(
        "the rescue service has had a [busy|long] [year|season], with {calls} calls so far",
        "rescue service|calls|{calls}",
    ),
    Background("{day} morning had been [bright|sunny] and warm", "bright morning|on|{day}"),
)
_BACKGROUNDS = (
    Background(
        "{chief}, who [led|was in charge of] the operation, has [done this work|been in the service] for years",
        "operation|led by|{chief}",
    ),
    Background("{witness}, aged {age}, had [seen|noticed] their lights from a window", "{witness}|aged|{age}"),
    Background("an inn in {inn} [offered|served] hot soup to the helpers", "hot soup|in|{inn}"),
    Background(
        "the rescue service is paid for by [gifts|donations] and run by local helpers",
        "rescue service|run by|local helpers",
    ),
    Background("a new helicopter will be [delivered|ready] next year", "new helicopter|comes|next year"),
    Background("in summer, the [region|area] is popular with [visitors|families]", "region|popular in|summer"),
    Background("friends and relatives [waited|had waited] in a school nearby", "relatives|waited in|school"),
)
_SPEAKERS = ("rescuers", "police", "the rescue service")

STORIES = (
    Story(
        "rescue",
        _land,
        (
            ("helpers [led|brought] {n} {who} [down|to safety] from {site} on {day}, hours after {trouble}",),
            (
                "a group of {n} {who} called for help from {site} because {trouble}",
                "on {day}, [all of them were brought to safety|rescuers led all of them down]",
            ),
            (
                "on {day}, [helpers|a team] [reached|found] {n} {who} on {site}, where {trouble}",
                "all of them were [led|brought] down [safely|alive]",
            ),
        ),
        "rescuers saved {n} {who} from {cause} on {site} on {day}",
        (
            "people in danger|were|{who}",
            "people in danger|number|{n}",
            "place|was|{site}",
            "trouble|was that|{trouble}|{shared}",
            "rescue|on|{day}",
        ),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("people saved"),
    ),
    Story(
        "rescue",
        _sea,
        (
            ("helpers [pulled|lifted] {n} {who} from the sea near {site} on {day} after {trouble}",),
            (
                "a group of {n} {who} called for help off the coast near {site} when {trouble}",
                "on {day}, [all of them were brought to land|rescuers brought all of them to land]",
            ),
            (
                "near {site}, a [ship|helicopter] [reached|found] {n} {who} on {day} after {trouble}",
                "all of them were [pulled out|taken on board] alive",
            ),
        ),
        "rescuers saved {n} {who} off {site} on {day} after {cause}",
        (
            "people in danger|were|{who}",
            "people in danger|number|{n}",
            "place|near|{site}",
            "trouble|was that|{trouble}|{shared}",
            "rescue|on|{day}",
        ),
        _DETAILS[:2] + _DETAILS[3:],
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("people saved"),
    ),
)
