"""The grammar of the answers: what `ask` can answer."""

from __future__ import annotations

from textgym.corpora.automaton import WordAutomaton, remembered
from textgym.corpora.questions.ask import UNANSWERABLE, names
from textgym.corpora.questions.domains_more import DOMAINS
from textgym.corpora.reports.grammar import number


@remembered
def answers(difficulty: str) -> WordAutomaton:
    """Names, values and numbers of the domains, yes, no, and that there is no answer."""
    grammar = WordAutomaton()
    found = ["yes", "no", UNANSWERABLE, *(number(count) for count in range(10)), "0"]
    for domain in DOMAINS:
        found += [form for entity in domain.entities for form in names(entity)]
        for attribute in (*domain.attributes, *domain.person, domain.link):
            found += attribute.values
    grammar.finish(grammar.say(grammar.start, dict.fromkeys(found)))
    return grammar
