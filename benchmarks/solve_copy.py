"""Does an algorithm solve `TokenCopy-v0` from scratch, and after how many tokens?

    python -m benchmarks.solve_copy --algo ppo,grpo [--seeds 5] [--out results.json]

A run is solved when greedy texts for 128 held-out examples earn 0.95 of the optimum (1.0). It ends there, or at the
algorithm's budget, which `BUDGETS` states in tokens. Difficulty is "easy": copies of up to 8 symbols. Results are
kept in `--out`, a line a run; what is there already is not run again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from agents import evaluate, make_vec_env
from agents.algorithms.catalogue import AlgorithmRow, find_algorithm
from agents.algorithms.fitting import fitted, own_policy
from textgym.errors import check_choice

ENV = {"id": "TokenCopy-v0", "difficulty": "easy"}
SOLVED = 0.95

# name -> (tokens, what the constructor gets beside seed and policy; for algorithms with a network of
# their own, beside the defaults of their rows)
BUDGETS: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "bc": (10_000, {"learning_rate": 1e-3}),
    "dagger": (10_000, {"learning_rate": 1e-3}),
    "mixer": (40_000, {"learning_rate": 1e-3, "delta": 1, "normalize_advantage": True, "ent_coef": 0.02}),
    "reinforce": (
        150_000,
        {"learning_rate": 1e-3, "baseline": "leave_one_out", "normalize_advantage": True, "ent_coef": 0.02},
    ),
    "ppo": (150_000, {"learning_rate": 1e-3, "n_steps": 16, "batch_size": 256, "n_epochs": 4, "gamma": 0.9,
                      "ent_coef": 0.02}),
    "a2c": (300_000, {"learning_rate": 1e-3, "n_steps": 9, "gamma": 0.9, "ent_coef": 0.02, "use_rms_prop": False,
                      "normalize_advantage": True}),
    "grpo": (60_000, {"learning_rate": 1e-3, "samples_per_example": 8, "n_epochs": 2, "batch_size": 64,
                      "reward_to_go": True, "step_baseline": True, "ent_coef": 0.02}),
    "nlpo": (150_000, {"learning_rate": 1e-3, "n_epochs": 4, "batch_size": 32, "gamma": 0.9, "ent_coef": 0.02,
                       "mask_top_p": 0.95}),
    "maskable_ppo": (60_000, {"learning_rate": 1e-3, "n_steps": 16, "batch_size": 256, "n_epochs": 4, "gamma": 0.9,
                              "ent_coef": 0.02}),
    "trpo": (120_000, {"learning_rate": 1e-3, "n_steps": 16, "batch_size": 256, "gamma": 0.9, "target_kl": 0.05}),
    "recurrent_ppo": (60_000, {"gamma": 0.9}),
    "dqn": (60_000, {"gamma": 0.5}),
    "qr_dqn": (60_000, {"gamma": 0.5}),
    "q_actor_critic": (60_000, {"learning_rate": 1e-3, "ent_coef": 0.2}),
}  # fmt: skip


def solve(algo: str, seed: int) -> dict[str, Any]:
    """One run: its score, and the tokens and seconds that it took."""
    budget, settings = BUDGETS[algo]
    row = find_algorithm(algo)
    policy, kwargs = fitted(row.load(), {**_defaults(row), **settings}, {"model": "tiny"})
    env = make_vec_env(
        ENV["id"], n_envs=128 if algo in ("reinforce", "grpo") else 64, seed=seed, difficulty=ENV["difficulty"]
    )
    model = row.load()(policy, env, seed=seed, device="cpu", **kwargs)
    began, parts, score = time.monotonic(), 10, 0.0
    for part in range(1, parts + 1):
        left = budget * part // parts - model.num_timesteps
        if algo == "mixer" and part < parts:  # its stages follow the progress of one `learn`
            continue
        if left > 0:
            model.learn(left, reset_num_timesteps=model.num_timesteps == 0)
        score = evaluate(model, ENV, n_examples=128, anchors=(0.0, 1.0)).mean_return
        if score >= SOLVED:
            break
    seconds = time.monotonic() - began
    return {"algo": algo, "seed": seed, "score": score, "tokens": model.num_timesteps, "seconds": seconds}


def _defaults(row: AlgorithmRow) -> dict[str, Any]:
    """The recipe's settings of the algorithms that keep a network of their own; none for others."""
    return row.config()().kwargs() if own_policy(row.load()) else {}


def main() -> None:
    """Run what is asked for and not done yet; print a line an algorithm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--algo", default=",".join(BUDGETS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("runs/solve_copy.jsonl"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    algos = options.algo.split(",")
    for algo in algos:
        check_choice("--algo", algo, BUDGETS)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.is_file() else []
    print("| algorithm | budget (tokens) | solved | least score | median tokens | median seconds |")
    print("|---|---|---|---|---|---|")
    for algo in algos:
        for seed in range(options.seeds):
            if not any(run["algo"] == algo and run["seed"] == seed for run in done):
                done.append(solve(algo, seed))
                with options.out.open("a") as file:
                    file.write(json.dumps(done[-1]) + "\n")
        runs = [run for run in done if run["algo"] == algo and run["seed"] < options.seeds]
        solved = sum(run["score"] >= SOLVED for run in runs)
        tokens, seconds = (statistics.median(run[name] for run in runs) for name in ("tokens", "seconds"))
        least = min(run["score"] for run in runs)
        print(
            f"| {algo} | {BUDGETS[algo][0]:,} | {solved} of {len(runs)} | {least:.3f} "
            f"| {tokens:,.0f} | {seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
