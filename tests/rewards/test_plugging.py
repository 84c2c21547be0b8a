"""Rewards of others: functions, classes, names, installed packages."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym
from textgym.rewards import registry
from textgym.rewards.base import RewardError
from textgym.rewards.evaluate import score_text

FAMILIES = (
    "log_likelihood", "lm", "kl", "coverage", "faithfulness", "knowledge", "semantic", "grammar", "classifier",
    "repetition", "diversity", "length", "novelty", "human", "preference", "constant", "random", "shuffled",
)  # fmt: skip


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that brings rewards, installed in a folder of its own."""
    (tmp_path / "politeness_rewards.py").write_text(
        "from textgym.rewards.form import Diversity\n"
        "def thanks(text, example):\n    return float('thank' in text.lower())\n"
        "class Varied(Diversity):\n    name = 'varied'\n"
        "number = 7\n"
    )
    info = tmp_path / "politeness-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: politeness\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[textgym:rewards]\nthanks = politeness_rewards:thanks\nlost = politeness_rewards:nowhere\nrouge = x:y\n"
        "number = politeness_rewards:number\n[textgym.rewards]\nvaried = politeness_rewards:Varied\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_installed_packages_bring_rewards_by_name(installed: Path) -> None:
    assert {"thanks", "varied", "lost", "rouge"} <= set(textgym.list_rewards())
    assert "politeness_rewards" not in sys.modules, "listing imports nothing"
    assert score_text(textgym.make_reward("thanks"), "Thank you") == 1.0
    assert score_text(textgym.make_reward("varied", orders=(1,)), "a a") == 0.5
    assert textgym.make_reward("rouge").name == "rouge", "built-in names stay"
    env = gym.make("TokenSummarize-v0", reward={"thanks": 1.0, "varied": 0.1}, max_new_tokens=3)
    env.reset(seed=0)
    assert set(env.step(20)[4]["reward_terms"]) == {"thanks", "varied"}
    with pytest.raises(ValueError, match=r"'lost' of the installed package 'politeness'.*nowhere"):
        textgym.make_reward("lost")
    with pytest.raises(ValueError, match="got 7"):
        textgym.make_reward("number")
    with pytest.raises(ValueError, match="registered already"):
        textgym.register_reward("thanks", len)
    sys.modules.pop("politeness_rewards")


def test_registered_rewards_work_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTERED", {})
    textgym.register_reward("short", lambda text, example: 1.0 / (1 + len(text)))
    env = gym.make("TokenSummarize-v0", reward={"rouge": 1.0, "short": 0.2}, max_new_tokens=3)
    env.reset(seed=0)
    assert "short" in env.step(20)[4]["reward_terms"]
    with pytest.raises(ValueError, match="did you mean 'short'"):
        textgym.make_reward("shortt")


BAD: tuple[tuple[Any, str], ...] = (
    (None, "gave None, which is not a number"),
    ("0.5", "gave '0.5', which is not a number"),
    (b"0.5", "gave b'0.5', which is not a number"),
    (bytearray(b"0.5"), "which is not a number"),
    (memoryview(b"0.5"), "which is not a number"),
    (np.str_("0.5"), "which is not a number"),
    ([0.5], "which is not a number"),
    (1j, "which is not a number"),
    (float("nan"), "gave nan, allowed is a finite number"),
    (np.inf, "gave inf, allowed is a finite number"),
)


@pytest.mark.parametrize(("value", "message"), BAD, ids=lambda part: type(part).__name__)
def test_what_is_no_finite_number_is_refused(value: Any, message: str) -> None:
    def given(text: str, example: Any) -> Any:
        return value

    env = gym.make("TokenCopy-v0", reward={"copy": 1.0, "given": {"reward": given}}).unwrapped
    env.reset(options={"example": 3})
    with pytest.raises(RewardError) as caught:
        env.step(5)
    for part in ("reward 'given'", message, f"example {env.mdp.corpus[3].id!r}, step 1"):
        assert part in str(caught.value)
    env.reset(seed=0)


def _raises(texts: list[str]) -> list[float]:
    raise KeyError("weights")


@pytest.mark.parametrize(
    ("function", "message"),
    [(lambda texts, value=value: [value] * len(texts), message) for value, message in BAD]
    + [(lambda texts: [], "gave 0 scores for 1 texts"), (_raises, "raised KeyError: 'weights'")],
)
@pytest.mark.parametrize("rows", [None, 2])
def test_nor_is_it_from_those_that_score_many_texts(function: Any, message: str, rows: int | None) -> None:
    reward = textgym.make_reward("classifier", model=object()).from_function(function)  # type: ignore[attr-defined]
    settings: dict[str, Any] = {"reward": {"copy": 1.0, "given": {"reward": reward}}}
    env: Any = gym.make("TokenCopy-v0", **settings) if rows is None else gym.make_vec("TokenCopy-v0", rows, **settings)
    env.reset(seed=3)
    with pytest.raises(RewardError) as caught:
        env.unwrapped.step(5 if rows is None else np.array([5, 5]))
    for part in ("reward 'classifier'", message if rows is None else message.replace("1 texts", "2 texts"), "step 1"):
        assert part in str(caught.value)
    env.reset(seed=0)


@pytest.mark.parametrize("value", [1, True, 0.25, np.float32(0.25), np.int64(1), np.array(0.25), Fraction(1, 4)])
def test_numbers_of_any_kind_are_taken(value: Any) -> None:
    env = gym.make("TokenCopy-v0", reward=lambda text, example: value)
    env.reset(seed=0)
    assert env.step(5)[1] == float(value)


def test_every_name_has_a_class_that_says_what_it_is() -> None:
    for name, (place, defaults) in registry._BUILTIN.items():
        module, attribute = place.split(":")
        cls = getattr(__import__(module, fromlist=[attribute]), attribute)
        for part in (">>>", "ange", "score", "Source"):
            assert part in cls.__doc__, f"{name}: its docstring lacks {part!r}"
        assert cls.name == name or defaults, name


def test_listing_and_making_load_no_torch() -> None:
    names = list(FAMILIES)
    code = (
        "import sys, textgym; textgym.list_rewards()\n"
        f"for n in {names}: textgym.make_reward(n)\n"
        "assert not {'torch', 'transformers', 'safetensors'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
