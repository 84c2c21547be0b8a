"""Temperature, top-k, top-p and masks; scoring in pieces against the plain formula."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from agents.policies.distribution import MASKED, Head, Sampling, TokenDistribution, log_prob_and_entropy, warp
from agents.policies.sequences import pack_bits

RULES = [Sampling(), Sampling(0.7), Sampling(1.3, top_k=7), Sampling(top_p=0.6), Sampling(0.8, 9, 0.7)]


@pytest.mark.parametrize("sampling", RULES)
@pytest.mark.parametrize("softcap", [None, 3.0])
def test_pieces_equal_the_plain_formula_in_values_and_gradients(sampling: Sampling, softcap: float | None) -> None:
    torch.manual_seed(0)
    n, size, width = 40, 50, 8
    inputs = [torch.randn(*shape, requires_grad=True) for shape in ((n, width), (size, width), (size,))]
    allowed, masks = torch.rand(size) > 0.2, torch.rand(n, size) > 0.3
    actions = torch.stack([row.nonzero()[0, 0] for row in allowed & masks])
    head = Head(inputs[1], inputs[2], 0.5, softcap)
    log_prob, entropy = log_prob_and_entropy(inputs[0], head, actions, sampling, allowed, pack_bits(masks), chunk=7)
    plain = TokenDistribution(warp(head(inputs[0]), sampling, allowed & masks, actions))
    torch.testing.assert_close(log_prob, plain.log_prob(actions))
    torch.testing.assert_close(entropy, plain.entropy())
    upon = torch.randn(n), torch.randn(n)
    found = torch.autograd.grad((log_prob * upon[0] + entropy * upon[1]).sum(), inputs)
    wanted = torch.autograd.grad((plain.log_prob(actions) * upon[0] + plain.entropy() * upon[1]).sum(), inputs)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("sampling", RULES)
def test_what_is_sampled_is_what_is_scored(sampling: Sampling) -> None:
    torch.manual_seed(1)
    logits, draws = torch.randn(1, 12) * 2, 40_000
    distribution = TokenDistribution(warp(logits, sampling, torch.arange(12) != 3).expand(draws, -1))
    actions = distribution.sample()
    frequency = torch.bincount(actions, minlength=12) / draws
    probability = distribution.log_probs[0].exp()
    assert (frequency - probability).abs().max() < 0.01
    assert not frequency[probability == 0].any(), "a token without probability was drawn"
    assert probability[3] == 0
    assert torch.isfinite(distribution.entropy()).all()


def test_top_k_and_top_p_keep_the_likeliest() -> None:
    logits = torch.log(torch.tensor([[0.1, 0.4, 0.2, 0.3]]))
    assert (warp(logits, Sampling(top_k=2))[0] > MASKED).tolist() == [False, True, False, True]
    assert (warp(logits, Sampling(top_p=0.69))[0] > MASKED).tolist() == [False, True, False, True]
    assert (warp(logits, Sampling(top_p=0.71))[0] > MASKED).tolist() == [False, True, True, True]
    assert (warp(logits, Sampling(top_p=1e-6))[0] > MASKED).tolist() == [False, True, False, False]
    kept = warp(logits, Sampling(top_k=1), kept=torch.tensor([0]))
    assert (kept[0] > MASKED).tolist() == [True, True, False, False]


def test_no_transitions_give_no_scores() -> None:
    hidden = torch.zeros(0, 4, requires_grad=True)
    log_prob, entropy = log_prob_and_entropy(hidden, Head(torch.randn(9, 4)), torch.zeros(0, dtype=torch.long))
    assert log_prob.shape == entropy.shape == (0,)


MEMORY = """
import resource, torch
from agents.policies.distribution import Head, log_prob_and_entropy
torch.set_num_threads(1)
hidden = torch.randn(512, 16, requires_grad=True)
weight = torch.nn.Parameter(torch.randn(50_257, 16))
def score(n):
    log_prob, entropy = log_prob_and_entropy(hidden[:n], Head(weight), torch.arange(n), chunk=32)
    (log_prob.sum() + entropy.sum()).backward()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = score(1)
print((score(512) - before) / (512 * 50_257 * 4))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory of a process as Linux reports it")
def test_scoring_needs_less_than_half_of_one_full_tensor_of_logits() -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.5
