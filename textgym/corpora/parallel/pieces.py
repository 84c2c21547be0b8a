"""What sentence plans are made of: main clauses, reasons, relative clauses, in both languages at once."""

from __future__ import annotations

from textgym.corpora.parallel import clause as field
from textgym.corpora.parallel.clause import Clause
from textgym.corpora.parallel.german import RELATIVE
from textgym.corpora.parallel.nominal import Nominal, Phrase, pronoun_for
from textgym.corpora.parallel.nouns import NOUNS, Noun
from textgym.corpora.parallel.verbs import BE, UNWILLED, Verb
from textgym.corpora.parallel.words import (
    BY_ENGLISH,
    MODALS,
    NUMBERS,
    PAST,
    PAST_MODALS,
    PREDICATES_OF,
    PRESENT,
    THE,
    THESE,
    A,
    Tense,
)
from textgym.corpora.parallel.writer import PEOPLE, PERSON_VERBS, VERBS_TAKING, Writer

Pair = tuple[str, str]
ACTIONS = tuple(verb for verb in PERSON_VERBS if not verb.state and verb not in UNWILLED)
OBJECT_VERBS = tuple(verb for verb in PERSON_VERBS if verb.takes in ("acc", "prep"))
WISHES = {
    "n": tuple(tense for tense in MODALS if tense.german[0] in ("muss", "will", "möchte")),
    "p": tuple(tense for tense in PAST_MODALS if tense.german[0] in ("musste", "wollte")),
}
REASONS = {
    word: tuple(BY_ENGLISH[state] for state in states.split())
    for word, states in (("because", "tired hungry sad happy"), ("although", "tired ill sad lazy rich poor"))
}
# Of a thing just spoken of, for and against it: "because it is cheap", "although it is expensive".
_GOOD = "beautiful cheap good friendly clever warm hot fresh sweet bright interesting easy important famous"
_GOOD += " modern clean new"
_BAD = "expensive loud slow dirty lazy boring difficult old dark empty heavy"
MERITS, FAULTS = (
    {n: tuple(a for a in PREDICATES_OF[n] if a.english in words.split()) for n in NOUNS} for words in (_GOOD, _BAD)
)
# What one does to a thing for its faults; what befalls one has no such reason.
_AVOIDS = ("sell", "throw away", "complain about", "get annoyed about", "turn off")


def main_clause(writer: Writer, clause: Clause) -> Pair:
    """A main clause, its time or adverb in front at times."""
    english_front = german_front = ""
    if clause.time and writer.dice.chance(writer.level.front):
        (english_front, german_front), clause.time = clause.time, None
    elif clause.often and clause.often[0] in ("sometimes", "usually") and writer.dice.chance(writer.level.front):
        (english_front, german_front), clause.often = clause.often, None
    clause.settle()
    return f"{english_front} {clause.english()}".strip(), clause.main(german_front)


def being(writer: Writer, subject: Nominal, english: str, german: str, tense: Tense) -> Clause:
    """ "The soup is hot": a subject and what is said of it."""
    clause = Clause(subject, BE, tense, writer.marks, [english], [(field.COMPLEMENT, german)])
    writer.marks.facts.append((subject.lemma, "be", english))
    return clause


def state(writer: Writer, about: Nominal, code: str, word: str) -> Clause:
    """ "he is tired"."""
    adjective = writer.dice.pick(REASONS[word])
    return being(writer, pronoun_for(about), adjective.english, adjective.german, PAST if code == "p" else PRESENT)


def reason_for(writer: Writer, clause: Clause, word: str = "because") -> Pair:
    """Why `clause` is so, or despite what: of its object, of its subject, or another event of its subject."""
    code = "p" if clause.tense.code == "p" else "n"
    thing, unit = clause.thing, writer.dice.unit()
    conjunction = {"because": "weil", "although": "obwohl"}[word]
    # Where the subject is "it" too (the child), "it" stays with the subject: a reader could not tell.
    clear = pronoun_for(clause.subject).english != "it"
    if clear and unit < 0.4 and isinstance(thing, Phrase) and clause.verb not in UNWILLED:
        against = (word == "although") + (clause.verb.lemma in _AVOIDS) + clause.negated
        fitting = (FAULTS if against % 2 else MERITS)[thing.noun]
        adjective = writer.dice.pick(fitting) if fitting else None
        if adjective is not None and "person" not in thing.noun.kinds and not thing.adjectives:
            sub = being(
                writer, pronoun_for(thing), adjective.english, adjective.german, PAST if code == "p" else PRESENT
            )
            return f"{word} {sub.english()}", sub.sub(conjunction)
    if unit < 0.65:
        sub = state(writer, clause.subject, code, word)
    else:
        # What someone wants or must do is a reason for much; what someone does is one for little.
        tense = writer.dice.pick(WISHES[code])
        verb = writer.dice.pick(ACTIONS)
        while verb.infinitive == clause.verb.infinitive:
            verb = writer.dice.pick(ACTIONS)
        sub = writer.event(pronoun_for(clause.subject), verb, tense=tense).settle()
    return f"{word} {sub.english()}", sub.sub(conjunction)


def head_of(writer: Writer, nouns: tuple[Noun, ...], owner: str = "", subject: bool = False) -> Phrase:
    """A noun phrase that a relative clause can restrict: "my mother who ..." would be odd."""
    phrase = writer.phrase(nouns, owner, subject)
    for _ in range(3):
        if phrase.noun.kinds & {"kin", "game"}:
            phrase = writer.phrase(nouns, owner, subject)
    if phrase.determiner in (THE, A, THESE, *NUMBERS) and phrase.possessor is None and "only" not in phrase.noun.kinds:
        return phrase
    determiner = (THE if phrase.plural else A if writer.dice.chance(0.3) else THE) if phrase.noun.counted else THE
    return Phrase(phrase.noun, determiner, phrase.plural, phrase.adjectives)


def relative_pronoun(head: Phrase, case: int, preposition: str = "") -> Pair:
    """The relative pronoun that refers to `head`, in both languages."""
    german = RELATIVE["p" if head.plural else head.noun.gender][case]
    return "who" if "person" in head.noun.kinds else "that", f"{preposition} {german}".strip()


def who_clause(writer: Writer, head: Phrase, code: str, but: Verb | None = None) -> Pair:
    """A relative clause in which `head`, a person, is the subject; its verb is not `but`."""
    verb = writer.dice.pick(PERSON_VERBS)
    while verb is but:
        verb = writer.dice.pick(PERSON_VERBS)
    clause = writer.event(head, verb, code).settle()
    english, german = relative_pronoun(head, 0)
    return clause.english(english), clause.sub(german, "")


def which_clause(writer: Writer, head: Phrase, code: str, but: Verb | None = None) -> Pair | None:
    """A relative clause in which `head` is the object; None if no verb but `but` takes it."""
    verbs = tuple(verb for verb in VERBS_TAKING[head.noun] if verb is not but)
    if not verbs or "game" in head.noun.kinds:
        return None
    verb = writer.dice.pick(verbs)
    subject = writer.subject(verb.subjects, named=True)
    clause = writer.event(subject, verb, code, gap=True).settle()
    english, german = relative_pronoun(head, verb.case, verb.preposition)
    writer.marks.facts.append((subject.lemma, ("not " if clause.negated else "") + verb.lemma, head.lemma))
    return f"{english} {clause.english()}", clause.sub(german)


def who_subject(writer: Writer, verb: Verb | None = None, plain: bool = False) -> tuple[Clause, str, str]:
    """An event whose subject has a relative clause; the clause, and its subject in both languages."""
    head = head_of(writer, PEOPLE, subject=True)
    clause = writer.event(head, verb or writer.dice.pick(PERSON_VERBS), plain=plain)
    english, german = who_clause(writer, head, clause.tense.code if clause.tense.code == "p" else "n", clause.verb)
    said = clause.subject.german(0, writer.marks.spans)
    return clause.settle(), f"{head.english} {english}", f"{said}, {german},"


def which_object(writer: Writer, subject: Nominal | None = None, code: str = "") -> tuple[Clause, Pair]:
    """An event whose object has a relative clause, which comes last."""
    while True:
        # What cannot be said is found out before anything is noted of it.
        verb = writer.dice.pick(OBJECT_VERBS)
        doer = subject or writer.subject(verb.subjects)
        head = head_of(writer, verb.objects, doer.owner)
        if "game" in head.noun.kinds or all(other is verb for other in VERBS_TAKING[head.noun]):
            continue
        clause = writer.event(doer, verb, code, plain=True, thing=head)
        relative = which_clause(writer, head, clause.tense.code if clause.tense.code == "p" else "n", verb)
        if relative is not None:
            return clause, relative
