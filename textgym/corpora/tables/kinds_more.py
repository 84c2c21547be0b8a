"""More kinds of tables as data: books, trains."""

from __future__ import annotations

from textgym.corpora.questions.lexicon import PLACES, SURNAMES, numbers
from textgym.corpora.tables.kinds import CITY, MATCH, PERSON, RESTAURANT
from textgym.corpora.tables.schema import Column, Table

BOOK = Table(
    "book",
    (
        ("The",),
        ("Silent", "Paper", "Winter", "Stolen", "Secret", "Bitter", "Northern", "Wooden", "Velvet", "Crimson"),
        ("Harbour", "Bridge", "Promise", "Island", "Orchard", "Shadow", "Window", "Season", "Lighthouse", "Compass"),
    ),
    (),
    (
        Column("author", tuple(f"Kit {name}" for name in SURNAMES), ("was written by {o}", "is a work by {o}")),
        Column("published in", numbers(1920, 2020), ("was published in {o}", "came out in {o}")),
        Column(
            "genre",
            ("crime novel", "love story", "family saga", "adventure tale", "historical novel", "ghost story"),
            ("is a(n) {o}", "belongs on the shelf as a(n) {o}"),
        ),
        Column("pages", numbers(80, 890), ("has {o} pages", "runs to {o} pages")),
        Column("setting", PLACES, ("is set in {o}", "takes its readers to {o}")),
        Column("price", numbers(5, 39, unit=" euros"), ("costs {o}", "is sold for {o}")),
        Column(
            "publisher",
            ("Heron Press", "Lantern House", "Blue Door Books", "Oak Tree Press", "Mill Lane"),
            ("was brought out by {o}", "is on the list of {o}"),
        ),
    ),
    ("it",),
    "the book",
)

TRAIN = Table(
    "train",
    (
        ("Coast", "Valley", "Forest", "Night", "Morning", "Lake", "Alpine", "River", "Star", "Meadow"),
        ("Express", "Arrow", "Runner", "Shuttle"),
        tuple(str(number) for number in range(11, 99)),
    ),
    ("is a train", "is a railway service"),
    (
        Column("from", PLACES[:11], ("starts in {o}", "sets out from {o}")),
        Column("to", PLACES[11:], ("goes to {o}", "runs to {o}")),
        Column(
            "departure",
            tuple(f"{hour}:{minute:02}" for hour in range(6, 22) for minute in range(0, 60, 5)),
            ("leaves at {o}", "departs at {o}"),
        ),
        Column("duration", numbers(25, 240, 5, " minutes"), ("takes {o}", "needs {o} for the journey")),
        Column("fare", numbers(8, 95, unit=" euros"), ("costs {o}", "can be used for a fare of {o}")),
        Column("platform", numbers(1, 14), ("uses platform {o}", "waits on platform {o}")),
        Column("carriages", numbers(3, 12), ("has {o} carriages", "is made up of {o} carriages")),
    ),
    ("it",),
    "the train",
)

TABLES: tuple[Table, ...] = (RESTAURANT, PERSON, MATCH, CITY, BOOK, TRAIN)
"""All kinds, drawn with equal chances."""
