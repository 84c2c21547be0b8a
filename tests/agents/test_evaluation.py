"""Evaluation: each example once, known scores for known policies, both ways of decoding."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

from agents import REINFORCE, CopyPolicy, LeadPolicy, OraclePolicy, RandomPolicy, evaluate
from tests.agents.helpers import COPY, small


@pytest.mark.parametrize("n_envs", [1, 7, 64])
def test_the_oracle_gets_one_and_each_example_counts_once(n_envs: int) -> None:
    found = evaluate(OraclePolicy(), COPY, n_examples=40, n_envs=n_envs)
    assert found.mean_return == pytest.approx(1.0)
    assert found.normalized_return == pytest.approx(1.0)
    assert found.metrics["exact_match"] == 1.0
    assert [row.index for row in found.rows] == list(range(40))
    corpus = gym.make("TokenCopy-v0", difficulty="easy", split="test").unwrapped.mdp.corpus  # type: ignore[attr-defined]
    assert [row.example_id for row in found.rows] == [corpus[i].id for i in range(40)]
    assert all(row.hypothesis == row.references[0] for row in found.rows)
    assert found.finished == 1.0
    assert found.mean_length == 4.0


def test_yardsticks() -> None:
    assert evaluate(CopyPolicy(), COPY, n_examples=30).mean_return == pytest.approx(1.0)
    lead = evaluate(LeadPolicy(words=2), COPY, n_examples=30)
    assert lead.mean_return == pytest.approx(2 / 3)
    assert lead.normalized_return == pytest.approx((2 / 3 - lead.random_return) / (1 - lead.random_return))
    random = evaluate(RandomPolicy(0), COPY, n_examples=30)
    assert random.mean_return == random.random_return
    assert random.normalized_return == 0.0
    assert 0 < random.random_return < 0.2


@pytest.mark.parametrize("deterministic", [True, False])
def test_a_model_is_evaluated_the_same_twice(deterministic: bool) -> None:
    model = small(REINFORCE)
    state = torch.get_rng_state()
    first = evaluate(model, COPY, n_examples=30, deterministic=deterministic, n_envs=8, seed=5)
    assert torch.equal(state, torch.get_rng_state())
    assert first == evaluate(model, COPY, n_examples=30, deterministic=deterministic, n_envs=8, seed=5)


def test_greedy_texts_do_not_depend_on_the_width() -> None:
    model = small(REINFORCE)
    one, many = (evaluate(model, COPY, n_examples=20, n_envs=n, anchors=(0.0, 1.0)) for n in (1, 16))
    assert [row.tokens for row in one.rows] == [row.tokens for row in many.rows]
    assert one.mean_return == pytest.approx(many.mean_return)


def test_rows_say_what_happened() -> None:
    found = evaluate(small(REINFORCE), COPY, n_examples=10, deterministic=False)
    for row in found.rows:
        assert len(row.tokens) == len(row.rewards) <= 9
        assert row.finish_reason == ("eos" if len(row.tokens) < 9 else row.finish_reason)
        assert set(row.metrics) == {"copy", "exact_match"}
        assert row.total == pytest.approx(sum(row.rewards))
        assert row.metrics["copy"] == pytest.approx(row.total)
    assert found.mean_return == pytest.approx(np.mean([row.total for row in found.rows]))
    assert found.summary()["exact_match"] == found.metrics["exact_match"]


def test_signatures_are_the_official_ones() -> None:
    found = evaluate(LeadPolicy(5), "TokenTranslate-v0", n_examples=8, n_envs=8)
    assert "version:" in found.signatures["bleu"]
    assert 0 <= found.metrics["bleu"] <= 100


class Stub:
    """Stable-Baselines3's `predict` and nothing else, with masks."""

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False,
        action_masks: Any = None,
    ) -> tuple[Any, Any]:  # fmt: skip
        return action_masks.argmax(axis=1), state


def test_anything_with_predict_serves_and_masks_are_passed_on() -> None:
    found = evaluate(Stub(), COPY, n_examples=3, anchors=(0.0, 1.0))
    assert found.mean_length == 1.0  # the first allowed token is the end token


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"split": "tset"}, "split: got 'tset', allowed are .* did you mean 'test'"),
        ({"n_examples": 0}, "n_examples: got 0"),
        ({"n_envs": 0}, "n_envs: got 0"),
    ],
)
def test_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(RandomPolicy(), COPY, **settings)


def test_random_policy_needs_to_know_the_tokens() -> None:
    with pytest.raises(ValueError, match="allowed: got None"):
        RandomPolicy().predict({"step": np.zeros((2, 1))})
    actions, _ = RandomPolicy(allowed=np.array([False, True, False])).predict({"step": np.zeros((4, 1))})
    assert actions.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("env", "best"),
    [
        ("TokenClassify-v0", {"accuracy": 1.0, "macro_f1": 1.0, "exact_match": 1.0}),
        ("TokenTranslate-v0", {"bleu": 100.0, "chrf": 100.0, "ter": 0.0}),
        ({"id": "TokenTranslate-v0", "source_lang": "de", "target_lang": "en"}, {"bleu": 100.0, "ter": 0.0}),
        ("TokenQA-v0", {"token_f1": 1.0, "exact_match": 1.0}),
        ("TokenDataToText-v0", {"bleu": 100.0, "parent": 1.0, "faithfulness": 1.0}),
        ("TokenCaption-v0", {"bleu": 100.0, "rougeL": 1.0, "attribute_f1": 1.0}),
        ("TokenDialogue-v0", {"bleu": 100.0, "success": 1.0, "persona": 1.0}),
        ("TokenStory-v0", {"coverage": 1.0, "grammar": 1.0, "rougeL": 1.0}),
        ("TokenSummarize-v0", {"rouge1": 1.0, "rouge2": 1.0, "rougeL": 1.0}),
    ],
)
def test_the_official_metrics_of_each_task(env: Any, best: dict[str, float]) -> None:
    found = evaluate(OraclePolicy(), env, n_examples=24, n_envs=8, anchors=(0.0, 1.0))
    assert {name: found.metrics[name] for name in best} == pytest.approx(best)
    if env == "TokenDialogue-v0":
        assert found.metrics["distinct1"] == found.distinct_1 > 0
    worst = evaluate(RandomPolicy(0), env, n_examples=24, n_envs=8, anchors=(0.0, 1.0))
    assert any(abs(worst.metrics[name] - value) > 0.2 for name, value in best.items())
