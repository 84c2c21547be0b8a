"""Scenarios in which the user wants something done: a table, a trip, a gift, a repair."""

from __future__ import annotations

from textgym.corpora.dialogues.scenario import Fact, Scenario, Wish

HOURS = ("six", "seven", "eight", "nine", "ten", "eleven")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GREETINGS = ("Hello.", "Good morning.", "Hi there.", "Good afternoon.", "Hello, is this a good moment?")
PEOPLE = ("two", "three", "four", "five", "six", "eight", "twelve")

TABLE = Scenario(
    "table",
    ("I take the calls at the restaurant {}.", "I run a restaurant called {}."),
    (
        "Golden Fork",
        "Blue Lantern",
        "Old Mill",
        "Olive Branch",
        "Copper Pot",
        "Harbour House",
        "Red Cellar",
        "Fig Tree",
    ),
    ("Good evening.", *GREETINGS),
    (
        Fact(
            HOURS,
            "Our kitchen closes at {}.",
            ("When does your kitchen close?", "Until what time can we order food?"),
            ("Our kitchen closes at {}.", "You can order until {}."),
            ("kitchen", "order", "close", "closes"),
        ),
        Fact(
            DAYS,
            "We are closed on {}s.",
            ("On which day are you closed?", "Is there a day when you do not open?"),
            ("We are closed on {}s.", "Every day is fine except {}s."),
            ("closed", "open", "day"),
        ),
        Fact(
            ("fish soup", "roast lamb", "mushroom pie", "grilled trout", "pumpkin curry", "lemon chicken"),
            "Our best dish is the {}.",
            ("What do you recommend?", "Which dish is your best?"),
            ("I recommend our {}.", "Our best dish is the {}."),
            ("dish", "recommend", "menu"),
        ),
        Fact(
            ("an hour", "two hours", "three hours", "a whole evening"),
            "Guests may keep a table for {}.",
            ("How long may we keep the table?", "For how long is the table ours?"),
            ("You may keep the table for {}.", "The table is yours for {}."),
            ("table", "long", "keep"),
        ),
        Fact(
            (
                "behind the church",
                "beside the theatre",
                "on the quay",
                "opposite the school",
                "under the railway bridge",
            ),
            "You find us {}.",
            ("Where exactly are you?", "How do we find you?"),
            ("You find us {}.", "We are {}."),
            ("find", "street", "where"),
        ),
    ),
    (
        Wish(
            PEOPLE,
            ("I would like to book a table for tonight.", "Could I reserve a table for tomorrow?"),
            ("Gladly, for how many people?", "Of course, how many of you will there be?"),
            ("how many", "party", "people"),
            ("There will be {} of us.", "We are a party of {}."),
            ("A table for {} is booked.", "I have noted a table for {}."),
            ("How many people did you write down?", "Can you repeat the size of our party?"),
            ("I wrote down a table for {}.", "You are a party of {}."),
        ),
    ),
)

TRIP = Scenario(
    "trip",
    ("I plan trips to {}.", "I work for a travel office and know {} well."),
    ("Lisbon", "Norway", "the Alps", "Sicily", "Scotland", "Crete", "Iceland", "the Black Forest", "Vienna", "Morocco"),
    GREETINGS,
    (
        Fact(
            ("by train", "by bus", "by ferry", "by plane"),
            "Our guests travel {}.",
            ("How do we get there?", "How do your guests travel?"),
            ("You travel {}.", "Our guests go there {}."),
            ("travel", "get", "journey"),
        ),
        Fact(
            ("April", "May", "June", "September", "October"),
            "The best month to go is {}.",
            ("Which month is best?", "When is the best time to go?"),
            ("The best month is {}.", "I would go in {}."),
            ("month", "season", "best"),
        ),
        Fact(
            ("a quiet inn", "a mountain hut", "a small hotel", "a farmhouse", "a guest house"),
            "Our guests sleep in {}.",
            ("Where would we stay?", "Where do we sleep?"),
            ("You sleep in {}.", "You would stay in {}."),
            ("sleep", "stay", "room"),
        ),
        Fact(
            ("three hundred", "four hundred", "five hundred", "six hundred", "eight hundred"),
            "The trip costs {} pounds.",
            ("What does the trip cost?", "How much is it for each of us?"),
            ("The trip costs {} pounds.", "It is {} pounds for each person."),
            ("cost", "costs", "price", "pounds"),
        ),
        Fact(
            ("the old harbour", "the glass museum", "the botanical garden", "the castle ruins", "the night market"),
            "I always send people to {}.",
            ("What should we see there?", "What must we not miss?"),
            ("You should see {}.", "Do not miss {}."),
            ("see", "visit", "miss"),
        ),
    ),
    (
        Wish(
            ("three days", "five days", "a week", "ten days", "two weeks"),
            ("I want to go there this year.", "My sister and I would like to go there."),
            ("Lovely, how long do you want to stay?", "With pleasure, how many days do you have?"),
            ("how long", "how many days", "how many nights"),
            ("We have {}.", "We want to stay for {}."),
            ("Then I will plan {} for you.", "Good, {} it is."),
            ("How long did I say we would stay?", "Remind me, how long did I plan to stay?"),
            ("You said {}.", "You wanted to stay for {}."),
        ),
    ),
)

GIFT = Scenario(
    "gift",
    ("I sell presents in a shop called {}.", "I own the gift shop {}."),
    (
        "Paper Moon",
        "Little Wonder",
        "Oak and Ivy",
        "The Button Box",
        "Blue Door",
        "Silver Thimble",
        "Penny Lane",
        "Owl Nest",
    ),
    GREETINGS,
    (
        Fact(
            ("a wooden puzzle", "a silk scarf", "a brass telescope", "a tea set", "a leather notebook", "a music box"),
            "Most people buy {} here.",
            ("What do most people buy?", "What sells best?"),
            ("Most people buy {}.", "What sells best is {}."),
            ("buy", "sells", "popular"),
        ),
        Fact(
            ("ten", "twelve", "fifteen", "twenty", "thirty", "forty"),
            "Our cheapest present costs {} pounds.",
            ("What does your cheapest present cost?", "How much must I spend at least?"),
            ("It costs {} pounds.", "You must spend {} pounds at least."),
            ("cost", "costs", "price", "pounds"),
        ),
        Fact(
            ("red paper", "green paper", "plain brown paper", "golden paper", "a linen bag"),
            "We wrap presents in {}.",
            ("Can you wrap a present?", "How would you wrap a present?"),
            ("Yes, we wrap it in {}.", "I can wrap it in {}."),
            ("wrap", "paper"),
        ),
        Fact(
            ("a week", "two weeks", "a month", "three months"),
            "Anything can be returned within {}.",
            ("What if a present is not liked?", "Can a present be returned?"),
            ("You have {} to bring it back.", "It can be returned within {}."),
            ("return", "returned", "back"),
        ),
    ),
    (
        Wish(
            ("my grandmother", "my brother", "a colleague", "my teacher", "my best friend", "my little niece"),
            ("I need a present by Friday.", "I am looking for a birthday present."),
            ("Who is it for?", "Gladly, who will get the present?"),
            ("who", "whom", "whose"),
            ("It is for {}.", "I want to surprise {}."),
            ("We will find something for {}.", "So a present for {}, I have an idea."),
            ("Who did I say the present is for?", "Do you still know who it is for?"),
            ("You said it is for {}.", "The present is for {}."),
        ),
    ),
)

REPAIR = Scenario(
    "repair",
    ("I repair bicycles in the workshop {}.", "I am a bicycle mechanic at {}."),
    (
        "Two Wheels",
        "Spoke and Chain",
        "Pedal House",
        "The Green Bike",
        "Bell and Brake",
        "Fast Lane",
        "Hill Top",
        "Loose Screw",
    ),
    GREETINGS,
    (
        Fact(
            ("one day", "two days", "three days", "a week", "two weeks"),
            "A repair takes {}.",
            ("How long does a repair take?", "When would my bike be ready?"),
            ("A repair takes {}.", "It would be ready in {}."),
            ("repair", "ready", "take", "takes"),
        ),
        Fact(
            ("fifteen", "twenty", "twenty-five", "thirty", "fifty"),
            "A repair costs {} pounds.",
            ("What does a repair cost?", "How much do you ask for a repair?"),
            ("A repair costs {} pounds.", "We ask {} pounds for it."),
            ("cost", "costs", "price", "pounds"),
        ),
        Fact(
            HOURS,
            "We open at {}.",
            ("From what time can I come?", "When do you open?"),
            ("We open at {}.", "You can come from {} on."),
            ("open", "come"),
        ),
        Fact(
            ("a blue city bike", "an old racing bike", "a folding bike", "a cargo bike", "a children's bike"),
            "During a repair we lend out {}.",
            ("Can I borrow a bike meanwhile?", "Do you lend out bikes?"),
            ("You can borrow {}.", "We can lend you {}."),
            ("borrow", "lend", "bike"),
        ),
    ),
    (
        Wish(
            ("the front brake", "the rear wheel", "the chain", "the light", "the saddle", "the gears"),
            ("Something is wrong with my bike.", "My bike does not work any more."),
            ("What is broken?", "Sorry to hear that, what is wrong with it?"),
            ("what", "which"),
            ("It is {}.", "I think it is {}."),
            ("We will look at {}.", "All right, we can mend {}."),
            ("Which part did I say is broken?", "What did you write down as broken?"),
            ("You said it is {}.", "I wrote down {}."),
        ),
    ),
)

DOCTOR = Scenario(
    "doctor",
    ("I answer the phone for Doctor {}.", "I make the appointments for Doctor {}."),
    ("Abbott", "Brennan", "Castillo", "Dvorak", "Ekberg", "Fontaine", "Grimaldi", "Hasan", "Ito", "Jansen"),
    GREETINGS,
    (
        Fact(
            DAYS[:5],
            "The next free day is {}.",
            ("Which day is free?", "When could I come?"),
            ("The next free day is {}.", "You could come on {}."),
            ("free", "day", "come"),
        ),
        Fact(
            HOURS,
            "The doctor starts at {}.",
            ("At what time does the doctor start?", "How early does the doctor begin?"),
            ("The doctor starts at {}.", "The first appointment is at {}."),
            ("start", "starts", "early", "time"),
        ),
        Fact(
            ("an insurance card", "old test results", "a list of all pills", "a passport"),
            "Patients should bring {}.",
            ("What should I bring?", "Do I need to bring anything?"),
            ("Please bring {}.", "You should bring {}."),
            ("bring", "need"),
        ),
        Fact(
            ("the ground floor", "the first floor", "the second floor", "the third floor", "the top floor"),
            "The practice is on {}.",
            ("On which floor is the practice?", "Where in the building do I go?"),
            ("The practice is on {}.", "Please come to {}."),
            ("floor", "practice", "building"),
        ),
    ),
    (
        Wish(
            ("my left knee", "my back", "my right ear", "my stomach", "my shoulder", "my throat"),
            ("I need an appointment.", "I have been in pain since yesterday."),
            ("What is the trouble?", "I am sorry, where does it hurt?"),
            ("where", "what", "which"),
            ("It is {}.", "The trouble is {}."),
            ("I will tell the doctor about {}.", "I have noted that it is {}."),
            ("What did you write down as my trouble?", "Do you still know where it hurts?"),
            ("I wrote down {}.", "You said it is {}."),
        ),
    ),
)

SCENARIOS: tuple[Scenario, ...] = (TABLE, TRIP, GIFT, REPAIR, DOCTOR)
