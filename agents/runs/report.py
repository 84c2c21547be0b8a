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
    """A piece of text with its reward, by terms too; `strength` is 0 to 100, relative to the strongest of its text."""

    piece: str
    reward: str
    kind: str
    strength: int
    terms: Mapping[str, float]


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
        alarms=state.alarms,
        samples=[_with_tokens(sample) for sample in folder.read_samples()],
        terms=terms_in(folder.read_samples()),
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
            out[moment] = {**text, "spans": tokens(text["pieces"], text["rewards"], text.get("terms", {}))}
    return out


def tokens(
    pieces: Sequence[str], rewards: Sequence[float], terms: Mapping[str, Sequence[float]] | None = None
) -> list[Token]:
    """Each piece with its reward, how strongly to colour it, and its reward term by term."""
    scale = max((abs(reward) for reward in rewards), default=0.0)
    spans = []
    for place, (piece, reward) in enumerate(zip(pieces, rewards, strict=True)):
        kind = "up" if reward > 0 else "down" if reward < 0 else "none"
        strength = round(100 * abs(reward) / scale) if scale else 0
        parts = {name: round(values[place], 4) for name, values in (terms or {}).items()}
        spans.append(Token(piece, f"{reward:+.4f}", kind, strength, parts))
    return spans


def terms_in(samples: Sequence[Mapping[str, Any]]) -> list[str]:
    """The terms that the samples' tokens were paid by, where there are several."""
    found = dict.fromkeys(
        name for sample in samples for moment in ("before", "after") for name in sample.get(moment, {}).get("terms", {})
    )
    return list(found) if len(found) > 1 else []
