"""The grammar of the stories' continuations: what `compose` can write, by its own frames."""

from __future__ import annotations

from textgym.corpora.automaton import Places, Slots, WordAutomaton, remembered
from textgym.corpora.plots import compose
from textgym.corpora.plots.schema import Setting
from textgym.corpora.plots.settings_more import SETTINGS

_WOMAN = {"hero": compose._WOMEN, "helper": compose._MEN, "relation": compose._MALE}
_MAN = {"hero": compose._MEN, "helper": compose._WOMEN, "relation": compose._FEMALE}
_CASTS = (
    {**_WOMAN, "they": ["she"], "them": ["her"], "their": ["her"], "place": compose._PLACES},
    {**_MAN, "they": ["he"], "them": ["him"], "their": ["his"], "place": compose._PLACES},
)


@remembered
def continuations(difficulty: str) -> WordAutomaton:
    """Troubles, each with its turn, a feeling after one of them, an ending and a coda.

    The pronouns fit the hero; that a name stays the same is more than an automaton can say, nor does it know which
    trouble a turn belongs to.
    """
    grammar, shape = WordAutomaton(), compose.SHAPES[difficulty]
    for setting in SETTINGS:
        for cast in _CASTS:
            _add(grammar, setting, cast, shape)
    return grammar


def _add(grammar: WordAutomaton, setting: Setting, cast: Slots, shape: compose.Shape) -> None:
    def tell(places: Places, leads: tuple[str, ...], frames: list[str] | tuple[str, ...]) -> Places:
        return grammar.sentence(places, [lead + frame for lead in leads for frame in frames], cast)

    happens = [frame for trouble in setting.troubles for frame in trouble.happens]
    turns = [frame for trouble in setting.troubles for frame in trouble.turns]
    here = grammar.start
    for index in range(shape.troubles):
        here = tell(here, compose._SECOND if index else compose._FIRST, happens)
        if shape.feelings:
            here |= tell(here, ("",), compose._FEELINGS)
        here = tell(here, compose._TURNS, turns)
    here = tell(here, compose._ENDS, [frame for goal in setting.goals for frame in goal.done])
    if shape.coda:
        here = tell(here, ("",), setting.codas)
    grammar.finish(here)
