"""All speed benchmarks, one after the other, each as a ratio against a peer in its own run.

    python -m benchmarks.all [--write docs/speed.md]

With `--write`, what they print goes into that page, between its two marks.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures import HEADER

RUNS = (
    ("environment steps over CartPole's", ["benchmarks.env_speed"]),
    ("cost of the reference metrics over the official libraries", ["benchmarks.reward_cost"]),
    ("cost of the other rewards over the length", ["benchmarks.reward_families"]),
    ("rollouts over plain generation", ["benchmarks.rollout"]),
    ("update over supervised training", ["benchmarks.update"]),
    ("iteration over a plain policy of Stable-Baselines3", ["benchmarks.plain_sb3"]),
    ("the same, over that policy written with more care", ["benchmarks.plain_sb3", "--peer", "careful"]),
    ("iteration over TRL", ["benchmarks.grpo"]),
    ("memory", ["benchmarks.memory"]),
    ("the floor: matrix products at the machine's rate", ["benchmarks.floor"]),
)
BEGIN, END = "<!-- measured: python -m benchmarks.all --write docs/speed.md -->", "<!-- end of what is measured -->"


def run(arguments: list[str]) -> list[str]:
    """The lines that a benchmark prints, shown as they come; one that fails ends everything with its exit status."""
    with subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("run: the benchmark has no output")
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    if process.returncode:
        sys.exit(process.returncode)
    return lines


def section(title: str, command: str, lines: list[str]) -> str:
    """A benchmark's part of the page: its table rows as a table, other lines as they are."""
    rows = [line for line in lines if line.startswith("| ")]
    plain = [line for line in lines if line and line not in rows]
    parts = [f"### {title[0].upper()}{title[1:]}", f"`{command}`"]
    if rows:
        parts.append("\n".join([HEADER, *rows]))
    if plain:
        parts.append("\n".join(["```text", *plain, "```"]))
    return "\n\n".join(parts)


def write(page: Path, measured: str) -> None:
    """Puts `measured` between the marks of a page."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"--write: {page} lacks the marks {BEGIN!r} and {END!r}")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="the page to write into")
    page = parser.parse_args().write
    start, sections = time.perf_counter(), []
    for title, arguments in RUNS:
        command = f"python -m {' '.join(arguments)}"
        print(f"\n== {title}: {command}", flush=True)
        sections.append(section(title, command, run(arguments)))
        if page is not None:  # what is measured so far, should a later one fail
            write(page, "\n\n".join(sections))
    print(f"\nall of it took {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
