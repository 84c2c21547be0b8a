"""`textgym play`: a person can play every environment of the catalogue, turns and pictures included."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import time
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from agents.cli import app
from agents.play import Game
from benchmarks.catalogue_returns import _oracle
from envs_registry import CATALOGUE
from textgym.render import image_to_ansi


@pytest.mark.parametrize("env_id", [row.id for row in CATALOGUE])
def test_an_episode_of_each_id(env_id: str) -> None:
    env = gym.make(env_id, split="test")
    env.reset(seed=0, options={"example": 1})
    example: Any = env.unwrapped.example  # type: ignore[attr-defined]
    total = 0.0
    for token in _oracle(env):
        _, reward, terminated, _, info = env.step(token)
        total += float(reward)
        if terminated:
            break
    typed = "".join(f"{turn}\n\n" for turn in example.meta.get("turns", example.references[:1]))
    line = ["play", env_id, "--example", "1", "--episodes", "1", "--split", "test", "--seed", "0", "--no-suggestions"]
    done = CliRunner().invoke(app, line, input=typed)
    assert done.exit_code == 0, done.output
    found = re.search(r"return (-?\d+\.\d{4})", done.output)
    assert found is not None, done.output
    assert float(found[1]) == pytest.approx(total, abs=1e-4)
    assert info["finish_reason"] in done.output
    for turn_line in example.meta.get("lines", ())[1:]:
        assert turn_line.split()[-1] in done.output


def game(env_id: str, lines: list[str], **kwargs: Any) -> str:
    """What a person sees who types these lines, on a terminal of 100 columns with colours."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=100)
    given = iter(lines)

    def read() -> str:
        line = next(given, None)
        if line is None:
            raise EOFError
        return line

    Game(gym.make(env_id, **kwargs), console, read, lambda _: []).play(1, 0, 0)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_undoing_goes_back_before_the_answer() -> None:
    first, second = "I do not know.", "Bananas."
    seen = re.sub(r"\x1b\[[\d;]*m", "", game("TokenDialogue-v0", [first, "", ":u", "", second, "", "", ""]))
    answers = re.findall(r"answer +User: (.*)", seen)
    assert answers[0] == answers[1]
    assert len(answers) >= 2
    assert f"text     {second}" in seen


def test_a_turn_that_is_full_ends() -> None:
    seen = game("TokenDialogue-v0", ["word " * 40, ":q"], max_new_tokens=5)
    assert "answer" in seen
    assert "the turn is full" in seen


def test_the_picture_is_in_the_terminal() -> None:
    env = gym.make("TokenCaption-v0")
    image = env.reset(seed=0, options={"example": 0})[0]["image"]
    seen = game("TokenCaption-v0", [":q"])
    cells = re.findall(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m(▀+)", seen)
    shown = [[int(c) for c in cell[:6]] for cell in cells for _ in cell[6]]
    pixels = np.array(shown).reshape(32, 64, 2, 3).transpose(0, 2, 1, 3).reshape(64, 64, 3)
    assert np.array_equal(pixels, image)


def test_pictures_of_any_shape_fit() -> None:
    image = np.zeros((90, 300, 3), dtype=np.uint8)
    image[:, 150:] = 255
    plain = image_to_ansi(image, columns=20, colour=False).split("\n")
    assert plain == ["@" * 10 + " " * 10] * 3
    assert image_to_ansi(image, columns=20).count("▀") == 60


def test_at_a_terminal() -> None:
    """A process of its own on a pseudo-terminal, keys and all."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "100"}
    line = [sys.executable, "-m", "agents.cli", "play", "TokenCaption-v0", "--episodes", "1"]
    process = subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True)
    os.close(theirs)
    seen, sent, deadline = "", 0, time.monotonic() + 60
    keys = [":1\r", "\r"]
    while time.monotonic() < deadline:
        try:
            seen += os.read(ours, 65536).decode(errors="replace")
        except OSError:  # the other end is closed
            break
        while sent < len(keys) and seen.count("> ") > sent:
            os.write(ours, keys[sent].encode())
            sent += 1
    assert process.wait(10) == 0
    os.close(ours)
    assert "▀" in seen
    assert "return" in seen
