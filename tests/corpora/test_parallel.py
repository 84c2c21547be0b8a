"""The built-in translation corpus, held to German and English rules that are written down here once more."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from textgym.corpora.base import ProceduralCorpus
from textgym.corpora.parallel import draw, draw_reverse
from textgym.corpora.parallel.clause import COMPLEMENT, Clause, Marks
from textgym.corpora.parallel.german import ACCUSATIVE, DATIVE
from textgym.corpora.parallel.levels import LEVELS
from textgym.corpora.parallel.nominal import ME, WE, Phrase, Pronoun, name_of, pronoun_for, third
from textgym.corpora.parallel.nouns import BY_NAME
from textgym.corpora.parallel.pieces import relative_pronoun
from textgym.corpora.parallel.verbs import BE, BY_LEMMA, HAVE
from textgym.corpora.parallel.words import (
    ALL,
    BARE,
    BY_ENGLISH,
    EVERY,
    MANY,
    MODALS,
    NUMBERS,
    PAST,
    PAST_MODALS,
    POSSESSIVES,
    PRESENT,
    SOME,
    THE,
    THESE,
    THIS,
    A,
)
from textgym.corpora.parallel.writer import Dice, Writer

DIFFICULTIES = ("easy", "medium", "hard")
ROOT = Path(__file__).resolve().parents[2]

# The German grammar, independent of the package: rows nominative, accusative, dative, genitive; columns m f n plural.
CASES = ("nominative", "accusative", "dative", "genitive")
DER = ("der die das die", "den die das die", "dem der dem den", "des der des der")
EIN = ("- e - e", "en e - e", "em er em en", "es er es er")
DIESER = ("er e es e", "en e es e", "em er em en", "es er es er")
WEAK = ("e e e en", "en e e en", "en en en en", "en en en en")
MIXED = ("er e es en", "en e es en", "en en en en", "en en en en")
STRONG = ("er e es e", "en e es e", "em er em en", "en er en er")
CONTRACTED = {"im": "in dem", "ins": "in das", "am": "an dem", "ans": "an das", "zum": "zu dem", "zur": "zu der"}
CONTRACTED |= {"vom": "von dem", "beim": "bei dem"}
GOVERNED = {"von": "dative", "zu": "dative", "mit": "dative", "um": "accusative", "nach": "dative"}
TWO_WAY = {"in", "an", "auf", "unter", "neben", "hinter", "über"}
NO_ARTICLE = {"", "zwei", "drei", "vier", "fünf"}
WITH_SEIN = {"gegangen", "gefahren", "gelaufen", "geschwommen", "geblieben", "gefolgt", "angekommen", "aufgewacht"}
WITH_SEIN |= {"zurückgekommen", "aufgestanden", "eingeschlafen"}
HABEN, SEIN = {"habe", "hat", "haben"}, {"bin", "ist", "sind"}
PREFIXES = {"an", "ab", "auf", "aus", "ein", "mit", "vor", "weg", "zu", "zurück", "fern", "teil", "hin", "kennen"}


@pytest.fixture(scope="module")
def drafts():
    """Two thousand drafts of each difficulty."""
    found = {}
    for difficulty in DIFFICULTIES:
        rng = np.random.default_rng(7)
        found[difficulty] = [draw(rng, difficulty) for _ in range(2000)]
    return found


def everything(drafts):
    return [draft for difficulty in DIFFICULTIES for draft in drafts[difficulty]]


# The corpus


@pytest.mark.parametrize("generator", [draw, draw_reverse])
def test_same_seed_same_pairs(generator):
    first, second = (ProceduralCorpus("p", generator, "train", "hard", 20) for _ in range(2))
    assert [first[i] for i in range(20)] == [second[i] for i in range(20)]


def test_reverse_is_the_same_pairs_turned_round():
    forth, back = draw(np.random.default_rng(3), "medium"), draw_reverse(np.random.default_rng(3), "medium")
    assert (back.source, back.references) == (forth.references[0], (forth.source,))
    assert back.meta == forth.meta


def test_hash_seed_does_not_matter():
    code = (
        "import hashlib, numpy as np; from textgym.corpora.parallel import draw; rng = np.random.default_rng(5);"
        "text = ''.join(repr(draw(rng, d)) for d in ('easy', 'medium', 'hard') for _ in range(200));"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    outputs = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        outputs.add(run.stdout.strip())
    rng = np.random.default_rng(5)
    text = "".join(repr(draw(rng, d)) for d in DIFFICULTIES for _ in range(200))
    assert outputs == {hashlib.sha256(text.encode()).hexdigest()}


def test_unknown_difficulty_is_named():
    with pytest.raises(ValueError, match=r"difficulty: got 'hrd'.*did you mean 'hard'"):
        draw(np.random.default_rng(0), "hrd")


@pytest.mark.parametrize(("difficulty", "least"), [("easy", 1860), ("medium", 1990), ("hard", 1995)])
def test_splits_are_disjoint_and_hardly_repeat(difficulty, least):
    sources = {}
    for split in ("train", "validation", "test"):
        corpus = ProceduralCorpus("p", draw, split, difficulty, 2000)
        sources[split] = {corpus[i].source for i in range(2000)}
        assert len(sources[split]) >= least
    assert not sources["train"] & sources["validation"]
    assert not sources["train"] & sources["test"]
    assert not sources["validation"] & sources["test"]


@pytest.mark.parametrize(("difficulty", "band"), [("easy", (4, 8)), ("medium", (7, 16)), ("hard", (14, 28))])
def test_length_bands(drafts, difficulty, band):
    for draft in drafts[difficulty]:
        for text in (draft.source, *draft.references):
            assert band[0] <= len(text.split()) <= band[1]
            assert text[0].isupper()
            assert text[-1] in ".?"
            assert "  " not in text
            assert " ," not in text
            assert ",," not in text


def test_one_translation_each_way(drafts):
    forth, back = defaultdict(set), defaultdict(set)
    for draft in everything(drafts):
        forth[draft.source] |= set(draft.references)
        back[draft.references[0]].add(draft.source)
    assert max(map(len, forth.values())) == 1
    assert max(map(len, back.values())) == 1


def test_every_plan_and_every_kind_of_clause_occurs(drafts):
    for difficulty in DIFFICULTIES:
        assert {draft.meta["plan"] for draft in drafts[difficulty]} == set(LEVELS[difficulty].plans)
    assert {mark.kind for draft in everything(drafts) for mark in draft.meta["clauses"]} == {"main", "sub", "question"}


def test_facts_are_triples_of_words_from_the_source(drafts):
    for draft in everything(drafts):
        assert draft.meta["facts"]
        for subject, relation, _ in draft.meta["facts"]:
            assert subject
            assert relation


# German, by the tables above


def ending(table, span):
    column = 3 if span.number == "plural" else "mfn".index(span.gender)
    return table[CASES.index(span.case)].split()[column].replace("-", "")


def declension(span):
    """Which adjective endings the determiner asks for; fails if the determiner itself is wrong."""
    form = span.determiner
    if form in NO_ARTICLE or (form[0].isupper() and form.endswith("s")):
        return STRONG
    for stem in ("kein", "mein", "unser", "sein", "ihr", "ein"):
        if form.startswith(stem) and form != "einige" and not form.startswith("einig"):
            assert form == stem + ending(EIN, span), span
            return MIXED
    for stem in ("dies", "jed", "all"):
        if form.startswith(stem):
            assert form == stem + ending(DIESER, span), span
            return WEAK
    for stem in ("viel", "einig"):
        if form.startswith(stem):
            assert form == stem + ending(STRONG, span), span
            return STRONG
    assert form == ending(DER, span), span
    return WEAK


def test_determiners_and_adjectives_agree(drafts):
    stems = {adjective.stem for adjective in BY_ENGLISH.values()}
    seen = set()
    for draft in everything(drafts):
        for span in draft.meta["spans"]:
            expected = ending(declension(span), span)
            for adjective in span.adjectives:
                assert adjective.endswith(expected), span
                assert adjective.removesuffix(expected) in stems, span
                seen.add((span.gender, span.case, span.number, expected))
    assert len(seen) > 15


def test_noun_forms_follow_their_case(drafts):
    weak = {"Bauer", "Student", "Junge", "Nachbar", "Kollege", "Kunde", "Tourist", "Polizist"}
    for draft in everything(drafts):
        for span in draft.meta["spans"]:
            if span.case == "dative" and span.number == "plural":
                assert span.noun.endswith(("n", "s")), span
            if span.case == "genitive" and span.number == "singular" and span.gender != "f":
                assert span.noun.endswith(("s", "n")), span
            if span.number == "singular" and span.case != "nominative":
                assert span.noun not in weak, span


def test_prepositions_contract_and_govern(drafts):
    for draft in everything(drafts):
        for span in draft.meta["spans"]:
            written = span.preposition
            if written in CONTRACTED:
                preposition, article = CONTRACTED[written].split()
                assert article == span.determiner == ending(DER, span), span
            else:
                preposition = written
                assert f"{written} {span.determiner}" not in CONTRACTED.values(), span
            if preposition in GOVERNED:
                assert span.case == GOVERNED[preposition], span
            elif preposition:
                assert preposition in TWO_WAY
                assert span.case in ("accusative", "dative"), span


def test_spans_are_in_the_text(drafts):
    for draft in everything(drafts):
        text = draft.references[0].lower()
        for span in draft.meta["spans"]:
            determiner = "" if span.preposition in CONTRACTED else span.determiner
            words = [span.preposition, determiner, *span.adjectives, span.noun]
            assert " ".join(filter(None, words)).lower() in text, span


def test_finite_verb_is_second_last_or_first(drafts):
    for draft in everything(drafts):
        text = draft.references[0].lower()
        for mark in draft.meta["clauses"]:
            last = len(mark.constituents) - 1
            assert mark.position == {"main": 1, "sub": last, "question": 0}[mark.kind]
            assert mark.constituents[mark.position] == mark.finite
            assert " ".join(mark.constituents).lower() in text
            assert " " not in mark.finite


def test_auxiliaries_and_separable_prefixes(drafts):
    split = 0
    for draft in everything(drafts):
        for mark in draft.meta["clauses"]:
            rest = [part for i, part in enumerate(mark.constituents) if i != mark.position]
            if mark.finite in HABEN:
                assert rest[-1] not in WITH_SEIN, mark
            if mark.finite in SEIN and re.search(r"^\w*ge\w+(en|t)$", rest[-1]):
                assert rest[-1] in WITH_SEIN, mark
            if mark.kind == "sub":
                assert rest[-1] not in PREFIXES, mark
            elif rest[-1] in PREFIXES:
                split += 1
                assert not mark.finite.startswith(rest[-1] + "ge"), mark
    assert split > 100


def test_german_pronoun_subjects_agree(drafts):
    for draft in everything(drafts):
        for mark in draft.meta["clauses"]:
            if "wir" in mark.constituents:
                assert mark.finite.endswith("n") or mark.finite == "sind", mark
            if "ich" in mark.constituents:
                third_only = {"ist", "hat", "wird", "sind", "haben", "werden"}
                assert mark.finite not in third_only, mark
                assert not re.search(r"(?<!ch)(?<!mus)t$", mark.finite), mark
            if "er" in mark.constituents:
                assert not mark.finite.endswith("n") or mark.finite == "kann", mark


def test_subordinate_clauses_are_set_off_by_commas(drafts):
    opening = r"(?<![,\w]) (weil|dass|obwohl|falls|wenn|bevor|während) "
    for draft in everything(drafts):
        assert not re.search(opening, draft.references[0]), draft.references[0]


# English


def test_a_and_an(drafts):
    for draft in everything(drafts):
        for article, word in re.findall(r"\b(an?) (\w+)", draft.source, re.IGNORECASE):
            assert (article.lower() == "an") == (word[0] in "aeiou" or word == "hour"), draft.source


def test_english_subjects_and_verbs_agree(drafts):
    adverbs = r"(?:(?:often|always|sometimes|usually|never) )?"
    plural_only = {"are", "were", "do", "have", "am"}
    singular_only = {"is", "was", "does", "has"}
    for draft in everything(drafts):
        text = draft.source
        if text.endswith("?"):
            continue
        for verb in re.findall(rf"\b(?:[Hh]e|[Ss]he|it) {adverbs}(\w+)", text):
            assert verb not in plural_only, text
            assert verb.endswith(("s", "d", "t")) or verb in PAST_OR_MODAL, (verb, text)
        for verb in re.findall(rf"\b(?:[Ww]e|[Tt]hey) {adverbs}(\w+)", text):
            assert verb not in singular_only, text
            assert not verb.endswith("s"), (verb, text)


PAST_OR_MODAL = {"can", "will", "ran", "saw", "began", "knew", "sang", "swam", "came", "woke", "drove", "wrote", "ate"}
PAST_OR_MODAL |= {
    "drank",
    "threw",
    "gave",
    "took",
    "shook",
    "fell",
    "forgot",
    "sold",
    "cannot",
    "read",
    "spoke",
    "woke",
}
PAST_OR_MODAL |= {"spoke", "shown", "understood", "dreamt"}


# Gold translations, written by hand


class Half(Dice):
    """No chance at all: every draw is one half."""

    def __init__(self) -> None:
        super().__init__(np.random.default_rng(0))

    def unit(self) -> float:
        return 0.5


WRITER = Writer(Half(), LEVELS["easy"])
CAN, MUST, SHOULD, WILL, WOULD_LIKE, WANT = MODALS
COULD, HAD_TO, WANTED = PAST_MODALS
ANNA = name_of("Anna", "f")
HE, SHE, THEY = third("m"), third("f"), third("p")


def np_(name, determiner=THE, *adjectives, plural=False, possessor=None):
    return Phrase(
        BY_NAME[name], determiner, plural, tuple(BY_ENGLISH[word] for word in adjectives), possessor=possessor
    )


def clause(subject, lemma, takes, tense=PRESENT, *things, place=None, goal=False, time=None, negated=False):
    """A clause from pieces of the lexicon; of two things, the first is the person in the dative."""
    made = Clause(subject, BY_LEMMA[lemma, takes], tense, Marks(), negated=negated, time=time)
    for i, thing in enumerate(things):
        WRITER.object(made, thing, DATIVE if len(things) == 2 and i == 0 else None)
    if place:
        WRITER.place(made, (BY_NAME[place],), goal)
    return made


def be(subject, word, tense=PRESENT):
    adjective = BY_ENGLISH[word]
    return Clause(subject, BE, tense, Marks(), [adjective.english], [(COMPLEMENT, adjective.german)])


TODAY, YESTERDAY = ("today", "heute"), ("yesterday", "gestern")
MAINS = [
    (clause(np_("teacher"), "buy", "acc", PRESENT, np_("book", A, "new")), "Der Lehrer kauft ein neues Buch"),
    (clause(np_("woman"), "see", "acc", PAST, np_("boy", THE, "young")), "Die Frau hat den jungen Jungen gesehen"),
    (clause(HE, "call", "acc", PRESENT, np_("mother", POSSESSIVES["m"])), "Er ruft seine Mutter an"),
    (clause(SHE, "call", "acc", PAST, np_("son", POSSESSIVES["f"])), "Sie hat ihren Sohn angerufen"),
    (clause(ME, "call", "acc", MUST, np_("uncle", POSSESSIVES["i"])), "Ich muss meinen Onkel anrufen"),
    (clause(WE, "help", "dat", PRESENT, np_("child", plural=True)), "Wir helfen den Kindern"),
    (
        clause(ANNA, "give", "both", PAST, np_("student"), np_("key", A)),
        "Anna hat dem Studenten einen Schlüssel gegeben",
    ),
    (
        clause(np_("tourist", THESE, plural=True), "wait for", "prep", PRESENT, np_("bus")),
        "Diese Touristen warten auf den Bus",
    ),
    (
        clause(np_("girl"), "play with", "prep", PRESENT, np_("doll", A, "old")),
        "Das Mädchen spielt mit einer alten Puppe",
    ),
    (clause(np_("boy"), "go", "goal", PRESENT, place="park", goal=True), "Der Junge geht in den Park"),
    (clause(np_("boy"), "go", "goal", PAST, place="cinema", goal=True), "Der Junge ist ins Kino gegangen"),
    (clause(np_("doctor"), "drive", "goal", WANT, place="station", goal=True), "Der Arzt will zum Bahnhof fahren"),
    (clause(np_("cook"), "drive", "goal", PRESENT, place="bakery", goal=True), "Der Koch fährt zur Bäckerei"),
    (clause(np_("guest"), "arrive", "loc", PAST, place="airport"), "Der Gast ist am Flughafen angekommen"),
    (clause(THEY, "rest", "loc", PRESENT, place="garden"), "Sie ruhen sich im Garten aus"),
    (clause(ME, "look forward to", "prep", PRESENT, np_("party")), "Ich freue mich auf die Feier"),
    (clause(WE, "remember", "prep", PAST, np_("trip", THE, "long")), "Wir haben uns an die lange Reise erinnert"),
    (clause(np_("pupil"), "take part in", "prep", SHOULD, np_("exam")), "Der Schüler sollte an der Prüfung teilnehmen"),
    (clause(HE, "drink", "acc", PRESENT, np_("milk", BARE), negated=True), "Er trinkt keine Milch"),
    (clause(HE, "drink", "acc", PRESENT, np_("milk"), negated=True), "Er trinkt die Milch nicht"),
    (clause(SHE, "buy", "acc", PAST, np_("dress", A, "red"), negated=True), "Sie hat kein rotes Kleid gekauft"),
    (clause(THEY, "solve", "acc", CAN, np_("problem"), negated=True), "Sie können das Problem nicht lösen"),
    (clause(np_("pupil", EVERY), "read", "acc", WILL, np_("novel", A)), "Jeder Schüler wird einen Roman lesen"),
    (
        clause(np_("child", MANY, plural=True), "like", "acc", PRESENT, np_("bread", BARE, "fresh")),
        "Viele Kinder mögen frisches Brot",
    ),
    (
        clause(np_("man", SOME, plural=True), "carry", "acc", COULD, np_("box", BARE, "heavy", plural=True)),
        "Einige Männer konnten schwere Kisten tragen",
    ),
    (clause(ME, "eat", "acc", WOULD_LIKE, np_("apple cake", A)), "Ich möchte einen Apfelkuchen essen"),
    (
        clause(np_("friend", POSSESSIVES["w"]), "eat", "acc", HAD_TO, np_("tomato soup")),
        "Unser Freund musste die Tomatensuppe essen",
    ),
    (
        clause(np_("car", THIS), "belong to", "dat", PRESENT, np_("neighbour", POSSESSIVES["i"])),
        "Dieses Auto gehört meinem Nachbarn",
    ),
    (
        clause(np_("baker"), "wash", "acc", PRESENT, np_("car", THE, "old", possessor=np_("doctor"))),
        "Der Bäcker wäscht das alte Auto des Arztes",
    ),
    (
        clause(HE, "repair", "acc", PRESENT, np_("bicycle", THE, "old", possessor=ANNA)),
        "Er repariert Annas altes Fahrrad",
    ),
    (
        clause(np_("dog", ALL, "black", plural=True), "follow", "dat", PAST, np_("farmer")),
        "Alle schwarzen Hunde sind dem Bauern gefolgt",
    ),
    (
        clause(HE, "buy", "acc", PRESENT, np_("rabbit", NUMBERS[0], "white", plural=True)),
        "Er kauft zwei weiße Kaninchen",
    ),
    (be(np_("shoe", plural=True), "expensive", PAST), "Die Schuhe waren teuer"),
    (clause(SHE, "get up", "none", PAST), "Sie ist aufgestanden"),
]


@pytest.mark.parametrize(("made", "german"), MAINS, ids=[german for _, german in MAINS])
def test_gold_main_clauses(made, german):
    said = made.main()
    assert said[0].upper() + said[1:] == german


def test_gold_verb_second_behind_what_is_in_front():
    made = clause(np_("teacher"), "call", "acc", PRESENT, np_("pupil"))
    assert made.main("heute") == "heute ruft der Lehrer den Schüler an"
    assert clause(HE, "hurry", "none").main("jetzt") == "jetzt beeilt er sich"
    assert clause(ANNA, "hurry", "none").main("jetzt") == "jetzt beeilt sich Anna"
    dated = clause(np_("cook"), "buy", "acc", PAST, np_("egg", BARE, plural=True), time=YESTERDAY).settle()
    assert dated.main() == "der Koch hat gestern Eier gekauft"
    assert dated.english() == "the cook bought eggs yesterday"


def test_gold_subordinate_clauses():
    assert clause(HE, "get up", "none").sub("weil") == "weil er aufsteht"
    assert clause(HE, "get up", "none", PAST).sub("dass") == "dass er aufgestanden ist"
    assert clause(ME, "hurry", "none", HAD_TO).sub("obwohl") == "obwohl ich mich beeilen musste"
    assert clause(WE, "invite", "acc", PAST, np_("aunt")).sub("als") == "als wir die Tante eingeladen haben"
    house = np_("coat", A)
    assert be(pronoun_for(house), "cheap").sub("weil") == "weil er billig ist"
    assert be(pronoun_for(house), "cheap").english() == "it is cheap"


def test_gold_relative_clauses():
    bus, woman, children = np_("bus"), np_("woman"), np_("child", plural=True)
    verb = BY_LEMMA["wait for", "prep"]
    english, german = relative_pronoun(bus, verb.case, verb.preposition)
    made = clause(np_("man"), "wait for", "prep")
    assert (english, made.sub(german)) == ("that", "auf den der Mann wartet")
    assert clause(HE, "help", "dat").sub(relative_pronoun(woman, DATIVE)[1]) == "der er hilft"
    assert clause(HE, "help", "dat").sub(relative_pronoun(children, DATIVE)[1]) == "denen er hilft"
    assert clause(HE, "see", "acc", PAST).sub(relative_pronoun(bus, ACCUSATIVE)[1]) == "den er gesehen hat"
    assert (
        clause(woman, "rest", "loc", place="park").sub(relative_pronoun(woman, 0)[1], "") == "die sich im Park ausruht"
    )


def test_gold_infinitives_questions_and_passive():
    assert clause(HE, "pick up", "acc", PRESENT, np_("guest")).infinitive("um") == "um den Gast abzuholen"
    assert clause(ME, "sit down", "none").infinitive() == "mich hinzusetzen"
    assert clause(HE, "solve", "acc", PRESENT, np_("exercise", A)).infinitive() == "eine Aufgabe zu lösen"
    asked = clause(np_("boy"), "turn off", "acc", PRESENT, np_("radio"))
    assert asked.question() == "schaltet der Junge das Radio aus"
    assert asked.english_question() == "does the boy turn off the radio"
    passive = Clause(np_("car"), BY_LEMMA["repair", "acc"], PAST, Marks(), passive=True)
    passive.after.append("by the mechanic")
    passive.middle.append((COMPLEMENT, np_("mechanic").german(DATIVE, [], "von")))
    assert passive.main() == "das Auto wurde vom Mechaniker repariert"
    assert passive.english() == "the car was repaired by the mechanic"


def test_gold_english():
    assert clause(HE, "put on", "acc", PRESENT, np_("coat", POSSESSIVES["m"])).english() == "he puts on his coat"
    it = Pronoun("it", "it", ("er", "ihn", "ihm"), "3", "m", "coat")
    assert clause(HE, "put on", "acc", PRESENT, it).english() == "he puts it on"
    assert clause(HE, "put on", "acc", PRESENT, it).main() == "er zieht ihn an"
    assert clause(SHE, "carry", "acc", PRESENT, np_("box", A), negated=True).english() == "she does not carry a box"
    assert clause(THEY, "wake up", "loc", WANTED, place="hotel").english() == "they wanted to wake up in the hotel"
    assert Clause(ME, HAVE, PAST, Marks(), ["an umbrella"]).english() == "I had an umbrella"
    assert np_("orange", A).english == "an orange"
    assert np_("orange", A, "sweet").english == "a sweet orange"
