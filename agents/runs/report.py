"""The report of a run: one page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

from agents.runs.curves import write_curves
from agents.runs.folder import RunFolder, read_json, write_atomically
from agents.runs.scoring import Line, columns_of, lines_of, show

_SHOWN_SETTINGS = ("env", "algo", "preset", "seed", "device")


class Token(NamedTuple):
    """A piece of text with its reward; `strength` is 0 to 100, relative to the strongest of its text."""

    piece: str
    reward: str
    kind: str
    strength: int


def write_report(folder: RunFolder) -> None:
    """Write report.html and the curves, from what lies in the folder.

    Raises:
        ValueError: the folder holds no run.
    """
    from jinja2 import Environment

    settings, evaluation = read_json(folder.settings), folder.read_evaluation()
    template = resources.files("agents.runs").joinpath("report.html").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    state = folder.state()
    columns = columns_of(evaluation)
    content = page.render(
        title=f"{settings['env']} · {settings['algo']}",
        settings=settings,
        facts={name: settings[name] for name in _SHOWN_SETTINGS},
        seconds=state.seconds,
        phase=state.phase,
        columns=columns,
        lines=[(line, [show(v) for v in line.values], gains(line)) for line in lines_of(evaluation)],
        about=evaluation[columns[0][1]] if columns else {},
        curves=write_curves(folder.progress, folder.path),
        samples=[_with_tokens(sample) for sample in folder.read_samples()],
        recipe={**settings["recipe"], **settings["algorithm"]},
        env_kwargs=settings["env_kwargs"],
        made_with=settings["made_with"],
    )
    write_atomically(folder.report, content)


def gains(line: Line) -> list[str]:
    """For each decoding, how much a metric changed from before to after: "+0.012"."""
    pairs = list(zip(line.values[::2], line.values[1::2], strict=False))
    if len(line.values) != 4:
        return []
    return ["" if a is None or b is None else f"{b - a:+.1f}" if abs(a) >= 10 else f"{b - a:+.3f}" for a, b in pairs]


def _with_tokens(sample: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(sample)
    for moment in ("before", "after"):
        if moment in sample:
            text = sample[moment]
            out[moment] = {**text, "spans": tokens(text["pieces"], text["rewards"])}
    return out


def tokens(pieces: Sequence[str], rewards: Sequence[float]) -> list[Token]:
    """Each piece with its reward, and how strongly to colour it."""
    scale = max((abs(reward) for reward in rewards), default=0.0)
    spans = []
    for piece, reward in zip(pieces, rewards, strict=True):
        kind = "up" if reward > 0 else "down" if reward < 0 else "none"
        spans.append(Token(piece, f"{reward:+.4f}", kind, round(100 * abs(reward) / scale) if scale else 0))
    return spans
