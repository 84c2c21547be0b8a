"""Scenarios in which people get to know each other, or a place: small talk, neighbours, interviews, tours."""

from __future__ import annotations

from textgym.corpora.dialogues.scenario import Fact, Scenario, Wish
from textgym.corpora.dialogues.services import DAYS, GREETINGS, HOURS

FIRST_NAMES = (
    "Ada", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas", "Karin", "Leo", "Mina",
    "Nils", "Olga", "Paul", "Rosa", "Simon", "Tilda", "Victor",
)  # fmt: skip
JOBS = ("a nurse", "a baker", "a pilot", "a carpenter", "a librarian", "a gardener", "an engineer", "a translator")

PERSONA = Scenario(
    "small talk",
    ("My name is {}.", "I am called {}."),
    FIRST_NAMES,
    ("Hi, nice to meet you.", "Hello, I do not think we have met.", "Hey, lovely party."),
    (
        Fact(
            JOBS,
            "I work as {}.",
            ("What do you do for a living?", "I teach at a school. What is your job?"),
            ("I work as {}.", "I am {}."),
            ("work", "job", "living"),
        ),
        Fact(
            ("chess", "climbing", "painting", "gardening", "photography", "sailing", "baking bread"),
            "In my free time I enjoy {}.",
            ("What do you do in your free time?", "I swim a lot. What is your hobby?"),
            ("I enjoy {}.", "My hobby is {}."),
            ("hobby", "free", "enjoy"),
        ),
        Fact(
            ("an old dog", "two cats", "a parrot", "a tortoise", "three hens", "a rabbit"),
            "At home I have {}.",
            ("Do you have any animals?", "I have a hamster. Do you keep a pet?"),
            ("Yes, I have {}.", "I keep {} at home."),
            ("pet", "animal", "animals"),
        ),
        Fact(
            ("Dublin", "Oslo", "Porto", "Prague", "Lyon", "Krakow", "Bergen", "Turin"),
            "I grew up in {}.",
            ("Where did you grow up?", "I come from the coast. Where are you from?"),
            ("I grew up in {}.", "I come from {}."),
            ("grew", "come", "from", "born"),
        ),
        Fact(
            ("pancakes", "noodle soup", "fried fish", "apple pie", "lentil stew", "goat cheese"),
            "My favourite food is {}.",
            ("What do you like to eat?", "I could eat pizza every day. What is your favourite food?"),
            ("I like to eat {}.", "My favourite food is {}."),
            ("food", "eat", "favourite"),
        ),
        Fact(
            ("jazz", "folk songs", "piano music", "old rock", "opera", "brass bands"),
            "I listen to {}.",
            ("What music do you like?", "I play the flute. What do you listen to?"),
            ("I like {}.", "I listen to {}."),
            ("music", "listen"),
        ),
    ),
)

NEIGHBOUR = Scenario(
    "neighbour",
    ("My name is {} and I live next door.", "I am {}, the new neighbour."),
    FIRST_NAMES,
    ("Hello, I live upstairs.", "Hi, we have not met yet.", "Good morning, welcome to the house."),
    (
        Fact(
            ("Leeds", "Bristol", "York", "Bath", "Cardiff", "Dundee"),
            "I moved here from {}.",
            ("Where did you live before?", "Where have you moved from?"),
            ("I lived in {}.", "I moved here from {}."),
            ("moved", "lived", "before"),
        ),
        Fact(
            DAYS,
            "I put the bins out on {}.",
            ("When will you put the bins out?", "On which day do you take the bins out?"),
            ("I put the bins out on {}.", "My day for the bins is {}."),
            ("bins", "day"),
        ),
        Fact(
            ("my sister", "my son", "my parents", "a friend", "my two daughters"),
            "I share the flat with {}.",
            ("Do you live alone?", "Who lives with you?"),
            ("I live with {}.", "I share the flat with {}."),
            ("live", "alone", "share"),
        ),
        Fact(
            ("the violin", "the trumpet", "the drums", "the piano", "the guitar"),
            "I practise {} in the evening.",
            ("Was that music from your flat?", "What do you play in the evening?"),
            ("Yes, I practise {}.", "I play {} in the evening."),
            ("music", "play", "practise"),
        ),
        Fact(
            ("a ladder", "a drill", "a sewing machine", "a trolley", "a tent"),
            "I can lend people {}.",
            ("Do you have anything you could lend us?", "What could we borrow from you?"),
            ("You can borrow {}.", "I could lend you {}."),
            ("lend", "borrow"),
        ),
    ),
    (
        Wish(
            ("Friday", "Saturday", "Sunday"),
            ("We are having a small party.", "You should come to our dinner."),
            ("Thank you, when is it?", "How kind, on which day?"),
            ("when", "which day", "what day"),
            ("It is on {}.", "We thought of {}."),
            ("I will come on {}.", "Good, {} suits me."),
            ("Do you still know the day?", "On which day will you come again?"),
            ("Yes, it is on {}.", "I will come on {}."),
        ),
    ),
)

INTERVIEW = Scenario(
    "interview",
    ("My name is {} and I have applied for a job.", "I am {} and I am at a job interview."),
    FIRST_NAMES,
    ("Thank you for coming.", "Welcome, please sit down.", "Good morning, let us begin."),
    (
        Fact(
            JOBS,
            "So far I have worked as {}.",
            ("What have you done so far?", "What was your last job?"),
            ("I have worked as {}.", "I was {}."),
            ("worked", "job", "last"),
        ),
        Fact(
            ("two years", "three years", "five years", "eight years", "twelve years"),
            "In all I have worked for {}.",
            ("How long have you worked?", "How many years of work have you behind you?"),
            ("I have worked for {}.", "I have {} of work behind me."),
            ("long", "worked", "years"),
        ),
        Fact(
            ("Spanish", "French", "Polish", "Swedish", "Turkish", "Greek"),
            "Besides English I speak {}.",
            ("Which languages do you speak?", "Do you speak another language?"),
            ("I also speak {}.", "Besides English I speak {}."),
            ("language", "languages", "speak"),
        ),
        Fact(
            ("patience", "good planning", "a calm voice", "curiosity", "a good memory"),
            "My strength is {}.",
            ("What is your strength?", "What are you good at?"),
            ("My strength is {}.", "People value my {}."),
            ("strength", "good", "best"),
        ),
        Fact(
            ("in March", "next week", "in summer", "at once", "after Easter"),
            "I could start {}.",
            ("When could you start?", "How soon can you begin?"),
            ("I could start {}.", "I can begin {}."),
            ("start", "begin", "soon"),
        ),
    ),
)

MUSEUM = Scenario(
    "museum",
    ("I sell tickets at the {} museum.", "I work in the {} museum."),
    ("railway", "glass", "toy", "whaling", "clock", "puppet", "mining", "folk", "radio", "carriage"),
    GREETINGS,
    (
        Fact(
            ("four", "five", "eight", "twelve", "fifteen"),
            "A ticket costs {} pounds.",
            ("What does a ticket cost?", "How much is the entrance?"),
            ("A ticket costs {} pounds.", "The entrance is {} pounds."),
            ("ticket", "cost", "costs", "pounds"),
        ),
        Fact(
            HOURS,
            "We close at {}.",
            ("Until when are you open?", "When do you close?"),
            ("We close at {}.", "We are open until {}."),
            ("close", "open", "until"),
        ),
        Fact(
            ("a silver crown", "a stuffed bear", "an old fire engine", "a giant clock", "a painted ceiling"),
            "Children love to see {}.",
            ("What do children like here?", "What should I show my son?"),
            ("Children love {}.", "Show your son {}."),
            ("children", "show", "see"),
        ),
        Fact(
            ("in the cellar", "in the tower", "in the courtyard", "beside the entrance", "on the roof"),
            "The café is {}.",
            ("Where is the café?", "Where can we have a coffee?"),
            ("The café is {}.", "You can have a coffee {}."),
            ("café", "coffee"),
        ),
        Fact(
            DAYS,
            "Our guided tour is on {}.",
            ("When is the guided tour?", "On which day is there a tour?"),
            ("The guided tour is on {}.", "There is a tour on {}."),
            ("tour", "guided", "day"),
        ),
    ),
    (
        Wish(
            ("two", "three", "five", "six", "nine", "twenty"),
            ("I would like some tickets.", "We want to visit you tomorrow."),
            ("How many tickets do you need?", "Gladly, how many of you will come?"),
            ("how many",),
            ("We need {}.", "There are {} of us."),
            ("So {} tickets for tomorrow.", "I will keep {} tickets for you."),
            ("How many tickets did you keep for me?", "How many tickets did I ask for?"),
            ("I kept {} tickets.", "You asked for {} tickets."),
        ),
    ),
)

COURSE = Scenario(
    "course",
    ("I teach {} in the evenings.", "I give courses in {}."),
    ("pottery", "Italian", "first aid", "drawing", "tango", "sewing", "photography", "Japanese", "cooking", "yoga"),
    GREETINGS,
    (
        Fact(
            DAYS,
            "The course is on {}.",
            ("On which day is the course?", "When do you meet?"),
            ("The course is on {}.", "We meet on {}."),
            ("course", "meet", "day"),
        ),
        Fact(
            ("six weeks", "eight weeks", "ten weeks", "three months", "half a year"),
            "The course lasts {}.",
            ("How long does the course last?", "For how long would I come?"),
            ("It lasts {}.", "The course takes {}."),
            ("last", "lasts", "takes", "long"),
        ),
        Fact(
            ("sixty", "seventy", "ninety", "a hundred", "a hundred and fifty"),
            "The course costs {} pounds.",
            ("What is the price?", "How much do you charge?"),
            ("It costs {} pounds.", "I charge {} pounds."),
            ("cost", "costs", "price", "charge"),
        ),
        Fact(
            ("a notebook", "an apron", "warm socks", "a pencil", "a bottle of water"),
            "Everybody should bring {}.",
            ("What do I need to bring?", "Is there anything I should bring?"),
            ("Please bring {}.", "You only need {}."),
            ("bring", "need"),
        ),
        Fact(
            ("the town hall", "the old brewery", "the school", "the library", "my studio"),
            "We meet in {}.",
            ("Where does it take place?", "Where do I have to go?"),
            ("It takes place in {}.", "You have to go to {}."),
            ("place", "meet", "where"),
        ),
    ),
    (
        Wish(
            ("a beginner", "a bit rusty", "quite advanced", "completely new to it"),
            ("I would like to join your course.", "Is there still room for me?"),
            ("Yes, how much experience do you have?", "With pleasure, have you done it before?"),
            ("experience", "before", "how good", "level"),
            ("I am {}.", "Honestly, I am {}."),
            ("Being {} is no problem.", "No problem, I have noted that you are {}."),
            ("What did you note about my level?", "What did I say about my level?"),
            ("I noted that you are {}.", "You said that you are {}."),
        ),
    ),
)

SCENARIOS: tuple[Scenario, ...] = (PERSONA, NEIGHBOUR, INTERVIEW, MUSEUM, COURSE)
