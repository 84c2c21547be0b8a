"""Sentence plans: how clauses are put together into a sentence, in both languages at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textgym.corpora.parallel import clause as field
from textgym.corpora.parallel.clause import Clause
from textgym.corpora.parallel.german import ACCUSATIVE, DATIVE
from textgym.corpora.parallel.nominal import Phrase, Pronoun, pronoun_for
from textgym.corpora.parallel.nouns import NOUNS, Noun, of_kinds
from textgym.corpora.parallel.pieces import (
    ACTIONS,
    OBJECT_VERBS,
    Pair,
    being,
    head_of,
    main_clause,
    reason_for,
    which_clause,
    which_object,
    who_clause,
    who_subject,
)
from textgym.corpora.parallel.verbs import BE, HAVE, THAT_VERBS, THERE, TO_VERBS, VERBS, Verb
from textgym.corpora.parallel.words import (
    ADJECTIVES,
    BARE,
    NUMBERS,
    PAST,
    PREDICATES_OF,
    PRESENT,
    THE,
    THESE,
    THIS,
    A,
    Adjective,
)
from textgym.corpora.parallel.writer import PEOPLE, PERSON_VERBS, Writer

PASSIVE_VERBS = tuple(
    v for v in PERSON_VERBS if v.takes == "acc" and not v.state and not v.reflexive and v.lemma != "get to know"
)
PURPOSES = tuple(verb for verb in OBJECT_VERBS if verb in ACTIONS)
PASSIVE_THINGS = of_kinds(["clothes", "vehicle", "text", "device"])
GOAL_VERBS = tuple(verb for verb in ACTIONS if verb.takes == "goal")
QUALIFIED = tuple(noun for noun in NOUNS if PREDICATES_OF[noun])
OWNED = of_kinds(
    ["car", "bicycle", "motorcycle", "boat", "pet", "furniture", "device", "clothes", "kin", "text", "thing", "house"]
)
SETTLEMENTS = of_kinds(["settlement"])
SIGHTS = tuple(n for n in of_kinds(["sight", "town", "house", "bridge"]) if n not in SETTLEMENTS)
_KINDS: tuple[str, ...] = (
    "person",
    "animal",
    "food",
    "drink",
    "text",
    "clothes",
    "vehicle",
    "device",
    "furniture",
    "puzzle",
)
_KINDS += ("town", "room", "settlement", "outdoor", "topic", "thing")
# Two nouns can be compared in what an adjective says of both, if they are things of one kind.
COMPARABLE: tuple[tuple[Adjective, tuple[Noun, ...]], ...] = tuple(
    (adjective, group)
    for adjective in ADJECTIVES
    if adjective.mehr
    for kind in _KINDS
    if len(group := tuple(n for n in NOUNS if kind in n.kinds and n in adjective.nouns and n.counted)) > 2
)


# One clause


def plain(writer: Writer) -> Pair:
    """An event."""
    english, german = main_clause(writer, writer.event())
    return f"{english}.", f"{german}."


def quality(writer: Writer) -> Pair:
    """What something is like."""
    subject = writer.phrase(QUALIFIED, subject=True)
    adjective = writer.dice.pick(PREDICATES_OF[subject.noun])
    vague, coloured = subject.determiner in (A, BARE), all(other.colour for other in subject.adjectives)
    if vague or (subject.possessor is None and not coloured):  # "the old clock is new" would contradict itself
        clear = THIS if subject.noun.counted and not subject.plural else THE
        subject = Phrase(subject.noun, clear if vague else subject.determiner, subject.plural)
    tense = PAST if writer.dice.chance(writer.level.past) else PRESENT
    clause = being(writer, subject, adjective.english, adjective.german, tense)
    clause.negated = writer.dice.chance(writer.level.negation)
    if clause.negated:
        writer.marks.facts[-1] = (subject.lemma, "not be", adjective.english)
    return f"{clause.english()}.", f"{clause.main()}."


def comparing(writer: Writer) -> Pair:
    """What is more than something else, or as much."""
    adjective, group = writer.dice.pick(COMPARABLE)
    first, second = writer.phrase(group, subject=True), writer.phrase(group, subject=True)
    if first.noun is second.noun or adjective in (*first.adjectives, *second.adjectives):
        return comparing(writer)
    tense = PAST if writer.dice.chance(writer.level.past) else PRESENT
    other = second.german(0, writer.marks.spans)
    if writer.dice.chance(0.7):
        english, german = f"{adjective.more} than {second.english}", f"{adjective.mehr} als {other}"
    else:
        english, german = f"as {adjective.english} as {second.english}", f"so {adjective.german} wie {other}"
    clause = Clause(first, BE, tense, writer.marks, [english], [(field.COMPLEMENT, german)])
    writer.marks.facts.append((first.lemma, english.removesuffix(" " + second.english), second.lemma))
    return f"{clause.english()}.", f"{clause.main()}."


def owning(writer: Writer) -> Pair:
    """What someone has, or does not have."""
    subject = writer.subject()
    vague = isinstance(subject, Phrase) and subject.determiner not in (THE, THIS, THESE)
    clause = Clause(subject, HAVE, PAST if writer.dice.chance(writer.level.past) else PRESENT, writer.marks)
    clause.negated = not vague and writer.dice.chance(0.3)
    thing = writer.phrase(OWNED, subject=False)
    plural = thing.plural and not clause.negated
    if not thing.noun.counted or "only" in thing.noun.kinds:
        return owning(writer)
    determiner = writer.dice.pick(NUMBERS) if plural else A
    writer.object(clause, Phrase(thing.noun, determiner, plural, thing.adjectives))
    writer.marks.facts.append((subject.lemma, "not have" if clause.negated else "have", thing.lemma))
    return f"{clause.english()}.", f"{clause.main()}."


def there(writer: Writer) -> Pair:
    """What there is in a place, which comes first."""
    place, front, lemma = writer.place_name(SETTLEMENTS, goal=False, known=True)
    thing = writer.noun(SIGHTS)
    plural = writer.dice.chance(writer.level.plural)
    phrase = Phrase(thing, writer.dice.pick(NUMBERS) if plural else A, plural, writer.adjectives(thing))
    tense = PAST if writer.dice.chance(writer.level.past) else PRESENT
    expletive = Pronoun("there", "there", ("es", "es", "es"), "3", "n", "there")
    clause = Clause(expletive, THERE, tense, writer.marks, [phrase.english], english_person=phrase.person)
    clause.middle.append((field.INDEFINITE, phrase.german(ACCUSATIVE, writer.marks.spans)))
    writer.marks.facts.append((phrase.lemma, "be in", lemma))
    return f"{place} {clause.english()}.", f"{clause.main(front)}."


def asking(writer: Writer) -> Pair:
    """A question: whether, why or when."""
    clause = writer.event(plain=True)
    if writer.dice.chance(0.5):
        first, warum = writer.dice.pick((("why", "warum"), ("when", "wann"), ("how often", "wie oft")))
        if clause.verb.state:
            first, warum = "why", "warum"
        return f"{clause.english_question(first)}?", f"{clause.main(warum)}?"
    if not clause.verb.state and writer.dice.chance(writer.level.time):
        writer.circumstances(clause, True)
        clause.often = None
        clause.settle()
    return f"{clause.english_question()}?", f"{clause.question()}?"


def _passive(writer: Writer, subject: Phrase | None = None) -> Clause:
    """Something is done to a thing, by someone."""
    verb = writer.dice.pick(PASSIVE_VERBS)
    thing = subject or head_of(writer, verb.objects, subject=True)
    tense = PAST if writer.dice.chance(writer.level.past) else PRESENT
    clause = Clause(thing, verb, tense, writer.marks, passive=True)
    if verb.particle:
        clause.after.append(verb.particle)
    agent = writer.phrase(PEOPLE, subject=True)
    clause.after.append(f"by {agent.english}")
    clause.middle.append((field.PLACE, agent.german(DATIVE, writer.marks.spans, "von")))
    writer.marks.facts.append((agent.lemma, verb.lemma, thing.lemma))
    if writer.dice.chance(writer.level.time):
        writer.circumstances(clause, True)
    return clause


def passive(writer: Writer) -> Pair:
    """Something is done to a thing, by someone."""
    english, german = main_clause(writer, _passive(writer))
    return f"{english}.", f"{german}."


# Two clauses


def reason(writer: Writer) -> Pair:
    """An event and why."""
    clause = writer.event(writer.subject(), writer.dice.pick(PERSON_VERBS), plain=writer.dice.chance(0.5))
    english, german = main_clause(writer, clause)
    because, weil = reason_for(writer, clause, "because" if writer.dice.chance(0.7) else "although")
    return f"{english} {because}.", f"{german}, {weil}."


def _that(writer: Writer) -> tuple[str, str, Clause]:
    """Someone knows something: both languages, and the clause of what is known."""
    speaker, verb = writer.subject(), writer.dice.pick(THAT_VERBS)
    past = writer.dice.chance(writer.level.past)
    outer = Clause(speaker, verb, PAST if past else PRESENT, writer.marks)
    german = outer.main()
    writer.marks.facts.append((speaker.lemma, verb.lemma, "that"))
    verb = writer.dice.pick(VERBS)
    inner = writer.event(writer.subject(verb.subjects, named=True), verb, "p" if past else "").settle()
    return f"{outer.english()} that {inner.english()}", f"{german}, {inner.sub('dass')}", inner


def saying(writer: Writer) -> Pair:
    """Someone says that something is so."""
    english, german, _ = _that(writer)
    return f"{english}.", f"{german}."


def _to(writer: Writer, outer: Clause) -> Pair:
    """What the subject of `outer` tries to do: to and zu with the infinitive."""
    verb = writer.dice.pick(ACTIONS)
    clause = writer.event(outer.subject, verb, tense=PRESENT, plain=True)
    if writer.dice.chance(0.5):
        writer.circumstances(clause, False)
        clause.often = clause.time = None
    outer.thing = clause.thing
    return clause.english_to(), clause.infinitive()


def trying(writer: Writer) -> Pair:
    """Someone tries to do something."""
    verb = writer.dice.pick(TO_VERBS)
    past = writer.dice.chance(writer.level.past + 0.2)
    outer = Clause(writer.subject(), verb, PAST if past else PRESENT, writer.marks)
    writer.marks.facts.append((outer.subject.lemma, verb.lemma, "to"))
    english, german = outer.english(), outer.main()
    to, zu = _to(writer, outer)
    return f"{english} {to}.", f"{german}, {zu}."


def whose(writer: Writer) -> Pair:
    """An event with one relative clause."""
    if writer.dice.chance(0.5):
        clause, english, german = who_subject(writer, plain=True)
        return f"{clause.english(english)}.", f"{clause.main(subject=german)}."
    clause, (that, das) = which_object(writer)
    return f"{clause.english()} {that}.", f"{clause.main()}, {das}."


# Two clauses and more

_CONJUNCTIONS: tuple[tuple[str, str, str], ...] = (("when", "wenn", "n"), ("when", "als", "p"), ("if", "falls", "n"))
_CONJUNCTIONS += tuple(
    (when, wenn, code) for when, wenn in (("before", "bevor"), ("while", "während")) for code in "np"
)


def when_first(writer: Writer) -> Pair:
    """A clause of time or condition in front, so that the main verb comes right behind it."""
    when, wenn, code = writer.dice.pick(_CONJUNCTIONS)
    subject = writer.subject()
    verb = writer.dice.pick(ACTIONS)
    tense = writer.tense(verb, subject, code)
    if tense.german[0] and when in ("before", "while"):
        return when_first(writer)
    first = writer.event(subject, verb, tense=tense)
    first.often = None
    first.settle()
    # One does not do two things at once: while one does this, another does that.
    other = writer.subject(named=True) if when == "while" else pronoun_for(subject)
    then = writer.event(other, writer.dice.pick(ACTIONS), "f" if when == "if" else code)
    then.time = None  # the first clause says when
    then.settle()
    english, front = f"{when} {first.english()}, {then.english()}", first.sub(wenn)
    return f"{english}.", f"{then.main(f'{front},')}."


def who_reason(writer: Writer) -> Pair:
    """A subject with a relative clause does something, and why."""
    clause, english, german = who_subject(writer)
    said, gesagt = clause.english(english), clause.main(subject=german)
    because, weil = reason_for(writer, clause)
    return f"{said} {because}.", f"{gesagt}, {weil}."


def which(writer: Writer) -> Pair:
    """What someone says is of a thing that has a relative clause."""
    speaker, verb = writer.subject(), writer.dice.pick(THAT_VERBS)
    past = writer.dice.chance(writer.level.past)
    outer = Clause(speaker, verb, PAST if past else PRESENT, writer.marks)
    german = outer.main()
    writer.marks.facts.append((speaker.lemma, verb.lemma, "that"))
    clause, (that, das) = which_object(writer, writer.subject(named=True), "p" if past else "")
    return f"{outer.english()} that {clause.english()} {that}.", f"{german}, {clause.sub('dass')}, {das}."


def two_relatives(writer: Writer) -> Pair:
    """A relative clause for the subject and one for the object."""
    head = head_of(writer, PEOPLE, subject=True)
    clause, (that, das) = which_object(writer, head)
    who, der = who_clause(writer, head, clause.tense.code if clause.tense.code == "p" else "n", clause.verb)
    said = f"{head.german(0, writer.marks.spans)}, {der},"
    return f"{clause.english(f'{head.english} {who}')} {that}.", f"{clause.main(subject=said)}, {das}."


def say_reason(writer: Writer) -> Pair:
    """Someone says that something is so, and why it is."""
    english, german, inner = _that(writer)
    if isinstance(inner.subject, Phrase) and "person" not in inner.subject.noun.kinds:
        return f"{english}.", f"{german}."
    because, weil = reason_for(writer, inner)
    return f"{english} {because}.", f"{german}, {weil}."


def try_although(writer: Writer) -> Pair:
    """Someone tries to do something, despite what."""
    verb = writer.dice.pick(TO_VERBS)
    past = writer.dice.chance(writer.level.past + 0.2)
    outer = Clause(writer.subject(), verb, PAST if past else PRESENT, writer.marks)
    writer.marks.facts.append((outer.subject.lemma, verb.lemma, "to"))
    english, german = outer.english(), outer.main()
    to, zu = _to(writer, outer)
    because, weil = reason_for(writer, outer, "although" if writer.dice.chance(0.6) else "because")
    return f"{english} {to} {because}.", f"{german}, {zu}, {weil}."


def in_order(writer: Writer) -> Pair:
    """Someone goes somewhere in order to do something."""
    verb = writer.dice.pick(GOAL_VERBS)
    clause, english, german = who_subject(writer, verb)
    said, gesagt = clause.english(english), clause.main(subject=german)
    purpose = writer.event(clause.subject, writer.dice.pick(PURPOSES), tense=PRESENT, plain=True)
    return f"{said} in order {purpose.english_to()}.", f"{gesagt}, {purpose.infinitive('um')}."


def passive_who(writer: Writer) -> Pair:
    """Something with a relative clause is done by someone."""
    head = head_of(writer, PASSIVE_THINGS, subject=True)
    verb = writer.dice.pick(tuple(v for v in PASSIVE_VERBS if head.noun in v.objects))
    relative = which_clause(writer, head, "p", verb)
    return _passive_with(writer, head, verb, relative) if relative else passive_who(writer)


def _passive_with(writer: Writer, head: Phrase, verb: Verb, relative: Pair) -> Pair:
    clause = Clause(head, verb, writer.dice.pick((PRESENT, PAST)), writer.marks, passive=True)
    clause.after += [verb.particle] if verb.particle else []
    agent = writer.phrase(PEOPLE, subject=True)
    clause.after.append(f"by {agent.english}")
    clause.middle.append((field.PLACE, agent.german(DATIVE, writer.marks.spans, "von")))
    writer.marks.facts.append((agent.lemma, verb.lemma, head.lemma))
    writer.circumstances(clause, True)
    clause.settle()
    said = f"{head.german(0, writer.marks.spans)}, {relative[1]},"
    return f"{clause.english(f'{head.english} {relative[0]}')}.", f"{clause.main(subject=said)}."


_LINKS = (("and", "und", ""), ("but", "aber", ""), ("so", "", "deshalb"), ("and then", "und", "dann"))


def and_but(writer: Writer) -> Pair:
    """Two main clauses of one subject, linked."""
    first = writer.event(writer.subject(), writer.dice.pick(ACTIONS))
    dated, code = first.time is not None, first.tense.code
    english, german = main_clause(writer, first)
    link, und, front = writer.dice.pick(_LINKS)
    second = writer.event(pronoun_for(first.subject), writer.dice.pick(ACTIONS), "n" if code == "f" else code)
    second.time = None if dated else second.time
    second.settle()
    linked = f"{und} {second.main(front)}".strip()
    return f"{english}, {link} {second.english()}.", f"{german}, {linked}."


_ONE = (plain, quality, comparing, owning, there, asking, passive, reason, saying, trying, whose)
_MORE = (when_first, who_reason, which, two_relatives, say_reason, try_although, in_order, passive_who, and_but)
PLANS: Mapping[str, Callable[[Writer], Pair]] = {plan.__name__: plan for plan in (*_ONE, *_MORE)}
