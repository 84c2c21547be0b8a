"""Sport: matches whose winner, and how clear the win was, follow from the score."""

from __future__ import annotations

from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.lexicon import DAYS, PLACES, SURNAMES, count, person, tens
from textgym.corpora.reports.story import Background, Detail, Filled, Story

_CLUBS = ("Rovers", "United", "City", "Rangers", "Athletic")
_CUPS = ("League Cup", "Spring Cup", "City Cup", "Winter Cup", "Coast Cup")
_INJURIES = ("knee", "ankle", "shoulder", "finger")


def _common(dice: Dice) -> dict[str, str]:
    home, away, rival = dice.fresh(PLACES), dice.fresh(PLACES), dice.fresh(PLACES)
    return {
        "home_town": home,
        "away_town": away,
        "home": f"{home} {dice.fresh(_CLUBS)}",
        "away": f"{away} {dice.fresh(_CLUBS)}",
        "rival": rival,
        "cup": dice.pick(_CUPS),
        "day": dice.pick(DAYS),
        "scorer": dice.fresh(SURNAMES),
        "minute": str(dice.between(46, 89)),
        "injured": dice.fresh(SURNAMES),
        "injury": dice.pick(_INJURIES),
        "weeks": count(dice, 2, 12),
        "sent_off": dice.fresh(SURNAMES),
        "points": count(dice, 2, 14),
        "crowd": str(dice.between(11, 40)),
        "referee": person(dice).full,
        "age": str(dice.between(17, 21)),
        "youth": dice.fresh(SURNAMES),
        "price": tens(dice, 10, 40),
    }


def _verb(margin: int) -> str:
    return "narrowly beat" if margin == 1 else "beat" if margin == 2 else "thrashed"


def _win(dice: Dice) -> Filled:
    slots = _common(dice)
    lost, margin = dice.between(0, 3), dice.pick((1, 1, 2, 2, 3, 4))
    home_won = dice.chance(0.5)
    won = lost + margin
    # The corrected score keeps the winner: only the winner's goals were miscounted, upwards.
    early = won + dice.between(1, 2)
    slots |= {
        "winner": slots["home" if home_won else "away"],
        "loser": slots["away" if home_won else "home"],
        "winner_town": slots["home_town" if home_won else "away_town"],
        "loser_town": slots["away_town" if home_won else "home_town"],
        "verb": _verb(margin),
        "won": str(won),
        "lost": str(lost),
        "ranked": f"{won}-{lost}",
        "score": f"{won}-{lost}" if home_won else f"{lost}-{won}",
    }
    stale = {
        "score": f"{early}-{lost}" if home_won else f"{lost}-{early}",
        "won": str(early),
        "ranked": f"{early}-{lost}",
    }
    return Filled(slots, stale)


def _draw(dice: Dice) -> Filled:
    slots = _common(dice)
    goals = dice.between(1, 4)
    slots |= {"score": f"{goals}-{goals}", "goals": str(goals)}
    return Filled(slots, {"score": f"{goals + 1}-{goals + 1}", "goals": str(goals + 1)})


_DETAILS = (
    Detail(
        "{scorer} [scored|hit] the last goal of the [match|game] in minute {minute}",
        "{scorer} scored the last goal",
        "last goal|by|{scorer}",
    ),
    Detail(
        "{injured} had [hurt|injured] a(n) {injury} and would [miss|be out for] [at least|about] {weeks} weeks",
        "{injured} faced {weeks} weeks out injured",
        "{injured}|out for|{weeks} weeks",
    ),
    Detail(
        "{sent_off} had been sent off [in the second half|before the break] for a [late|hard] tackle",
        "{sent_off} was sent off",
        "sent off|was|{sent_off}",
    ),
    Detail(
        "{home} were now {points} points [behind the leaders|off the top of the table]",
        "{home_town} were {points} points behind the leaders",
        "{home}|points behind|{points}",
    ),
    Detail(
        "the next [match|game] for {away} would be [a trip to|a visit to|away at] {rival}",
        "{away_town} would travel to {rival} next",
        "{away}|next match at|{rival}",
    ),
)
_OPENERS = (
    Background(
        "it was a [cold|wet|bright] evening[, and the fans sang from the start|, with a strong wind]",
        "match|in the|evening",
    ),
    Background("the {cup} has been played [every year|each year] for {price} years", "{cup}|age|{price} years"),
)
_BACKGROUNDS = (
    Background("a crowd of [about|around] {crowd} thousand [watched|was there]", "crowd|size|{crowd} thousand"),
    Background(
        "the referee, {referee}, [was in charge of|led] a cup [match|game] for the first time", "referee|was|{referee}"
    ),
    Background(
        "{youth}, aged {age}, played for the first time [and did well|but saw little of the ball]", "{youth}|aged|{age}"
    ),
    Background(
        "tickets [cost|had cost] {price} euros, and [most|nearly all] of them were sold", "tickets|cost|{price} euros"
    ),
    Background(
        "the [kick-off|start] was late because of [a problem with the lights|traffic near the ground]", "start|was|late"
    ),
    Background("the grass had been cut that morning and [looked|was] perfect", "grass|was|cut that morning"),
    Background("fans of both sides [shared|walked to] the station after the final whistle", "fans|of|both sides"),
)
_SPEAKERS = ("the coach", "the captain", "the club")
_CORRECTIONS = (
    "the league later [confirmed|made clear] that the [final score|result] was {score}, not {stale}",
    "the [score|result] was first given as {stale}, but [one goal did not count|this was corrected] and it "
    "[became|ended] {score}",
)
_LINKS = ("in another match", "on another ground", "elsewhere")
_CORES = (
    ("{home} [met|faced|played] {away} in the {cup} on {day}", "the [match|game] [ended|finished] {score}"),
    ("the {cup} [match|game] between {home} and {away} on {day} [ended|finished] {score}",),
    (
        "on {day}, {away} [travelled|went] to {home} in the {cup}",
        "the final score was {score} [after a lively second half|in a fast game]",
    ),
)

STORIES = (
    Story(
        "match",
        _win,
        (
            *_CORES,
            ("{winner} [defeated|overcame|got the better of] {loser} {ranked} in the {cup} on {day}",),
            ("{loser} [lost|went down] {ranked} to {winner} in the {cup} on {day}",),
        ),
        "{winner_town} {verb} {loser_town} {ranked} in the {cup} on {day}",
        (
            "match|winner|{winner}|{winner_town}",
            "match|loser|{loser}|{loser_town}",
            "{winner}|goals|{won}",
            "{loser}|goals|{lost}",
            "match|in|{cup}",
            "match|on|{day}",
        ),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        _CORRECTIONS,
        _LINKS,
    ),
    Story(
        "match",
        _draw,
        _CORES,
        "{home_town} and {away_town} drew {score} in the {cup} on {day}",
        (
            "match|home side|{home}|{home_town}",
            "match|away side|{away}|{away_town}",
            "both sides|goals|{goals}",
            "match|in|{cup}",
            "match|on|{day}",
        ),
        _DETAILS,
        _OPENERS,
        _BACKGROUNDS,
        _SPEAKERS,
        ("the league later [confirmed|made clear] that the [final score|result] was {score}, not {stale}",),
        _LINKS,
    ),
)
