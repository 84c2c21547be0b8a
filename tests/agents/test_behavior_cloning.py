"""Behaviour cloning: the loss, the data, the extras, learning."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from agents import BehaviorCloning, TransformerPolicy, evaluate
from agents.algorithms.behavior_cloning import uniform_cross_entropy
from agents.algorithms.references import Pair, References
from agents.policies.sequences import reading_of
from tests.agents.helpers import COPY, assert_same, copy_env, small, weights


def prepared(**settings: Any) -> BehaviorCloning:
    model: BehaviorCloning = small(BehaviorCloning, **settings)
    model._setup_learn(1)
    model._begin_learning()
    return model


def logits_of(model: BehaviorCloning, batch: Any) -> torch.Tensor:
    """Raw logits (m, V) with the forbidden tokens left out, by the network alone."""
    states = model.policy.trunk.read(reading_of(batch, model.policy.tokens.pad))
    logits = model.policy.trunk.head()(states)
    return logits.masked_fill(~torch.as_tensor(model.env.get_attr("mdp")[0].codec.allowed), float("-inf"))


def test_loss_is_plain_cross_entropy_of_reference_and_end_token() -> None:
    model = prepared()
    batch = model._references.batch(model._next_batch(), model.device)
    targets = batch.tokens[batch.valid].long()
    assert (targets.reshape(len(batch), -1)[:, -1] == model.env.get_attr("mdp")[0].codec.eos_id).all()
    loss, _, _ = model._loss(batch, targets)
    torch.testing.assert_close(loss, F.cross_entropy(logits_of(model, batch), targets))
    learned = [weight for name, weight in model.policy.named_parameters() if not name.startswith("value_head")]
    found = torch.autograd.grad(loss, learned)
    expected = torch.autograd.grad(F.cross_entropy(logits_of(model, batch), targets), learned)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_label_smoothing_is_that_of_torch_over_the_allowed_tokens() -> None:
    model = prepared(label_smoothing=0.2)
    batch = model._references.batch(model._next_batch(), model.device)
    targets = batch.tokens[batch.valid].long()
    allowed = model.env.get_attr("mdp")[0].codec.allowed
    within = torch.as_tensor(np.cumsum(allowed) - 1)[targets]
    expected = F.cross_entropy(logits_of(model, batch)[:, torch.as_tensor(allowed)], within, label_smoothing=0.2)
    torch.testing.assert_close(model._loss(batch, targets)[0], expected)
    states = model.policy.trunk.read(reading_of(batch, 0))
    assert uniform_cross_entropy(model.policy, states).shape == targets.shape


def test_long_references_lose_their_end_and_forbidden_tokens_are_no_targets() -> None:
    mdp = copy_env(1, max_new_tokens=2).get_attr("mdp")[0]
    (pair,) = References(mdp, seed=0, batch_size=1).pairs(0)
    assert pair.tokens.tolist() == mdp.codec.encode(mdp.corpus[0].references[0])[:2]
    room = copy_env(1).get_attr("mdp")[0]
    references = References(room, seed=0, batch_size=1)
    (pair,) = references.pairs(0)
    assert pair.tokens[-1] == room.codec.eos_id
    forbidden = int(np.flatnonzero(~room.codec.allowed)[0])
    batch = references.batch([Pair(pair.source, np.array([5, forbidden, 6], dtype=np.int32))], torch.device("cpu"))
    assert batch.valid.tolist() == [[True, False, True]]


def test_an_epoch_holds_every_training_example_once() -> None:
    whole = copy_env(1).get_attr("mdp")[0]
    mdp = SimpleNamespace(corpus=range(700), codec=whole.codec, num_new=whole.num_new, prepared=whole.prepared)
    references = References(mdp, seed=3, batch_size=8, held_out=100)
    batches = list(references.epoch(0))
    assert sum(map(len, batches)) == 600
    again = list(References(mdp, seed=3, batch_size=8, held_out=100).epoch(0, skip=5))
    for one, other in zip(batches[5:], again, strict=True):
        assert [p.tokens.tolist() for p in one] == [p.tokens.tolist() for p in other]
    assert not set(references.held_out.tolist()) & set(references.training.tolist())
    assert sum(map(len, references.validation())) == 100


def test_scheduled_sampling_mixes_inputs_and_keeps_targets() -> None:
    model = prepared(scheduled_sampling=1.0)
    batch = model._references.batch(model._next_batch(), model.device)
    with model.stream:
        mixed = model._mixed(batch, 1.0)
        none = model._mixed(batch, 0.0)
    assert torch.equal(none.tokens, batch.tokens)
    eos = model.env.get_attr("mdp")[0].codec.eos_id
    changed = mixed.tokens != batch.tokens
    assert changed.float().mean() > 0.5
    assert not (mixed.tokens[changed] == eos).any()
    allowed = torch.as_tensor(model.env.get_attr("mdp")[0].codec.allowed)
    assert allowed[mixed.tokens[batch.valid].long()].all()
    small(BehaviorCloning, scheduled_sampling=lambda progress: 1.0 - progress).learn(600)


def test_solves_copy() -> None:
    model = BehaviorCloning(
        TransformerPolicy, copy_env(8), 3e-3, policy_kwargs={"model": "tiny"}, seed=0, device="cpu"
    ).learn(12_000)
    assert evaluate(model, COPY, n_examples=128, anchors=(0.0, 1.0)).mean_return >= 0.95


def test_early_stopping_keeps_the_best_weights() -> None:
    model = small(BehaviorCloning, held_out=32, validate_every=1, patience=3, learning_rate=lambda p: 0.5)
    model.learn(100_000)
    assert model.num_timesteps < 100_000
    assert model.evaluate_loss(model._validation) == pytest.approx(model._best_loss, abs=1e-6)


def test_validation_may_come_from_another_split() -> None:
    other = copy_env(1, split="validation")
    model = small(BehaviorCloning, held_out=48, validation_env=other, validate_every=2).learn(1_000)
    assert sum(map(len, model._validation)) == 48
    assert len(model._references.training) == len(model.env.get_attr("mdp")[0].corpus)


def test_every_parameter_of_the_actor_moves() -> None:
    model = small(BehaviorCloning, learning_rate=1e-2, weight_decay=0.1)
    before = {name: weight.detach().clone() for name, weight in model.policy.named_parameters()}
    model.learn(600)
    assert isinstance(model.policy.optimizer, torch.optim.AdamW)
    for name, weight in model.policy.named_parameters():
        assert torch.equal(weight, before[name]) is name.startswith("value_head"), name


def test_runs_repeat_bit_for_bit() -> None:
    settings = {"scheduled_sampling": 0.3, "label_smoothing": 0.1}
    first, second = (small(BehaviorCloning, **settings).learn(1_500) for _ in range(2))
    assert_same(weights(first.policy), weights(second.policy))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"label_smoothing": 1.0}, "label_smoothing: got 1.0"),
        ({"scheduled_sampling": 2}, "scheduled_sampling: got 2"),
        ({"batch_size": 0}, "batch_size: got 0"),
        ({"label_smoothing": 0.1, "policy_kwargs": {"width": 32, "top_k": 3}}, "label_smoothing: it needs"),
    ],
)
def test_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(BehaviorCloning, **settings)
