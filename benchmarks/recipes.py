"""Does every algorithm's recipe run on every task? A cut-down `textgym train` of each pair, about six minutes in all.

    python -m benchmarks.recipes [--algo dqn,trpo] [--ids TokenCopy-v0,TokenQA-v0]

The exit status is the number of runs that failed. One is refused by design: DAgger's oracle knows no later turns, so it
does not take TokenDialogue.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import torch
from typer.testing import CliRunner

from agents.algorithms.catalogue import ALGORITHMS
from agents.cli import app
from textgym.errors import check_choice

IDS = ("TokenCopy-v0", "TokenClassify-v0", "TokenQA-v0", "TokenTranslate-v0", "TokenSummarize-v0", "TokenDialogue-v0",
       "TokenStory-v0", "TokenCaption-v0")  # fmt: skip
SMALL = ("timesteps=160", "warm_start_tokens=160", "critic_tokens=64", "validate_every=128", "validation_examples=4",
         "test_examples=4", "samples=1")  # fmt: skip


def train(env: str, algo: str) -> str:
    """What became of one run: "ok", or the last line that it said."""
    settings = [word for field in SMALL for word in ("--set", field)]
    with tempfile.TemporaryDirectory() as folder:
        words = ["train", "--env", env, "--algo", algo, "--preset", "tiny", "--out", str(Path(folder) / "run")]
        done = CliRunner().invoke(app, [*words, *settings])
    if done.exit_code == 0:
        return "ok"
    return done.output.strip().rpartition("\n")[2] or repr(done.exception)


def main() -> None:
    """A line a run, and how many failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--algo", default=",".join(ALGORITHMS))
    parser.add_argument("--ids", default=",".join(IDS))
    options = parser.parse_args()
    algos, ids = options.algo.split(","), options.ids.split(",")
    for algo in algos:
        check_choice("--algo", algo, ALGORITHMS)
    torch.set_num_threads(1)
    failed = 0
    for algo in algos:
        for env in ids:
            start = time.monotonic()
            found = train(env, algo)
            failed += found != "ok"
            print(f"{algo:16} {env:20} {time.monotonic() - start:5.1f} s  {found}", flush=True)
    print(f"{failed} of {len(algos) * len(ids)} failed")
    sys.exit(failed)


if __name__ == "__main__":
    main()
