"""Does the policy see? Captions of held-out scenes by maximum likelihood, with and without the picture.

    python -m benchmarks.captions [--tokens 400000]

Attribute F1 (colours, shapes, sizes, relations named) and BLEU on 200 held-out scenes, greedy.
"""

from __future__ import annotations

import argparse
import time

import torch

from agents import BehaviorCloning, TransformerPolicy, evaluate, make_vec_env


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=300_000)
    parser.add_argument("--difficulty", default="easy")
    options = parser.parse_args()
    torch.set_num_threads(1)
    env = {"id": "TokenCaption-v0", "difficulty": options.difficulty, "image_size": 64}
    for name, encoder in (("with the picture", "small"), ("without", None)):
        venv = make_vec_env(env["id"], n_envs=1, **{key: part for key, part in env.items() if key != "id"})
        start = time.perf_counter()
        model = BehaviorCloning(
            TransformerPolicy, venv, learning_rate=1e-3, batch_size=32, seed=0, device="cpu",
            policy_kwargs={"model": "tiny", "image_encoder": encoder},
        ).learn(options.tokens, log_interval=None)  # fmt: skip
        found = evaluate(model, env, n_examples=200, anchors=(0.0, 1.0))
        scores = ", ".join(f"{key} {found.metrics[key]:.3f}" for key in ("attribute_f1", "bleu"))
        for row in found.rows[:3]:
            print(f"    {row.hypothesis!r} for {row.references[0]!r}")
        print(f"{name:>16}: {scores} after {options.tokens} tokens, {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
