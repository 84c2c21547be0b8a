"""The hub without a network: `datasets.load_dataset` is replaced by one that builds the published columns."""

from __future__ import annotations

from typing import Any

import datasets
import pytest

from textgym.corpora.load import load_corpus
from textgym.tasks.summarize import Summarize
from textgym.tasks.translate import Translate
from textgym.types import Example

Calls = list[tuple[tuple[Any, ...], dict[str, Any]]]


@pytest.fixture(autouse=True)
def folders(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)


def serve(monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, Any]], **features: Any) -> Calls:
    """Let `load_dataset` give these rows; the calls it got."""
    calls: Calls = []
    data = datasets.Dataset.from_list(rows)
    for column, feature in features.items():
        data = data.cast_column(column, feature)

    def load_dataset(*args: Any, **kwargs: Any) -> datasets.Dataset:
        calls.append((args, kwargs))
        return data

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    return calls


def fail(monkeypatch: pytest.MonkeyPatch, error: Exception, splits: Any = ()) -> None:
    def load_dataset(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    monkeypatch.setattr(datasets, "get_dataset_split_names", lambda *args: list(splits))


def test_cnn_dailymail(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = serve(monkeypatch, [{"article": "a", "highlights": "h", "id": "x1"}])
    corpus = load_corpus(Summarize(), "cnn_dailymail", "validation")
    assert corpus[0] == Example("x1", "a", ("h",))
    assert calls == [(("abisee/cnn_dailymail", "3.0.0"), {"split": "validation"})]


def test_wmt14_in_both_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = serve(monkeypatch, [{"translation": {"de": "ja", "en": "yes"}}])
    assert load_corpus(Translate(), "wmt14")[0] == Example("wmt14-train-0", "yes", ("ja",))
    assert load_corpus(Translate("de", "en"), "wmt14")[0] == Example("wmt14-train-0", "ja", ("yes",))
    assert [args for args, _ in calls] == [("wmt/wmt14", "de-en")] * 2


def test_parquet_export_of_data_published_with_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = serve(monkeypatch, [{"translation": {"de": "ja", "en": "yes"}}])
    assert load_corpus(Translate(), "iwslt2017", "test")[0].source == "yes"
    ((args, kwargs),) = calls
    assert args == ("parquet",)
    folder = "hf://datasets/IWSLT/iwslt2017@refs/convert/parquet/iwslt2017-en-de/test"
    assert kwargs == {"data_files": {"test": f"{folder}/*.parquet"}, "split": "test"}


def test_any_name_by_aliases_or_fields_and_with_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, [{"document": f"d{i}", "summary": "s", "title": "t"} for i in range(10)])
    assert load_corpus(Summarize(), "owner/name")[3] == Example("name-train-3", "d3", ("s",), {"title": "t"})
    assert load_corpus(Summarize(), "owner/name", fields={"reference": "title"})[0].references == ("t",)
    assert len(load_corpus(Summarize(), "owner/name[:20%]")) == 2
    with pytest.raises(ValueError, match=r"no column 'titel'.*did you mean 'title'"):
        load_corpus(Summarize(), "owner/name", fields={"reference": "titel"})


def test_rows_without_text_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("", "s"), ("d", ""), ("d", "s"), (None, "s")]
    serve(monkeypatch, [{"dialogue": source, "summary": target} for source, target in rows])
    corpus = load_corpus(Summarize(), "samsum")
    assert [corpus[i].source for i in range(len(corpus))] == ["d"]
    serve(monkeypatch, [{"dialogue": "", "summary": "s"}])
    with pytest.raises(ValueError, match="no row with a source and a reference"):
        load_corpus(Summarize(), "samsum")


def test_class_labels_are_given_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, [{"text": "t", "target": 1}], target=datasets.ClassLabel(names=["no", "yes"]))
    assert load_corpus(Summarize(), "owner/labels")[0].references == ("yes",)


def test_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ConnectionError("Couldn't reach the Hub")
    fail(monkeypatch, error)
    with pytest.raises(ValueError, match=r"download it on a machine .* pass local files .*HF_HOME") as caught:
        load_corpus(Summarize(), "cnn_dailymail")
    assert caught.value.__cause__ is error


def test_loading_scripts_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, RuntimeError("Dataset scripts are no longer supported, but found x.py"))
    with pytest.raises(ValueError, match=r"found x\.py"):
        load_corpus(Summarize(), "owner/name")


def test_unknown_split(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, ValueError('Unknown split "validation"'), ["train", "valid", "test"])
    with pytest.raises(ValueError, match="allowed are 'train', 'valid', 'test'; did you mean 'valid'"):
        load_corpus(Summarize(), "owner/name", "validation")
