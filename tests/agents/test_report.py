"""Parts of a run that need no training: recipes, data options, progress, tables, the report's tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.algorithms.catalogue import ALGORITHMS
from agents.runs.options import dataset_option, pairs, reward_option
from agents.runs.progress import ProgressWriter, read_progress, series
from agents.runs.recipes import PRESETS, find_recipe, parse_value
from agents.runs.report import gains, tokens
from agents.runs.scoring import Line, columns_of, lines_of, merge_samples


@pytest.mark.parametrize("algo", ALGORITHMS)
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("task", ["summarize", "translate", "copy", "unheard-of"])
def test_every_recipe_can_be_made(task: str, algo: str, preset: str) -> None:
    recipe, algorithm = find_recipe(task, algo, preset, {"learning_rate": "2e-4", "n_envs": "1e1"})
    assert recipe.n_envs == 10
    assert algorithm.kwargs()["learning_rate"] == 2e-4


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("2e4", int, 20_000), ("100_000", int, 100_000), ("1e-3", float, 1e-3), ("True", bool, True)],
)
def test_values(text: str, kind: type, value: object) -> None:
    found = parse_value("field", text, kind)
    assert found == value
    assert type(found) is kind


def test_rewards_and_pairs() -> None:
    assert reward_option("rouge") == "rouge"
    assert reward_option("rouge=1,length=0.2") == {"rouge": 1.0, "length": 0.2}
    assert pairs("--field", ["source=dialogue", "reference = summary"]) == {
        "source": "dialogue",
        "reference": "summary",
    }
    with pytest.raises(ValueError, match="twice"):
        pairs("--field", ["a=1", "a=2"])


def test_a_single_file_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("")
    found, note = dataset_option(str(path), None)
    assert found == {"train": f"{path}[:80%]", "validation": f"{path}[80%:90%]", "test": f"{path}[90%:100%]"}
    assert note is not None
    assert "80 % train" in note


def test_a_parallel_pair_is_cut(tmp_path: Path) -> None:
    for name in ("a.en", "a.de"):
        (tmp_path / name).write_text("")
    found, _ = dataset_option(f"{tmp_path}/a.en,{tmp_path}/a.de", "50,25,25")
    assert found["validation"] == f"{tmp_path}/a.en[50%:75%],{tmp_path}/a.de[50%:75%]"


@pytest.mark.parametrize("text", ["builtin", "cnn_dailymail"])
def test_what_has_splits_stays_whole(text: str) -> None:
    assert dataset_option(text, None) == (text, None)


def test_progress_over_a_resume(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    first = ProgressWriter(path, "rl", 0)
    for step in (10, 20, 30):
        first.write({"train/loss": step / 10, "note": "text"}, {}, step)
    first.write({"validation/return": 0.5}, {}, 30)
    path.write_text(path.read_text() + "rl,4")  # cut short by a kill
    second = ProgressWriter(path, "rl", 20)
    second.write({"train/loss": 9.0}, {}, 40)
    assert series(read_progress(path), "rl", "train/loss") == ([10, 20, 40], [1.0, 2.0, 9.0])
    assert series(read_progress(path), "rl", "validation/return") == ([], [])


def test_table_of_an_evaluation() -> None:
    scores = {"split": "test", "n_examples": 2, "greedy": {"bleu": 20.0, "mean_return": 0.2}}
    evaluation = {"before": scores, "after": {**scores, "greedy": {"bleu": 25.0, "mean_return": 0.25}}}
    assert columns_of(evaluation) == [("greedy", "before"), ("greedy", "after")]
    assert lines_of(evaluation) == [Line("BLEU", (20.0, 25.0)), Line("mean return", (0.2, 0.25))]
    assert columns_of({}) == []
    assert lines_of({}) == []
    assert gains(Line("BLEU", (20.0, 25.0, 0.1, None))) == ["+5.0", ""]


def test_tokens_are_coloured_by_reward() -> None:
    found = tokens(["a", " b", "c", ""], [0.2, -0.1, 0.0, 0.1])
    assert [(token.kind, token.strength) for token in found] == [("up", 100), ("down", 50), ("none", 0), ("up", 50)]
    assert found[0].reward == "+0.2000"


def test_samples_of_two_moments() -> None:
    entry = {"index": 3, "example_id": "x", "source": "s", "references": ["r"], "text": "old"}
    before = merge_samples([], [entry], "before")
    both = merge_samples(before, [{**entry, "text": "new"}], "after")
    assert both[0]["before"] == {"text": "old"}
    assert both[0]["after"] == {"text": "new"}
