"""More of what is reviewed, as data: phones, books, concerts, courses."""

from __future__ import annotations

from textgym.corpora.reviews.schema import Aspect, Subject
from textgym.corpora.reviews.subjects import FILM, HOTEL, RESTAURANT

PHONE = Subject(
    "phone",
    (
        "{day}, I bought the {title} phone in a shop in {place} for {who}",
        "{who} ordered the {title} phone from a dealer in {place}, and it came {day}",
        "{who} and I picked up the new {title} phone in {place} {day}",
    ),
    (
        ("Nova", "Pixa", "Luma", "Zenit", "Orbi", "Velo", "Kappa", "Tera", "Echo", "Astra"),
        ("One", "Mini", "Plus", "Ten", "Pro", "Air", "Max", "Lite", "Neo", "Edge"),
    ),
    (
        Aspect("the screen", False, ("sharp", "bright", "brilliant", "superb"), ("dim", "blurry", "scratched", "tiny")),
        Aspect(
            "the battery", False, ("reliable", "powerful", "excellent"), ("weak", "feeble", "unreliable", "defective")
        ),
        Aspect(
            "the camera", False, ("excellent", "superb", "quick", "impressive"), ("poor", "slow", "blurry", "useless")
        ),
        Aspect(
            "the buttons",
            True,
            ("handy", "easy to find", "well placed", "pleasant to use"),
            ("loose", "sticky", "wobbly", "badly placed"),
        ),
        Aspect("the sound", False, ("clear", "rich", "impressive"), ("tinny", "muffled", "terrible", "awful")),
        Aspect("the case", False, ("sturdy", "elegant", "well made"), ("flimsy", "badly made", "ugly")),
        Aspect("the menus", True, ("simple", "logical", "well organised"), ("confusing", "chaotic", "clumsy")),
    ),
    (
        "charge a phone only once a week",
        "take such pictures at night",
        "set everything up in five minutes",
        "own a phone that survives every fall",
    ),
    (
        "charge a phone four times a day",
        "watch the screen go black after a week",
        "spend an hour on the phone with their help line",
        "send it back for the third time",
    ),
    (
        "the phone comes in three colours",
        "a cable and a case are in the box",
        "the phone weighs about as much as a bar of chocolate",
        "the older model was sold for two years",
    ),
)

BOOK = Subject(
    "book",
    (
        "{who} gave me {title} {day}, just before I left for {place}",
        "I read {title} on the train to {place} {day}, next to {who}",
        "{day}, I found {title} in a bookshop in {place} and read it with {who}",
    ),
    (
        ("Paper", "Winter", "Stolen", "Quiet", "Secret", "Bitter", "Northern", "Second", "Wooden", "Velvet"),
        ("Bridge", "Promise", "Island", "Orchard", "Daughter", "Shadow", "Window", "Season", "Lighthouse", "Song"),
    ),
    (
        Aspect(
            "the story",
            False,
            ("gripping", "moving", "clever", "thrilling"),
            ("boring", "predictable", "absurd", "far too long"),
        ),
        Aspect("the style", False, ("elegant", "witty", "vivid", "charming"), ("clumsy", "dull", "stiff", "lifeless")),
        Aspect(
            "the characters",
            True,
            ("believable", "lovable", "vivid", "unforgettable"),
            ("flat", "unbelievable", "annoying", "wooden"),
        ),
        Aspect(
            "the ending",
            False,
            ("surprising", "satisfying", "perfect"),
            ("disappointing", "confusing", "silly", "weak"),
        ),
        Aspect(
            "the descriptions", True, ("beautiful", "vivid", "wonderful"), ("tedious", "tiresome", "endless", "bland")
        ),
        Aspect("the humour", False, ("charming", "warm", "delightful"), ("silly", "tasteless", "crude")),
        Aspect("the print", False, ("clear", "sharp", "pleasant"), ("tiny", "blurry", "ugly")),
    ),
    (
        "read until the sun came up",
        "meet people on paper whom I will never forget",
        "find a writer who trusts the reader",
        "learn so much and laugh at the same time",
    ),
    (
        "read the same sentence five times and still be lost",
        "guess the murderer on page ten",
        "wade through forty pages about a fence",
        "find three chapters printed upside down",
    ),
    (
        "the book has about three hundred pages",
        "the author lives in the north of the country",
        "the book is the second part of a series",
        "the cover shows a boat on a lake",
    ),
)

CONCERT = Subject(
    "concert",
    (
        "{day}, {who} and I heard the {title} Orchestra in {place}",
        "the {title} Orchestra played in {place} {day}, and I went with {who}",
        "{who} and I had tickets for the {title} Orchestra in {place} {day}",
    ),
    (
        ("Northern", "City", "Baltic", "Royal", "Summer", "Young", "Alpine", "Coastal", "Central", "Danube"),
        ("Chamber", "Festival", "Radio", "Jazz", "Brass", "String", "Wind", "Folk", "Swing", "Symphony"),
    ),
    (
        Aspect(
            "the singer", False, ("superb", "brilliant", "charming", "impressive"), ("hoarse", "shrill", "out of tune")
        ),
        Aspect("the sound", False, ("clear", "rich", "wonderful"), ("muffled", "awful", "tinny", "dreadful")),
        Aspect("the seats", True, ("comfortable", "well placed", "spacious"), ("cramped", "uncomfortable", "creaky")),
        Aspect(
            "the programme",
            False,
            ("varied", "surprising", "well chosen", "thrilling"),
            ("dull", "boring", "badly chosen", "far too long"),
        ),
        Aspect("the lighting", False, ("beautiful", "lovely", "elegant"), ("gloomy", "annoying", "terrible")),
        Aspect("the conductor", False, ("inspiring", "brilliant", "lively"), ("lifeless", "stiff", "hopeless")),
        Aspect("the drinks", True, ("delicious", "fresh", "excellent"), ("watery", "stale", "tasteless")),
    ),
    (
        "hear a whole hall sing along",
        "get three encores in one night",
        "meet the players after the show",
        "hear an old song sound so new",
    ),
    (
        "stand in the rain for two hours",
        "hear the same false note all evening",
        "sit behind a pillar for so much money",
        "hear more of the bar than of the band",
    ),
    (
        "the hall holds about six hundred people",
        "there was a break after the first hour",
        "the doors opened at seven",
        "the programme was printed on yellow paper",
    ),
)

COURSE = Subject(
    "course",
    (
        "{who} and I took the course {title} at the evening school in {place}, which began {day}",
        "{day}, I began the course {title} in {place} together with {who}",
        "the course {title} began in {place} {day}, and {who} came along with me",
    ),
    (
        ("Practical", "Modern", "Easy", "Creative", "Basic", "Advanced", "Everyday", "Classic", "Simple", "Applied"),
        ("Cooking", "Drawing", "Spanish", "Gardening", "Pottery", "Writing", "Sewing", "Dancing", "Baking", "Painting"),
    ),
    (
        Aspect(
            "the teacher",
            False,
            ("patient", "inspiring", "helpful", "well prepared"),
            ("impatient", "rude", "badly prepared", "grumpy"),
        ),
        Aspect(
            "the lessons",
            True,
            ("lively", "inspiring", "well organised", "thrilling"),
            ("boring", "tedious", "chaotic", "dull"),
        ),
        Aspect("the room", False, ("bright", "spacious", "modern"), ("cramped", "draughty", "noisy", "filthy")),
        Aspect(
            "the handouts", True, ("clear", "helpful", "well written"), ("useless", "full of mistakes", "confusing")
        ),
        Aspect("the fee", False, ("fair", "reasonable", "very moderate"), ("outrageous", "excessive", "shameless")),
        Aspect("the atmosphere", False, ("warm", "delightful", "pleasant"), ("tense", "dreadful", "gloomy")),
        Aspect("the exercises", True, ("clever", "varied", "well chosen"), ("silly", "pointless", "badly chosen")),
    ),
    (
        "learn more in a week than in a year at school",
        "get an answer to every question",
        "make new friends along the way",
        "take home something I made myself",
    ),
    (
        "copy sentences from the board for three hours",
        "wait for a teacher who never came",
        "pay extra for every sheet of paper",
        "hear the same lesson twice in one week",
    ),
    (
        "the course takes six weeks",
        "there were twelve of us",
        "the lessons begin at half past six",
        "one can park behind the building",
    ),
)

SUBJECTS: tuple[Subject, ...] = (FILM, RESTAURANT, HOTEL, PHONE, BOOK, CONCERT, COURSE)
"""All that is reviewed, drawn with equal chances."""
