"""Repetition limits inside the distribution, against the processors of transformers."""

from __future__ import annotations

import itertools

import pytest
import torch
from transformers import NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

from agents.policies.distribution import MASKED, Head, Sampling, TokenDistribution, log_prob_and_entropy, warp
from agents.policies.repetition import History
from agents.policies.sequences import SequenceBatch, pack_bits
from tests.agents.typing_pool import NETWORKS, Rows, T, make_policy

TOLERANCE = {"atol": 1e-4, "rtol": 0.0}


def places(n: int, length: int, size: int, seed: int = 0) -> History:
    torch.manual_seed(seed)
    tokens = torch.randint(size, (n, length))
    return History(tokens, *torch.ones(n, length).nonzero(as_tuple=True))


@pytest.mark.parametrize("n", [1, 2, 3, 9])
@pytest.mark.parametrize("penalty", [1.0, 1.7, 0.6])
def test_the_limits_are_those_of_transformers(n: int, penalty: float) -> None:
    history, size = places(20, 9, 6), 12
    logits = torch.randn(180, size)
    found = warp(logits, Sampling(repetition_penalty=penalty, no_repeat_ngram_size=n), history=history)
    for at, (row, column) in enumerate(zip(history.rows, history.columns, strict=True)):
        text, wanted = history.tokens[row : row + 1, :column], logits[at : at + 1].clone()
        if column:
            wanted = RepetitionPenaltyLogitsProcessor(penalty)(text, wanted)
            wanted = NoRepeatNGramLogitsProcessor(n)(text, wanted)
        torch.testing.assert_close(found[at], wanted[0].clamp(min=MASKED))


def test_one_token_always_remains() -> None:
    history = History(torch.tensor([[0, 1, 2, 0]]), torch.tensor([0]), torch.tensor([4]))
    logits = warp(torch.zeros(1, 4), Sampling(no_repeat_ngram_size=1), torch.tensor([1, 1, 1, 0]).bool(), None, history)
    assert (logits[0] > MASKED).tolist() == [True, True, True, False]


@pytest.mark.parametrize("softcap", [None, 3.0])
def test_gradients_in_pieces_equal_the_plain_formula(softcap: float | None) -> None:
    history, size, width = places(6, 8, 10), 10, 5
    sampling = Sampling(0.8, 7, 0.95, repetition_penalty=1.5, no_repeat_ngram_size=2)
    inputs = [torch.randn(*shape, requires_grad=True) for shape in ((48, width), (size, width), (size,))]
    head = Head(inputs[1], inputs[2], 1.0, softcap)
    actions = warp(head(inputs[0]), sampling, history=history).argmax(dim=1)
    found = log_prob_and_entropy(inputs[0], head, actions, sampling, chunk=7, history=history)
    plain = TokenDistribution(warp(head(inputs[0]), sampling, None, actions, history))
    upon = torch.randn(48), torch.randn(48)
    wanted = plain.log_prob(actions), plain.entropy()
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b)
    losses = [(pair[0] * upon[0] + pair[1] * upon[1]).sum() for pair in (found, wanted)]
    for a, b in zip(*(torch.autograd.grad(loss, inputs) for loss in losses), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("network", NETWORKS)
@torch.no_grad()
def test_stepping_and_the_teacher_forced_pass_agree(network: str) -> None:
    limits = {"repetition_penalty": 1.4, "no_repeat_ngram_size": 2, "temperature": 0.8}
    policy = make_policy(network, **limits)
    rows = Rows(7)
    drawn, scores = [], []
    for step in range(T):
        obs = rows.observe()
        source = obs["source"].clone()
        actions, _, log_prob = policy(obs)
        torch.testing.assert_close(policy.evaluate_actions(obs, actions)[1], log_prob, **TOLERANCE)
        drawn.append(actions)
        scores.append(log_prob)
        if step + 1 < T:
            rows.emit(actions, end=0.0)
    tokens = torch.stack(drawn, dim=1)
    batch = SequenceBatch(source, tokens, torch.ones(7, T, dtype=torch.bool))
    found = policy.evaluate_actions(batch, tokens.flatten())[1].view(7, T)
    torch.testing.assert_close((found - torch.stack(scores, dim=1)).exp(), torch.ones(7, T), **TOLERANCE)
    for text in tokens.tolist():
        grams = list(itertools.pairwise(text))
        assert len(set(grams)) == len(grams)


def test_masks_at_a_vocabulary_of_50_000_are_bits() -> None:
    torch.manual_seed(0)
    size, count = 50_000, 40
    masks = torch.rand(count, size) < 0.01
    bits = pack_bits(masks)
    assert bits.numel() == count * size // 8
    hidden, head = torch.randn(count, 4), Head(torch.randn(size, 4))
    sampling = Sampling(repetition_penalty=1.2, no_repeat_ngram_size=2)
    history = History(torch.randint(size, (count, 8)), torch.arange(count), torch.full((count,), 8))
    distribution = TokenDistribution(warp(head(hidden), sampling, masks, history=history))
    actions = distribution.sample()
    assert masks[torch.arange(count), actions].all()
    log_prob, entropy = log_prob_and_entropy(hidden, head, actions, sampling, masks=bits, history=history)
    torch.testing.assert_close(log_prob, distribution.log_prob(actions))
    torch.testing.assert_close(entropy, distribution.entropy())


def test_limits_without_a_text_and_bad_limits_are_named() -> None:
    with pytest.raises(ValueError, match="where no text is given"):
        warp(torch.zeros(1, 3), Sampling(no_repeat_ngram_size=2))
    with pytest.raises(ValueError, match="repetition_penalty: got 0"):
        Sampling(repetition_penalty=0)
    with pytest.raises(ValueError, match="no_repeat_ngram_size: got -1"):
        make_policy(no_repeat_ngram_size=-1)
