"""One task under vocabularies of every size: what a step, an episode and chance are worth.

    python -m benchmarks.vocabulary_ladder [--env TokenSummarize-v0] [--tokenizer NAME_OR_PATH] [--episodes 100]

For each rung: the size V of the action space, the mean and largest number of tokens of a source and of a reference
with its end token (what `max_source_tokens` and `max_new_tokens` must hold), and the mean return of uniformly random
tokens and of the references. `--tokenizer` adds a Hugging Face tokenizer, by name or path, as the last rung.
"""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np

import textgym  # noqa: F401  (registers the ids)

RUNGS = ("char", "byte", "bpe-1000", "builtin", "word")


class Rung(NamedTuple):
    """A vocabulary on a task."""

    tokenizer: str
    size: int
    source: tuple[float, int]
    reference: tuple[float, int]
    random_return: float
    oracle_return: float


def measure(env_id: str, tokenizer: Any, name: str, episodes: int) -> Rung:
    """A rung, on the first `episodes` examples of the test split."""
    probe: Any = gym.make(env_id, tokenizer=tokenizer, split="test").unwrapped
    codec, task, corpus = probe.mdp.codec, probe.mdp.task, probe.mdp.corpus
    examples = [corpus[index] for index in range(episodes)]
    sources = [len(codec.encode(task.prompt(example))) for example in examples]
    references = [len(codec.encode(example.references[0])) + 1 for example in examples]
    env: Any = gym.make(
        env_id, tokenizer=tokenizer, split="test", max_source_tokens=max(sources), max_new_tokens=max(references)
    )
    allowed, rng = np.flatnonzero(env.unwrapped.action_masks()), np.random.default_rng(0)
    totals = {"random": 0.0, "oracle": 0.0}
    for index, example in enumerate(examples):
        drawn = rng.choice(allowed, size=max(references)).tolist()
        for player, tokens in (("random", drawn), ("oracle", [*codec.encode(example.references[0]), codec.eos_id])):
            env.reset(seed=index, options={"example": index})
            for token in tokens:
                _, reward, terminated, _, _ = env.step(int(token))
                totals[player] += float(reward)
                if terminated:
                    break
    lengths = [(float(np.mean(counts)), max(counts)) for counts in (sources, references)]
    return Rung(name, codec.size, lengths[0], lengths[1], totals["random"] / episodes, totals["oracle"] / episodes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--env", default="TokenSummarize-v0")
    parser.add_argument("--tokenizer", help="a Hugging Face tokenizer, by name or path")
    parser.add_argument("--episodes", type=int, default=100)
    arguments = parser.parse_args()
    print("| tokenizer | V | source tokens, mean (most) | reference tokens, mean (most) | random | oracle |")
    print("|---|---|---|---|---|---|")
    for name in (*RUNGS, *([arguments.tokenizer] if arguments.tokenizer else [])):
        rung = measure(arguments.env, name, name, arguments.episodes)
        (source, most_source), (reference, most_reference) = rung.source, rung.reference
        print(
            f"| `{rung.tokenizer}` | {rung.size:,} | {source:.1f} ({most_source}) | {reference:.1f} ({most_reference}) "
            f"| {rung.random_return:.4f} | {rung.oracle_return:.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
