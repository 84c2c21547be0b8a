"""Matches of a growing text against reading it anew, and how much of it is read for a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import textgym
from textgym.corpora.dialogues.judge import Beat, claims, judge
from textgym.corpora.scenes.attributes import LONGEST_PART, PARTS, stated
from textgym.rewards.base import Reward, TokenStep
from textgym.rewards.matches import Matches
from textgym.rewards.viability import Viability
from textgym.rewards.words import TOKENS, WORDS, WordReward
from textgym.text.words import small
from textgym.types import Example

PLACES = ("Rome", "\u0130zmir", "New Rome", "New York", "New York City", "York", "X-Town", "Ostia", "Monday")
BEATS = tuple(
    Beat("tell", "Where?", "There.", (PLACES[k],), (*PLACES[: 4 + k], "seven"), (), (PLACES[8 - k],)) for k in range(3)
)
CLAIMS = claims(BEATS)
PATTERNS = {
    "words": (WORDS, 1, 0, False),
    "tokens": (TOKENS, 1, 0, False),
    "white space": (re.compile(r"\S+"), 1, 0, False),
    "something else": (re.compile("red (circle|of)|left"), 1, None, False),
    "parts": (PARTS, 1, LONGEST_PART, True),
    **{f"claim {k}": (claim.pattern, claim.longest + 2, claim.longest + 2, True) for k, claim in enumerate(CLAIMS)},
}
PIECES = st.sampled_from(
    [
        "a",
        "",
        ".",
        "small",
        "large",
        "",
        "red",
        "blue",
        "SMALL",
        "circle",
        "cir",
        "cle",
        "s",
        "star",
        "left",
        "of",
        "",
        "left",
        "right",
        "of",
        "above",
        "below",
        "ring",
        "n't",
        "'",
        "3",
        ",",
        "5",
        ".",
        "-x",
        "é",
        "字",
        "Rome",
        "New",
        "York",
        "City",
        "Yor",
        "k",
        "X-",
        "Town",
        "Monday",
        "s",
        "ſ",
        "İ",
        "s",
        "seven",
        "even",
    ]
)
# Tokens that lengthen the text, and some that rewrite its last characters.
GROWTH = st.lists(st.tuples(st.one_of(PIECES, PIECES.map(" {}".format)), st.integers(0, 3)), max_size=30)


def prefixes(growth: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """(text, where it has changed) after each token."""
    text = ""
    for piece, taken in growth:
        start = max(0, len(text) - taken) if taken > 1 else len(text)
        text = text[:start] + piece
        yield text, start


@pytest.mark.parametrize("kind", PATTERNS)
@settings(max_examples=300, deadline=None)
@given(GROWTH)
def test_the_matches_are_those_of_the_whole_text(kind: str, growth: list[tuple[str, int]]) -> None:
    pattern = PATTERNS[kind][0]
    matches, stack = Matches(*PATTERNS[kind]), list[str]()
    for text, start in prefixes(growth):
        gone, found = matches.update(text, start)
        stack = stack[: len(stack) - gone] + [match.group() for match in found]
        read = small(text) if PATTERNS[kind][3] else text
        assert stack == [match.group() for match in pattern.finditer(read)]
        assert matches.spans == [match.span() for match in pattern.finditer(read)]


def stated_by_sentence(text: str) -> set[tuple[str, ...]]:
    """What a caption says, by its words alone, a sentence after the other."""
    shapes, colours = (
        ["circle", "square", "triangle", "star", "ring", "cross", "diamond", "heart"],
        ["red", "green", "blue", "yellow"],
    )
    said: set[tuple[str, ...]] = set()
    opposite = {"right of": "left of", "below": "above"}
    for sentence in text.split("."):
        names: list[str] = []
        waiting = fronted = None
        for part in re.findall(r"\b(?:left of|right of|above|below|(?:\w+ )?(?:\w+ )?(?:\w+))\b", sentence):
            if part in ("left of", "right of", "above", "below"):
                waiting = (names[-1] if names else None, part)
                continue
            *before, name = part.split()
            assert name in shapes
            said.add(("shape", name))
            said |= {("colour" if word in colours else "size", name, word) for word in before}
            for other, how in [fronted] if fronted else []:
                first, second = (other, name) if how in opposite else (name, other)
                said.add(("relation", first, opposite.get(how, how), second))
            fronted = None
            if waiting and waiting[0]:
                first, second = (name, waiting[0]) if waiting[1] in opposite else (waiting[0], name)
                said.add(("relation", first, opposite.get(waiting[1], waiting[1]), second))
            elif waiting:
                fronted = (name, waiting[1])
            waiting = None
            names.append(name)
    return said


THINGS = st.sampled_from(["circle", "small star", "red ring", "large blue heart", "cross", "green diamond"])
SENTENCES = st.lists(st.one_of(THINGS, st.sampled_from(["left of", "right of", "above", "below"])), max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(SENTENCES, max_size=3))
def test_what_captions_say(sentences: list[list[str]]) -> None:
    text = ". ".join(", ".join(parts) for parts in sentences)
    assert stated(text) == stated_by_sentence(text)


def by_hand(name: str, text: str, example: Example) -> float:
    """The formulas in the docstrings, on the whole text."""
    words, wanted = text.split(), example.references[0].split()
    if name == "persona":
        right = wrong = 0
        for claim in CLAIMS:
            said = set(claim.pattern.findall(small(text)))
            right, wrong = right + bool(said & claim.true), wrong + bool(said - claim.true)
        return max(0, right - wrong) / len(CLAIMS)
    if name == "attribute_f1":
        said, true = stated(text), stated(example.references[0])
        return 2 * len(said & true) / (len(said) + len(true))
    if name == "delay":
        return float(len(words) >= len(wanted) and words[0] == wanted[0])
    if name == "needle":
        return float(words[: len(wanted)] == wanted)
    return sum(word == right for word, right in zip(words, wanted, strict=False)) / len(wanted)


@pytest.mark.parametrize("name", ["persona", "attribute_f1", "delay", "needle", "noise"])
@settings(max_examples=200, deadline=None)
@given(GROWTH)
def test_scores_of_every_prefix(name: str, growth: list[tuple[str, int]]) -> None:
    reference = "small red circle left of Rome New York star"
    example = Example("0", "", (reference,), {"beats": BEATS})
    reward: Reward = textgym.make_reward(name)
    reward.reset(example)
    for position, (text, start) in enumerate(prefixes([("small red circle", 0), *growth])):
        reward.push(TokenStep(0, position, text, start))
        assert reward.score() == pytest.approx(by_hand(name, text, example), abs=1e-12)


@pytest.mark.parametrize("name", ["delay", "needle", "noise", "attribute_f1", "persona"])
def test_no_reference_no_score(name: str) -> None:
    reward = textgym.make_reward(name)
    reward.reset(Example("0", "", ("",)))
    assert reward.score() == 0.0
    reward.push(TokenStep(0, 0, "a red circle", 0))
    assert reward.score() == 0.0


class Counted:
    """A pattern that counts the characters from where it is to look."""

    def __init__(self, pattern: re.Pattern[str], seen: list[int]) -> None:
        self.pattern, self.seen = pattern, seen

    def finditer(self, text: str, start: int) -> Iterator[re.Match[str]]:
        self.seen.append(len(text) - start)
        return self.pattern.finditer(text, start)


def watched(reward: Any, seen: list[int]) -> None:
    """Have the patterns of a reward counted."""
    reward = getattr(reward, "_now", reward)  # of grammar
    found = [reward.matches] if isinstance(reward, WordReward) else [said.matches for said in reward._said]
    for matches in found:
        matches.pattern = Counted(matches.pattern, seen)


OVER_WORDS = (
    "attribute_f1", "coverage", "delay", "diversity", "faithfulness", "grammar", "length", "needle", "noise", "parent",
    "persona", "preference", "repetition", "semantic",
)  # fmt: skip


@pytest.mark.parametrize("name", OVER_WORDS)
def test_a_token_is_read_with_little_around_it(name: str) -> None:
    env: Any = gym.make("TokenDialogue-v0", max_new_tokens=1025).unwrapped
    example, _ = env.mdp.example(0)
    rng = np.random.default_rng(0)
    random = rng.choice([*"ab.,!? '", " the", " red", " circle", " New", "\n"], size=1024).tolist()
    for pieces in (random, [" word"] * 1024, [" ."] * 1024, [" "] * 1024, ["\n"] * 1024):
        reward = textgym.make_reward(name)
        reward.bind(env.mdp._context)
        reward.reset(example)
        seen: list[int] = []
        watched(reward, seen)
        text = ""
        for position, piece in enumerate(pieces):
            reward.push(TokenStep(0, position, text + piece, len(text)))
            text += piece
        assert len(seen) >= 1024
        assert max(seen) < 64


def told(*wanted: str, values: tuple[str, ...] = ()) -> Example:
    """An example that asks for some facts, one a turn."""
    beats = tuple(Beat("tell", "Where?", "There.", (one,) if one else (), values, (), ()) for one in wanted)
    return Example("0", "", ("",), {"beats": beats})


@pytest.mark.parametrize(
    ("example", "text", "score"),
    [
        (told("\u0130zmir"), "In \u0130ZMIR.", 1.0),
        (told("\u0130zmir"), "In \u0130zmir.", 1.0),
        (told("\u039f\u0394\u039f\u03a3"), "\u03bf\u03b4\u03bf\u03c2", 1.0),  # a sigma at the end of a word
        (told("Paris"), "Par\u0131s", 0.0),  # no i
        (told("Paris", "dog", values=("Paris", "Diyarbak\u0131r", "dog")), "a dog, Diyarbakir", 0.5),
        (told("", "dog"), "a dog", 0.5),
        (Example("0", "", ("",), {"persona": ("I live in \u0130zmir.",)}), "i live in \u0130zmir", 1.0),
        (
            Example("0", "", ("",), {"persona": ("\u039f\u0394\u039f\u03a3.\u0391",)}),
            "\u03bf\u03b4\u03bf\u03c3.\u03b1",
            1.0,
        ),
    ],
)
def test_small_letters_are_those_of_both_sides(example: Example, text: str, score: float) -> None:
    reward = textgym.make_reward("persona")
    reward.reset(example)
    for end in range(1, len(text) + 1):
        reward.push(TokenStep(0, end - 1, text[:end], end - 1))
    assert reward.score() == score


def test_letters_that_only_look_alike_name_nothing() -> None:
    assert stated("a c\u0131rcle r\u0131ght of a ring") == {("shape", "ring")}


def test_a_line_that_is_taken_up() -> None:
    beat = Beat("tell", "Do you know \u0130stanbul?", "", ("one",), ("two",), (), ())
    assert judge("\u0130stanbul", beat, ()) == "vague"


def test_a_pattern_of_ones_own() -> None:
    class Greetings(WordReward):
        pattern = re.compile("good morning")

        def begin(self, example: Example) -> None: ...
        def add(self, word: str) -> None: ...
        def remove(self, word: str) -> None: ...

        def score(self) -> float:
            return float(len(self.stack))

    class Pairs(Viability):
        pattern = re.compile(r"\w+ \w+")

    for reward in (Greetings(), Pairs()):
        reward.reset(Example("0", "", ("",)))
        for end in range(1, 13):
            reward.push(TokenStep(0, end - 1, "good morning"[:end], end - 1))
        assert reward.stack == ["good morning"]
