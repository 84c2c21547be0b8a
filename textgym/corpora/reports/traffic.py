"""Traffic: trains that leave the rails or stand still, crashes on the road."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number
from textgym.corpora.reports.lexicon import MONTHS, PLACES, count, miscount, person, tens, two_days
from textgym.corpora.reports.story import Background, Detail, Filled, Story, recounted

# What the report says, what the summary calls it, and the word they share.
_CAUSES = (
    ("a signal failed", "a signal failure", "signal"),
    ("a main signal broke", "a signal failure", "signal"),
    ("a tree fell across the line", "a fallen tree", "tree"),
    ("a tree came down on the tracks", "a fallen tree", "tree"),
    ("a power cable snapped", "a broken cable", "cable"),
    ("a power cable tore", "a broken cable", "cable"),
    ("a lorry hit a rail bridge", "a damaged bridge", "bridge"),
    ("a van ran into a rail bridge", "a damaged bridge", "bridge"),
    ("rocks slid onto the line", "fallen rocks", "rocks"),
    ("rocks came down on the tracks", "fallen rocks", "rocks"),
)
_VEHICLES = ("bus", "van", "lorry", "taxi", "tram")


def _fill(dice: Dice) -> Filled:
    day, later = two_days(dice)
    n = dice.between(3, 48)
    said, gist, shared = dice.pick(_CAUSES)
    driver, passenger = person(dice), person(dice)
    slots = {
        "start": dice.fresh(PLACES),
        "goal": dice.fresh(PLACES),
        "day": day,
        "later": later,
        "n": number(n),
        "because": said,
        "cause": gist,
        "shared": shared,
        "first": dice.fresh(_VEHICLES),
        "other": dice.fresh(_VEHICLES),
        "driver": driver.full,
        "driver_name": driver.surname,
        "passenger": passenger.full,
        "crews": count(dice, 3, 20),
        "month": dice.pick(MONTHS),
        "speed": tens(dice, 30, 120),
        "years": count(dice, 2, 30),
        "cost": count(dice, 2, 40),
        "minutes": tens(dice, 10, 60),
    }
    return Filled(slots, {"n": number(miscount(dice, n))})


_DETAILS = (
    Detail(
        "the [route|way] would [stay|remain] [closed|shut] until {later}",
        "the route should reopen on {later}",
        "route|closed until|{later}",
    ),
    Detail(
        "repairs would [take|last] {years} days and cost {cost} million euros",
        "repairs would cost {cost} million euros",
        "repairs|cost|{cost} million euros",
    ),
    Detail(
        "{driver}, the driver, had [acted|reacted] [quickly|in time] and [prevented|avoided] [something worse|a "
        "worse accident]",
        "driver {driver_name} prevented a worse accident",
        "driver|is|{driver}|{driver_name}",
    ),
    Detail(
        "the [results|findings] of an inquiry were [expected|due] in {month}",
        "an inquiry would report in {month}",
        "inquiry|reports in|{month}",
    ),
    Detail(
        "replacement buses would [run|leave] every {minutes} minutes[ from the station|]",
        "buses would run every {minutes} minutes",
        "replacement buses|every|{minutes} minutes",
    ),
)
_OPENERS = (
    Background("it was the [start|end] of a busy [day|week] for travellers", "travellers|were|busy"),
    Background("traffic had been [light|heavy] since early {day} morning", "traffic|since|{day} morning"),
)
_BACKGROUNDS = (
    Background(
        "{passenger}, who was on the way to work, [waited|stood in the cold] for two hours",
        "on the way to work|was|{passenger}",
    ),
    Background("the limit on this [stretch|section] is {speed} kilometres an hour", "speed limit|is|{speed}"),
    Background("a shop at the station [handed out|gave away] free tea and coffee", "shop|gave away|free tea"),
    Background("the last accident [here|in this place] was {years} years ago", "last accident|years ago|{years}"),
    Background("within half an hour, {crews} fire crews [were on the scene|had arrived]", "fire crews|number|{crews}"),
    Background(
        "many [commuters|travellers] [shared|looked for] taxis, and some simply walked", "travellers|turned to|taxis"
    ),
    Background("the sky was clear and the wind was light at the time", "sky|was|clear"),
)
_SPEAKERS = ("police", "officials", "the operator")

STORIES = (
    Story(
        "traffic",
        _fill,
        (
            (
                "a train from {start} to {goal} [came off|left] the rails on {day}, and {n} passengers were "
                "[hurt|injured]",
            ),
            (
                "on {day}, a train [on its way|travelling] from {start} to {goal} [came off|left] the rails",
                "in all, {n} passengers [suffered injuries|were hurt|were injured]",
            ),
            (
                "[at least|some] {n} passengers were [hurt|injured] on {day} when a train from {start} to {goal} "
                "[came off|left] the rails",
            ),
        ),
        "a train from {start} to {goal} derailed on {day}, injuring {n} passengers",
        ("train|from|{start}", "train|to|{goal}", "accident|on|{day}", "injured passengers|number|{n}"),
        _DETAILS[:4],
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("injured passengers"),
    ),
    Story(
        "traffic",
        _fill,
        (
            ("{because} on {day}, and {n} trains between {start} and {goal} were [cancelled|called off]",),
            (
                "rail services between {start} and {goal} came to a halt on {day} after {because}",
                "in all, {n} trains were [cancelled|called off]",
            ),
            (
                "[travellers|commuters] between {start} and {goal} had to wait on {day} because {because}",
                "the operator [cancelled|called off] {n} trains",
            ),
        ),
        "{cause} halted {n} trains between {start} and {goal} on {day}",
        (
            "line|from|{start}",
            "line|to|{goal}",
            "cause|was|{because}|{shared}",
            "cancelled trains|number|{n}",
            "halt|on|{day}",
        ),
        (_DETAILS[0], _DETAILS[1], _DETAILS[3], _DETAILS[4]),
        _OPENERS,
        _BACKGROUNDS[:3] + _BACKGROUNDS[5:],
        _SPEAKERS,
        recounted("cancelled trains"),
    ),
    Story(
        "traffic",
        _fill,
        (
            ("a {first} [ran|crashed] into a {other} near {start} on {day}, and {n} people were [hurt|injured]",),
            (
                "there was a [serious|bad] crash near {start} on {day} when a {first} ran into a {other}",
                "in all, {n} people [suffered injuries|were hurt|were injured]",
            ),
            (
                "[at least|some] {n} people were [hurt|injured] near {start} on {day} when a {first} "
                "[ran|crashed] into a {other}",
            ),
        ),
        "a {first} hit a {other} near {start} on {day}, injuring {n}",
        ("crash|near|{start}", "{first}|hit|{other}", "crash|on|{day}", "injured people|number|{n}"),
        _DETAILS[:4],
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        recounted("injured people"),
    ),
)
