"""The learning curves of a run, from its progress.csv."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.runs.progress import Row, read_progress, series

INK = "#0a0b0c"  # stands for the colour of the text around an inline picture
_BLUE, _ORANGE = "#3b82d6", "#e07b2a"


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: a column of progress.csv, what to call it, and how to draw it."""

    column: str
    label: str
    color: str
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: a phase and its lines."""

    phase: str
    title: str
    curves: tuple[Curve, ...]


PANELS = (
    Panel("warm_start", "Warm start: nats per reference token",
          (Curve("train/nll", "training", _BLUE), Curve("validation/loss", "held-out", _ORANGE, "."))),
    Panel("rl", "Reinforcement learning: mean return",
          (Curve("rollout/ep_rew_mean", "training, sampled", _BLUE),
           Curve("validation/return", "held-out, greedy", _ORANGE, "."))),
)  # fmt: skip


def draw(progress: Path) -> Any:
    """The figure, or None if there is nothing to show yet."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter, MaxNLocator

    rows = read_progress(progress)
    panels = [panel for panel in PANELS if any(_points(rows, panel))]
    if not panels:
        return None
    figure = Figure(figsize=(5.2 * len(panels), 3.2), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for curve in panel.curves:
            steps, values = series(rows, panel.phase, curve.column)
            if steps:
                axes.plot(steps, values, color=curve.color, marker=curve.marker, label=curve.label, linewidth=1.6)
        axes.set_title(panel.title, fontsize=11, loc="left")
        axes.set_xlabel("tokens")
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=9)
    return figure


def write_curves(progress: Path, folder: Path) -> str | None:
    """Write curves.png and curves.svg; returns the SVG for a page, in the page's own text colour."""
    from matplotlib import rc_context

    colours = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color",
                             "ytick.color", "grid.color"), INK)  # fmt: skip
    fixed = {"svg.fonttype": "none", "svg.hashsalt": "textgym", "font.family": "sans-serif"}
    with rc_context({**colours, **fixed}):
        figure = draw(progress)
        if figure is None:
            return None
        figure.savefig(folder / "curves.png", dpi=150, facecolor="white")
        plain = io.StringIO()
        figure.savefig(plain, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<metadata>.*?</metadata>", "", plain.getvalue(), flags=re.DOTALL)
    (folder / "curves.svg").write_text(svg.replace(INK, "#555555"), encoding="utf-8")
    return svg[svg.index("<svg") :].replace(INK, "currentColor")


def _points(rows: list[Row], panel: Panel) -> list[bool]:
    return [bool(series(rows, panel.phase, curve.column)[0]) for curve in panel.curves]
