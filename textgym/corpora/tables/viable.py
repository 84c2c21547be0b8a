"""The grammar of the texts that tell a table: what `compose` can write, by its own frames."""

from __future__ import annotations

from textgym.corpora.automaton import WordAutomaton, remembered
from textgym.corpora.tables.kinds_more import TABLES
from textgym.corpora.tables.schema import Table


@remembered
def tellings(difficulty: str) -> WordAutomaton:
    """Sentences of one or two predicates, the first about the name, the others about a pronoun or the noun.

    Which facts are told, and how often, is not a matter of grammar.
    """
    grammar = WordAutomaton()
    for table in TABLES:
        _add(grammar, table)
    return grammar


def _add(grammar: WordAutomaton, table: Table) -> None:
    parts = range(len(table.titles))
    slots: dict[str, tuple[str, ...]] = {f"t{k}": table.titles[k] for k in parts}
    predicates = []
    for n, column in enumerate(table.columns):
        slots[f"o{n}"] = column.values
        predicates += [says.replace("{o}", f"{{o{n}}}") for says in column.says]
    name = grammar.say(grammar.start, [" ".join(f"{{t{k}}}" for k in parts)], slots)
    again = [*dict.fromkeys(table.pronouns), *([table.noun] if table.noun else [])]
    ends = grammar.say(name, [f"{kind}." for kind in table.kind]) if table.kind else frozenset()
    subject = name | (grammar.say(name, [f"{kind} that" for kind in table.kind]) if table.kind else frozenset())
    one = grammar.say(subject, predicates, slots)
    ends |= grammar.say(one | grammar.say(grammar.say(one, ["and"]), predicates, slots), ["."])
    further = grammar.say(ends, [word[0].upper() + word[1:] for word in again])
    told = grammar.say(further, predicates, slots)
    grammar.say(told | grammar.say(grammar.say(told, ["and"]), predicates, slots), ["."], to=ends)
    grammar.finish(ends)
