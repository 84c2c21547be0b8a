"""Token by token is the same as all at once, at every prefix, whatever the tokens rewrite."""

from __future__ import annotations

import copy
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rewards.steps import Edit, grow, whole
from tests.rewards.test_tables import EXAMPLE, UNMARKED
from textgym.corpora.automaton import WordAutomaton
from textgym.rewards.base import Reward
from textgym.rewards.coverage import Coverage
from textgym.rewards.faithfulness import Faithfulness
from textgym.rewards.form import Diversity, Length, Repetition
from textgym.rewards.grammar import Grammar
from textgym.rewards.knowledge import Knowledge
from textgym.rewards.preference import Preference, fit_preferences
from textgym.rewards.ratings import Pair
from textgym.rewards.semantic import Semantic
from textgym.rewards.viability import Viability
from textgym.rewards.words import WordReward
from textgym.types import Example


def viability() -> Viability:
    """A small language of the pieces."""
    reward, language = Viability(), WordAutomaton()
    here = language.say(language.start, ["storm", "the storm", "an [Ash|Hill] 200"])
    language.say(here, ["hit", ",", ".", "homes", "on Monday"], to=here)
    reward.language = language
    return reward


REWARDS: dict[str, Reward] = {
    "repetition": Repetition(n=2),
    "diversity": Diversity(),
    "length": Length(),
    "characters": Length(target=9, unit="characters"),
    "coverage": Coverage(),
    "facts": Coverage(of="facts"),
    "words": Coverage(of="words"),
    "faithfulness": Faithfulness(kinds=("numbers", "names", "words")),
    "knowledge": Knowledge(),
    "grammar": Grammar(),
    "grammar_de": Grammar(language="de"),
    "viability": viability(),
    "semantic": Semantic(dimensions=64),
    "preference": Preference(fit_preferences([Pair("a storm", "the storm hit", "an storm, hit hit")], dimensions=64)),
}
PIECES = ["storm", " storm", " a", "an", " Ash", " Hill", " on", " Monday", " 1", ",", "200", ".", " homes", "'s", '"',
          "(", ")", " the the", " it were", "é", "\u0301", "水", "日本", "\u200d", "\n", "  ", "İ", "_", "ẞ", "12th",
          "x" * 60, "?!", " hit", "", "\U0001f469"]  # fmt: skip
EDITS = st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 2, 5, 60]), st.sampled_from(PIECES)), max_size=25)


@pytest.mark.parametrize("name", REWARDS)
@settings(max_examples=40, deadline=None)
@given(edits=EDITS, example=st.sampled_from([EXAMPLE, UNMARKED]))
def test_every_prefix_equals_a_fresh_reading(name: str, edits: list[Edit], example: Example) -> None:
    reward = copy.deepcopy(REWARDS[name])
    reward.reset(example)
    for step in grow(edits):
        reward.push(step)
        assert reward.score() == whole(reward, example, step), step
        branch = copy.deepcopy(reward)
        assert branch.score() == reward.score()


@pytest.mark.parametrize("name", REWARDS)
def test_a_branch_leaves_its_origin_alone(name: str) -> None:
    reward = copy.deepcopy(REWARDS[name])
    reward.reset(EXAMPLE)
    steps = grow([(0, piece) for piece in PIECES[:12]])
    for step in steps:
        reward.push(step)
    before, branch = reward.score(), copy.deepcopy(reward)
    for step in grow([(0, steps[-1].text), (0, " hit Ash Hill hit"), (3, ". 7 homes")])[1:]:
        branch.push(step)
    assert reward.score() == before


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40), cuts=st.lists(st.integers(0, 40), max_size=8))
def test_words_do_not_depend_on_the_cuts(text: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [(0, text[a:b]) for a, b in itertools.pairwise(places)]
    reward: WordReward = Repetition()
    reward.reset(EXAMPLE)
    for step in grow(pieces):
        reward.push(step)
    twin: WordReward = Repetition()
    twin.reset(EXAMPLE)
    for step in grow([(0, text)]):
        twin.push(step)
    assert reward.stack == twin.stack
