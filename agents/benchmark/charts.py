"""The pictures of a benchmark as inline SVG, in the page's own text colour."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from agents.benchmark.results import Results
from agents.benchmark.stats import Interval, estimate, mean, profile
from agents.benchmark.suites import CLONED, CLONING
from agents.runs.curves import INK

# Colours that stay apart for readers who see few of them (Okabe and Ito 2008), and on dark ground.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "textgym", "font.family": "sans-serif", "font.size": 9}


class Picture(NamedTuple):
    """An SVG and what it shows, for those who cannot see it."""

    title: str
    svg: str


def colour(results: Results, label: str) -> str:
    """An algorithm's colour, the same everywhere."""
    labels = list(dict.fromkeys(cell.label for cell in results.cells if cell.label != CLONING))
    return "#7f868d" if label == CLONING else COLOURS[labels.index(label) % len(COLOURS)]


def learning_curves(results: Results, condition: str) -> list[Picture]:
    """One picture a task: the mean normalised score on validation data over tokens, and the range over seeds."""
    found = []
    for task in results.tasks:
        rows = [row for row in results.rows([task]) if row[1] == condition and results.seeds(task, row)]
        if not rows:
            continue
        with _axes(3.4, 2.3) as (axes, picture):
            for row in rows:
                _band(axes, [results.result(task, row, seed)["curve"] for seed in results.seeds(task, row)],
                      row[0], colour(results, row[0]))  # fmt: skip
            base = (CLONING, CLONED)
            ends = [results.result(task, base, seed)["curve"][-1]["normalized"] for seed in results.seeds(task, base)]
            if ends:
                axes.axhline(sum(ends) / len(ends), color=colour(results, CLONING), linewidth=1.1, linestyle="--",
                             label=CLONING)  # fmt: skip
            axes.set_title(task, loc="left", fontsize=10, fontweight="bold")
            _thousands(axes)
            axes.legend(frameon=False, fontsize=8, handlelength=1.4)
        found.append(Picture(f"{task}, {condition} reward: normalised score over tokens", picture()))
    return found


def _band(axes: Any, curves: Sequence[Sequence[Mapping[str, Any]]], label: str, shade: str) -> None:
    length = min(len(curve) for curve in curves)
    tokens = np.mean([[p["tokens"] for p in curve[:length]] for curve in curves], axis=0)
    heights = np.array([[p["normalized"] for p in curve[:length]] for curve in curves], dtype=float)
    axes.plot(tokens, heights.mean(axis=0), color=shade, linewidth=1.7, marker=".", markersize=5, label=label)
    if len(curves) > 1:
        axes.fill_between(tokens, heights.min(axis=0), heights.max(axis=0), color=shade, alpha=0.18, linewidth=0)


def profiles(results: Results, tasks: Sequence[str], conditions: Sequence[str]) -> Picture | None:
    """Performance profiles: the share of runs above each score, with their bands."""
    rows = [row for row in results.rows(tasks) if row[1] in conditions and results.complete(tasks, row)]
    if not rows or not tasks:
        return None
    everything = np.concatenate([runs for row in rows for runs in results.normalized(tasks, row).values()])
    taus = np.linspace(min(0.0, everything.min()), min(1.05, everything.max() * 1.1 + 0.02), 101)
    with _axes(4.9, 3.2) as (axes, picture):
        for row in rows:
            share, low, high = profile(results.normalized(tasks, row), taus)
            shade = colour(results, row[0])
            axes.plot(taus, share, color=shade, linewidth=1.7, linestyle="--" if row[1] == "sparse" else "-",
                      label=row[0] if row[0] == CLONING else f"{row[0]}, {row[1]}")  # fmt: skip
            axes.fill_between(taus, low, high, color=shade, alpha=0.10, linewidth=0)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("normalised score")
        axes.set_ylabel("share of runs above it")
        axes.set_title(", ".join(tasks), loc="left", fontsize=10, fontweight="bold")
        axes.figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=8)
    return Picture("performance profiles: share of runs above each normalised score", picture())


def gains(results: Results, tasks: Sequence[str]) -> Picture | None:
    """Gains over maximum likelihood with intervals, the controls among them."""
    rows = [row for row in results.rows(tasks) if row[0] != CLONING and results.complete(tasks, row)]
    if not rows:
        return None
    with _axes(4.9, 0.7 + 0.22 * len(rows)) as (axes, picture):
        for place, row in enumerate(reversed(rows)):
            _whisker(axes, place, estimate(results.gains(tasks, row), mean), colour(results, row[0]),
                     row[1] not in ("dense", "sparse"))  # fmt: skip
        axes.axvline(0.0, color=INK, linewidth=0.8)
        axes.set_yticks(range(len(rows)), [f"{label}, {condition}" for label, condition in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel("gain over maximum likelihood, normalised")
        axes.grid(axis="y", visible=False)
    return Picture("gains over maximum likelihood with 95 % intervals; hollow: controls", picture())


def _whisker(axes: Any, place: int, gain: Interval, shade: str, control: bool) -> None:
    axes.plot([gain.low, gain.high], [place, place], color=shade, linewidth=1.8, solid_capstyle="round")
    axes.plot(gain.value, place, "o", color=shade, markerfacecolor="none" if control else shade, markersize=5)


@contextlib.contextmanager
def _axes(width: float, height: float) -> Iterator[tuple[Any, Any]]:
    """Axes to draw on, and a function that gives the SVG once all is drawn."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    inked = ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")
    with rc_context({**dict.fromkeys(inked, INK), **_STYLE}):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        yield axes, lambda: _svg(figure)


def _thousands(axes: Any) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(5))


def _svg(figure: Any) -> str:
    plain = io.StringIO()
    figure.savefig(plain, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<metadata>.*?</metadata>", "", plain.getvalue(), flags=re.DOTALL)
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    return re.sub(
        r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1), count=1
    )
