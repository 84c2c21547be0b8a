"""PARENT against hand-computed values and against a second implementation, straight from the formulas."""

from __future__ import annotations

import math
from collections import Counter

import gymnasium as gym
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import textgym
from tests.conftest import oracle_tokens, play
from tests.rewards.steps import grow
from textgym.rewards.evaluate import score_text
from textgym.rewards.parent import Parent
from textgym.types import Example

PAIRS = (("name", "Blue Fox"), ("food", "Thai food"), ("near", "Old Mill"))
TRIPLES = (("Blue Fox", "food", "Thai"), ("Blue Fox", "near", "Mill"))


def grams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))


def common(x: list[str], y: list[str]) -> int:
    """The length of the longest common subsequence, by recursion on the last words."""
    if not x or not y:
        return 0
    if x[-1] == y[-1]:
        return 1 + common(x[:-1], y[:-1])
    return max(common(x[:-1], y), common(x, y[:-1]))


def parent(text: list[str], references: list[list[str]], records: list[list[str]], weight: float | None) -> float:
    """Dhingra et al. (2019), equations 2 to 7, by lists and loops; zeros become 1e-5 as in the published script."""
    lexicon = {word for record in records for word in record}

    def w(gram: tuple[str, ...]) -> float:
        return sum(word in lexicon for word in gram) / len(gram)

    def mention(words: list[str]) -> float:
        return sum(common(record, words) / len(record) for record in records) / len(records)

    best = 0.0
    for reference in references:
        log_p = log_r = 0.0
        zero_p = zero_r = False
        for n in (1, 2, 3, 4):
            mine, theirs = grams(text, n), grams(reference, n)
            top = sum(c * (min(1, theirs[g] / c) + (1 - min(1, theirs[g] / c)) * w(g)) for g, c in mine.items())
            p = top / sum(mine.values()) if mine else 0.0
            bottom = sum(c * w(g) for g, c in theirs.items())
            r = sum(c * w(g) * min(1, mine[g] / c) for g, c in theirs.items()) / bottom if bottom else 1.0
            zero_p, zero_r = zero_p or (n == 1 and p == 0), zero_r or (n == 1 and r == 0)
            log_p, log_r = log_p + math.log(p or 1e-5) / 4, log_r + math.log(r or 1e-5) / 4
        precision = 0.0 if zero_p else math.exp(log_p)
        against_reference = 1e-5 if zero_r else math.exp(log_r)
        share = 1 - mention(reference) if weight is None else weight
        recall = against_reference ** (1 - share) * (mention(text) or 1e-5) ** share
        best = max(best, 2 * precision * recall / (precision + recall))
    return best


@pytest.mark.parametrize(
    ("order", "weight", "text", "score"),
    [
        # P_1 = (blue, fox, serves, "." of the reference; thai of the table) 5/5; R_1 = 2/2 of "blue fox"; table 1/3 +
        # 1/6 (thai of "thai food") = 1/2, l = 1/2.
        (1, 0.5, "Blue Fox serves Thai.", 2 * math.sqrt(0.5) / (1 + math.sqrt(0.5))),
        (1, 0.0, "Blue Fox serves Thai.", 1.0),
        # P_1 = 0: neither reference nor table has a word of it.
        (1, 0.5, "nothing", 0.0),
        # P_1 = 3/3, P_2 = (blue fox 1, fox thai 1) 2/2; R_1 = 2/2, R_2 = 1 + fox serves 0 of weight 1/2: 1 / 1.5;
        # the geometric mean is sqrt(2/3).
        (2, 0.0, "Blue Fox Thai", 2 * math.sqrt(2 / 3) / (1 + math.sqrt(2 / 3))),
        # The second "fox" is beyond the reference, but of the table: nothing lost.
        (1, 0.0, "Fox fox blue", 1.0),
        # The second "serves" is beyond the reference and not of the table: P_1 = 3/4.
        (1, 0.0, "Blue fox serves serves", 2 * 0.75 / 1.75),
        (1, 0.0, "", 0.0),
    ],
)
def test_by_hand(order: int, weight: float, text: str, score: float) -> None:
    example = Example("0", "", ("Blue Fox serves.",), {"table": PAIRS})
    assert score_text(Parent(order, weight), text, example) == pytest.approx(score, abs=1e-12)


WORDS = st.lists(
    st.sampled_from(["blue", "fox", "thai", "food", "old", "mill", "near", "serves", ".", ",", "beer"]), max_size=9
)


@settings(max_examples=150, deadline=None)
@given(WORDS, st.lists(WORDS.filter(bool), min_size=1, max_size=3), st.sampled_from([None, 0.0, 0.3, 1.0]))
def test_agrees_with_the_formulas(text: list[str], references: list[list[str]], weight: float | None) -> None:
    example = Example("0", "", tuple(map(" ".join, references)), {"table": PAIRS})
    records = [value.lower().split() for _, value in PAIRS]
    wanted = parent(text, references, records, weight) if text else 0.0
    assert score_text(Parent(table_weight=weight), " ".join(text), example) == pytest.approx(wanted, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["blue", " fox", " ", "thai", ". ", "old mill "])), max_size=12
    )
)
def test_token_by_token_and_rewritten_as_in_one_piece(edits: list[tuple[int, str]]) -> None:
    example = Example("0", "", ("Blue Fox serves Thai food near Old Mill.", "Fox."), {"table": PAIRS})
    reward = Parent()
    reward.reset(example)
    for step in grow(edits):
        reward.push(step)
        assert reward.score() == score_text(Parent(), step.text, example)


def test_triples_are_head_and_tail_and_a_source_of_pairs_serves_too() -> None:
    said, text = ("Blue Fox serves Thai.",), "Fox serves Thai near Mill ."
    found = score_text(Parent(), text, Example("0", "", said, {"facts": TRIPLES}))
    records = [["blue", "fox", "thai"], ["blue", "fox", "mill"]]
    assert found == pytest.approx(parent(text.lower().split(), [["blue", "fox", "serves", "thai", "."]], records, None))
    source = " | ".join(f"{key}: {value}" for key, value in PAIRS)
    by_source = score_text(Parent(), text, Example("0", source, said))
    assert by_source == score_text(Parent(), text, Example("0", "", said, {"table": PAIRS}))


def test_a_made_up_value_costs_more_than_one_of_the_table() -> None:
    example = Example("0", "", ("Blue Fox serves food.",), {"table": PAIRS})
    right, short, wrong = (
        score_text(Parent(), f"Blue Fox serves {food}.", example) for food in ("Thai food", "food", "Danish food")
    )
    assert right > wrong
    assert short > wrong


def test_misuse_is_named() -> None:
    with pytest.raises(ValueError, match=r"example '0' has no table.*meta\['table'\]"):
        score_text(Parent(), "x", Example("0", "no table", ("x",)))
    with pytest.raises(ValueError, match="max_order: got 0"):
        textgym.make_reward("parent", max_order=0)
    with pytest.raises(ValueError, match="table_weight: got 2"):
        textgym.make_reward("parent", table_weight=2)


def test_in_the_environment() -> None:
    env = gym.make("TokenDataToText-v0", reward="parent", split="test")
    for index in range(5):
        env.reset(options={"example": index})
        rewards, info = play(env, oracle_tokens(env), options={"example": index})
        assert sum(rewards) == pytest.approx(1.0, abs=1e-9)
        assert info["metrics"]["parent"] == pytest.approx(1.0, abs=1e-9)
        assert sum(rewards[:-1]) == pytest.approx(sum(rewards), abs=1e-9)
