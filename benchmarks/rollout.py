"""Tokens a second of a rollout through the environment, over the same model's plain `generate`.

    python -m benchmarks.rollout [--pairs 5] [--model small] [--rows 64] [--prompt 64] [--new 48] [--threads 2]

A rollout is Stable-Baselines3's own `collect_rollouts`: policy, environment, reward, buffer, and the values of the
last observations. Most episodes are as long as the rollout, so it reads about two prompts a row (its own and, for the
last values, the next one) where `generate` reads one. Both run on the same weights, prompts and threads in turn; the
figure is the median of the paired ratios. `--clock cpu --threads 1` counts processor time, for a busy machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from stable_baselines3 import A2C

from agents import SequenceRolloutBuffer, TransformerPolicy, make_vec_env
from agents.policies.sequences import reading_of

Clock = Callable[[], float]
CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}


def build(args: argparse.Namespace) -> tuple[Any, Any]:
    """The algorithm and its callback, ready to collect."""
    venv = make_vec_env(
        args.env, n_envs=args.rows, seed=0, max_source_tokens=args.prompt - 1, max_new_tokens=args.new
    )  # one place of the prompt is the separator's
    model = A2C(
        TransformerPolicy,
        venv,
        n_steps=args.new,
        rollout_buffer_class=SequenceRolloutBuffer,
        policy_kwargs={"model": args.model},
        device=args.device,
    )
    return model, model._setup_learn(10**9, None)[1]


def collect(model: Any, callback: Any, clock: Clock) -> float:
    """Tokens a second of one rollout that begins with fresh episodes and without a cache."""
    model._last_obs = model.env.reset()
    model.policy.set_training_mode(True)  # what an update does: it ends the cache
    start = clock()
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
    return model.n_envs * model.n_steps / (clock() - start)


@torch.no_grad()
def generate(model: Any, clock: Clock) -> float:
    """Tokens a second of `generate` on as many prompts and tokens."""
    policy = model.policy
    policy.set_training_mode(False)
    obs = policy.obs_to_tensor(model.env.reset())[0]
    ids, length = policy.trunk.join(reading_of(obs, policy.tokens.pad))
    mask = (torch.arange(ids.shape[1], device=ids.device) >= ids.shape[1] - length.unsqueeze(1)).long()
    ids = torch.stack([row.roll(ids.shape[1] - int(n)) for row, n in zip(ids, length, strict=True)])
    start = clock()
    out = policy.trunk.model.generate(
        ids,
        attention_mask=mask,
        do_sample=True,
        top_k=0,
        min_new_tokens=model.n_steps,
        max_new_tokens=model.n_steps,
        pad_token_id=policy.tokens.pad,
    )
    return (out.shape[1] - ids.shape[1]) * len(ids) / (clock() - start)


def main() -> None:
    """Prints the pairs and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--env", default="TokenSummarize-v0")
    parser.add_argument("--model", default="small", help="a causal preset or pretrained model")
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--prompt", type=int, default=64)
    parser.add_argument("--new", type=int, default=48)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model, callback = build(args)
    clock = CLOCKS[args.clock]
    collect(model, callback, clock), generate(model, clock)
    pairs = [(collect(model, callback, clock), generate(model, clock)) for _ in range(args.pairs)]
    for ours, theirs in pairs:
        print(f"collect_rollouts {ours:8,.0f} tokens/s   generate {theirs:8,.0f} tokens/s   ratio {ours / theirs:.2f}")
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"median: collect_rollouts {ours:,.0f}, generate {theirs:,.0f}, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
