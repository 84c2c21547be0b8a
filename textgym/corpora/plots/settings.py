"""Settings as data: the sea, the mountains, the kitchen."""

from __future__ import annotations

from textgym.corpora.plots.schema import Goal, Setting, Trouble

SEA = Setting(
    "sea",
    ("fisher", "sailor", "boat builder", "teacher", "student", "ferry pilot", "diver", "postal worker"),
    (
        Goal(
            "sail alone around the island of {place}",
            ("{they} had sailed around the whole *island*",),
        ),
        Goal(
            "win the boat race of {place}",
            ("{they} won the race by the length of an *oar*", "{they} crossed the finish first and got the *cup*"),
        ),
        Goal(
            "take the mail to the lighthouse of {place}",
            ("{they} handed the *letters* to the keeper of the *lighthouse*",),
        ),
        Goal(
            "cross the bay of {place} in an old boat",
            ("{they} reached the other side of the *bay*", "{they} landed safely on the far *beach*"),
        ),
    ),
    (
        Trouble(
            ("a sudden *storm* tore the *sail*", "a strong *wind* ripped the sail from the *mast*"),
            (
                "{they} found the *needle* and the *thread* that {helper} had packed, and mended the sail",
                "{they} sewed an old *blanket* onto the tear, and it held",
            ),
        ),
        Trouble(
            ("thick *fog* hid the *coast*", "a grey *fog* came down, and not one *star* could be seen"),
            (
                "{they} heard {helper} ringing a *bell* on the *shore* and steered towards it",
                "{they} remembered the *compass* in {their} pocket and found the way",
            ),
        ),
        Trouble(
            ("water came in through a *hole* in the boat", "the boat hit a *rock* and began to leak"),
            (
                "{they} closed the hole with *wax* and a piece of *leather*",
                "{they} scooped out the water with a *bucket* and nailed a *board* over the damage",
            ),
        ),
        Trouble(
            ("a *wave* washed the *map* overboard", "the *map* fell into the water and sank"),
            (
                "a *dolphin* swam ahead of the boat, and {they} followed it",
                "{they} followed the *gulls*, which were flying back to land",
            ),
        ),
    ),
    (
        "{helper} was waiting on the *pier* with a pot of hot *soup*",
        "that evening, the whole *harbour* sang for {hero}",
        "{hero} hung the *flag* of the boat over {their} bed and never forgot that day",
    ),
)

MOUNTAIN = Setting(
    "mountain",
    ("hiker", "shepherd", "nurse", "painter", "student", "guide", "photographer", "baker"),
    (
        Goal(
            "climb the highest peak near {place}",
            ("{they} stood on the *summit* and shouted with joy",),
        ),
        Goal(
            "bring medicine to a hut above {place}",
            ("{they} reached the *hut* in time and handed over the *medicine*",),
        ),
        Goal(
            "watch the sun rise from a ridge above {place}",
            ("{they} came to the *ridge* just as the *sun* rose",),
        ),
        Goal(
            "bring the lost sheep back to {place}",
            ("{they} found the *sheep* behind a *boulder* and led it home",),
        ),
    ),
    (
        Trouble(
            ("fresh *snow* covered the path", "*snow* fell and hid every *footprint*"),
            (
                "{they} followed the tracks of a *fox* until the path came out again",
                "{they} saw the red *ribbons* with which {helper} had marked the way",
            ),
        ),
        Trouble(
            (
                "{they} found that the *bridge* over the *stream* had been washed away",
                "a *flood* broke the only *bridge*",
            ),
            (
                "{they} pushed a fallen *trunk* across the water and balanced over it",
                "{they} took off {their} *boots* and waded through the cold water",
            ),
        ),
        Trouble(
            ("the sole of {their} *boot* came off", "{their} *boot* tore open on a sharp *stone*"),
            (
                "{they} tied it up with a *rope* and went on slowly",
                "{they} bound it with the *scarf* that {helper} had knitted",
            ),
        ),
        Trouble(
            ("*thunder* rolled, and *hail* began to fall", "black *clouds* gathered, and it began to *hail*"),
            (
                "{they} hid in a dry *cave* until the sky was clear",
                "{they} crept under an old *roof* beside the path and waited until it was over",
            ),
        ),
    ),
    (
        "on the way down, {they} picked a *flower* for {helper}",
        "back in the *valley*, {helper} made a fire and asked for the whole *story*",
        "{hero} slept like a *log* that night",
    ),
)

KITCHEN = Setting(
    "kitchen",
    ("baker", "pupil", "gardener", "bus driver", "judge", "waiter", "clerk", "piano teacher"),
    (
        Goal(
            "win the baking contest in {place}",
            ("the judges took one *bite* and gave {them} the first *prize*",),
        ),
        Goal(
            "bake a wedding cake for a friend in {place}",
            ("the *cake* stood on the table in time, and the *bride* clapped her hands",),
        ),
        Goal(
            "sell homemade bread at the market of {place}",
            ("{they} had sold every *loaf* on the *stall*",),
        ),
        Goal(
            "bake the largest pie that {place} had ever seen",
            ("the *pie* was so large that it was carried out on a *door*",),
        ),
    ),
    (
        Trouble(
            ("the *oven* went out and would not start again", "smoke came out of the *oven*, and it went cold"),
            (
                "{helper} crawled behind it with a *torch* and mended the *cable*",
                "{they} carried everything to the *fireplace* and baked over the open fire",
            ),
        ),
        Trouble(
            ("{they} found no *flour* in the house", "a *mouse* ate a hole in the bag of *flour*"),
            (
                "{helper} rode to the *mill* and came back with a full *sack*",
                "{they} went from house to house and borrowed one *cup* from each neighbour",
            ),
        ),
        Trouble(
            ("the *dog* ate all the *butter*", "the *cat* jumped on the table and knocked over the *milk*"),
            (
                "{they} found a secret *recipe* in an old *book* that did without it",
                "{they} ran to the *farm* next door and got what was missing",
            ),
        ),
        Trouble(
            ("{they} mixed up the *salt* and the sugar", "{they} tasted the *dough* and found it full of *salt*"),
            (
                "{they} laughed, washed the *bowl* and began all over again",
                "{helper} tied on an *apron* and helped {them} to make everything afresh",
            ),
        ),
    ),
    (
        "{helper} got the first *slice*",
        "since that day, people have asked {hero} for the *recipe*",
        "nothing was left but a few *crumbs*",
    ),
)
