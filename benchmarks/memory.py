"""Bytes that a rollout keeps a token, and the peak memory of log-probabilities and entropies at a large vocabulary.

    python -m benchmarks.memory

The buffer is filled by a rollout of A2C and asked for the bytes of all its arrays, sources included. The peak is the
growth of the process's resident memory over forward and backward pass of `log_prob_and_entropy` on 64 x 128 states of
width 256 with gradients for states and head; the peer is one tensor of all logits, float32 (64 x 128, 50,257).
"""

from __future__ import annotations

import resource
import subprocess
import sys

import torch

from agents.policies.distribution import Head, log_prob_and_entropy
from benchmarks.figures import Figure, arguments, parse, show
from benchmarks.rollout import build, collect

VOCABULARY, TOKENS, WIDTH = 50_257, 64 * 128, 256


def resident_peak() -> int:
    """Bytes, the most this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def score() -> float:
    """Bytes by which the peak grows."""
    torch.manual_seed(0)
    hidden = torch.randn(TOKENS, WIDTH, requires_grad=True)
    weight = torch.randn(VOCABULARY, WIDTH, requires_grad=True)
    actions = torch.randint(VOCABULARY, (TOKENS,))
    few = slice(0, 8)  # libraries come into memory at their first call
    sum(part.sum() for part in log_prob_and_entropy(hidden[few], Head(weight), actions[few])).backward()  # type: ignore[union-attr]
    hidden.grad = weight.grad = None
    before = resident_peak()
    log_prob, entropy = log_prob_and_entropy(hidden, Head(weight), actions)
    (log_prob.sum() + entropy.sum()).backward()  # type: ignore[no-untyped-call]
    return float(resident_peak() - before)


def main() -> None:
    """Prints the rows of the table."""
    parser = arguments(__doc__)
    parser.add_argument("--score", action="store_true", help="only print the bytes of the scoring, in this process")
    args = parse(parser)
    if args.score:
        print(score())
        return
    model, callback = build(args, "generate")
    collect(model, callback)
    buffer = model.rollout_buffer
    tokens = buffer.buffer_size * buffer.n_envs
    plain = sum(space.shape[0] for space in model.observation_space.spaces.values()) * 4 + 25
    held = buffer.nbytes / tokens
    show("rollout buffer, a token", Figure(held, plain, held), "bytes", "64", "32")
    command = [sys.executable, "-m", "benchmarks.memory", "--score"]
    found = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    logits = 4.0 * VOCABULARY * TOKENS
    mib = 2**20
    figure = Figure(found / mib, logits / mib, found / logits)
    show("peak of log-prob and entropy over all logits", figure, "MiB", "1.2", "0.5")


if __name__ == "__main__":
    main()
