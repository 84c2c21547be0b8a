"""Technology: products whose price compares with the one before, rockets that lose part of their load."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.grammar import number
from textgym.corpora.reports.lexicon import COMPANIES, DAYS, MONTHS, PLACES, count, miscount, person, tens
from textgym.corpora.reports.story import Background, Detail, Filled, Story, recounted

_PRODUCTS = ("phone", "camera", "watch", "tablet", "drone", "oven", "bike")
_MODELS = ("Nova", "Pulse", "Aero", "Spark", "Atlas", "Echo", "Comet", "Prism")


def _common(dice: Dice) -> dict[str, str]:
    designer, guest = person(dice), person(dice)
    return {
        "company": dice.fresh(COMPANIES),
        "day": dice.pick(DAYS),
        "month": dice.pick(MONTHS),
        "hours": str(dice.between(11, 60)),
        "orders": tens(dice, 100, 900),
        "designer": designer.full,
        "designer_name": designer.surname,
        "plant": dice.fresh(PLACES),
        "percent": str(dice.between(2, 40)),
        "guest": guest.full,
        "minutes": tens(dice, 20, 90),
        "years": count(dice, 2, 12),
        "cost": str(dice.between(11, 90)),
    }


def _product(dice: Dice) -> Filled:
    slots = _common(dice)
    price, off = 10 * dice.between(20, 90), 10 * dice.between(1, 15)
    cheaper = dice.chance(0.5)
    old = price + off if cheaper else price - off
    slots |= {
        "product": dice.pick(_PRODUCTS),
        "model": dice.fresh(_MODELS),
        "price": str(price),
        "old": str(old),
        "compared": "cheaper" if cheaper else "dearer",
    }
    early = price + (-10 if cheaper else 10) * dice.between(1, 3)
    return Filled(slots, {"price": str(early)})


def _rocket(dice: Dice) -> Filled:
    slots = _common(dice)
    load = dice.between(18, 60)
    lost = dice.between(2, 5)
    slots |= {"load": str(load), "n": str(load - lost), "site": dice.fresh(PLACES), "lost": number(lost)}
    return Filled(slots, {"n": str(min(load - 1, miscount(dice, load - lost)))})


_OPENERS = (
    Background("the hall was dark when the music [began|started] on {day}", "music|on|{day}"),
    Background("reporters from {years} countries had been [invited|asked to come]", "reporters|countries|{years}"),
)
_SKY = (
    Background("the sky over the coast was clear on {day}", "sky|clear on|{day}"),
    Background("the [start|launch] had been put off for {years} weeks because of strong winds", "delay|weeks|{years}"),
)
_BACKGROUNDS = (
    Background(
        "{guest}, a [well-known|popular] singer, [was among the guests|sat in the first row]", "singer|is|{guest}"
    ),
    Background(
        "the [show|event] lasted {minutes} minutes and could be watched [online|on the web]", "event|minutes|{minutes}"
    ),
    Background("the company was [founded|started] in a garage {years} years ago", "company|founded in|garage"),
    Background("rivals are [said|thought] to be working on something similar", "rivals|work on|something similar"),
    Background("visitors [were given|received] a bag with a cap and a pen", "visitors|received|a cap and a pen"),
    Background("experts had [guessed|written] about the plans for months", "experts|wrote for|months"),
    Background("the company has its own kitchen, and lunch there is free", "lunch|is|free"),
)
_SHARED = (
    Detail(
        "{designer}, [the chief engineer|who leads the engineers], would [leave|quit] in {month}",
        "chief engineer {designer_name} would leave in {month}",
        "leaving engineer|is|{designer}|{designer_name}",
    ),
    Detail(
        "shares in the firm had [gained|climbed] {percent} percent",
        "shares gained {percent} percent",
        "shares|gained|{percent} percent",
    ),
    Detail(
        "a second plant would [open|be opened] in {plant}",
        "a plant would open in {plant}",
        "second plant|opens in|{plant}",
    ),
)
_SPEAKERS = ("the company", "engineers", "managers")

STORIES = (
    Story(
        "launch",
        _product,
        (
            (
                "{company} [unveiled|presented|introduced] a new {product} called {model} on {day}",
                "it will [cost|sell for] {price} euros, [while|whereas] the last one cost {old}",
            ),
            (
                "the new {product} from {company} is called {model} and [costs|sells for] {price} euros, "
                "[against|compared with] {old} for the last one",
            ),
            (
                "{company} will sell its new {product}, the {model}, for {price} euros",
                "the [model|one] before it [cost|sold for] {old}",
            ),
        ),
        "{company} presented {model}, a {compared} {product} at {price} euros",
        ("maker|is|{company}", "product|is|{product}", "product|called|{model}", "{model}|price|{price} euros"),
        (
            Detail(
                "the battery [would last|lasted] [up to |]{hours} hours",
                "its battery would last {hours} hours",
                "battery|hours|{hours}",
            ),
            Detail(
                "the {product} would [reach|be in] [shops|stores] in {month}",
                "sales would start in {month}",
                "sales|start in|{month}",
            ),
            Detail(
                "the firm had [received|taken] {orders} [orders|early orders][ already| on the first day]",
                "{orders} people had ordered it",
                "orders|number|{orders}",
            ),
            *_SHARED,
        ),
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        (
            "the first price list was wrong, and the {model} will cost {price} euros, not {stale}",
            "{speaker} later [corrected|changed] the price of the {model} from {stale} to {price} euros",
        ),
        ("in the same hall", "elsewhere", "separately"),
    ),
    Story(
        "launch",
        _rocket,
        (
            (
                "a(n) {company} rocket [took off|lifted off] from {site} on {day} with {load} satellites [on "
                "board|inside]",
                "of these, {n} reached [their orbit|orbit]",
            ),
            (
                "{company} [launched|fired] a rocket with {load} satellites from {site} on {day}, and {n} of "
                "them reached orbit",
            ),
            (
                "of the {load} satellites that {company} [launched|sent up] from {site} on {day}, {n} reached "
                "[their orbit|orbit]",
            ),
        ),
        "{company} put {n} of {load} satellites into orbit from {site} on {day}",
        (
            "maker|is|{company}",
            "satellites|launched|{load}",
            "satellites in orbit|number|{n}",
            "launch|from|{site}",
            "launch|on|{day}",
        ),
        (
            Detail(
                "the rocket had cost {cost} million euros",
                "the rocket cost {cost} million euros",
                "rocket|cost|{cost} million euros",
            ),
            Detail(
                "the next [launch|flight] was [set|planned] for {month}",
                "the next launch was due in {month}",
                "next launch|in|{month}",
            ),
            *_SHARED,
        ),
        _SKY,
        (*_BACKGROUNDS[1:4], *_BACKGROUNDS[5:]),
        _SPEAKERS,
        recounted("satellites in orbit"),
        ("elsewhere", "separately", "at another site"),
    ),
)
