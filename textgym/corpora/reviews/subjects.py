"""What is reviewed, as data: films, restaurants, hotels."""

from __future__ import annotations

from textgym.corpora.reviews.schema import Aspect, Subject

_STAFF = Aspect(
    "the staff", False, ("friendly", "helpful", "attentive", "charming"), ("rude", "unfriendly", "careless", "grumpy")
)

FILM = Subject(
    "film",
    (
        "{day}, I watched {title} at the cinema in {place} with {who}",
        "{who} and I saw {title} in {place} {day}",
        "{title} was shown at the festival in {place}, and I went there with {who} {day}",
    ),
    (
        ("Silent", "Golden", "Last", "Broken", "Distant", "Hidden", "Burning", "Frozen", "Lonely", "Crimson"),
        ("River", "Harvest", "Empire", "Letter", "Garden", "Voyage", "Station", "Mirror", "Summer", "Witness"),
    ),
    (
        Aspect(
            "the plot",
            False,
            ("gripping", "clever", "surprising", "well thought out"),
            ("boring", "silly", "predictable", "confusing"),
        ),
        Aspect(
            "the acting",
            False,
            ("brilliant", "convincing", "moving", "superb"),
            ("wooden", "stiff", "poor", "lifeless"),
        ),
        Aspect(
            "the music",
            False,
            ("beautiful", "stirring", "lovely", "wonderful"),
            ("annoying", "dreadful", "tiresome", "awful"),
        ),
        Aspect(
            "the dialogues",
            True,
            ("witty", "sharp", "touching", "natural"),
            ("flat", "clumsy", "dull", "embarrassing"),
        ),
        Aspect(
            "the ending", False, ("satisfying", "fitting", "perfect"), ("disappointing", "absurd", "weak", "terrible")
        ),
        Aspect("the pictures", True, ("stunning", "vivid", "impressive"), ("blurry", "gloomy", "dim")),
        Aspect("the humour", False, ("charming", "witty", "warm"), ("silly", "tasteless", "crude")),
    ),
    (
        "see a story that still moves me days later",
        "watch a cast in such good form",
        "laugh so much that my sides hurt",
        "leave the cinema with a smile",
    ),
    (
        "sit through three hours of nothing",
        "watch the same tired jokes all over again",
        "fall asleep before the first hour was over",
        "pay full price for a story without an end",
    ),
    (
        "the film runs for about two hours",
        "most of the film was shot in the mountains",
        "the film is based on a novel from the fifties",
        "the hall was half full that evening",
    ),
)

RESTAURANT = Subject(
    "restaurant",
    (
        "we had dinner at {title} in {place} {day} with {who}",
        "{day}, {who} and I tried {title}, a restaurant in {place}",
        "{who} and I booked a table at {title} in {place} for lunch {day}",
    ),
    (
        ("Golden", "Green", "Old", "Little", "Blue", "Royal", "Red", "Silver", "White", "Merry"),
        ("Lantern", "Olive", "Anchor", "Oven", "Kettle", "Pepper", "Goose", "Plate", "Vine", "Spoon"),
    ),
    (
        Aspect(
            "the soup",
            False,
            ("delicious", "tasty", "well seasoned", "excellent"),
            ("cold", "watery", "salty", "bland"),
        ),
        Aspect(
            "the vegetables", True, ("fresh", "crisp", "tasty", "delicious"), ("soggy", "burnt", "greasy", "tasteless")
        ),
        Aspect(
            "the waiter",
            False,
            ("friendly", "polite", "attentive", "quick"),
            ("rude", "slow", "impatient", "forgetful"),
        ),
        Aspect("the room", False, ("cosy", "elegant", "bright", "spotless"), ("gloomy", "noisy", "draughty", "dirty")),
        Aspect("the prices", True, ("fair", "reasonable", "very moderate"), ("outrageous", "excessive", "shameless")),
        Aspect("the dessert", False, ("delicious", "heavenly", "excellent"), ("stale", "bland", "disappointing")),
        Aspect("the cook", False, ("brilliant", "inventive", "superb"), ("careless", "lazy", "hopeless")),
    ),
    (
        "eat bread that comes warm from the oven",
        "get a free dessert for our anniversary",
        "be greeted by name at the door",
        "taste fish as fresh as this",
    ),
    (
        "wait an hour for a cold plate",
        "find a hair in my salad",
        "be charged for water that nobody ordered",
        "eat next to an overflowing bin",
    ),
    (
        "the restaurant has about thirty seats",
        "the restaurant lies behind the old post office",
        "the menu changes every month",
        "we sat at a table near the window",
    ),
)

HOTEL = Subject(
    "hotel",
    (
        "{who} and I stayed at the {title} Hotel in {place}, and we arrived {day}",
        "we arrived at the {title} Hotel in {place} {day}, together with {who}",
        "{day}, {who} and I spent a night at the {title} Hotel in {place}",
    ),
    (
        ("Grand", "Park", "Royal", "Central", "Garden", "Lake", "Alpine", "Station", "Castle", "Harbour"),
        ("View", "Palace", "Rose", "Court", "Star", "Crown", "Terrace", "House", "Bay", "Gate"),
    ),
    (
        Aspect("the bed", False, ("comfortable", "soft and warm", "excellent"), ("lumpy", "uncomfortable", "creaky")),
        Aspect(
            "the bathroom",
            False,
            ("spotless", "sparkling", "modern", "spacious"),
            ("filthy", "mouldy", "cramped", "dirty"),
        ),
        _STAFF,
        Aspect(
            "the breakfast",
            False,
            ("delicious", "generous", "varied", "excellent"),
            ("stale", "meagre", "tasteless", "awful"),
        ),
        Aspect(
            "the walls", True, ("nicely painted", "well insulated", "freshly painted"), ("damp", "stained", "mouldy")
        ),
        Aspect("the towels", True, ("fresh", "soft", "spotless"), ("damp", "stained", "scratchy")),
        Aspect("the price", False, ("fair", "reasonable", "very moderate"), ("outrageous", "excessive", "shameless")),
    ),
    (
        "wake up to a view of the whole valley",
        "find fresh flowers in the room every day",
        "be given a larger room at no extra charge",
        "sleep so well away from home",
    ),
    (
        "listen to the lift all night long",
        "share the room with a family of beetles",
        "take a cold shower in the middle of winter",
        "be woken at five by a drill",
    ),
    (
        "the hotel has four floors",
        "our room was on the second floor",
        "the station is ten minutes away on foot",
        "breakfast is served from seven to ten",
    ),
)
