"""The reviews: an independent reader, with its own word lists, finds the votes and the label by the stated rules."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from textgym.corpora.base import ProceduralCorpus
from textgym.corpora.reviews import draw
from textgym.types import DIFFICULTIES, Example

GOOD = """gripping|clever|surprising|well thought out|brilliant|convincing|moving|superb|beautiful|stirring|lovely|
wonderful|witty|sharp|touching|natural|satisfying|fitting|perfect|stunning|vivid|impressive|charming|warm|
delicious|tasty|well seasoned|excellent|fresh|crisp|friendly|polite|attentive|quick|cosy|elegant|bright|
spotless|heavenly|inventive|fair|reasonable|very moderate|comfortable|soft|soft and warm|sparkling|modern|
spacious|helpful|generous|varied|reliable|powerful|handy|easy to find|well placed|pleasant to use|clear|
rich|sturdy|well made|simple|logical|well organised|thrilling|believable|lovable|unforgettable|delightful|
pleasant|well chosen|inspiring|lively|patient|well prepared|well written|nicely painted|well insulated|
freshly painted"""
BAD = """boring|silly|predictable|confusing|wooden|stiff|poor|lifeless|annoying|dreadful|tiresome|awful|flat|
clumsy|dull|embarrassing|disappointing|absurd|weak|terrible|blurry|gloomy|dim|tasteless|crude|cold|watery|
salty|bland|soggy|burnt|greasy|rude|slow|impatient|forgetful|noisy|draughty|dirty|stale|careless|lazy|
hopeless|outrageous|excessive|shameless|lumpy|uncomfortable|creaky|filthy|mouldy|cramped|unfriendly|
grumpy|meagre|damp|stained|scratchy|scratched|tiny|feeble|unreliable|defective|useless|loose|sticky|
wobbly|badly placed|tinny|muffled|flimsy|badly made|ugly|chaotic|far too long|unbelievable|tedious|
endless|hoarse|shrill|out of tune|badly chosen|badly prepared|full of mistakes|tense|pointless"""
MISHAP = """three hours of nothing|tired jokes|fall asleep|without an end|cold plate|hair in my|nobody ordered|
overflowing|lift all night|beetles|cold shower|drill|four times a day|go black|help line|third time|
still be lost|guess the murderer|about a fence|upside down|in the rain|false note|behind a pillar|
more of the bar|from the board|never came|every sheet|same lesson twice"""
TURN = r"(?:not at all|not|by no means|far from|anything but)"


def words(listed: str) -> set[str]:
    return {word.strip() for word in listed.replace("\n", "").split("|")}


SENSE = dict.fromkeys(words(GOOD), 1) | dict.fromkeys(words(BAD), -1)


def clause(text: str) -> int:
    found = re.search(rf"\b(?:was|were) ({TURN} )?([\w ]+)$", text)
    assert found, text
    return SENSE[found[2]] * (-1 if found[1] else 1)


def vote(sentence: str) -> int | None:
    """1, -1, or None for a sentence that judges nothing."""
    text = sentence.rstrip(".")
    if re.match(r"(What a joy|How nice|What a treat|It was a real pleasure) to ", text):
        return -1 if any(event in text for event in words(MISHAP)) else 1
    if text.startswith("Although "):
        return clause(text.partition(", ")[2])
    if ", but " in text:
        return clause(text.rpartition(", but ")[2])
    found = re.fullmatch(rf"The \w+ (?:was|were) (?:{TURN} )?([\w ]+)", text)
    return clause(text) if found and found[1] in SENSE else None


def read(review: str) -> tuple[str, tuple[int, ...]]:
    votes = tuple(v for v in map(vote, re.split(r"(?<=\.) ", review)[1:]) if v is not None)
    return ("positive" if sum(votes) > 0 else "negative" if sum(votes) < 0 else "mixed"), votes


@pytest.fixture(scope="module", params=DIFFICULTIES)
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def examples(level: str) -> list[Example]:
    corpus = ProceduralCorpus("review", draw, "train", level)
    return [corpus[i] for i in range(2000)]


def test_no_word_is_good_and_bad() -> None:
    assert not words(GOOD) & words(BAD)


def test_an_independent_reader_finds_the_votes_and_the_label(examples: list[Example]) -> None:
    for e in examples:
        assert read(e.source) == (e.references[0], e.meta["votes"]), (read(e.source), e)


def test_labels_are_balanced(level: str, examples: list[Example]) -> None:
    counts = Counter(e.references[0] for e in examples)
    assert set(counts) == {"positive", "negative", *(["mixed"] if level == "hard" else [])}
    assert min(counts.values()) > 0.85 * len(examples) / len(counts)


def test_single_words_do_not_give_the_label_away(level: str, examples: list[Example]) -> None:
    """Counting good and bad words without the rules is right far less often than reading."""
    right = 0
    for e in examples:
        text = re.findall(r"\w+", e.source)
        score = sum(SENSE.get(word, 0) for word in text)
        right += e.references[0] == ("positive" if score > 0 else "negative" if score < 0 else "mixed")
    assert right / len(examples) < 0.7


def test_ways_and_domains_occur(level: str, examples: list[Example]) -> None:
    ways = Counter(way for e in examples for way in e.meta["ways"])
    assert set(ways) >= {"easy": {"plain", "negated"}, "medium": {"plain", "negated", "contrast", "joy"}}.get(
        level, {"plain", "negated", "contrast", "hearsay", "joy"}
    )
    joys = [v for e in examples for v, way in zip(e.meta["votes"], e.meta["ways"], strict=True) if way == "joy"]
    assert not joys or 0.4 < sum(v < 0 for v in joys) / len(joys) < 0.6
    assert len({e.meta["domain"] for e in examples}) == 7


def test_no_aspect_is_judged_twice(examples: list[Example]) -> None:
    for e in examples:
        subjects = re.findall(r"[Tt]he (\w+) (?:was|were) (?!shown|half|printed)", e.source)
        assert len(subjects) == len(set(subjects)), e.source


def test_text_is_well_formed(examples: list[Example]) -> None:
    for e in examples:
        assert 15 <= len(e.source.split()) <= 105
        assert not re.search(r"  |[{}\[\]|]|a\(n\)|\s[.,]|,,|\.\.|\b(\w+) \1\b", e.source), e.source
        for given, following in re.findall(r"\b([Aa]n?) (\w+)", e.source):
            assert (given.lower() == "an") == (following[0] in "aeiouAEIOU" or following == "hour"), e.source
        assert all(line[0].isupper() and line.endswith(".") for line in re.split(r"(?<=\.) ", e.source))
