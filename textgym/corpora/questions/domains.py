"""The domains as data: ships, neighbours, museums."""

from __future__ import annotations

from textgym.corpora.questions.lexicon import COUNTRIES, JOBS, PLACES, WEEKDAYS, numbers, titled
from textgym.corpora.questions.schema import Attribute, Background, Domain, Scale

_ORIGIN = Attribute(
    "country",
    COUNTRIES,
    ("comes from {o}", "is from {o}"),
    ("which country does {s} come from", "where does {s} come from"),
    "come from {o}",
    "does {s} come from {o}",
    shared=True,
)
_BUILT = Attribute(
    "built in",
    numbers(1890, 1989),
    ("was built in {o}",),
    ("when was {s} built", "in which year was {s} built"),
    "",
    "was {s} built in {o}",
    Scale("is older", "is the oldest", -1),
)

SHIPS = Domain(
    "ships",
    tuple(
        f"the {name}"
        for name in (
            "Aurora",
            "Swift",
            "Petrel",
            "Meridian",
            "Albatross",
            "Neptune",
            "Comet",
            "Heron",
            "Victoria",
            "Polaris",
            "Dolphin",
            "Orion",
            "Seagull",
            "Triton",
            "Juniper",
            "Mermaid",
        )
    ),
    ("it",),
    "which ship",
    "the ship that",
    "ships",
    (
        Attribute(
            "cargo",
            ("grain", "coal", "timber", "salt", "cotton", "coffee", "sugar", "wool", "steel", "tea"),
            ("carries {o}", "is loaded with {o}"),
            ("what does {s} carry", "what is the cargo of {s}"),
            "carry {o}",
            "does {s} carry {o}",
            shared=True,
        ),
        _BUILT,
        Attribute(
            "length",
            numbers(40, 190, unit=" metres"),
            ("is {o} long", "has a length of {o}"),
            ("how long is {s}", "what is the length of {s}"),
            "",
            "is {s} {o} long",
            Scale("is longer", "is the longest"),
        ),
        Attribute(
            "home port",
            PLACES,
            ("has its home port in {o}",),
            ("where is the home port of {s}", "in which town does {s} have its home port"),
            "have their home port in {o}",
            "is the home port of {s} in {o}",
            shared=True,
        ),
    ),
    Attribute(
        "captain",
        titled("Captain"),
        ("is commanded by {o}", "sails under {o}"),
        ("who commands {s}", "who is the captain of {s}"),
        "",
        "is {s} commanded by {o}",
    ),
    "the captain of {s}",
    "have a captain who",
    (
        _ORIGIN,
        Attribute(
            "years at sea",
            numbers(3, 39, unit=" years"),
            ("has been at sea for {o}",),
            ("how long has {s} been at sea", "for how many years has {s} been at sea"),
            "",
            "has {s} been at sea for {o}",
        ),
    ),
    ("{n} ships lie in the harbour of {place}", "this week, {n} ships are in the port of {place}"),
    (
        Background("the harbour was closed for [two|three] days because of ice", ("harbour", "closed by", "ice")),
        Background("a new lighthouse was opened near the pier last summer", ("lighthouse", "opened", "last summer")),
        Background("the crews spend their evenings in an inn by the water", ("crews", "evenings", "inn")),
        Background("the weather has been calm for a week", ("weather", "has been", "calm")),
    ),
)

_WOMEN = ("Anna", "Clara", "Emma", "Grace", "Irene", "Julia", "Laura", "Maria", "Nora", "Rosa", "Sofia", "Vera")
_MEN = ("Adam", "Boris", "David", "Felix", "Henry", "Jonas", "Leo", "Martin", "Oscar", "Paul", "Simon", "Victor")

NEIGHBOURS = Domain(
    "neighbours",
    _WOMEN + _MEN,
    ("she",) * len(_WOMEN) + ("he",) * len(_MEN),
    "who",
    "the neighbour who",
    "neighbours",
    (
        Attribute(
            "job",
            JOBS,
            ("works as a {o}", "is a {o} by trade"),
            ("what is {s}'s job", "what does {s} work as"),
            "work as a {o}",
            "does {s} work as a {o}",
            shared=True,
        ),
        Attribute(
            "age",
            numbers(21, 79, unit=" years"),
            ("is {o} old",),
            ("how old is {s}",),
            "",
            "is {s} {o} old",
            Scale("is older", "is the oldest"),
        ),
        Attribute(
            "instrument",
            ("piano", "violin", "guitar", "flute", "cello", "trumpet", "drums", "harp"),
            ("plays the {o}",),
            ("which instrument does {s} play", "what does {s} play"),
            "play the {o}",
            "does {s} play the {o}",
            shared=True,
        ),
        Attribute(
            "here since",
            numbers(1985, 2020),
            ("came to live here in {o}", "has lived here since {o}"),
            ("since when has {s} lived here", "in which year did {s} come to live here"),
            "",
            "has {s} lived here since {o}",
        ),
    ),
    Attribute(
        "teacher",
        titled("Mrs") + titled("Mr"),
        ("takes [evening|language] lessons from {o}",),
        ("who gives lessons to {s}", "who is {s}'s teacher"),
        "",
        "does {s} take lessons from {o}",
    ),
    "the teacher of {s}",
    "have a teacher who",
    (
        Attribute(
            "grew up in",
            PLACES,
            ("grew up in {o}",),
            ("where did {s} grow up", "in which town did {s} grow up"),
            "grew up in {o}",
            "did {s} grow up in {o}",
            shared=True,
        ),
        Attribute(
            "lesson day",
            WEEKDAYS,
            ("teaches on {o}",),
            ("on which day does {s} teach",),
            "teach on {o}",
            "does {s} teach on {o}",
            shared=True,
        ),
    ),
    (
        "{n} neighbours share a house in {place}",
        "in a house at the edge of {place}, {n} neighbours live side by side",
    ),
    (
        Background("the garden behind the house is open to everyone", ("garden", "open to", "everyone")),
        Background("the roof was mended [in spring|last autumn]", ("roof", "was", "mended")),
        Background("on warm evenings they all eat together", ("neighbours", "eat together on", "warm evenings")),
        Background("the old lift has been out of order for months", ("lift", "is", "out of order")),
    ),
)

MUSEUMS = Domain(
    "museums",
    tuple(
        f"the {name} Museum"
        for name in (
            "Harbour",
            "Castle",
            "River",
            "Station",
            "Garden",
            "Market",
            "Bridge",
            "Abbey",
            "Forest",
            "Tower",
            "Mill",
            "Palace",
        )
    ),
    ("it",),
    "which museum",
    "the museum that",
    "museums",
    (
        Attribute(
            "collection",
            ("old maps", "clocks", "toys", "coins", "masks", "carpets", "paintings", "stamps", "model trains"),
            ("shows {o}", "has a collection of {o}"),
            ("what does {s} show", "what can be seen in {s}"),
            "show {o}",
            "does {s} show {o}",
            shared=True,
        ),
        Attribute(
            "opened in",
            numbers(1890, 2015),
            ("opened in {o}", "was opened in {o}"),
            ("when was {s} opened", "in which year did {s} open"),
            "",
            "was {s} opened in {o}",
            Scale("was opened earlier", "was opened first", -1),
        ),
        Attribute(
            "rooms",
            numbers(6, 58, unit=" rooms"),
            ("has {o}",),
            ("how many rooms does {s} have",),
            "",
            "does {s} have {o}",
            Scale("has more rooms", "has the most rooms"),
        ),
        Attribute(
            "closing day",
            WEEKDAYS,
            ("is closed on {o}",),
            ("on which day is {s} closed", "when is {s} closed"),
            "are closed on {o}",
            "is {s} closed on {o}",
            shared=True,
        ),
    ),
    Attribute(
        "director",
        titled("Doctor"),
        ("is run by {o}", "has {o} as its director"),
        ("who runs {s}", "who is the director of {s}"),
        "",
        "is {s} run by {o}",
    ),
    "the director of {s}",
    "have a director who",
    (
        _ORIGIN,
        Attribute(
            "studied in",
            PLACES,
            ("studied in {o}",),
            ("where did {s} study", "in which town did {s} study"),
            "studied in {o}",
            "did {s} study in {o}",
            shared=True,
        ),
    ),
    ("{n} museums can be visited in {place}", "the town of {place} has {n} museums"),
    (
        Background("a new tram line takes visitors to the centre", ("tram line", "takes to", "centre")),
        Background("children do not pay on public holidays", ("children", "pay nothing on", "public holidays")),
        Background("many tourists come in the summer months", ("tourists", "come in", "summer months")),
        Background("the town also plans a small theatre", ("town", "plans", "theatre")),
    ),
)
