"""Alarms for honest research: is the reward still a measure of what it stands for?

Feed `Alarms` the figures of each evaluation. It warns when the training reward rises while a metric that is not
trained on falls (Goodhart's law), and when length, repetition or copying run away from where they began.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from textgym.errors import check_int
from textgym.rewards.words import ngrams, words

KINDS = ("overoptimisation", "length", "repetition", "copying")


@dataclass(frozen=True, slots=True)
class Alarm:
    """What went wrong at which step of training."""

    kind: str
    step: int
    message: str


class AlarmWarning(UserWarning):
    """The warning that an alarm raises."""


def _warn(alarm: Alarm) -> None:
    warnings.warn(f"step {alarm.step}: {alarm.message}", AlarmWarning, stacklevel=4)


class Alarms:
    """Watches a training run; knows nothing of the library that trains.

    * overoptimisation: over the last `window` evaluations the training reward rose and a held-out metric fell. A
      series rises if Kendall's rank correlation with time is at least `trend` and the mean of its later half is
      above that of its earlier half; it falls likewise.
    * length: the mean length is `length_factor` times that of the first `window` evaluations, or that part of it.
    * repetition, copying: the rate is `rate_margin` above its mean over the first `window` evaluations.

    Each alarm is given once, and again only after its condition was gone in between.

    Args:
        window: evaluations that a trend, and the beginning, are made of.
        trend, length_factor, rate_margin: as above.
        on_alarm: called with each `Alarm`; by default it becomes a Python warning, `AlarmWarning`.

    >>> alarms = Alarms(window=4, on_alarm=lambda alarm: None)
    >>> for step, (reward, rouge) in enumerate([(0.1, 0.30), (0.2, 0.28), (0.4, 0.20), (0.6, 0.11)]):
    ...     given = alarms.update(step, reward=reward, held_out={"rouge": rouge})
    >>> [alarm.kind for alarm in given]
    ['overoptimisation']
    >>> given[0].message
    'the training reward rises (0.15 to 0.5) while rouge falls (0.29 to 0.155)'
    """

    def __init__(
        self,
        window: int = 5,
        trend: float = 0.6,
        length_factor: float = 2.0,
        rate_margin: float = 0.2,
        on_alarm: Callable[[Alarm], object] = _warn,
    ) -> None:
        self.window = check_int("window", window, 3)
        for field, value, low, high in (
            ("trend", trend, 0.0, 1.0),
            ("length_factor", length_factor, 1.0, math.inf),
            ("rate_margin", rate_margin, 0.0, 1.0),
        ):
            if not low < value <= high:
                raise ValueError(f"{field}: got {value!r}, allowed is a number above {low} up to {high}")
        self.trend, self.length_factor, self.rate_margin = trend, length_factor, rate_margin
        self.on_alarm = on_alarm
        self._series: dict[str, list[float]] = {}
        self._ringing: set[tuple[str, str]] = set()

    def update(
        self,
        step: int,
        *,
        reward: float | None = None,
        held_out: Mapping[str, float] | None = None,
        length: float | None = None,
        repetition: float | None = None,
        copying: float | None = None,
    ) -> list[Alarm]:
        """The figures of one evaluation, all optional; the alarms that they give.

        Args:
            step: of the training, for the messages.
            reward: mean training reward.
            held_out: means of metrics that are not trained on, by name.
            length: mean length of the texts.
            repetition, copying: mean rates, see `repetition_rate` and `copy_rate`.
        """
        figures = {"reward": reward, "length": length, "repetition": repetition, "copying": copying}
        figures |= {f"held_out/{name}": value for name, value in (held_out or {}).items()}
        for name, value in figures.items():
            if value is not None:
                if not math.isfinite(value):
                    raise ValueError(f"{name}: got {value!r}, allowed is a finite number")
                self._series.setdefault(name, []).append(float(value))
        found = {("overoptimisation", name): self._drifts(name) for name in figures if name.startswith("held_out/")}
        found["length", ""] = self._length_runs()
        found |= {(kind, ""): self._rate_runs(kind) for kind in ("repetition", "copying")}
        alarms = []
        for key, message in found.items():
            if message is None:
                self._ringing.discard(key)
            elif key not in self._ringing:
                self._ringing.add(key)
                alarms.append(Alarm(key[0], step, message))
        for alarm in alarms:
            self.on_alarm(alarm)
        return alarms

    def _drifts(self, name: str) -> str | None:
        reward, metric = self._series.get("reward", []), self._series.get(name, [])
        if min(len(reward), len(metric)) < self.window:
            return None
        reward, metric = reward[-self.window :], metric[-self.window :]
        early, late = _halves(reward)
        before, after = _halves(metric)
        if kendall(reward) < self.trend or late <= early or kendall(metric) > -self.trend or after >= before:
            return None
        shown = name.removeprefix("held_out/")
        return (
            f"the training reward rises ({early:.3g} to {late:.3g}) while {shown} falls ({before:.3g} to {after:.3g})"
        )

    def _length_runs(self) -> str | None:
        start, now = self._start_and_now("length")
        if start is None or start <= 0.0:
            return None
        if start / self.length_factor < now < start * self.length_factor:
            return None
        return f"texts have become {'longer' if now > start else 'shorter'}: {start:.3g} to {now:.3g}"

    def _rate_runs(self, kind: str) -> str | None:
        start, now = self._start_and_now(kind)
        if start is None or now <= start + self.rate_margin:
            return None
        return f"{kind} has gone up: {start:.3g} to {now:.3g}"

    def _start_and_now(self, name: str) -> tuple[float | None, float]:
        series = self._series.get(name, [])
        if len(series) <= self.window:
            return None, 0.0
        return sum(series[: self.window]) / self.window, series[-1]


def kendall(values: Sequence[float]) -> float:
    """Kendall's rank correlation of a series with time: 1 rising throughout, -1 falling throughout.

    >>> kendall([1.0, 2.0, 3.0]), kendall([3.0, 1.0, 2.0])
    (1.0, -0.333...)
    """
    steps = [(b > a) - (b < a) for a, b in combinations(values, 2)]
    return sum(steps) / len(steps) if steps else 0.0


def _halves(values: Sequence[float]) -> tuple[float, float]:
    half = len(values) // 2
    return sum(values[:half]) / half, sum(values[-half:]) / half


def repetition_rate(texts: Iterable[str], n: int = 3) -> float:
    """The mean share of word n-grams that a text repeats.

    >>> repetition_rate(["a b a b a b", "a b c d"], n=2)
    0.3
    """
    shares = []
    for text in texts:
        grams = list(ngrams(words(text), n))
        shares.append(1.0 - len(set(grams)) / len(grams) if grams else 0.0)
    return sum(shares) / len(shares) if shares else 0.0


def copy_rate(texts: Iterable[str], sources: Iterable[str], n: int = 4) -> float:
    """The mean share of a text's word n-grams that its source has as well; shorter texts count as not copied.

    >>> copy_rate(["the cat sat on the mat"], ["so the cat sat on a mat"], n=3)
    0.5
    """
    shares = []
    for text, source in zip(texts, sources, strict=True):
        grams, known = list(ngrams(words(text), n)), set(ngrams(words(source), n))
        shares.append(sum(gram in known for gram in grams) / len(grams) if grams else 0.0)
    return sum(shares) / len(shares) if shares else 0.0
