"""The smaller words of both languages: adjectives, determiners, adverbials, modals, prepositions, names."""

from __future__ import annotations

from dataclasses import dataclass

from textgym.corpora.parallel.german import ADJECTIVE, DEFINITE, MIXED_ARTICLE, STRONG_ARTICLE
from textgym.corpora.parallel.nouns import BY_NAME, NOUNS, Noun

# English comparative German[/stem] comparative | kinds of nouns; "-" has no comparative.
_ADJECTIVES = """
old older alt älter | person animal vehicle furniture town home settlement bridge clothes story song tree camera
young younger jung jünger | person animal
big bigger groß größer | animal furniture town settlement home green lake island heavy tree room dog device
small smaller klein kleiner | animal furniture town settlement home green lake island thing room child
new newer neu neuer | vehicle furniture clothes device thing town film text song bridge plan
beautiful - schön schöner | clothes plant image song settlement sight green outdoor animal vehicle furniture story poem
expensive - teuer/teur teurer | good vehicle hotel restaurant
cheap cheaper billig billiger | good vehicle hotel restaurant
good better gut besser | food drink text film concert party trip plan song person eatery hotel
friendly - freundlich freundlicher | person dog
nice nicer nett netter | person
tired - müde/müd müder | person animal
hungry - hungrig hungriger | person animal
clever - klug klüger | person dog cat horse
strong stronger stark stärker | person horse donkey
rich richer reich reicher | person settlement
poor poorer arm ärmer | person village
happy - glücklich glücklicher | person
sad - traurig trauriger | person told song film
ill - krank - | person animal
loud louder laut lauter | ride motorcycle radio machine settlement eatery occasion market
quiet quieter ruhig ruhiger | settlement hotel green beach lake island room
fast faster schnell schneller | vehicle horse dog
slow slower langsam langsamer | vehicle donkey
heavy heavier schwer schwerer | heavy furniture machine
warm warmer warm wärmer | clothes hot soup room
hot hotter heiß heißer | hot soup pizza potato
cold colder kalt kälter | water juice beer milk soup room lake cellar
fresh fresher frisch frischer | food
sweet sweeter süß süßer | fruit cake chocolate juice
long longer lang länger | text told film trip concert bridge river dress skirt scarf letter
short shorter kurz kürzer | text told film trip dress skirt
empty - leer - | closed cup glass town room
dark darker dunkel/dunkl dunkler | room forest street
bright brighter hell heller | room lamp
interesting - interessant interessanter | text topic sight told image
boring - langweilig langweiliger | text topic told
difficult - schwierig schwieriger | puzzle query exam
easy easier einfach einfacher | puzzle query exam
important - wichtig wichtiger | text puzzle topic key
famous - berühmt berühmter | writer painter actress cook doctor sight film song picture island
modern - modern moderner | town device furniture bridge sight
broken - kaputt - | vehicle device furniture cup bottle umbrella doll
clean cleaner sauber sauberer | clothes room cup glass knife bottle hotel beach
dirty dirtier schmutzig schmutziger | clothes room cup glass knife vehicle river animal
brave braver mutig mutiger | person dog
lazy lazier faul fauler | pupil student cat donkey cook gardener
hard-working - fleißig fleißiger | pupil student farmer baker gardener nurse colleague mechanic
red - rot - | coloured rose apple
blue - blau - | coloured
green - grün - | coloured apple bottle
yellow - gelb - | coloured pear
black - schwarz - | coloured horse cat dog
white - weiß - | coloured horse cat rabbit mouse duck
brown - braun - | coloured horse dog cow
"""
_COLOURS = ("red", "blue", "green", "yellow", "black", "white", "brown")


@dataclass(frozen=True, slots=True, eq=False)
class Adjective:
    """An adjective: German predicative form and the stem that endings go on; comparatives, or ""."""

    english: str
    more: str
    german: str
    stem: str
    mehr: str
    nouns: frozenset[Noun]
    colour: bool


def _adjective(line: str) -> Adjective:
    words, kinds = line.split("|")
    english, more, german, mehr = words.split()
    german, _, stem = german.partition("/")
    wanted = set(kinds.split())
    return Adjective(
        english=english,
        more="" if mehr == "-" else f"more {english}" if more == "-" else more,
        german=german,
        stem=stem or german,
        mehr="" if mehr == "-" else mehr,
        nouns=frozenset(noun for noun in NOUNS if wanted & noun.kinds),
        colour=english in _COLOURS,
    )


ADJECTIVES = tuple(map(_adjective, _ADJECTIVES.strip().splitlines()))
# Tuples in the order of the table: sets have no order that every process shares.
ADJECTIVES_OF: dict[Noun, tuple[Adjective, ...]] = {n: tuple(a for a in ADJECTIVES if n in a.nouns) for n in NOUNS}
COLOURS_OF: dict[Noun, tuple[Adjective, ...]] = {n: tuple(a for a in ADJECTIVES_OF[n] if a.colour) for n in NOUNS}
# What a noun may be said to be, or to be more than another: a colour or a lasting state makes a poor sentence.
PREDICATES_OF = {n: tuple(a for a in ADJECTIVES_OF[n] if not a.colour) for n in NOUNS}
BY_ENGLISH = {a.english: a for a in ADJECTIVES}


@dataclass(frozen=True, slots=True, eq=False)
class Determiner:
    """A determiner: its English form, German forms by column and case, the declension it asks for."""

    english: str
    forms: dict[str, tuple[str, ...]]
    declension: str


def _endings(stem: str, endings: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {column: tuple(stem + ending for ending in row) for column, row in endings.items()}


def _fixed(form: str) -> dict[str, tuple[str, ...]]:
    return {column: (form,) * 4 for column in "mfnp"}


THE = Determiner("the", DEFINITE, "weak")
A = Determiner("a", _endings("ein", MIXED_ARTICLE), "mixed")
KEIN = Determiner("", _endings("kein", MIXED_ARTICLE), "mixed")
BARE = Determiner("", _fixed(""), "strong")
THIS = Determiner("this", _endings("dies", STRONG_ARTICLE), "weak")
THESE = Determiner("these", _endings("dies", STRONG_ARTICLE), "weak")
EVERY = Determiner("every", _endings("jed", STRONG_ARTICLE), "weak")
ALL = Determiner("all", _endings("all", STRONG_ARTICLE), "weak")
MANY = Determiner("many", _endings("viel", ADJECTIVE["strong"]), "strong")
SOME = Determiner("some", _endings("einig", ADJECTIVE["strong"]), "strong")
NUMBERS = tuple(
    Determiner(english, _fixed(german), "strong")
    for english, german in zip(("two", "three", "four", "five"), ("zwei", "drei", "vier", "fünf"), strict=True)
)
# By the owner: who is speaking, or the sex and number of the owner.
POSSESSIVES = {
    owner: Determiner(english, _endings(stem, MIXED_ARTICLE), "mixed")
    for owner, english, stem in (
        ("i", "my", "mein"),
        ("w", "our", "unser"),
        ("m", "his", "sein"),
        ("f", "her", "ihr"),
        ("p", "their", "ihr"),
        ("n", "its", "sein"),
    )
}

NAMES: tuple[tuple[str, str], ...] = (("Anna", "f"), ("Maria", "f"), ("Laura", "f"), ("Eva", "f"), ("Julia", "f"))
NAMES += (("Peter", "m"), ("Paul", "m"), ("Martin", "m"), ("David", "m"), ("Simon", "m"))
CITIES = (("Berlin", "Berlin"), ("Hamburg", "Hamburg"), ("Munich", "München"), ("Vienna", "Wien"), ("Cologne", "Köln"))

# English, German, the tenses it goes with: n present, p past, f future or modal.
TIMES = (
    ("today", "heute", "npf"),
    ("yesterday", "gestern", "p"),
    ("tomorrow", "morgen", "f"),
    ("soon", "bald", "f"),
    ("now", "jetzt", "n"),
    ("every day", "jeden Tag", "n"),
    ("every week", "jede Woche", "n"),
    ("last week", "letzte Woche", "p"),
    ("last year", "letztes Jahr", "p"),
    ("last month", "letzten Monat", "p"),
    ("next week", "nächste Woche", "f"),
    ("next year", "nächstes Jahr", "f"),
    ("two days ago", "vor zwei Tagen", "p"),
    ("an hour ago", "vor einer Stunde", "p"),
    ("in the morning", "am Morgen", "npf"),
    ("in the evening", "am Abend", "npf"),
    ("in the afternoon", "am Nachmittag", "npf"),
    ("at the weekend", "am Wochenende", "npf"),
    ("on Monday", "am Montag", "npf"),
    ("on Friday", "am Freitag", "npf"),
    ("on Sunday", "am Sonntag", "npf"),
    ("in summer", "im Sommer", "npf"),
    ("in winter", "im Winter", "npf"),
    ("after work", "nach der Arbeit", "npf"),
    ("after breakfast", "nach dem Frühstück", "npf"),
)
OFTEN = (("often", "oft"), ("always", "immer"), ("sometimes", "manchmal"), ("usually", "meistens"), ("never", "nie"))

# Prepositions of a place: English at, German wo (dative), German wohin (accusative, or zu with the dative).
_PLACES = {
    "at an zu": "station airport",
    "at an an": "lake river",
    "on an an": "beach",
    "on auf auf": "island mountain",
    "on auf zu": "bridge",
    "at auf auf": "market",
    "in in zu": "castle factory bakery",
    "at in zu": "school",
}
PLACE_PREPOSITIONS: dict[Noun, tuple[str, str, str]] = {n: ("in", "in", "in") for n in NOUNS if "place" in n.kinds}
for _prepositions, _names in _PLACES.items():
    _at, _wo, _wohin = _prepositions.split()
    PLACE_PREPOSITIONS.update({BY_NAME[name]: (_at, _wo, _wohin) for name in _names.split()})
for _noun in PLACE_PREPOSITIONS:
    if _noun.compound:
        PLACE_PREPOSITIONS[_noun] = PLACE_PREPOSITIONS[BY_NAME[_noun.english[0].split()[-1]]]

# One waits at a lake, but swims in it.
IN_WATER = ("in", "in", "in")

# Where things are laid: English preposition, German two-way preposition, what it goes with.
SURFACES = tuple(
    (english, german, tuple(BY_NAME[name] for name in names.split()))
    for english, german, names in (
        ("on", "auf", "table desk chair sofa bed cupboard"),
        ("under", "unter", "table bed chair sofa"),
        ("in", "in", "box bag suitcase cupboard"),
        ("next to", "neben", "lamp computer radio bed clock"),
        ("behind", "hinter", "sofa clock radio cupboard"),
    )
)
STANDS = tuple(row for row in SURFACES if row[0] in ("on", "next to", "behind"))


@dataclass(frozen=True, slots=True, eq=False)
class Tense:
    """A tense or a modal.

    Attributes:
        code: "n" present, "p" past, "f" modal or future: which times go with it.
        auxiliary: the English auxiliary that negation and questions use; "" where they need do.
        finite, base: English forms of a modal that needs do, by person, and its base form.
        rest: what follows the auxiliary before the verb.
        german: forms of the German modal; empty for the plain present and past.
    """

    code: str
    auxiliary: str = ""
    finite: tuple[str, str] = ("", "")
    base: str = ""
    rest: str = ""
    german: tuple[str, str] = ("", "")


PRESENT, PAST = Tense("n"), Tense("p")
MODALS = (
    Tense("f", "can", german=("kann", "können")),
    Tense("f", "must", german=("muss", "müssen")),
    Tense("f", "should", german=("sollte", "sollten")),
    Tense("f", "will", german=("wird", "werden")),
    Tense("f", "would", rest="like to", german=("möchte", "möchten")),
    Tense("f", "", ("want to", "wants to"), "want to", german=("will", "wollen")),
)
FUTURE = MODALS[3]
PAST_MODALS = (
    Tense("p", "could", german=("konnte", "konnten")),
    Tense("p", "", ("had to", "had to"), "have to", german=("musste", "mussten")),
    Tense("p", "", ("wanted to", "wanted to"), "want to", german=("wollte", "wollten")),
)
