"""Alarms: they ring when they should, once, and not for noise."""

from __future__ import annotations

import numpy as np
import pytest

from textgym.rewards.alarms import Alarm, Alarms, AlarmWarning, copy_rate, kendall, repetition_rate


def collect(**kwargs: float) -> tuple[Alarms, list[Alarm]]:
    rung: list[Alarm] = []
    return Alarms(window=5, on_alarm=rung.append, **kwargs), rung


def test_overoptimisation_rings_once_and_again_after_a_pause() -> None:
    alarms, rung = collect()
    up, down = np.linspace(0, 1, 12), np.linspace(0.5, 0.1, 12)
    for step in range(12):
        alarms.update(step, reward=up[step], held_out={"bleu": down[step], "rouge": up[step]})
    assert [(alarm.kind, alarm.step) for alarm in rung] == [("overoptimisation", 4)]
    assert "bleu falls" in rung[0].message
    for step in range(12, 20):
        alarms.update(step, reward=0.5, held_out={"bleu": 0.5})
    for step in range(20, 28):
        alarms.update(step, reward=step / 20, held_out={"bleu": -step})
    assert len(rung) == 2


def test_both_rising_both_falling_and_noise_are_silent() -> None:
    for reward, metric in ((1, 1), (-1, -1), (-1, 1)):
        alarms, rung = collect()
        for step in range(15):
            alarms.update(step, reward=reward * step, held_out={"m": metric * step})
        assert not rung
    rung_in = 0
    for seed in range(40):
        rng, (alarms, rung) = np.random.default_rng(seed), collect()
        for step in range(10):
            alarms.update(step, reward=rng.normal(), held_out={"m": rng.normal()})
        rung_in += bool(rung)
    assert rung_in <= 8, "noise rings in few runs"


@pytest.mark.parametrize(
    ("figure", "start", "end"),
    [("length", 20.0, 45.0), ("length", 20.0, 9.0), ("repetition", 0.1, 0.4), ("copying", 0.3, 0.9)],
)
def test_runaways(figure: str, start: float, end: float) -> None:
    alarms, rung = collect()
    for step in range(5):
        alarms.update(step, **{figure: start})
    alarms.update(5, **{figure: start})
    assert not rung
    alarms.update(6, **{figure: end})
    assert [alarm.kind for alarm in rung] == [figure]


def test_the_default_is_a_warning() -> None:
    alarms = Alarms(window=3)
    for step in range(3):
        alarms.update(step, length=10.0)
    with pytest.warns(AlarmWarning, match="step 3: texts have become longer: 10 to 30"):
        alarms.update(3, length=30.0)
    with pytest.raises(ValueError, match="reward"):
        alarms.update(4, reward=float("nan"))
    with pytest.raises(ValueError, match="window"):
        Alarms(window=1)


def test_rates() -> None:
    assert kendall([1, 1, 1]) == 0.0
    assert repetition_rate([]) == repetition_rate(["", "a b"]) == 0.0
    assert repetition_rate(["x y z x y z"]) == pytest.approx(0.25)
    assert copy_rate(["a b c d e"], ["a b c d e"]) == 1.0
    assert copy_rate(["a b c d", ""], ["e f g h", "a"]) == 0.0
