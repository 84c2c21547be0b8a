"""Chance: which noun phrases and which events a text tells of, within what makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from textgym.corpora.parallel import clause as field
from textgym.corpora.parallel.clause import Clause, Marks
from textgym.corpora.parallel.german import ACCUSATIVE, DATIVE
from textgym.corpora.parallel.levels import Level
from textgym.corpora.parallel.nominal import ME, WE, Nominal, Phrase, Pronoun, name_of, third
from textgym.corpora.parallel.nouns import NOUNS, Noun, of_kinds
from textgym.corpora.parallel.verbs import UNWILLED, VERBS, Verb
from textgym.corpora.parallel.words import (
    ADJECTIVES_OF,
    ALL,
    BARE,
    CITIES,
    COLOURS_OF,
    EVERY,
    FUTURE,
    IN_WATER,
    MANY,
    MODALS,
    NAMES,
    NUMBERS,
    OFTEN,
    PAST,
    PAST_MODALS,
    PLACE_PREPOSITIONS,
    POSSESSIVES,
    PRESENT,
    SOME,
    STANDS,
    SURFACES,
    THE,
    THESE,
    THIS,
    TIMES,
    A,
    Adjective,
    Determiner,
    Tense,
)

T = TypeVar("T")
N = TypeVar("N", Noun, Pronoun)
PEOPLE = of_kinds(["person"])
COUPLES = tuple(name_of(name, sex) for name, sex in NAMES)
SHE_HE_THEY = (third("m"), third("f"), third("p"))
TIMES_IN = {code: tuple(row for row in TIMES if code in row[2]) for code in "npf"}
PERSON_VERBS = tuple(verb for verb in VERBS if PEOPLE[0] in verb.subjects)
VERBS_TAKING = {
    n: tuple(v for v in PERSON_VERBS if v.takes in ("acc", "prep", "dat") and n in v.objects) for n in NOUNS
}
# A base form that is also the past leaves "they read" open; such a past is only told of one person.
_SAME_PAST = ("read", "put")


class Dice:
    """Random choices, drawn from `rng` by the hundred since one draw at a time is slow."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[float] = []

    def unit(self) -> float:
        """A number in [0, 1)."""
        if not self._left:
            self._left = self._rng.random(100).tolist()
        return self._left.pop()

    def chance(self, probability: float) -> bool:
        """True with `probability`."""
        return self.unit() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of `items`, all alike."""
        return items[int(self.unit() * len(items))]


class Writer:
    """Draws noun phrases and events, at a level; what they hold is noted in `marks`."""

    def __init__(self, dice: Dice, level: Level) -> None:
        self.dice, self.level, self.marks = dice, level, Marks()
        self._named: set[Noun | Pronoun] = set()

    # Noun phrases

    def noun(self, nouns: Sequence[Noun]) -> Noun:
        """One of `nouns`, a new one in the sentence if it may be; a compound only as often as the level says."""
        noun = self.fresh(nouns)
        if noun.compound and not self.dice.chance(self.level.compound):
            noun = self.fresh(nouns)
        return noun

    def fresh(self, items: Sequence[N]) -> N:
        """One of `items` that the sentence has not named yet, if four draws find one."""
        for _ in range(4):
            item = self.dice.pick(items)
            if item not in self._named:
                break
        self._named.add(item)
        return item

    def adjectives(self, noun: Noun) -> tuple[Adjective, ...]:
        """None, one, or two of which the second is a colour."""
        fitting = ADJECTIVES_OF[noun]
        # People are told apart by what they are; things, more often, by what they are like.
        often = self.level.adjective * (0.5 if "person" in noun.kinds else 1.0)
        if not fitting or not self.dice.chance(often):
            return ()
        first = self.dice.pick(fitting)
        if COLOURS_OF[noun] and not first.colour and self.dice.chance(0.15):
            return (first, self.dice.pick(COLOURS_OF[noun]))
        return (first,)

    def _determiner(self, noun: Noun, plural: bool, owner: str, subject: bool) -> Determiner:
        unit = self.dice.unit()
        if not noun.counted:
            return BARE if unit < 0.5 or "game" in noun.kinds else THE
        if "near" in noun.kinds and unit < 0.6:
            return POSSESSIVES["i" if subject or owner in ("", "n") else owner if unit < 0.4 else "i"]
        if "kin" in noun.kinds:  # "this aunt" and "many sons" would be odd
            return THE if plural or "only" in noun.kinds or unit < 0.8 else A
        if plural:
            choices = (THE, THE, THESE, MANY, SOME, self.dice.pick(NUMBERS), ALL if subject else BARE)
            return THE if "only" in noun.kinds else self.dice.pick(choices)
        if "only" in noun.kinds or unit < 0.45:
            return THE
        if subject:
            return A if unit > 0.85 else THIS if unit > 0.75 else EVERY if unit > 0.72 else THE
        if owner not in ("", "n") and not noun.kinds & {"place", "person"} and unit > 0.8:
            return POSSESSIVES[owner]
        return THIS if unit > 0.73 else A

    def phrase(self, nouns: Sequence[Noun], owner: str = "", subject: bool = False) -> Phrase:
        """A noun phrase of one of `nouns`; `owner` is who "his" or "her" would refer to."""
        noun = self.noun(nouns)
        if "game" in noun.kinds:
            return Phrase(noun, BARE)
        plural = noun.counted and "only" not in noun.kinds and self.dice.chance(self.level.plural)
        adjectives = self.adjectives(noun)
        if noun.counted and noun.kinds & {"good", "pet", "kin"} and self.dice.chance(self.level.genitive):
            return Phrase(noun, THE, plural, adjectives, possessor=self.possessor())
        determiner = self._determiner(noun, plural, owner, subject)
        return Phrase(noun, determiner, plural, adjectives)

    def possessor(self) -> Phrase | Pronoun:
        """Whose something is: a name, or "the teacher"; those that stay clear in the genitive."""
        if self.dice.chance(0.4):
            return self.fresh(COUPLES)
        noun = self.fresh(PEOPLE)
        return Phrase(noun, POSSESSIVES["i"] if "near" in noun.kinds else THE)

    def subject(self, nouns: Sequence[Noun] = PEOPLE, named: bool = False) -> Nominal:
        """A subject: a name at times where people are among `nouns`, or a pronoun unless it must be `named`."""
        if nouns[0] is PEOPLE[0]:
            unit = self.dice.unit()
            if unit < self.level.pronoun and not named:
                return self.dice.pick((ME, WE, *SHE_HE_THEY))
            if unit < self.level.pronoun + 0.15:
                return self.fresh(COUPLES)
        return self.phrase(nouns, subject=True)

    # Events

    def tense(self, verb: Verb, subject: Nominal, code: str = "") -> Tense:
        """A tense, of `code` if given, that leaves the English verb clear."""
        unit = self.dice.unit()
        modal = self.dice.chance(self.level.modal) and not verb.state and verb not in UNWILLED
        code = code or ("p" if unit < self.level.past and verb.takes != "at" else "n")
        if code == "p":
            if modal:
                return self.dice.pick(PAST_MODALS)
            same = verb.english[0].startswith(_SAME_PAST) and subject.person != "3"
            return self.dice.pick(PAST_MODALS) if same else PAST
        if verb.takes == "at":
            return PRESENT
        if code == "f" and (verb.state or verb in UNWILLED):
            return FUTURE
        return self.dice.pick(MODALS) if code == "f" or modal else PRESENT

    def event(
        self,
        subject: Nominal | None = None,
        verb: Verb | None = None,
        code: str = "",
        gap: bool = False,
        tense: Tense | None = None,
        plain: bool = False,
        thing: Phrase | None = None,
    ) -> Clause:
        """An event that makes sense.

        Args:
            subject: who does it, a person; drawn if it is not given.
            code: the code of its tense, see `Tense`.
            gap: leave the object out, for a relative clause to fill.
            plain: without negation, adverbs and places.
            thing: its object, for a verb that takes one.
        """
        verb = verb or self.dice.pick(VERBS if subject is None else PERSON_VERBS)
        subject = subject or self.subject(verb.subjects)
        tense = tense or self.tense(verb, subject, code)
        clause = Clause(subject, verb, tense, self.marks)
        vague = isinstance(subject, Phrase) and subject.determiner in (A, EVERY, MANY, SOME, ALL)
        clause.negated = not plain and not vague and tense.auxiliary != "must" and self.dice.chance(self.level.negation)
        if clause.negated and tense.rest:
            clause.negated = False
        lemma = "" if gap else self._complements(clause, thing)
        if not gap:
            self.marks.facts.append((subject.lemma, ("not " if clause.negated else "") + verb.lemma, lemma))
        elif verb.particle:
            clause.after.append(verb.particle)
        if not (plain or clause.negated or verb.state):
            self.circumstances(clause, gap)
        return clause

    def _complements(self, clause: Clause, thing: Phrase | None = None) -> str:
        """Fill in what the verb takes; the lemma of the object."""
        verb, owner = clause.verb, clause.subject.owner
        if verb.takes == "both":
            person = self.phrase(PEOPLE, owner)
            self.object(clause, person, case=DATIVE)
        if verb.takes in ("goal", "loc"):
            return self.place(clause, verb.objects, goal=verb.takes == "goal")
        if verb.takes == "at":
            return self.surface(clause, DATIVE, STANDS if verb.english[0] == "stand" else SURFACES)
        if verb.takes == "none":
            clause.after += [verb.particle] if verb.particle else []
            return ""
        thing = thing or self.phrase(verb.objects, owner)
        if clause.negated and thing.determiner in (MANY, SOME, ALL, *NUMBERS):
            # "does not see many dogs" would leave open what it denies.
            thing = Phrase(thing.noun, THE, thing.plural, thing.adjectives)
        clause.thing = thing
        self.object(clause, thing)
        if verb.takes == "put":
            self.surface(clause, ACCUSATIVE, SURFACES if "flat" in thing.noun.kinds else STANDS)
        return thing.lemma

    def object(self, clause: Clause, thing: Nominal, case: int | None = None) -> None:
        """Give the verb its object: in both languages, with particle, preposition and kein where they belong."""
        verb = clause.verb
        case = verb.case if case is None else case
        if (
            clause.negated
            and isinstance(thing, Phrase)
            and not thing.definite
            and case == ACCUSATIVE
            and not verb.preposition
        ):
            thing = Phrase(thing.noun, thing.determiner, thing.plural, thing.adjectives, nicht_ein=True)
            clause.kein = True
        words = [thing.english_object]
        if verb.particle:
            words.insert(1 if thing.pronoun else 0, verb.particle)
        clause.after += words
        if verb.preposition:
            rank = field.COMPLEMENT
        elif thing.pronoun:
            rank = field.PRONOUN
        elif case == DATIVE:
            rank = field.DATIVE
        else:
            rank = field.DEFINITE if thing.definite else field.INDEFINITE
        clause.middle.append((rank, thing.german(case, self.marks.spans, verb.preposition)))

    def place_name(
        self, nouns: Sequence[Noun], goal: bool, known: bool = False, inside: bool = False
    ) -> tuple[str, str, str]:
        """English, German and lemma of where (or where to): "in the park", "im Park" (or "in den Park").

        `known` places have the definite article; `inside` is for what happens in the water, not beside it.
        """
        if nouns[0].kinds & {"settlement", "town"} and self.dice.chance(0.12):
            city, stadt = self.dice.pick(CITIES)
            return (f"to {city}", f"nach {stadt}", city) if goal else (f"in {city}", f"in {stadt}", city)
        noun = self.noun(nouns)
        at, wo, wohin = IN_WATER if inside else PLACE_PREPOSITIONS[noun]
        unit = self.dice.unit()
        plain = known or unit < 0.85 or "room" in noun.kinds
        phrase = Phrase(noun, THE if plain else THIS if unit < 0.92 else A, adjectives=self.adjectives(noun))
        case = ACCUSATIVE if goal and wohin != "zu" else DATIVE
        german = phrase.german(case, self.marks.spans, wohin if goal else wo)
        return f"{'to' if goal else at} {phrase.english}", german, phrase.lemma

    def place(self, clause: Clause, nouns: Sequence[Noun], goal: bool = False) -> str:
        """Say where, or where to; the lemma of the place."""
        english, german, lemma = self.place_name(nouns, goal, inside=clause.verb.lemma == "swim")
        clause.after += [clause.verb.particle, english] if clause.verb.particle else [english]
        clause.middle.append((field.COMPLEMENT, german))
        return lemma

    def surface(self, clause: Clause, case: int, surfaces: Sequence[tuple[str, str, tuple[Noun, ...]]]) -> str:
        """Say on what, under what or in what; the lemma of that."""
        english, german, nouns = self.dice.pick(surfaces)
        noun = self.dice.pick(nouns)
        phrase = Phrase(noun, THE, adjectives=self.adjectives(noun))
        clause.after.append(f"{english} {phrase.english}")
        clause.middle.append((field.COMPLEMENT, phrase.german(case, self.marks.spans, german)))
        return phrase.lemma

    def circumstances(self, clause: Clause, gap: bool) -> None:
        """Add an adverb before the verb, a place and a time, as often as the level says."""
        verb, code = clause.verb, clause.tense.code
        if code == "n" and verb.takes != "at" and self.dice.chance(self.level.often):
            clause.often = self.dice.pick(OFTEN)
        places = [noun for noun in verb.places if "place" in noun.kinds]
        if places and not gap and verb.takes in ("acc", "dat", "prep", "none") and self.dice.chance(self.level.place):
            english, german, _ = self.place_name(places, goal=False)
            clause.after.append(english)
            clause.middle.append((field.PLACE, german))
        if clause.often is None and self.dice.chance(self.level.time):
            english, german, _ = self.dice.pick(TIMES_IN[code])
            clause.time = (english, german)
