"""What no implementation can beat: the floating-point operations of the matrix products, at the machine's own rate.

    python -m benchmarks.floor

For the GPT-2 of the other benchmarks (4 layers, width 256, prompt 64, 48 tokens): generation and a rollout of texts of
its length read prompt and tokens once, an update reads them with two more passes' worth for the gradients. The rate is
the best of a product of (2048, 256) and (256, 1024), float32. Attention and all else come on top.
"""

from __future__ import annotations

import torch

from benchmarks.figures import arguments, now, parse

LAYERS, WIDTH, VOCABULARY = 4, 256, 1567


def rate(device: str, repeats: int = 50) -> float:
    """Floating-point operations a second."""
    left, right = torch.randn(2048, WIDTH, device=device), torch.randn(WIDTH, 4 * WIDTH, device=device)
    best = float("inf")
    for _ in range(repeats):
        start = now()
        float((left @ right)[0, 0])
        best = min(best, now() - start)
    return 2.0 * 2048 * WIDTH * 4 * WIDTH / best


def main() -> None:
    """Prints the floors as tokens a second."""
    args = parse(arguments(__doc__))
    speed = rate(args.device)
    block = 2 * 12 * WIDTH**2 * LAYERS  # a token through all layers
    head = 2 * WIDTH * VOCABULARY
    work = {
        "generate, rollout": block * (args.prompt + args.new) / args.new + head,
        "rollout, 8 samples a prompt": block * (args.prompt / 8 + args.new) / args.new + head,
        "update": 3 * block * (args.prompt + args.new) / args.new + 4 * head,
    }
    print(f"matrix products: {speed / 1e9:,.0f} GFLOP/s")
    for name, operations in work.items():
        print(f"{name:28} {operations / 1e6:6.1f} MFLOP a token, at most {speed / operations:8,.0f} tokens/s")


if __name__ == "__main__":
    main()
