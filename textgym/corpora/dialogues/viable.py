"""The grammar of the persona's turns: the replies that the scenarios supply."""

from __future__ import annotations

from textgym.corpora.automaton import Places, WordAutomaton, remembered
from textgym.corpora.dialogues.compose import SCENARIOS, second_person


@remembered
def replies(difficulty: str) -> WordAutomaton:
    """Any replies of one scenario, one after the other: answers, questions for a detail, confirmations, reminders."""
    grammar = WordAutomaton()
    for scenario in SCENARIOS:
        said: Places = frozenset()
        for fact in scenario.facts:
            for answer in fact.answers:
                lines = [answer.format(value) for value in fact.values]
                said = grammar.say(grammar.start, lines, to=said)
                grammar.say(said, lines, to=said)
        for wish in scenario.wishes:
            values = [second_person(value) for value in wish.values]
            lines = [line.format(value) for line in (*wish.confirms, *wish.reminds) for value in values]
            said = grammar.say(grammar.start, [*wish.asks, *lines], to=said)
            grammar.say(said, [*wish.asks, *lines], to=said)
        grammar.finish(said)
    return grammar
