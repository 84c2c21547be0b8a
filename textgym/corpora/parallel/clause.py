"""A clause, and its word order: German verb second, verb last, verb first; English likewise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from textgym.corpora.parallel.english import BE, WAS
from textgym.corpora.parallel.german import HABEN, NOMINATIVE, REFLEXIVE, SEIN, WERDEN, WURDE, with_zu
from textgym.corpora.parallel.nominal import Nominal, Span
from textgym.corpora.parallel.verbs import Verb
from textgym.corpora.parallel.words import PAST, PRESENT, Tense

# Ranks in the German middle field: what comes before what.
PRONOUN, TIME, DATIVE, DEFINITE, NICHT, PLACE, INDEFINITE, COMPLEMENT = range(8)


class ClauseMark(NamedTuple):
    """One German clause with a finite verb, for whoever checks word order.

    `kind` is "main" (verb second), "sub" (verb last) or "question" (verb first); the constituents, joined by
    spaces, are the clause; the finite verb is ``constituents[position]``.
    """

    kind: str
    finite: str
    position: int
    constituents: tuple[str, ...]


@dataclass(slots=True)
class Marks:
    """What a text is found to hold while it is written: noun phrases, clauses, facts."""

    spans: list[Span] = field(default_factory=list)
    clauses: list[ClauseMark] = field(default_factory=list)
    facts: list[tuple[str, str, str]] = field(default_factory=list)


def _by_person(forms: tuple[str, str], person: str) -> str:
    """A modal's form: German modals have one form for ich and er, English ones for I and they."""
    return forms[person == "p"]


@dataclass(slots=True)
class Clause:
    """A subject, a verb and what goes with it, not yet in any order.

    Attributes:
        after: English words after the verb, in order.
        middle: German constituents of the middle field with their ranks.
        often: an adverb that English puts before the verb, and its German.
        negated: whether the verb is negated.
        kein: whether the object says so in German; if not, nicht does.
        time: a time in English and German that has no place yet, see `settle`.
        thing: the object.
        english_person: where English agrees with something other than the subject ("there are").
    """

    subject: Nominal
    verb: Verb
    tense: Tense
    marks: Marks
    after: list[str] = field(default_factory=list)
    middle: list[tuple[int, str]] = field(default_factory=list)
    often: tuple[str, str] | None = None
    negated: bool = False
    kein: bool = False
    passive: bool = False
    time: tuple[str, str] | None = None
    thing: Nominal | None = None
    english_person: str = ""

    def settle(self) -> Clause:
        """Put the time where it does not stand out: last in English, first in the German middle field."""
        if self.time:
            self.after.append(self.time[0])
            self.middle.append((TIME, self.time[1]))
            self.time = None
        return self

    # English

    def _english_verb(self) -> tuple[str, str, str]:
        """The auxiliary ("" if only do would serve), the finite form or the rest, the base form for do."""
        person, verb, tense = self.english_person or self.subject.person, self.verb, self.tense
        base, past, participle = verb.english
        if self.passive:
            base = f"be {participle}"
            if not tense.german[0]:
                return (WAS if tense is PAST else BE)[person], participle, base
        elif tense is PRESENT:
            return (BE[person], "", base) if base == "be" else ("", verb.third if person == "3" else base, base)
        elif tense is PAST:
            return (WAS[person], "", base) if base == "be" else ("", past, base)
        if tense.auxiliary:
            return tense.auxiliary, f"{tense.rest} {base}".strip(), base
        return "", f"{tense.finite[person == '3']} {base}", f"{tense.base} {base}"

    def _do(self) -> str:
        if self.tense.code == "p":
            return "did"
        return "does" if (self.english_person or self.subject.person) == "3" else "do"

    def english(self, subject: str | None = None) -> str:
        """The statement; `subject` replaces the subject, "" leaves it out."""
        auxiliary, form, base = self._english_verb()
        words = [self.subject.english if subject is None else subject]
        if self.negated:
            negation = "cannot" if auxiliary == "can" else f"{auxiliary or self._do()} not"
            words += [negation, form if auxiliary else base]
        else:
            words += [auxiliary, self.often[0] if self.often else "", form]
        return " ".join(filter(None, [*words, *self.after]))

    def english_question(self, first: str = "") -> str:
        """The yes-no question, or the one that `first` asks ("why")."""
        auxiliary, form, base = self._english_verb()
        words = [first, auxiliary or self._do(), self.subject.english, form if auxiliary else base, *self.after]
        return " ".join(filter(None, words))

    def english_to(self) -> str:
        """The infinitive with to."""
        return " ".join(["to", self.verb.english[0], *self.after])

    # German

    def _german_verb(self) -> tuple[str, list[str]]:
        """The finite verb and what closes the clause, for a main clause."""
        person, verb, tense = self.subject.person, self.verb, self.tense
        if tense.german[0]:
            finite = _by_person(tense.german, person)
            if finite == "wird" and person == "1":
                finite = WERDEN["1"]
            return finite, [verb.participle, "werden"] if self.passive else [verb.prefix + verb.infinitive]
        if self.passive:
            return (WURDE if tense is PAST else WERDEN)[person], [verb.participle]
        if tense is PRESENT:
            return verb.present[person], [verb.prefix] if verb.prefix else []
        if verb.preterite:
            return verb.preterite[person], []
        return (SEIN if verb.perfect == "sein" else HABEN)[person], [verb.participle]

    def _fields(self) -> list[str]:
        rows = list(self.middle)
        if self.often:
            rows.append((TIME, self.often[1]))
        if self.negated and not self.kein:
            rows.append((NICHT, "nicht"))
        rows.sort(key=lambda row: row[0])
        return [text for _, text in rows]

    def _reflexive(self, subject: str) -> list[str]:
        return [REFLEXIVE.get(subject, "sich")] if self.verb.reflexive else []

    def _subject(self) -> str:
        return self.subject.german(NOMINATIVE, self.marks.spans)

    def _mark(self, kind: str, position: int, constituents: list[str]) -> str:
        self.marks.clauses.append(ClauseMark(kind, constituents[position], position, tuple(constituents)))
        return " ".join(constituents)

    def _after_verb(self, subject: str) -> list[str]:
        """Subject and reflexive behind the finite verb: freut er sich, but freut sich der Lehrer."""
        reflexive = self._reflexive(subject)
        return [subject, *reflexive] if self.subject.pronoun else [*reflexive, subject]

    def main(self, front: str = "", subject: str | None = None) -> str:
        """Verb second, behind `front` or behind the subject, which `subject` may replace ("der Mann, der ...")."""
        finite, closing = self._german_verb()
        said = self._subject() if subject is None else subject
        before, behind = (front, self._after_verb(said)) if front else (said, self._reflexive(said))
        return self._mark("main", 1, [before, finite, *behind, *self._fields(), *closing])

    def question(self) -> str:
        """Verb first."""
        finite, closing = self._german_verb()
        return self._mark("question", 0, [finite, *self._after_verb(self._subject()), *self._fields(), *closing])

    def sub(self, conjunction: str, subject: str | None = None) -> str:
        """Verb last, behind a conjunction, or a relative pronoun that is the subject (`subject` is then "")."""
        finite, closing = self._german_verb()
        if self.verb.prefix and closing == [self.verb.prefix]:
            finite, closing = self.verb.prefix + finite, []
        said = self._subject() if subject is None else subject
        constituents = [
            conjunction,
            *([said] if said else []),
            *self._reflexive(said),
            *self._fields(),
            *closing,
            finite,
        ]
        return self._mark("sub", len(constituents) - 1, constituents)

    def infinitive(self, conjunction: str = "") -> str:
        """The infinitive with zu, behind um perhaps; its subject is that of the clause around it."""
        reflexive = self._reflexive(self._pronoun_form())
        parts = [conjunction, *reflexive, *self._fields(), with_zu(self.verb.prefix, self.verb.infinitive)]
        return " ".join(filter(None, parts))

    def _pronoun_form(self) -> str:
        return {"i": "ich", "w": "wir"}.get(self.subject.owner, "")
