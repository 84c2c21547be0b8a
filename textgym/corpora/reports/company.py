"""Business: quarters whose trend, profit or loss follows from two figures."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.lexicon import COMPANIES, DAYS, MONTHS, PLACES, person, tens
from textgym.corpora.reports.story import Background, Detail, Filled, Story


def _common(dice: Dice) -> dict[str, str]:
    chief, investor = person(dice), person(dice)
    return {
        "company": dice.fresh(COMPANIES),
        "rival": dice.fresh(COMPANIES),
        "day": dice.pick(DAYS),
        "jobs": tens(dice, 20, 400),
        "plant": dice.fresh(PLACES),
        "month": dice.pick(MONTHS),
        "percent": str(dice.between(2, 19)),
        "moved": dice.pick(("gained", "lost")),
        "chief": chief.full,
        "chief_name": chief.surname,
        "price": str(dice.between(11, 90)),
        "investor": investor.full,
        "pages": tens(dice, 20, 90),
        "years": tens(dice, 20, 90),
        "seat": dice.fresh(PLACES),
    }


def _trend(new: int, old: int) -> str:
    if new > old:
        return "soared" if new >= 1.5 * old else "rose"
    return "plunged" if old >= 1.5 * new else "fell"


def _sales(dice: Dice) -> Filled:
    slots = _common(dice)
    new, old = dice.between(12, 98), dice.between(12, 98)
    old += new == old
    up = new > old
    slots |= {"new": str(new), "old": str(old), "trend": _trend(new, old)}
    # The early figure errs away from last year's, so the direction never depends on which one is read.
    return Filled(slots, {"new": str(new + dice.between(1, 3) if up else new - dice.between(1, 3))})


def _profit(dice: Dice) -> Filled:
    slots = _common(dice)
    income, costs = dice.between(14, 98), dice.between(14, 98)
    costs += income == costs
    gained = income > costs
    slots |= {"income": str(income), "costs": str(costs), "result": "profit" if gained else "loss"}
    return Filled(slots, {"income": str(income + dice.between(1, 3) if gained else income - dice.between(1, 3))})


_DETAILS = (
    Detail(
        "the firm [planned|wanted|intended] to [hire|take on] {jobs} [people|workers]",
        "the firm would hire {jobs} people",
        "firm|hires|{jobs}",
    ),
    Detail(
        "the plant in {plant} [would close|was to shut|would have to close] in {month}",
        "the {plant} plant would close in {month}",
        "plant closing|in|{plant}",
    ),
    Detail(
        "shares in the firm had {moved} {percent} percent [in early trading|by noon]",
        "shares {moved} {percent} percent",
        "shares|{moved}|{percent} percent",
    ),
    Detail(
        "{chief}, [the chief executive|who leads the firm], [would leave|was to step down] in {month}",
        "chief executive {chief_name} would leave in {month}",
        "leaving chief|is|{chief}|{chief_name}",
    ),
    Detail(
        "the firm had agreed to [buy|take over] {rival} for {price} million euros",
        "the firm would buy {rival} for {price} million",
        "firm|buys|{rival}",
    ),
)
_OPENERS = (
    Background("it was a [busy|quiet|nervous] {day} for investors", "investors|day|{day}"),
    Background("the market had been [quiet|nervous] for most of the week", "market|for|most of the week"),
)
_BACKGROUNDS = (
    Background("the firm was founded in {seat} {years} years ago", "firm|founded in|{seat}"),
    Background("the report is {pages} pages long and [comes with|has] many charts", "report|pages|{pages}"),
    Background("{investor}, a small investor, called the report [clear|dull|too long]", "small investor|is|{investor}"),
    Background(
        "the head office has just [moved to|opened] a new building [by|near] the river", "head office|in|new building"
    ),
    Background("experts had [been divided|not agreed] before the report came out", "experts|spoke|before the report"),
    Background(
        "other firms in the sector will [publish|present] their results next week", "other firms|report|next week"
    ),
    Background(
        "a short film about the history of the firm was shown [first|at the start]", "film|about|history of the firm"
    ),
)
_SPEAKERS = ("the board", "managers", "the company")
_LINKS = ("in the same sector", "elsewhere on the market", "separately")

STORIES = (
    Story(
        "company",
        _sales,
        (
            (
                "{company} [reported|posted|announced] quarterly sales of {new} million euros",
                "[a year earlier|a year before], [sales|the figure] had been {old} million",
            ),
            (
                "{company} said on {day} that its quarterly sales [came to|reached] {new} million euros, "
                "[against|compared with] {old} million a year [earlier|before]",
            ),
            (
                "sales at {company} [stood at|came to] {new} million euros in the quarter, [after|against] {old} "
                "million a year [earlier|before]",
            ),
            (
                "a year ago, {company} had quarterly sales of {old} million euros",
                "this time, [sales|the figure] [came to|stood at] {new} million",
            ),
        ),
        "quarterly sales at {company} {trend} to {new} million euros from {old} million",
        ("{company}|sales this quarter|{new}", "{company}|sales a year before|{old}", "sales|of|{company}"),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        (
            "earlier figures were later revised, and sales were put at {new} million, not {stale} million",
            "{speaker} later [corrected|changed] the sales figure from {stale} million to {new} million",
        ),
        _LINKS,
        "separately",
    ),
    Story(
        "company",
        _profit,
        (
            ("{company} [earned|took in] {income} million euros in the quarter and spent {costs} million",),
            (
                "{company} [presented|published] its quarterly report on {day}",
                "it had income of {income} million euros and costs of {costs} million",
            ),
            ("with costs of {costs} million euros, {company} had income of {income} million in the quarter",),
            (
                "the quarterly report of {company} [shows|lists] costs of {costs} million euros and income of "
                "{income} million",
            ),
        ),
        "{company} made a quarterly {result}, earning {income} million and spending {costs} million",
        ("{company}|income|{income}", "{company}|costs|{costs}", "quarterly report|of|{company}"),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        (
            "earlier figures were later revised, and income was put at {income} million, not {stale} million",
            "{speaker} later [corrected|changed] the income figure from {stale} million to {income} million",
        ),
        _LINKS,
        "separately",
    ),
)
