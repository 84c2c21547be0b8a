"""Grammars of the two languages, from the same tables that the sentences are written with.

Noun phrases are exact: determiner, adjectives and noun agree in gender, number and case (a or an in English), and a
preposition is followed by a case that it takes. Between them stand the verbs, names and small words of the tables, in
any order: what order they come in is a matter of the whole sentence, which no automaton over words can follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textgym.corpora.automaton import Places, WordAutomaton, remembered
from textgym.corpora.parallel import english, german
from textgym.corpora.parallel import words as small
from textgym.corpora.parallel.nouns import NOUNS
from textgym.corpora.parallel.verbs import BE, HAVE, THAT_VERBS, THERE, TO_VERBS, VERBS

_ALL_VERBS = (*VERBS, *THAT_VERBS, *TO_VERBS, BE, HAVE, THERE)
_PRONOUNS_DE = "ich wir er sie es mich uns ihn sich mir ihm ihr ihnen"
_PRONOUNS_EN = "I we he she it they me us him her them there who that"
_SMALL_DE = "nicht und aber deshalb dann weil obwohl dass wenn als falls bevor während um zu so wie warum wann oft"
_SMALL_EN = (
    "not do does did cannot and but so then because although that when if before while why how often in order to by "
    "than as more like"
)
_DETERMINERS = (small.THE, small.THIS, small.KEIN, *small.POSSESSIVES.values())
_SINGULAR, _PLURAL = (small.A, small.EVERY), (small.ALL, small.MANY, small.SOME, *small.NUMBERS)


class _Sentence:
    """An automaton with a first place, where words have capitals, a place between phrases, and one behind commas."""

    def __init__(self) -> None:
        self.grammar = WordAutomaton()
        self.hub, self.comma = self.grammar.place(), self.grammar.place()
        self.grammar.say(self.hub, [","], to=self.comma)
        self.grammar.finish(self.grammar.say(self.hub, [".", "?"]))

    def free(self, words: Iterable[str], to: Places | None = None) -> Places:
        """Words that may stand anywhere; the places behind them: the hub, unless told."""
        texts = [text for text in dict.fromkeys(words) if text]
        end = self.grammar.say(self.hub | self.comma, texts, to=to or self.hub)
        return self.grammar.say(self.grammar.start, texts, to=end, capital=True)

    def begin(self, words: Iterable[str], to: Places, origin: Places = frozenset()) -> None:
        """Words that begin a phrase, anywhere or behind `origin`."""
        texts = [text for text in dict.fromkeys(words) if text]
        self.grammar.say(origin or self.hub | self.comma, texts, to=to)
        if not origin:
            self.grammar.say(self.grammar.start, texts, to=to, capital=True)


@remembered
def german_sentences(difficulty: str) -> WordAutomaton:
    """German, whatever the difficulty."""
    made = _Sentence()
    behind = {case: made.grammar.place() for case in range(4)}
    which = {case: made.grammar.place() for case in range(4)}  # where a relative pronoun can come behind a preposition
    for preposition, case in _governing():
        made.free([preposition], to=behind[case])
        made.grammar.say(made.comma, [preposition], to=which[case])
    for case in range(4):
        for column in "mfnp":
            _german_phrases(made, case, column, behind[case])
        for places in (which[case], made.comma):
            made.grammar.say(places, [german.RELATIVE[column][case] for column in "mfnp"], to=made.hub)
        made.grammar.say(behind[case], [*_names(), *_PRONOUNS_DE.split(), *(city for _, city in small.CITIES)],
                         to=made.hub)  # fmt: skip
    made.free([*_names(), *_PRONOUNS_DE.split(), *_SMALL_DE.split(), *_german_verbs()])
    made.free([*(row[1] for row in (*small.TIMES, *small.OFTEN)), *(f"nach {city}" for _, city in small.CITIES)])
    made.free(form for adjective in small.ADJECTIVES for form in (adjective.german, adjective.mehr))
    return made.grammar


def _german_phrases(made: _Sentence, case: int, column: str, behind: Places) -> None:
    """Noun phrases in one case and one gender or the plural; `behind` is where prepositions of the case lead."""
    nouns = [noun.forms[column == "p"][case] for noun in NOUNS if column in ("p", noun.gender)]
    determiners = [*_DETERMINERS, *(_PLURAL if column == "p" else _SINGULAR)]
    for declension in ("weak", "mixed", "strong"):
        ending = german.ADJECTIVE[declension][column][case]
        adjectives = [adjective.stem + ending for adjective in small.ADJECTIVES]
        after, first = made.grammar.place(), made.grammar.place()
        words = [d.forms[column][case] for d in determiners if d.declension == declension]
        if declension == "weak":
            made.begin([short for (_, form), short in german.CONTRACTIONS.items()
                        if form == german.DEFINITE[column][case]], to=after)  # fmt: skip
        if declension == "strong":  # also without a determiner, and behind a name in the genitive
            words += [f"{name}s" for name in _names()]
            for origin in (frozenset[int](), behind):
                made.begin(adjectives, to=first, origin=origin)
                made.begin(nouns, to=made.hub, origin=origin)
        for origin in (frozenset[int](), behind):
            made.begin(words, to=after, origin=origin)
        made.grammar.say(after, adjectives, to=first)
        second = made.grammar.say(first, adjectives)
        made.grammar.say(after | first | second, nouns, to=made.hub)


def _governing() -> Iterator[tuple[str, int]]:
    """Prepositions with the cases they take."""
    for verb in _ALL_VERBS:
        if verb.preposition:
            yield verb.preposition, verb.case
    for _, where, whither in small.PLACE_PREPOSITIONS.values():
        yield where, german.DATIVE
        yield whither, german.DATIVE if whither == "zu" else german.ACCUSATIVE
    for _, preposition, _ in small.SURFACES:
        yield from ((preposition, german.DATIVE), (preposition, german.ACCUSATIVE))
    yield "von", german.DATIVE


def _german_verbs() -> Iterator[str]:
    for verb in _ALL_VERBS:
        finite = [*verb.present.values(), *verb.preterite.values()]
        yield from (*finite, *(verb.prefix + form for form in finite), verb.participle, verb.prefix, verb.infinitive)
        yield from (verb.prefix + verb.infinitive, german.with_zu(verb.prefix, verb.infinitive))
    for table in (german.HABEN, german.SEIN, german.WAR, german.WERDEN, german.WURDE):
        yield from table.values()
    for tense in (*small.MODALS, *small.PAST_MODALS):
        yield from tense.german


@remembered
def english_sentences(difficulty: str) -> WordAutomaton:
    """English, whatever the difficulty."""
    made = _Sentence()
    owned = made.grammar.place()
    for plural in (False, True):
        _english_phrases(made, plural, owned)
    made.free([*_names(), *_PRONOUNS_EN.split(), *_SMALL_EN.split(), *_english_verbs(), *_english_prepositions()])
    made.free(row[0] for row in (*small.TIMES, *small.OFTEN, *small.CITIES))
    made.free(form for adjective in small.ADJECTIVES for form in (adjective.english, adjective.more))
    return made.grammar


def _english_phrases(made: _Sentence, plural: bool, owned: Places) -> None:
    """Noun phrases in the singular or the plural; `owned` is behind a possessor, where no determiner comes."""
    nouns = [noun.english[plural] for noun in NOUNS if noun.counted or not plural]
    adjectives = [adjective.english for adjective in small.ADJECTIVES]
    fitting = (*_PLURAL, small.THESE) if plural else (small.EVERY, small.THIS)
    words = [d.english for d in (small.THE, *small.POSSESSIVES.values(), *fitting)]
    after = made.grammar.place()
    made.begin(words, to=after)
    first = made.grammar.say(after | owned, adjectives)
    second = made.grammar.say(first, adjectives)
    made.grammar.say(after | owned | first | second, nouns, to=made.hub)
    if not plural:
        made.grammar.say(made.grammar.say(after | first | second, nouns), ["'s"], to=owned)
        made.begin([english.possessive(name) for name in _names()], to=owned)
        for form in ("a", "an"):
            bare = made.grammar.place()
            made.begin([form], to=bare)
            made.grammar.say(bare, [word for word in adjectives if english.article(word) == form], to=first)
            made.grammar.say(bare, [word for word in nouns if english.article(word) == form], to=made.hub)
    bare_nouns = [n.english[plural] for n in NOUNS if plural or not n.counted or "game" in n.kinds]
    made.begin(bare_nouns, to=made.hub)
    made.begin(adjectives, to=(described := made.grammar.place()))
    again = made.grammar.say(described, adjectives)
    made.grammar.say(described | again, bare_nouns, to=made.hub)


def _english_verbs() -> Iterator[str]:
    for verb in _ALL_VERBS:
        yield from (*verb.english, verb.third, verb.particle)
    yield from (*english.BE.values(), *english.WAS.values(), "be", "been", "have", "has", "had")
    for tense in (*small.MODALS, *small.PAST_MODALS):
        yield from (tense.auxiliary, *tense.finite, tense.base, tense.rest)


def _english_prepositions() -> Iterator[str]:
    yield from (at for at, _, _ in small.PLACE_PREPOSITIONS.values())
    yield from (english_form for english_form, _, _ in small.SURFACES)


def _names() -> list[str]:
    return [name for name, _ in small.NAMES]
