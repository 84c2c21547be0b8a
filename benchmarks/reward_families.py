"""What a token costs under every reward in short and in long episodes.

    python -m benchmarks.reward_families [--tasks Summarize Story ...] [--examples 1] [--repeats 15] [--neural]
    python -m benchmarks.reward_families --rows 1024

Each episode runs through a ledger of one dense term, texts included: random tokens of the task's tokenizer,
microseconds a token, the mean over the examples of the best of several runs for each 32 tokens. The ratio compares long
episodes with short ones; "worst" is that of the single examples. Without `--tasks`, each reward is measured in the task
that it was made for, or in summarisation. People are not asked. With `--rows`, what a step of so many texts at once
costs, over the number of texts.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import time
from typing import Any

import gymnasium as gym
import numpy as np

import textgym
from textgym.rewards.ledger import Ledger
from textgym.rewards.preference import fit_preferences
from textgym.rewards.ratings import Pair
from textgym.rewards.terms import Term
from textgym.text.detokenize import Detokenizer, TextRows

SHORT, LONG = 32, 1024
HOMES = {
    "attribute_f1": "Caption", "delay": "Delay", "needle": "Needle", "noise": "Noise", "parent": "DataToText",
    "persona": "Dialogue", "user": "Dialogue", "own_task": "Mix",
}  # fmt: skip
ONLY = ("own_task", "parent")  # others have no tasks, no tables


def names_for(task: str | None) -> dict[str, str]:
    """The task in which each reward is measured."""
    homes = {name: HOMES.get(name, "Summarize") for name in textgym.list_rewards() if name != "human"}
    if task is None:
        return homes
    return {name: task for name, home in homes.items() if name not in ONLY or home == task}


@functools.cache
def reward(name: str) -> Any:
    """The reward with its defaults, and little for `preference` to learn from."""
    if name == "preference":
        model = fit_preferences([Pair("", f"a storm hit the town {n}", "storm storm storm") for n in range(9)])
        return textgym.make_reward(name, model=model)
    return textgym.make_reward(name)


def neural(size: int) -> dict[str, Any]:
    """Language models as rewards."""
    from transformers import AutoModelForCausalLM, GPT2Config

    config = GPT2Config(vocab_size=size, n_positions=1100, n_embd=128, n_layer=2, n_head=2)
    model = AutoModelForCausalLM.from_config(config)
    return {f"{name} (2 layers)": textgym.make_reward(name, model=model) for name in ("lm", "kl")}


@functools.cache
def environment(task: str) -> Any:
    """An environment of long episodes."""
    return gym.make(f"Token{task}-v0", max_new_tokens=LONG + 1).unwrapped


def costs(term: Any, env: Any, example: Any, tokens: list[int], repeats: int) -> np.ndarray[Any, Any]:
    """Microseconds for a token, for each `SHORT` tokens of an episode."""
    ledger = Ledger([Term("term", term)], env.mdp._context, 1)
    parts = np.full(len(tokens) // SHORT, np.inf)
    for _ in range(repeats):
        ledger.reset(0, example)
        for part in range(len(parts)):
            start = time.perf_counter()
            for token in tokens[part * SHORT : (part + 1) * SHORT]:
                ledger.step(0, token, False)
            parts[part] = min(parts[part], time.perf_counter() - start)
    return parts / SHORT * 1e6


def cost_of_rows(term: Any, env: Any, rows: int) -> float:
    """Microseconds for a token of each of so many texts that grow side by side, the better of two runs."""
    context = dataclasses.replace(env.mdp._context, texts=TextRows(Detokenizer(env.mdp.codec), rows))
    ledger, rng = Ledger([Term("term", term)], context, rows), np.random.default_rng(0)
    choice = np.flatnonzero(env.mdp.codec.allowed)
    tokens = rng.choice(choice[choice != env.mdp.codec.eos_id], size=(SHORT, rows)).astype(np.int32)
    examples, never = [env.mdp.example(index)[0] for index in range(rows)], np.zeros(rows, dtype=np.bool_)
    best = np.inf
    for _ in range(2):
        ledger.reset_rows(np.arange(rows), examples)
        start = time.perf_counter()
        for step in tokens:
            ledger.step_all(step, never)
        best = min(best, time.perf_counter() - start)
    return best / tokens.size * 1e6


def report(name: str, term: Any, env: Any, examples: int, repeats: int) -> None:
    choice, rng = np.flatnonzero(env.mdp.codec.allowed), np.random.default_rng(0)
    choice = choice[choice != env.mdp.codec.eos_id]
    short, long = [], []
    for index in range(examples):
        (example, _), tokens = env.mdp.example(index), rng.choice(choice, size=LONG).tolist()
        short.append(costs(term, env, example, tokens[:SHORT], 8 * repeats)[0])
        long.append(costs(term, env, example, tokens, repeats).mean())
    worst = (np.array(long) / np.array(short)).max()
    print(f"{name:17} {np.mean(short):8.2f} {np.mean(long):8.2f} {np.mean(long) / np.mean(short):7.2f} {worst:7.2f}",
          flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", default=[None])
    parser.add_argument("--examples", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--neural", action="store_true")
    parser.add_argument("--rows", type=int)
    options = parser.parse_args()
    if options.rows is not None:
        print(f"{'reward':17} {'us a row':>8}   of {options.rows}")
        for name, home in names_for(None).items():
            print(f"{name:17} {cost_of_rows(reward(name), environment(home), options.rows):8.2f}", flush=True)
        return
    for task in options.tasks:
        print(
            f"{task or 'reward':17} {'T=' + str(SHORT):>8} {'T=' + str(LONG):>8}   ratio   worst   microseconds a token"
        )
        for name, home in names_for(task).items():
            report(name, reward(name), environment(home), options.examples, options.repeats)
        if options.neural:
            env = environment(task or "Summarize")
            for name, term in neural(int(env.action_space.n)).items():
                report(name, term, env, options.examples, options.repeats)


if __name__ == "__main__":
    main()
