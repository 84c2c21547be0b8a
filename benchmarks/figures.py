"""Paired measurements, and the line in which a benchmark reports one."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import torch

Rate = Callable[[], float]

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
_clock = ["wall"]

HEADER = "| what | ours | peer | ratio | bar | goal |\n|---|---|---|---|---|---|"


class Figure(NamedTuple):
    """Medians over paired runs: of our rate, of the peer's, and of their ratio (which is not that of the medians)."""

    ours: float
    peer: float
    ratio: float


def paired(ours: Rate, peer: Rate, pairs: int) -> Figure:
    """Runs both once to warm up, then in turn `pairs` times."""
    ours(), peer()
    found = [(ours(), peer()) for _ in range(pairs)]
    return of_pairs(found)


def of_pairs(pairs: list[tuple[float, float]]) -> Figure:
    """The medians of pairs that were measured elsewhere."""
    return Figure(
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def show(what: str, figure: Figure, unit: str, bar: str, goal: str) -> None:
    """Prints one row of the table under `HEADER`; `benchmarks.all` collects these."""
    ours, peer = (f"{x:,.1f}" if abs(x) < 100 else f"{x:,.0f}" for x in figure[:2])
    print(f"| {what} | {ours} {unit} | {peer} {unit} | {figure.ratio:.2f} | {bar} | {goal} |", flush=True)


def arguments(description: str | None, pairs: int = 5) -> argparse.ArgumentParser:
    """A parser with what every benchmark of a network takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=pairs, help="paired runs, of which the medians are shown")
    parser.add_argument("--threads", type=int, default=None, help="of torch; its own choice if not given")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu, with one thread, for a busy machine")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", default="small", help="a causal preset or pretrained model")
    parser.add_argument("--rows", type=int, default=64, help="environments")
    parser.add_argument("--prompt", type=int, default=64, help="tokens")
    parser.add_argument("--new", type=int, default=48, help="tokens an episode has at most")
    return parser


def now() -> float:
    """Seconds on the clock that was chosen."""
    return CLOCKS[_clock[0]]()


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments; sets the clock, and torch's threads where that is asked for."""
    args = parser.parse_args()
    _clock[0] = args.clock
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    return args


def synchronize(device: torch.device) -> None:
    """Waits until an accelerator has done what was asked of it; nothing on the CPU."""
    if device.type != "cpu":
        torch.accelerator.synchronize()
