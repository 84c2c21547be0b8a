"""Noun phrases and pronouns: what a clause has as its subject and objects, said in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from textgym.corpora.parallel.english import article, possessive
from textgym.corpora.parallel.german import ADJECTIVE, CASE_NAMES, CONTRACTIONS, GENITIVE
from textgym.corpora.parallel.nouns import Noun
from textgym.corpora.parallel.words import BARE, KEIN, THE, A, Adjective, Determiner


class Span(NamedTuple):
    """One German noun phrase, for whoever checks agreement.

    `preposition` is as written ("im"), `determiner` as it would stand alone ("dem"); either may be "".
    """

    preposition: str
    determiner: str
    adjectives: tuple[str, ...]
    noun: str
    gender: str
    case: str
    number: str


class Nominal(Protocol):
    """Anything that can be a subject or an object."""

    @property
    def english(self) -> str:
        """What it is in English as a subject."""
        ...

    @property
    def english_object(self) -> str:
        """What it is in English as an object."""
        ...

    @property
    def person(self) -> str:
        """ "1", "3" or "p", which the verb agrees with."""
        ...

    @property
    def owner(self) -> str:
        """ "i", "w", "m", "f", "n" or "p": what chooses its pronoun and possessive."""
        ...

    @property
    def lemma(self) -> str:
        """What facts call it."""
        ...

    @property
    def definite(self) -> bool:
        """Whether it goes to the front of the German middle field."""
        ...

    @property
    def pronoun(self) -> bool:
        """Whether it is a personal pronoun."""
        ...

    def german(self, case: int, spans: list[Span], preposition: str = "") -> str:
        """What it is in German in `case`, behind `preposition`; noted in `spans`."""
        ...


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A personal pronoun, or a name; `forms` are nominative, accusative and dative."""

    english: str
    english_object: str
    forms: tuple[str, str, str]
    person: str
    owner: str
    lemma: str
    pronoun: bool = True
    definite: bool = True

    def german(self, case: int, spans: list[Span], preposition: str = "") -> str:
        """The form for `case`, after `preposition` if there is one."""
        form = self.forms[case]
        return f"{preposition} {form}" if preposition else form


ME = Pronoun("I", "me", ("ich", "mich", "mir"), "1", "i", "I")
WE = Pronoun("we", "us", ("wir", "uns", "uns"), "p", "w", "we")
_THIRD = {
    "m": (("he", "him"), ("er", "ihn", "ihm"), "3"),
    "f": (("she", "her"), ("sie", "sie", "ihr"), "3"),
    "n": (("it", "it"), ("es", "es", "ihm"), "3"),
    "p": (("they", "them"), ("sie", "sie", "ihnen"), "p"),
}


def third(owner: str, lemma: str = "", thing: bool = False) -> Pronoun:
    """The pronoun of the third person; English calls a thing "it", whatever its German gender."""
    (subject, object_), forms, person = _THIRD[owner]
    if thing and owner != "p":
        subject = object_ = "it"
    return Pronoun(subject, object_, forms, person, owner, lemma or subject)


def name_of(name: str, sex: str) -> Pronoun:
    """A person's name, which stays as it is in every case but the genitive."""
    return Pronoun(name, name, (name, name, name), "3", sex, name, pronoun=False)


def pronoun_for(nominal: Nominal) -> Pronoun:
    """The pronoun that stands for `nominal` further on."""
    if nominal.owner in "iw":
        return ME if nominal.owner == "i" else WE
    thing = isinstance(nominal, Phrase) and "person" not in nominal.noun.kinds
    return third(nominal.owner, nominal.lemma, thing)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A determiner, adjectives and a noun, with an owner in the genitive perhaps ("the teacher's old car").

    Attributes:
        nicht_ein: whether a negation makes the German determiner kein.
        possessor: a phrase or a name; `determiner` is then that of the owned noun in German, `THE`, or
            none after a name.
    """

    noun: Noun
    determiner: Determiner
    plural: bool = False
    adjectives: tuple[Adjective, ...] = ()
    nicht_ein: bool = False
    possessor: Phrase | Pronoun | None = None

    pronoun = False

    @property
    def english(self) -> str:
        """The phrase in English, the same as a subject and as an object."""
        words = [adjective.english for adjective in self.adjectives]
        words.append(self.noun.english[self.plural])
        text = " ".join(words)
        if self.possessor is not None:
            return f"{possessive(self.possessor.english)} {text}"
        determiner = article(text) if self.determiner is A else self.determiner.english
        return f"{determiner} {text}" if determiner else text

    @property
    def english_object(self) -> str:
        """The same as `english`."""
        return self.english

    @property
    def person(self) -> str:
        """ "p" for a plural, "3" otherwise."""
        return "p" if self.plural else "3"

    @property
    def owner(self) -> str:
        """What chooses pronoun and possessive: "p", or the sex of the noun."""
        return "p" if self.plural else self.noun.sex

    @property
    def lemma(self) -> str:
        """The English singular."""
        return self.noun.english[0]

    @property
    def definite(self) -> bool:
        """Whether it goes to the front of the German middle field."""
        return self.determiner not in (A, BARE) or self.possessor is not None

    def german(self, case: int, spans: list[Span], preposition: str = "") -> str:
        """The phrase in `case`, contracted with `preposition` where German does; noted in `spans`."""
        column = "p" if self.plural else self.noun.gender
        noun = self.noun.forms[self.plural][case]
        determiner, owner = (KEIN if self.nicht_ein else self.determiner), ""
        if isinstance(self.possessor, Pronoun):
            determiner, owner = BARE, f"{self.possessor.lemma}s"
        form = owner or determiner.forms[column][case]
        ending = ADJECTIVE[determiner.declension][column][case] if self.adjectives else ""
        adjectives = tuple(adjective.stem + ending for adjective in self.adjectives)
        surface, words = preposition, [*adjectives, noun]
        if determiner is THE and (preposition, form) in CONTRACTIONS:
            surface = CONTRACTIONS[preposition, form]
        elif form:
            words.insert(0, form)
        if surface:
            words.insert(0, surface)
        number = "plural" if self.plural else "singular"
        spans.append(Span(surface, form, adjectives, noun, self.noun.gender, CASE_NAMES[case], number))
        if isinstance(self.possessor, Phrase):
            words.append(self.possessor.german(GENITIVE, spans))
        return " ".join(words)
