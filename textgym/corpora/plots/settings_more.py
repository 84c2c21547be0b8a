"""More settings as data: the garden, the stage, a search."""

from __future__ import annotations

from textgym.corpora.plots.schema import Goal, Setting, Trouble
from textgym.corpora.plots.settings import KITCHEN, MOUNTAIN, SEA

GARDEN = Setting(
    "garden",
    ("gardener", "pupil", "cook", "pilot", "librarian", "mechanic", "doctor", "carpenter"),
    (
        Goal("grow the largest pumpkin in {place}", ("the *pumpkin* was so heavy that it broke the *scales*",)),
        Goal("plant a rose garden in {place}", ("every *rose* in the garden was in *bloom*",)),
        Goal(
            "grow the finest tomatoes in {place}",
            ("the *tomatoes* were so sweet that they won the first *prize*",),
        ),
        Goal(
            "turn an empty yard in {place} into a garden",
            ("the grey *yard* was full of *flowers* and bees",),
        ),
    ),
    (
        Trouble(
            ("*slugs* came in the night and ate the *leaves*", "a *rabbit* dug under the *fence* and ate the leaves"),
            (
                "{they} asked {helper} to keep watch with a *lantern*, and the thieves stayed away",
                "{they} put a ring of *sand* around each plant",
            ),
        ),
        Trouble(
            ("no *rain* fell for five weeks", "the *sun* burned, and the *soil* cracked"),
            (
                "{they} dug for a day and found an old *well*",
                "{helper} brought water from the *river* with a *cart*",
            ),
        ),
        Trouble(
            ("a *goat* broke through the *gate*", "a *storm* blew down the *hedge*"),
            (
                "{they} built a *wall* of old *bricks*, and nothing was trampled any more",
                "the *neighbours* brought *planks* and nails and put everything right",
            ),
        ),
        Trouble(
            ("a late *frost* came in May", "it grew bitterly cold one *night*"),
            (
                "{they} covered the plants with *straw* and old coats",
                "{hero} and {helper} lit a small *fire* between the beds and kept it going until *dawn*",
            ),
        ),
    ),
    (
        "{helper} took a *photograph* and hung it in the hall",
        "{hero} gave a *basket* of seeds to everyone who came",
        "now children come every day to sit in the *shade*",
    ),
)

STAGE = Setting(
    "stage",
    ("pupil", "tailor", "postal worker", "nurse", "farmer", "shop assistant", "student", "barber"),
    (
        Goal("sing at the summer fair of {place}", ("{they} sang so clearly that the whole *square* fell silent",)),
        Goal(
            "play the violin in the town hall of {place}",
            ("the *hall* rose and clapped after the last *note*",),
        ),
        Goal(
            "put on a puppet show for the children of {place}",
            ("the *children* laughed so loudly that the *puppets* could hardly be heard",),
        ),
        Goal(
            "dance in the new theatre of {place}",
            ("{they} danced as light as a *feather*, and the *audience* cheered",),
        ),
    ),
    (
        Trouble(
            ("the *lights* went out", "a *lamp* burst, and the stage lay in the dark"),
            (
                "{helper} fetched a hundred *candles* from the *church*",
                "the people switched on their *torches* and pointed them at the stage",
            ),
        ),
        Trouble(
            ("{their} *costume* tore from top to bottom", "{their} best *jacket* got caught on a *nail* and tore"),
            (
                "{helper} mended it with *pins* behind the *curtain*",
                "{they} put on a red *tablecloth* and went on as if nothing had happened",
            ),
        ),
        Trouble(
            ("the *piano* would not make a sound", "the *drum* burst, and there was no music"),
            (
                "{helper} took out a small *flute* and played along",
                "someone in the first row began to hum, and the *crowd* kept *time*",
            ),
        ),
        Trouble(
            (
                "{they} forgot how it began, and {their} *knees* shook",
                "{their} *hands* trembled and {their} *throat* was dry",
            ),
            (
                "{they} looked at {helper} in the third *row*, and the fear was gone",
                "{they} drank a *glass* of water, closed {their} eyes and started again",
            ),
        ),
    ),
    (
        "{helper} threw a *bunch* of daisies onto the stage",
        "the next morning, {their} *picture* was in the *newspaper*",
        "{hero} bowed three times and ran home through the *rain*",
    ),
)

SEARCH = Setting(
    "search",
    ("detective", "pupil", "watchmaker", "teacher", "taxi driver", "florist", "student", "sailor"),
    (
        Goal(
            "find the cat that had vanished in {place}",
            ("the *cat* was found asleep in a *drawer* and did not even wake up",),
        ),
        Goal(
            "find the ring that was lost in {place} long ago",
            ("the *ring* was found under a loose *tile* and shone like new",),
        ),
        Goal(
            "find out who had stolen the bell of {place}",
            ("it came out that two *crows* had dropped it, and the *bell* lay in the *moss*",),
        ),
        Goal(
            "find the old chest that was buried near {place}",
            ("{they} dug up the *chest*, and it was full of *letters*; one of them was addressed to {hero}",),
        ),
    ),
    (
        Trouble(
            ("*rain* washed away all the *tracks*", "the *wind* blew away every trace on the *sand*"),
            (
                "{they} found a *button* under a *bush*, and it showed the way",
                "a little *girl*, who had seen everything from a *window*, told {them}",
            ),
        ),
        Trouble(
            ("{they} came to a high *gate*, and the *key* was gone", "a rusty *lock* barred the way"),
            (
                "{helper} lifted {them} over the *wall*",
                "{they} opened it with a bent *wire*",
            ),
        ),
        Trouble(
            ("{their} *lamp* went out in a dark *cellar*", "the *battery* ran out, and {they} stood in the dark"),
            (
                "{they} felt {their} way along the *pipes* to a small door",
                "{helper} came down the *stairs* with a *match*",
            ),
        ),
        Trouble(
            ("a large *dog* stood in the way and growled", "an angry *goose* chased {them} up a *tree*"),
            (
                "{they} threw it a *sausage*, and they became friends",
                "{helper} whistled a *song*, and the animal lay down",
            ),
        ),
    ),
    (
        "{hero} wrote it all down in a blue *notebook*",
        "{helper} still tells the story every *winter*",
        "the *mayor* shook {their} hand and gave {them} a *medal*",
    ),
)

SETTINGS: tuple[Setting, ...] = (SEA, MOUNTAIN, KITCHEN, GARDEN, STAGE, SEARCH)
"""All settings, drawn with equal chances."""
