"""Kinds of tables as data: restaurants, people, matches, cities."""

from __future__ import annotations

from textgym.corpora.questions.lexicon import COUNTRIES, JOBS, PLACES, SURNAMES, WEEKDAYS, numbers
from textgym.corpora.tables.schema import Column, Table

RESTAURANT = Table(
    "restaurant",
    (
        ("Golden", "Green", "Old", "Little", "Blue", "Royal", "Red", "Silver", "White", "Merry", "Hungry", "Happy"),
        ("Lantern", "Olive", "Anchor", "Oven", "Kettle", "Pepper", "Goose", "Plate", "Vine", "Spoon", "Fox", "Barrel"),
        ("Inn", "House", "Grill", "Bistro", "Kitchen", "Corner", "Tavern", "Bar"),
    ),
    ("is a restaurant", "is a place to eat"),
    (
        Column(
            "food",
            ("Italian", "Chinese", "Indian", "French", "Japanese", "English", "Greek", "Mexican", "Thai"),
            ("serves {o} food", "offers {o} cooking", "has {o} dishes on its menu"),
        ),
        Column(
            "area",
            ("city centre", "river quarter", "old town", "harbour district", "northern suburbs", "university quarter"),
            ("lies in the {o}", "can be found in the {o}"),
        ),
        Column(
            "price range",
            ("low", "moderate", "high", "very low", "very high"),
            ("has a {o} price range", "keeps to a {o} price range"),
        ),
        Column("near", tuple(f"{name} Station" for name in PLACES), ("is near {o}", "is a short walk from {o}")),
        Column(
            "customer rating",
            ("1 out of 5", "2 out of 5", "3 out of 5", "4 out of 5", "5 out of 5"),
            ("has a customer rating of {o}", "was rated {o} by its customers"),
        ),
        Column("closed on", WEEKDAYS, ("is closed on {o}", "does not open on {o}")),
        Column(
            "children",
            ("welcome", "not welcome"),
            ("is a place where children are {o}", "lets its guests know that children are {o}"),
        ),
    ),
    ("it",),
    "the restaurant",
)

_WOMEN = ("Ada", "Clara", "Emma", "Grace", "Irene", "Julia", "Laura", "Maria", "Nora", "Rosa", "Sofia", "Vera")
_MEN = ("Adam", "Boris", "David", "Felix", "Henry", "Jonas", "Leo", "Martin", "Oscar", "Paul", "Simon", "Victor")

PERSON = Table(
    "person",
    (_WOMEN + _MEN, SURNAMES),
    (),
    (
        Column("occupation", JOBS, ("is a(n) {o}", "works as a(n) {o}", "earns a living as a(n) {o}")),
        Column("born in", numbers(1930, 2000), ("was born in {o}", "came into the world in {o}")),
        Column("birthplace", PLACES, ("comes from the town of {o}", "is a native of {o}")),
        Column("nationality", COUNTRIES, ("is a citizen of {o}", "has the nationality of {o}")),
        Column("spouse", tuple(f"{first} Ashdown" for first in ("Kim", "Robin", "Alex", "Sam", "Chris", "Jo")),
               ("is married to {o}", "is the spouse of {o}")),
        Column(
            "hobby",
            ("chess", "tennis", "photography", "gardening", "sailing", "fishing", "hiking", "singing"),
            ("spends free time on {o}", "has {o} as a hobby"),
        ),
        Column(
            "award",
            ("Silver Feather", "Golden Leaf", "Northern Star", "Crystal Bell", "Blue Ribbon"),
            ("has won the {o}", "was given the {o}"),
        ),
    ),
    ("she",) * len(_WOMEN) + ("he",) * len(_MEN),
    "",
)  # fmt: skip

_CLUBS = (
    "Redfield", "Stonebridge", "Highgate", "Northam", "Eastwick", "Brookside", "Kingsport", "Marlow", "Rosedale",
    "Winfield", "Langley", "Ferndale", "Hillcrest", "Dunmore", "Seaton", "Overton",
)  # fmt: skip

MATCH = Table(
    "match",
    (_CLUBS[:8], ("against",), _CLUBS[8:]),
    ("was a football match", "was a match of the league"),
    (
        Column(
            "score",
            tuple(f"{home}-{away}" for home in range(6) for away in range(5)),
            ("ended {o}", "had a final score of {o}"),
        ),
        Column("stadium", tuple(f"{name} Park" for name in PLACES), ("was played at {o}", "took place at {o}")),
        Column("day", WEEKDAYS, ("was held on a {o}", "fell on a {o}")),
        Column(
            "spectators",
            numbers(1100, 39900, 100),
            ("was watched by {o} people", "drew a crowd of {o}"),
        ),
        Column("referee", tuple(f"Pat {name}" for name in SURNAMES), ("had {o} as its referee", "was refereed by {o}")),
        Column(
            "weather",
            ("rainy", "sunny", "windy", "foggy", "cold", "warm"),
            ("saw {o} weather", "was played in {o} weather"),
        ),
        Column("yellow cards", numbers(2, 9), ("brought {o} yellow cards", "led to {o} yellow cards")),
    ),
    ("it",),
    "the match",
)

CITY = Table(
    "city",
    (
        ("North", "South", "East", "West", "New", "Upper", "Lower", "Port"),
        ("Amberley", "Birkwood", "Colden", "Dunfield", "Elsford", "Foxhill", "Greywick", "Hollin", "Linwood", "Marsden",
         "Oldcastle", "Pinewick", "Stonefield", "Thornby", "Willowford", "Yarrow"),
    ),
    ("is a city", "is a town"),
    (
        Column("country", COUNTRIES, ("lies in {o}", "is situated in {o}")),
        Column("inhabitants", numbers(12000, 980000, 1000), ("has {o} inhabitants", "has a population of {o}")),
        Column(
            "river",
            ("Alder", "Brend", "Corva", "Delma", "Esk", "Fenn", "Garn", "Isola"),
            ("stands on the river {o}", "is crossed by the river {o}"),
        ),
        Column("founded in", numbers(900, 1880, 5), ("was founded in {o}", "dates back to {o}")),
        Column("mayor", tuple(f"Robin {name}" for name in SURNAMES), ("has {o} as its mayor", "is governed by {o}")),
        Column(
            "known for",
            ("glass", "cheese", "clocks", "shipyards", "silk", "carpets", "paper mills", "wine"),
            ("is known for its {o}", "owes its fame to its {o}"),
        ),
        Column("twin town", PLACES, ("is twinned with {o}", "has {o} as its twin town")),
    ),
    ("it",),
    "the place",
)  # fmt: skip
