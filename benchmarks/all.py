"""All speed benchmarks, one after the other, each as a ratio against a peer in its own run.

python -m benchmarks.all
"""

from __future__ import annotations

import subprocess
import sys

RUNS = (
    ("environment steps over CartPole's", ["benchmarks.env_speed"]),
    ("cost of the reference metrics over the official libraries", ["benchmarks.reward_cost"]),
    ("cost of the other rewards over the length", ["benchmarks.reward_families"]),
    ("rollouts over generate()", ["benchmarks.rollout"]),
)


def main() -> None:
    """Run them; the first that fails ends it with its exit status."""
    for title, arguments in RUNS:
        print(f"\n== {title}: python -m {' '.join(arguments)}", flush=True)
        subprocess.run([sys.executable, "-m", *arguments], check=True)


if __name__ == "__main__":
    main()
