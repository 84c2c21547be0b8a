"""What TER and the rewards that are no reference metrics cost per token, in short and in long episodes.

    python -m benchmarks.reward_families [--repeats 15] [--neural]

Each episode runs through a ledger of one dense term, texts included: random tokens of the built-in summarisation
tokenizer, microseconds a token, the best of several runs for each
32 tokens. The ratio compares long episodes with short ones.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import gymnasium as gym
import numpy as np

import textgym
from textgym.rewards.ledger import Ledger
from textgym.rewards.preference import fit_preferences
from textgym.rewards.ratings import Pair
from textgym.rewards.terms import Term

SHORT, LONG = 32, 1024


def rewards(size: int, neural: bool) -> dict[str, Any]:
    names = (
        "ter log_likelihood lm kl coverage faithfulness knowledge semantic grammar classifier repetition diversity "
        "length novelty constant random shuffled"
    )
    found: dict[str, Any] = {name: textgym.make_reward(name) for name in names.split()}
    preferences = fit_preferences([Pair("", f"a storm hit the town {n}", "storm storm storm") for n in range(9)])
    found["preference"] = textgym.make_reward("preference", model=preferences)
    if neural:
        from transformers import AutoModelForCausalLM, GPT2Config

        config = GPT2Config(vocab_size=size, n_positions=1100, n_embd=128, n_layer=2, n_head=2)
        model = AutoModelForCausalLM.from_config(config)
        found |= {f"{name} (2 layers)": textgym.make_reward(name, model=model) for name in ("lm", "kl")}
    return found


def cost(reward: Any, env: Any, length: int, repeats: int) -> float:
    """Microseconds for a token of an episode of `length` tokens."""
    ledger = Ledger([Term("term", reward)], env.mdp._context, 1)
    example, _ = env.mdp.example(0)
    rng = np.random.default_rng(0)
    choice = np.flatnonzero(env.mdp.codec.allowed)
    tokens = rng.choice(choice[choice != env.mdp.codec.eos_id], size=length).tolist()
    parts = np.full(length // SHORT, np.inf)
    for _ in range(repeats * (8 if length == SHORT else 1)):
        ledger.reset(0, example)
        for part in range(len(parts)):
            start = time.perf_counter()
            for token in tokens[part * SHORT : (part + 1) * SHORT]:
                ledger.step(0, token, False)
            parts[part] = min(parts[part], time.perf_counter() - start)
    return float(parts.mean()) / SHORT * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--neural", action="store_true")
    arguments = parser.parse_args()
    env: Any = gym.make("TokenSummarize-v0", max_new_tokens=LONG + 1).unwrapped
    print(f"{'reward':16} {'T=' + str(SHORT):>8} {'T=' + str(LONG):>8}   ratio   microseconds a token")
    for name, reward in rewards(int(env.action_space.n), arguments.neural).items():
        short, long = (cost(reward, env, length, arguments.repeats) for length in (SHORT, LONG))
        print(f"{name:16} {short:8.2f} {long:8.2f} {long / short:7.2f}", flush=True)


if __name__ == "__main__":
    main()
