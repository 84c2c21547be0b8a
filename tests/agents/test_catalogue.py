"""The table of algorithms: names, classes of one's own, and what a mistake is answered with."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from agents.algorithms.catalogue import ALGORITHMS, find_algorithm
from agents.algorithms.config import AlgorithmConfig
from agents.algorithms.page import PATH, page

USERS = '''
from agents.algorithms.reinforce import REINFORCE

class Mine(REINFORCE):
    """My own."""

class NoAgent:
    pass
'''


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_row_leads_to_a_class_and_its_settings(name: str) -> None:
    row = find_algorithm(name)
    assert callable(row.load().learn)
    assert callable(row.load().predict)
    assert issubclass(row.config(), AlgorithmConfig)
    assert row.summary


def test_the_table_imports_no_torch() -> None:
    check = "import sys; from agents.algorithms.catalogue import ALGORITHMS; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_class_in_a_file_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "users.py").write_text(USERS)
    row = find_algorithm(f"{tmp_path}/users.py:Mine")
    assert row.load().__mro__[1].__name__ == "REINFORCE"
    assert row.load() is row.load()
    assert row.summary == "My own."
    assert set(row.config()().kwargs()) == {"learning_rate", "n_steps", "gamma", "max_grad_norm"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("reinforse", "did you mean 'reinforce'"),
        ("no_such_module:Class", "cannot be imported"),
        ("stable_baselines3:A2D", "did you mean 'A2C'"),
        ("no_such_file.py:Class", "does not exist"),
        ("collections:OrderedDict", "learn and predict"),
    ],
)
def test_mistakes(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_algorithm(name)


def test_the_page_is_up_to_date() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "run python -m agents.algorithms.page"


def test_the_pages_code_runs(tmp_path: Path) -> None:
    names = {"folder": tmp_path}
    for code in re.findall(r"```python\n(.*?)```", page(), flags=re.DOTALL):
        exec(compile(code, str(PATH), "exec"), names)
