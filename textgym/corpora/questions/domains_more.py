"""More domains as data: clubs, books, animals."""

from __future__ import annotations

from textgym.corpora.questions.domains import MUSEUMS, NEIGHBOURS, SHIPS
from textgym.corpora.questions.lexicon import COUNTRIES, JOBS, PLACES, WEEKDAYS, numbers, titled
from textgym.corpora.questions.schema import Attribute, Background, Domain, Scale

_NATION = Attribute(
    "country",
    COUNTRIES,
    ("was born in {o}", "is a native of {o}"),
    ("in which country was {s} born", "where was {s} born"),
    "were born in {o}",
    "was {s} born in {o}",
    shared=True,
)

CLUBS = Domain(
    "clubs",
    (
        "Redfield", "Stonebridge", "Highgate", "Northam", "Eastwick", "Brookside", "Kingsport", "Marlow", "Rosedale",
        "Winfield", "Langley", "Ferndale", "Hillcrest", "Dunmore", "Seaton", "Overton",
    ),
    ("it",),
    "which club",
    "the club that",
    "clubs",
    (
        Attribute(
            "shirts",
            ("red", "blue", "green", "yellow", "white", "black", "orange", "purple"),
            ("plays in {o} shirts", "wears {o} shirts"),
            ("what colour are the shirts of {s}", "in what colour does {s} play"),
            "play in {o} shirts",
            "does {s} play in {o} shirts",
            shared=True,
        ),
        Attribute(
            "wins",
            numbers(3, 28, unit=" games"),
            ("has won {o} this season", "won {o} this season"),
            ("how many games has {s} won this season",),
            "",
            "has {s} won {o} this season",
            Scale("has won more games", "has won the most games"),
        ),
        Attribute(
            "founded in",
            numbers(1890, 1999),
            ("was founded in {o}",),
            ("when was {s} founded", "in which year was {s} founded"),
            "",
            "was {s} founded in {o}",
            Scale("is older", "is the oldest", -1),
        ),
        Attribute(
            "training day",
            WEEKDAYS,
            ("trains on {o}", "holds its training on {o}"),
            ("on which day does {s} train", "when does {s} train"),
            "train on {o}",
            "does {s} train on {o}",
            shared=True,
        ),
    ),
    Attribute(
        "coach",
        titled("Coach"),
        ("is trained by {o}", "has hired {o}"),
        ("who trains {s}", "who is the coach of {s}"),
        "",
        "is {s} trained by {o}",
    ),
    "the coach of {s}",
    "have a coach who",
    (
        _NATION,
        Attribute(
            "former position",
            ("goalkeeper", "defender", "midfielder", "striker"),
            ("used to play as a {o}", "was once a {o}"),
            ("in which position did {s} use to play", "what position did {s} once play in"),
            "used to play as a {o}",
            "did {s} use to play as a {o}",
            shared=True,
        ),
    ),
    ("{n} clubs play in the league of {place}", "the football league of {place} has {n} clubs this year"),
    (
        Background("the cup final will be held in the city stadium", ("cup final", "held in", "city stadium")),
        Background("tickets have become dearer since last season", ("tickets", "have become", "dearer")),
        Background("the local radio reports on every match", ("local radio", "reports on", "every match")),
        Background("heavy rain stopped two matches in spring", ("rain", "stopped", "two matches")),
    ),
)

BOOKS = Domain(
    "books",
    tuple(
        f'"{title}"'
        for title in (
            "The Silent Harbour", "Winter Light", "A House of Glass", "The Last Train", "Under the Oak", "Salt and Stone",
            "The Paper Garden", "Night Market", "The Blue Door", "Seven Letters", "The Long Field", "Broken Compass",
            "The Clockmaker", "River of Birds",
        )
    ),
    ("it",),
    "which book",
    "the book that",
    "books",
    (
        Attribute(
            "topic",
            ("the war", "a murder", "friendship", "the sea", "old age", "a family", "space travel", "first love"),
            ("is about {o}", "tells a story about {o}"),
            ("what is {s} about",),
            "are about {o}",
            "is {s} about {o}",
            shared=True,
        ),
        Attribute(
            "pages",
            numbers(90, 620, 2, " pages"),
            ("has {o}", "runs to {o}"),
            ("how many pages does {s} have", "how many pages are there in {s}"),
            "",
            "does {s} have {o}",
            Scale("has more pages", "has the most pages"),
        ),
        Attribute(
            "published in",
            numbers(1930, 2020),
            ("came out in {o}", "was published in {o}"),
            ("when did {s} come out", "in which year was {s} published"),
            "",
            "was {s} published in {o}",
            Scale("came out earlier", "came out first", -1),
        ),
        Attribute(
            "price",
            numbers(6, 39, unit=" euros"),
            ("costs {o}",),
            ("how much does {s} cost", "what is the price of {s}"),
            "",
            "does {s} cost {o}",
            Scale("is more expensive", "is the most expensive"),
        ),
    ),
    Attribute(
        "author",
        titled("Ida") + titled("Max"),
        ("was written by {o}", "is a work by {o}"),
        ("who wrote {s}", "who is the author of {s}"),
        "",
        "was {s} written by {o}",
    ),
    "the author of {s}",
    "have an author who",
    (
        Attribute(
            "first job",
            JOBS,
            ("used to be a {o}", "once worked as a {o}"),
            ("what was {s} before", "as what did {s} once work"),
            "used to be a {o}",
            "did {s} use to be a {o}",
            shared=True,
        ),
        _NATION,
    ),
    ("{n} books lie in the window of a shop in {place}", "a bookshop in {place} recommends {n} books this month"),
    (
        Background("the shop also sells maps and cards", ("shop", "sells", "maps and cards")),
        Background("readings take place every other week", ("readings", "take place", "every other week")),
        Background("the owner makes coffee for [the|her] guests", ("owner", "makes", "coffee")),
        Background("in summer there is a table outside", ("table", "outside in", "summer")),
    ),
)

ANIMALS = Domain(
    "animals",
    (
        "Bongo", "Coco", "Dusty", "Fluffy", "Ginger", "Happy", "Jumbo", "Kiko", "Lulu", "Milo", "Nemo", "Pepper",
        "Rocky", "Shadow", "Tango", "Zara",
    ),
    ("it",),
    "which animal",
    "the animal that",
    "animals",
    (
        Attribute(
            "species",
            ("otter", "elephant", "tiger", "zebra", "camel", "penguin", "monkey", "giraffe", "seal", "wolf"),
            ("is a(n) {o}",),
            ("what kind of animal is {s}",),
            "",
            "is {s} a(n) {o}",
        ),
        Attribute(
            "food",
            ("fish", "carrots", "hay", "apples", "bananas", "leaves", "meat", "nuts"),
            ("likes to eat {o}", "is fed on {o}"),
            ("what does {s} eat", "what is {s} fed on"),
            "eat {o}",
            "does {s} eat {o}",
            shared=True,
        ),
        Attribute(
            "age",
            numbers(2, 29, unit=" years"),
            ("is {o} old",),
            ("how old is {s}",),
            "",
            "is {s} {o} old",
            Scale("is older", "is the oldest"),
        ),
        Attribute(
            "arrived on",
            WEEKDAYS,
            ("arrived on {o}", "came to the zoo on {o}"),
            ("on which day did {s} arrive", "when did {s} come to the zoo"),
            "arrived on {o}",
            "did {s} arrive on {o}",
            shared=True,
        ),
    ),
    Attribute(
        "keeper",
        titled("Miss") + titled("Mr"),
        ("is looked after by {o}", "has {o} as its keeper"),
        ("who looks after {s}", "who is the keeper of {s}"),
        "",
        "is {s} looked after by {o}",
    ),
    "the keeper of {s}",
    "have a keeper who",
    (
        Attribute(
            "lives in",
            PLACES,
            ("lives in {o}", "has a flat in {o}"),
            ("where does {s} live", "in which town does {s} live"),
            "live in {o}",
            "does {s} live in {o}",
            shared=True,
        ),
        Attribute(
            "service",
            numbers(2, 35, unit=" years"),
            ("has worked at the zoo for {o}",),
            ("how long has {s} worked at the zoo", "for how many years has {s} worked at the zoo"),
            "",
            "has {s} worked at the zoo for {o}",
        ),
    ),
    ("{n} new animals can be seen at the zoo of {place}", "the zoo in {place} has taken in {n} animals"),
    (
        Background("a playground was built beside the main gate", ("playground", "beside", "main gate")),
        Background("the bird house is closed for repairs", ("bird house", "closed for", "repairs")),
        Background("school classes may come for free in winter", ("school classes", "free in", "winter")),
        Background("a small train runs through the park", ("train", "runs through", "park")),
    ),
)

DOMAINS: tuple[Domain, ...] = (SHIPS, NEIGHBOURS, MUSEUMS, CLUBS, BOOKS, ANIMALS)
"""All domains, drawn with equal chances."""
