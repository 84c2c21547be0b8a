"""The grammar of the summaries: what `compose` can write, by its own frames."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np

from textgym.corpora.automaton import Places, WordAutomaton, remembered
from textgym.corpora.reports import catalogue
from textgym.corpora.reports.compose import SHAPES
from textgym.corpora.reports.dice import Dice
from textgym.corpora.reports.story import Story

_DRAWS = 1_000  # of a story's values; each is drawn far more often than that many draws could miss
_DIGITS = re.compile(r"\d+")


@remembered
def summaries(difficulty: str) -> WordAutomaton:
    """An event, a stressed detail joined to it or quoted behind it, and a second event of the same domain.

    That the same slot has the same value throughout is more than an automaton can say.
    """
    grammar, shape = WordAutomaton(), SHAPES[difficulty]
    for domain in catalogue.DOMAINS:
        slots = {id(story): _values(story) for story in domain}
        whole: Places = frozenset()
        for story in domain:
            mine = slots[id(story)]
            gists = [detail.gist for detail in story.details] if shape.stressed[1] else []
            joined = [f"{story.gist}, and {gist}" for gist in gists]
            event = grammar.sentence(grammar.start, [story.gist, *joined], mine)
            quotes = [f"{speaker} said {gist}" for speaker in story.speakers for gist in gists]
            whole |= event | (grammar.sentence(event, quotes, mine) if quotes else event)
        if not shape.second_event:
            grammar.finish(whole)
            continue
        second: Places = frozenset()
        for story in domain:
            second |= grammar.sentence(whole, [f"{story.link}, {story.gist}"], slots[id(story)])
        grammar.finish(second)
    return grammar


def _values(story: Story) -> dict[str, list[str]]:
    """What the story's slots can be, numbers aside: read off many draws of it."""
    found: dict[str, set[str]] = defaultdict(set)
    dice_of = np.random.Generator(np.random.PCG64(0))
    for _ in range(_DRAWS):
        for name, value in story.fill(Dice(dice_of)).slots.items():
            found[name].add(_DIGITS.sub("0", value))
    return {name: sorted(values) for name, values in found.items()}
