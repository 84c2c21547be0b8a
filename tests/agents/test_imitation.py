"""DAgger and MIXER: the oracle by brute force, what is given and what is sampled, the loss by hand."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from agents import MIXER, DAgger, TransformerPolicy, evaluate
from agents.algorithms.oracle import EditOracle
from agents.algorithms.references import References
from tests.agents.helpers import COPY, copy_env, small

END = 0


@cache
def edit_distance(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """By its recursive definition."""
    if not a or not b:
        return len(a) + len(b)
    swap = edit_distance(a[1:], b[1:]) + (a[0] != b[0])
    return min(swap, edit_distance(a[1:], b) + 1, edit_distance(a, b[1:]) + 1)


def reachable(prefix: tuple[int, ...], reference: tuple[int, ...]) -> int:
    """The least distance over all completions that end with the end token and are not too long."""
    if prefix and prefix[-1] == END:
        return edit_distance(prefix, reference)
    middles = itertools.chain.from_iterable(itertools.product((1, 2), repeat=k) for k in range(len(reference) + 1))
    return min(edit_distance((*prefix, *middle, END), reference) for middle in middles)


@given(st.lists(st.sampled_from((1, 2)), max_size=4), st.lists(st.sampled_from((1, 2)), max_size=4))
def test_the_oracle_keeps_the_best_completion_within_reach(text: list[int], prefix: list[int]) -> None:
    reference = (*text, END)
    oracle = EditOracle(reference)
    for token in prefix:
        oracle.push(token)
    best = reachable(tuple(prefix), reference)
    assert oracle.distance == best
    assert oracle.token in oracle.tokens
    if prefix[-1:] != [END]:
        assert oracle.tokens.tolist() == [t for t in (END, 1, 2) if reachable((*prefix, t), reference) == best]


def test_the_oracle_follows_the_reference() -> None:
    reference = [4, 5, 4, 4, END]
    oracle = EditOracle(reference)
    for token in reference:
        assert oracle.token == token
        assert oracle.distance == 0
        oracle.push(token)
    assert oracle.distance == 0
    short = EditOracle(reference)
    short.push(END)
    assert short.distance == 4
    with pytest.raises(ValueError, match="reference: got an empty one"):
        EditOracle([])


def prepared(algorithm: Any, **settings: Any) -> Any:
    model = small(algorithm, **settings)
    model._setup_learn(1_000)
    model._begin_learning()
    return model


def test_dagger_is_guided_at_first_and_asks_everywhere() -> None:
    model = prepared(DAgger, beta=0.5)
    callback = model._init_callback(None)
    with model.stream:
        first = model._collect(callback)
    assert first is not None
    assert first["beta"] == 1.0
    assert first["distance"] == 0.0
    for text in model._texts:
        assert np.array_equal(text.tokens, text.labels)
    model._texts.clear()
    model._round = 50
    with model.stream:
        later = model._collect(callback)
    assert later is not None
    assert later["distance"] > 0
    assert any(not np.array_equal(text.tokens, text.labels) for text in model._texts)


def test_dagger_asks_for_the_token_that_the_policy_likes_best_of_those_that_are_as_good() -> None:
    model = prepared(DAgger, beta=0.0)
    model._round = 1
    with torch.no_grad():
        for weight in model.policy.parameters():
            weight += 0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    with model.stream:
        model._collect(model._init_callback(None))
    mdp = model.env.get_attr("mdp")[0]
    pairs = [References(mdp, 0, 1).pairs(i)[0] for i in range(len(mdp.corpus))]
    known = {tuple(pair.source.tolist()): pair.tokens for pair in pairs}
    choices = 0
    for text in model._texts:
        oracle = EditOracle(known[tuple(text.source.tolist())])
        for t, label in enumerate(text.labels.tolist()):
            tensors = seen(text, t)
            with torch.no_grad():
                log_probs = model.policy.get_distribution(tensors).log_probs[0]
            assert label in oracle.tokens
            assert float(log_probs[label]) == pytest.approx(float(log_probs[oracle.tokens].max()), abs=1e-5)
            choices += len(oracle.tokens) > 1
            oracle.push(int(text.tokens[t]))
    assert choices > 10


def test_dagger_loss_is_that_of_the_oracles_tokens() -> None:
    model = prepared(DAgger, beta=0.0, max_grad_norm=None)
    model._round = 1
    with model.stream:
        model._collect(model._init_callback(None))
    texts = list(model._texts)[:3]
    total, count = 0.0, 0
    for text in texts:
        for t, label in enumerate(text.labels.tolist()):
            tensors = seen(text, t)
            with torch.no_grad():
                total -= float(model.policy.evaluate_actions(tensors, torch.tensor([label]))[1])
            count += 1
    assert float(model._step(texts)["nll"]) == pytest.approx(total / count, rel=1e-4)


def test_dagger_solves_copy() -> None:
    model = DAgger(TransformerPolicy, copy_env(64), 1e-3, policy_kwargs={"model": "tiny"}, seed=0, device="cpu")
    model.learn(4_000)
    assert evaluate(model, COPY, n_examples=128, anchors=(0.0, 1.0)).mean_return >= 0.95


@pytest.mark.parametrize(("progress", "stage"), [(0.0, 0), (0.19, 0), (0.21, 1), (0.45, 3), (0.71, 5), (1.0, 5)])
def test_mixer_stages(progress: float, stage: int) -> None:
    model = prepared(MIXER, delta=2)  # T = 9: five stages between 0.2 and 0.7
    model._current_progress_remaining = 1.0 - progress
    assert model.stage == stage


@pytest.mark.parametrize("progress", [0.0, 0.25, 1.0])
def test_mixer_gives_the_start_and_samples_the_end(progress: float) -> None:
    model = prepared(MIXER, delta=2, learning_rate=1e-2)
    model._current_progress_remaining = 1.0 - progress
    examples = list(range(8))
    with model.stream:
        episodes = model._sample(model._init_callback(None), examples, 1)
    references = References(model.env.get_attr("mdp")[0], 0, 1)
    for row, example in enumerate(examples):
        tokens = references.pairs(example)[0].tokens
        count = max(0, len(tokens) - 2 * model.stage)
        assert episodes.tokens[row, :count].tolist() == tokens[:count].tolist()
        assert model._given[0][row].sum() == count
    model._train(episodes)
    logged = model.logger.name_to_value
    assert logged["train/given"] == {0.0: 1.0, 1.0: 0.0}.get(progress, logged["train/given"])
    if progress == 0.0:  # cross-entropy alone: the policy gradient has nothing to say
        assert logged["train/policy_loss"] == 0.0
        assert logged["train/nll"] == pytest.approx(np.log(model.env.get_attr("mdp")[0].codec.allowed.sum()), rel=0.1)


def mixed(**settings: Any) -> tuple[Any, Any]:
    """A MIXER between its ends, whose policy has left its start, and a round of its texts."""
    model = prepared(MIXER, delta=2, max_grad_norm=None, **settings)
    model._current_progress_remaining = 0.75
    with torch.no_grad():
        for weight in model.policy.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    with model.stream:
        episodes = model._sample(model._init_callback(None), list(range(8)), 1)
    return model, episodes


def test_mixers_gradient_by_autograd() -> None:
    """(sum over given tokens of -log pi + sum over sampled ones of -A log pi) / number of tokens."""
    model, episodes = mixed(baseline="none")
    given = model._given[0]
    assert 0 < given.sum() < episodes.valid.sum()
    returns = np.flip(np.cumsum(np.flip(episodes.rewards, 1), 1), 1)
    (part,) = episodes.passes(model.device)
    _, log_prob, _ = model.policy.evaluate_actions(part.batch, part.batch.tokens[part.batch.valid].long())
    loss = torch.zeros(())
    for row, step, score in zip(part.rows.tolist(), part.steps.tolist(), log_prob, strict=True):
        loss = loss - (1.0 if given[row, step] else float(returns[row, step])) * score
    named = [(n, w) for n, w in model.policy.named_parameters() if "value_head" not in n]
    by_hand = torch.autograd.grad(loss / len(log_prob), [w for _, w in named])
    model._train(episodes)
    for (name, weight), gradient in zip(named, by_hand, strict=True):
        torch.testing.assert_close(weight.grad, gradient, rtol=1e-4, atol=1e-6, msg=name)
    logged = model.logger.name_to_value
    nll = -np.mean([float(s) for r, t, s in zip(part.rows, part.steps, log_prob.detach(), strict=True) if given[r, t]])
    assert logged["train/nll"] == pytest.approx(nll, rel=1e-4)
    assert logged["train/log_prob_gap"] < 1e-4


def test_mixer_pays_for_leaving_its_start_in_what_it_sampled() -> None:
    model, episodes = mixed(kl_coef=0.2)
    model._mask = torch.as_tensor(model._given[0] & episodes.valid)
    paid, kl = model._penalized(episodes, list(episodes.passes(model.device)))
    own = episodes.valid & ~model._given[0]
    difference = torch.as_tensor(episodes.rewards) - paid
    assert not difference[torch.as_tensor(~own)].any()
    assert difference[torch.as_tensor(own)].abs().min() > 0
    assert kl == pytest.approx(float(difference.sum()) / 0.2 / len(episodes), rel=1e-4)
    model._train(episodes)
    assert model.logger.name_to_value["train/kl"] == pytest.approx(kl)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"baseline": "self_critical"}, "baseline: got 'self_critical'"),
        ({"xent_share": 0.6, "reinforce_share": 0.4}, "xent_share, reinforce_share: got 0.6, 0.4"),
        ({"kl_coef": -0.1}, "kl_coef: got -0.1"),
        ({"delta": 0}, "delta: got 0"),
    ],
)
def test_mixer_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(MIXER, **settings)


def seen(text: Any, t: int) -> dict[str, torch.Tensor]:
    """What a policy sees before token `t` of a text."""
    generated = np.zeros((1, 9), dtype=np.int32)
    generated[0, :t] = text.tokens[:t]
    obs = {"source": text.source[None], "generated": generated, "step": np.array([[t]])}
    return {key: torch.as_tensor(part) for key, part in obs.items()}
