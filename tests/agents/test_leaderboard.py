"""The leaderboard: entries from a finished benchmark, checked by running a seed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from agents.benchmark import suites
from agents.benchmark.cells import BenchFolder, plan
from agents.benchmark.leaderboard import Comparison, add_entry, read_entries, verify_entry
from agents.benchmark.suites import Suite, find_suite
from agents.benchmark.worker import run_cell
from agents.cli import app
from tests.agents.conftest import small
from tests.conftest import ROOT


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A finished benchmark of three seeds, its suite known by name, and the leaderboard with an entry of it."""
    suite = Suite("tiny", "for tests", (small(find_suite("core").tasks[3]),))
    monkeypatch.setattr(suites, "SUITES", {**suites.SUITES, "tiny": suite})
    cells = plan(suite, ["reinforce"], range(3), conditions=["dense"])
    folder = BenchFolder(tmp_path / "bench")
    folder.save(suite, cells)
    torch.set_num_threads(1)
    for cell in cells:
        run_cell(str(folder.path), cell, "test")
    file = tmp_path / "leaderboard.json"
    add_entry(file, tmp_path / "bench", "reinforce", "ours", "https://example.org")
    return file, tmp_path


def test_add_and_verify(board: tuple[Path, Path]) -> None:
    file, path = board
    entry = read_entries(file)[0]
    assert entry["seeds"] == [0, 1, 2]
    assert len(entry["cells"]) == 3
    found = verify_entry(file, "ours", 1, None, None, path / "again", 1)
    assert [one.id for one in found] == ["copy.reinforce.dense.1"]
    assert found[0].exact
    content: dict[str, Any] = json.loads(file.read_text())
    content["entries"][0]["cells"]["copy.reinforce.dense.1"] += 0.2
    file.write_text(json.dumps(content))
    assert not verify_entry(file, "ours", 1, None, None, path / "again", 1)[0].agrees
    content["entries"][0]["digest"] = "00000000"
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="version 00000000"):
        verify_entry(file, "ours", 1, None, None, path / "again", 1)
    with pytest.raises(ValueError, match="taken"):
        add_entry(file, path / "bench", "reinforce", "ours")


def test_how_close_is_close_enough() -> None:
    assert Comparison("a", 0.5, 0.5).exact
    assert Comparison("a", 0.5, 0.52).agrees
    assert not Comparison("a", 0.5, 0.7).agrees


def test_the_file_of_the_project_can_be_read() -> None:
    done = CliRunner().invoke(app, ["leaderboard", "show", "--file", str(ROOT / "docs" / "leaderboard.json")])
    assert done.exit_code == 0, done.output


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ValueError, match="entries"):
        read_entries(tmp_path / "x.json")
