"""Steps a second of the environments, single and vector, over CartPole's in the same run.

    python -m benchmarks.env_speed [--repeats 5] [--clock cpu]

Each figure is the median over paired repetitions of (ours / CartPole). Actions are uniformly random over the
ids that put text, drawn beforehand; episodes reset where they end; both go through `gym.make` or `gym.make_vec`.
"fresh": (nearly) every episode is on an example that is met for the first time. A single environment reads (or draws,
where `python -m textgym.corpora.prepare` has not been run), encodes and indexes it then; a vector environment reads
ahead in its first reset, whose time is given in a line of its own. "met": every repetition goes through the same
examples again, as training does from its second pass on. Both repeat the same actions; with "new actions" each
repetition draws its own, which are mostly words that nobody has seen; "sampled" actions are new and may be any, as
`action_space.sample()` gives them: a few episodes end at each step, where else all end together. "copy=True":
observations are the caller's own arrays, to be written to.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import statistics
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

import textgym  # noqa: F401
from benchmarks.figures import CLOCKS, now, parse


def single(env: Any, draw: Callable[[], Any], again: bool = False, seed: int = 0) -> Callable[[], float]:
    """Steps a second of a single environment over the actions that `draw` gives; `again`: on the same examples."""
    env.reset(seed=seed)

    def run() -> float:
        actions = draw().tolist()
        if again:
            env.reset(seed=seed)
        start = now()
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return len(actions) / (now() - start)

    return run


def vector(env: Any, draw: Callable[[], np.ndarray]) -> Callable[[], float]:
    """Steps a second of a vector environment, all rows counted; `draw` gives the actions (steps, N)."""
    env.reset(seed=0)

    def run() -> float:
        actions = draw()
        start = now()
        for row in actions:
            env.step(row)
        return actions.size / (now() - start)

    return run


def first_visits(make: Callable[[], Any], actions: np.ndarray) -> Callable[[], float]:
    """Steps a second of a new vector environment each time, whose rows begin with other examples each time."""
    seeds = itertools.count(0, actions.shape[1])

    def run() -> float:
        env = make()
        env.reset(seed=next(seeds))
        start = now()
        for row in actions:
            env.step(row)
        return actions.size / (now() - start)

    return run


def first_reset(make: Callable[[], Any], repeats: int) -> float:
    """Seconds of the first reset of a new environment, the median."""
    times = []
    for seed in range(repeats):
        env = make()
        start = now()
        env.reset(seed=seed)
        times.append(now() - start)
    return statistics.median(times)


def paired(ours: Callable[[], float], peer: Callable[[], float], repeats: int) -> tuple[float, float, float]:
    """Medians of (our rate, the peer's rate, their ratio), after one repetition of each to warm up."""
    ours(), peer()
    pairs = [(ours(), peer()) for _ in range(repeats)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def text_actions(env: Any, shape: int | tuple[int, int], seed: int | None = 0) -> Callable[[], np.ndarray]:
    """Gives random ids that put text: always the same ones, or with `seed=None` others each time."""
    unwrapped = env.unwrapped
    allowed = unwrapped.mdp.codec.allowed.copy()
    allowed[unwrapped.mdp.codec.eos_id] = False
    ids, rng = np.flatnonzero(allowed), np.random.default_rng(1)
    return lambda: (rng if seed is None else np.random.default_rng(seed)).choice(ids, size=shape)


def any_actions(env: Any, shape: tuple[int, int]) -> Callable[[], np.ndarray]:
    """Gives random ids, others each time, as `action_space.sample()` does."""
    rng, size = np.random.default_rng(2), env.single_action_space.n
    return lambda: rng.integers(size, size=shape)


def cart_actions(shape: int | tuple[int, int]) -> Callable[[], np.ndarray]:
    """Gives CartPole's."""
    return lambda: np.random.default_rng(0).integers(2, size=shape)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--num-envs", type=int, default=1024)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu for a busy machine")
    parser.set_defaults(threads=None)
    repeats, steps, rows = (vars(parse(parser))[key] for key in ("repeats", "steps", "num_envs"))
    print(f"{'environment':66} {'steps/s':>12} {'CartPole':>12} {'ratio':>7}")

    def show(name: str, figures: tuple[float, float, float]) -> None:
        print(f"{name:66} {figures[0]:12,.0f} {figures[1]:12,.0f} {figures[2]:7.2f}", flush=True)

    cart = gym.make("CartPole-v1")
    peer = single(cart, cart_actions(steps))
    for reward in ("rouge", "bleu"):
        env = gym.make("TokenSummarize-v0", reward=reward)
        draw, new = text_actions(env, steps), text_actions(env, steps, seed=None)
        show(f"TokenSummarize-v0, {reward}, fresh examples", paired(single(env, draw), peer, repeats))
        show(f"TokenSummarize-v0, {reward}, met examples", paired(single(env, draw, again=True), peer, repeats))
        show(f"TokenSummarize-v0, {reward}, fresh, new actions", paired(single(env, new, seed=1), peer, repeats))
    lengths = [gym.make("TokenSummarize-v0", max_new_tokens=length) for length in (32, 1024)]
    runs = [single(env, text_actions(env, steps), again=True) for env in lengths]
    print(f"cost of a step at T = 1,024 over T = 32, single: {paired(runs[0], runs[1], repeats)[2]:.2f}")

    make_carts = functools.partial(gym.make_vec, "CartPole-v1", num_envs=rows)
    carts, reset = make_carts(), first_reset(make_carts, repeats)
    peer = vector(carts, cart_actions((300, rows)))
    for tokenizer in ("builtin", "bpe-1000"):
        envs: Any = gym.make_vec("TokenSummarize-v0", num_envs=rows, tokenizer=tokenizer)
        draw = text_actions(envs, (300, rows))
        ours = vector(envs, draw)
        for _ in range(4):
            ours()  # until the automata know most tokens; `envs.tokenizer` carries what they know
        make = functools.partial(gym.make_vec, "TokenSummarize-v0", num_envs=rows, tokenizer=envs.tokenizer)
        name = f"TokenSummarize-v0, rouge, {rows:,} rows, {tokenizer}"
        times = f"first reset {1e3 * first_reset(make, repeats):.0f} ms, CartPole's {1e3 * reset:.0f} ms"
        print(f"{name}: {times}", flush=True)
        show(f"{name}, fresh", paired(first_visits(make, draw()), peer, repeats))
        copies = vector(make(copy=True), draw)
        for _ in range(20):
            ours(), copies()  # the examples of the corpus are prepared when they are first met
        show(f"{name}, met", paired(ours, peer, repeats))
        show(f"{name}, met, copy=True", paired(copies, peer, repeats))
        new = text_actions(envs, (300, rows), seed=None)
        show(f"{name}, met, new actions", paired(vector(envs, new), peer, repeats))
        sampled = vector(make(), any_actions(envs, (300, rows)))
        show(f"{name}, sampled", paired(sampled, peer, repeats))
    for count, copy in ((64, None), (256, None), (rows, None), (rows, True)):
        make = functools.partial(gym.make_vec, "TokenSummarize-v0", num_envs=count, copy=copy)
        runs = [
            vector(env, text_actions(env, (300, count)))
            for env in (make(max_new_tokens=length) for length in (32, 1024))
        ]
        what = f"{count:,} rows, copy=True" if copy else f"{count:,} rows"
        print(
            f"cost of a step at T = 1,024 over T = 32, {what}: {paired(runs[0], runs[1], repeats)[2]:.2f}", flush=True
        )


if __name__ == "__main__":
    main()
