"""Every reward in every environment, alone and all together, in every density.

    python -m benchmarks.reward_sweep [--ids TokenSummarize-v0 ...]

Plays random and reference tokens; checks that rewards are finite numbers, that the terms add up to the reward, that
the four densities pay the same sum, and that a vector environment pays what single ones do. The exit status is 1 if
something is wrong.
"""

from __future__ import annotations

import argparse
import functools
import math
import sys
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np

import textgym
from envs_registry import CATALOGUE
from textgym.rewards.human import Human, TerminalRater
from textgym.rewards.preference import Preference, PreferenceModel, fit_preferences
from textgym.rewards.ratings import Pair
from textgym.rewards.terms import Term
from textgym.types import DENSITIES

ONE_TASK = {"own_task": "TokenMix-v0", "parent": "TokenDataToText-v0"}  # others have no tasks, no tables
QUICK = {name: {"max_examples": 20} for name in ("lm", "kl", "semantic")}
STEPS = 40
SAME = 1e-9


@functools.cache
def fitted() -> PreferenceModel:
    """A reward model from a few pairs."""
    return fit_preferences([Pair("", "a storm hit the town", "storm storm storm")])


def term(name: str, quick: bool = False) -> Term:
    """The reward with its defaults, or with little to learn from; a person who always says 4 of 5."""
    if name == "human":
        return Term(name, Human(TerminalRater(5, read=lambda prompt: "4", write=lambda line: None)))
    if quick and name == "preference":
        return Term(name, Preference(fitted()))
    return Term(name, textgym.make_reward(name, **(QUICK.get(name, {}) if quick else {})))


def names_for(env_id: str) -> list[str]:
    """The rewards that work in an environment: all but those made for another one."""
    return [name for name in textgym.list_rewards() if ONE_TASK.get(name, env_id) == env_id]


def draw(env: Any, seed: int) -> list[int]:
    """Tokens of the reference and random ones, and the end in the middle at times."""
    rng = np.random.default_rng(seed)
    reference = env.tokenizer.encode(env.example.references[0], add_special_tokens=False) or [env.mdp.codec.eos_id]
    allowed = np.flatnonzero(env.action_masks())
    chosen = [int(rng.choice(reference) if rng.random() < 0.5 else rng.choice(allowed)) for _ in range(STEPS)]
    return chosen if seed % 2 else [*chosen[: STEPS // 2], env.mdp.codec.eos_id, *chosen]


def episode(env: Any, index: int, tokens: Sequence[int] | None = None) -> dict[str, float]:
    """The sum of each term over (the beginning of) an episode, to its end if there is one within reach."""
    env.reset(seed=index, options={"example": index})
    tokens = draw(env, index) if tokens is None else tokens
    sums: dict[str, float] = {}
    for token in tokens:
        _, reward, done, _, info = env.step(token)
        if not (isinstance(reward, float) and math.isfinite(reward)):
            raise ValueError(f"the reward is {reward!r}")
        if abs(sum(info["reward_terms"].values()) - reward) > 1e-12:
            raise ValueError(f"the terms {info['reward_terms']} do not add up to {reward}")
        for name, share in info["reward_terms"].items():
            sums[name] = sums.get(name, 0.0) + share
        if done:
            break
    return sums


def check(env_id: str, names: Sequence[str], quick: bool = False) -> list[str]:
    """What is wrong with these rewards together in an environment."""
    found: list[dict[str, float]] = []
    limit = {"max_new_tokens": 16}
    for density in DENSITIES:
        try:
            env: Any = gym.make(env_id, reward=[term(name, quick) for name in names], reward_density=density,
                                disable_env_checker=True, **limit).unwrapped  # fmt: skip
            sums = [episode(env, index) for index in range(2)]
        except Exception as error:  # noqa: BLE001  # whatever goes wrong is what this is looking for
            return [f"{env_id}, {density}: {type(error).__name__}: {error}"]
        if env.mdp.task.max_turns == 1:  # else the episode goes on behind what was played
            found.append({f"{name}/{k}": value for k, one in enumerate(sums) for name, value in one.items()})
    return [
        f"{env_id}, {DENSITIES[k]}: {name} pays {sums[name]}, dense {value}"
        for k, sums in enumerate(found)
        for name, value in found[0].items()
        if abs(sums[name] - value) > SAME
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ids", nargs="*", default=[row.id for row in CATALOGUE])
    wrong: list[str] = []
    for env_id in parser.parse_args().ids:
        names = names_for(env_id)
        here = [line for name in names for line in check(env_id, [name])] + check(env_id, names)
        print(f"{env_id:20} {len(names)} rewards alone and together, {len(DENSITIES)} densities: "
              f"{'all well' if not here else ''}", *here, sep="\n  " if here else "", flush=True)  # fmt: skip
        wrong += here
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
