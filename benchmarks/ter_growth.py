"""What a token costs TER in short and in long episodes, in every task and for texts that copy their references.

    python -m benchmarks.ter_growth [--examples 16] [--repeats 5]

First random tokens on examples of each task, then texts of whole words for references of 20 to 200 words (of 1,000):
random words; the reference and then random words; the reference in ever new orders; the reference again and again.
Microseconds of processor time a token, the best of some runs for each 32 tokens, the mean over the examples; how much
that grows, and how much on the worst of them. The last column is sacrebleu's call on the text of 128 tokens over the
cost of a token there.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import gymnasium as gym
import numpy as np
import sacrebleu

from textgym.rewards.base import RewardContext
from textgym.rewards.ter import Ter
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows
from textgym.types import Example

SHORT, LONG = 32, 1024
TASKS = ["Summarize", "Translate", "Copy", "QA", "Story", "DataToText", "Dialogue", "Caption", "Noise"]
LENGTHS = (20, 60, 120, 200)


class Numbered:
    """A token for each of 2,000 words."""

    pad_token_id, bos_token_id, eos_token_id = 0, None, 1
    all_special_ids = (0, 1)

    def __len__(self) -> int:
        return 2002

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [int(word) + 2 for word in text.split()]

    def decode(self, token_ids: list[int], skip_special_tokens: bool = False) -> str:
        return "".join(f" {token - 2}" for token in token_ids if token > 1)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return [f" {token - 2}" for token in ids]


def costs(context: RewardContext, example: Example, tokens: list[int], repeats: int) -> np.ndarray[Any, Any]:
    """Microseconds a token, for each `SHORT` tokens of an episode."""
    scorer = Ter().scorer(context, 1)
    best = np.full(len(tokens) // SHORT, np.inf)
    for _ in range(repeats):
        scorer.reset(0, example)
        for part in range(len(best)):
            start = time.process_time()
            for token in tokens[part * SHORT : (part + 1) * SHORT]:
                scorer.step(0, token)
            best[part] = min(best[part], time.process_time() - start)
    return best / SHORT * 1e6


def report(name: str, context: RewardContext, episodes: list[tuple[Example, list[int]]], repeats: int) -> None:
    short, long, official = [], [], []
    for example, tokens in episodes:
        short.append(costs(context, example, tokens[:SHORT], 8 * repeats)[0])
        parts = costs(context, example, tokens, repeats)
        long.append(parts.mean())
        text, start = context.codec.decode(tokens[: 4 * SHORT]), time.process_time()
        sacrebleu.TER().sentence_score(text, list(example.references))
        official.append((time.process_time() - start) * 1e6 / parts[3])
    ratios = np.array(long) / np.array(short)
    print(f"{name:24}{np.mean(short):8.2f}{np.mean(long):9.2f}{np.mean(long) / np.mean(short):8.2f}{ratios.max():8.2f}"
          f"{np.median(official):12.0f}", flush=True)  # fmt: skip


def in_task(task: str, examples: int, repeats: int) -> None:
    env: Any = gym.make(f"Token{task}-v0", max_new_tokens=LONG + 1).unwrapped
    choice, rng = np.flatnonzero(env.mdp.codec.allowed), np.random.default_rng(0)
    choice = choice[choice != env.mdp.codec.eos_id]
    chosen = [(env.mdp.example(i)[0], rng.choice(choice, size=LONG).tolist()) for i in range(examples)]
    report(task, env.mdp._context, chosen, repeats)


def of_words(length: int, examples: int, repeats: int) -> None:
    codec, rng = Codec(Numbered()), np.random.default_rng(length)  # type: ignore[arg-type]
    context = RewardContext(codec, None, TextRows(Detokenizer(codec), 1), LONG)  # type: ignore[arg-type]
    kinds: dict[str, list[tuple[Example, list[int]]]] = {"random": [], "copy": [], "orders": [], "again": []}
    for number in range(examples):
        words = rng.integers(1000, size=length)
        example = Example(str(number), "", (" ".join(map(str, words)),))
        times = LONG // length + 1
        texts = {
            "random": rng.integers(2000, size=LONG),
            "copy": np.concatenate([words, rng.integers(2000, size=LONG)]),
            "orders": np.concatenate([rng.permutation(words) for _ in range(times)]),
            "again": np.tile(words, times),
        }
        for kind, text in texts.items():
            kinds[kind].append((example, (text[:LONG] + 2).tolist()))
    for kind, episodes in kinds.items():
        report(f"{length} words, {kind}", context, episodes, repeats)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(f"{'':24}{'T=32':>8}{'T=1024':>9}{'growth':>8}{'worst':>8}{'sacrebleu':>12}")
    for task in TASKS:
        in_task(task, options.examples, options.repeats)
    for length in LENGTHS:
        of_words(length, max(1, options.examples // 4), max(2, options.repeats // 2))


if __name__ == "__main__":
    main()
