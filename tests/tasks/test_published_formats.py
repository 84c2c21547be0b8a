"""Small files in the published formats of the data sets, made by hand, load as they are."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from textgym.corpora.hub import _Converted
from textgym.corpora.load import load_corpus
from textgym.tasks.base import Task
from textgym.tasks.classify import Classify
from textgym.tasks.data_to_text import DataToText
from textgym.tasks.qa import QA
from textgym.tasks.story import Story
from textgym.types import Example


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def load(task: Task, path: Path, split: str = "train") -> list[Example]:
    corpus = load_corpus(task, path, split)
    return [corpus[i] for i in range(len(corpus))]


SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Ulm",
            "paragraphs": [
                {
                    "context": "Ulm lies on the Danube. Its minster is 161 metres high.",
                    "qas": [
                        {
                            "id": "a1",
                            "question": "How high is the minster?",
                            "is_impossible": False,
                            "answers": [
                                {"text": "161 metres", "answer_start": 39},
                                {"text": "161 metres", "answer_start": 39},
                                {"text": "161", "answer_start": 39},
                            ],
                        },
                        {
                            "id": "a2",
                            "question": "Who built it?",
                            "is_impossible": True,
                            "answers": [],
                            "plausible_answers": [{"text": "Ulm", "answer_start": 0}],
                        },
                    ],
                }
            ],
        }
    ],
}


@pytest.mark.parametrize("indent", [None, 1])
def test_squad(tmp_path: Path, indent: int | None) -> None:
    (tmp_path / "train-v2.0.json").write_text(json.dumps(SQUAD, indent=indent))
    for place in (tmp_path / "train-v2.0.json", tmp_path):
        first, second = load(QA(), place)
        assert first.id == "a1"
        assert first.source.startswith("Question: How high is the minster?\nPassage: Ulm lies on the Danube.")
        assert first.references == ("161 metres", "161")
        assert second.references == ("unanswerable",)


def test_narrativeqa(tmp_path: Path) -> None:
    folder = tmp_path / "third_party" / "wikipedia"
    folder.mkdir(parents=True)
    header = ["document_id", "set", "question", "answer1", "answer2", "question_tokenized"]
    rows = [
        ["d1", "train", "Who leaves?", "Ada", "Ada Lund", "who leaves ?"],
        ["d1", "valid", "Why?", "rain", "rain", ""],
    ]
    write_csv(tmp_path / "qaps.csv", [header, *rows])
    write_csv(
        folder / "summaries.csv",
        [["document_id", "set", "summary", "summary_tokenized"], ["d1", "train", " Ada goes. ", ""]],
    )
    (example,) = load(QA(), tmp_path)
    assert example.source == "Question: Who leaves?\nPassage: Ada goes."
    assert example.references == ("Ada", "Ada Lund")
    assert [e.references for e in load(QA(), tmp_path, "validation")] == [("rain",)]


def test_ag_news(tmp_path: Path) -> None:
    rows = [["3", "Oil rises", "Prices\\went up."], ["4", "New chip", "It is small."]]
    path = write_csv(tmp_path / "train.csv", rows)
    for place in (path, tmp_path):
        first, second = load(Classify(), place)
        assert (first.source, first.references) == ("Oil rises Prices went up.", ("Business",))
        assert second.references == ("Sci/Tech",)


def test_imdb(tmp_path: Path) -> None:
    for split, label, text in (
        ("train", "pos", "Good.<br />Go."),
        ("train", "neg", "Bad."),
        ("test", "pos", "Fine."),
        ("test", "neg", "No."),
    ):
        folder = tmp_path / split / label
        folder.mkdir(parents=True)
        (folder / "0_9.txt").write_text(text)
    found = {e.id: (e.source, e.references[0]) for e in load(Classify(), tmp_path)}
    assert found == {"neg/0_9": ("Bad.", "negative"), "pos/0_9": ("Good. Go.", "positive")}
    assert [e.references[0] for e in load(Classify(), tmp_path, "test")] == ["negative", "positive"]
    table = write_csv(tmp_path / "IMDB Dataset.csv", [["review", "sentiment"], ["Bad.", "negative"]])
    assert load(Classify(), table)[0].references == ("negative",)


def test_numbered_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x", "label": 1}\n')
    assert load(Classify(), path)[0].references == ("positive",)
    assert load(Classify(labels=("ham", "spam")), path)[0].references == ("spam",)
    path.write_text('{"text": "x", "label": 7}\n')
    with pytest.raises(ValueError, match=r"a.jsonl, line 1: labels: a row has the class 7"):
        load(Classify(), path)


def test_rocstories(tmp_path: Path) -> None:
    header = ["storyid", "storytitle", *(f"sentence{i}" for i in range(1, 6))]
    path = write_csv(
        tmp_path / "ROCStories_winter2017.csv", [header, ["s1", "Rain", "One.", "Two.", "Three.", "Four.", "Five."]]
    )
    (example,) = load(Story(), path)
    assert (example.id, example.source, example.references) == ("s1", "One.", ("Two. Three. Four. Five.",))


def test_commongen(tmp_path: Path) -> None:
    path = tmp_path / "commongen.train.jsonl"
    row = {"concept_set": "ski#mountain", "scene": ["He skis down.", "A ski on a mountain."], "reason": ["", ""]}
    path.write_text(json.dumps(row) + "\n" + json.dumps({"concept_set": "a#b", "scene": []}) + "\n")
    (example,) = load(Story(), path)
    assert (example.source, example.references) == ("Words: ski, mountain", ("He skis down.", "A ski on a mountain."))
    assert list(example.meta["keywords"]) == ["ski", "mountain"]


def test_wikitext(tmp_path: Path) -> None:
    text = " \n = R. B. = \n \n Robert Boulter is an actor . He had a role in 2000 . \n = = Career = = \n Short . \n"
    (tmp_path / "wiki.valid.tokens").write_text(text)
    for place in (tmp_path / "wiki.valid.tokens", tmp_path):
        (example,) = load(Story(), place, "validation")
        assert (example.source, example.references) == ("Robert Boulter is an actor .", ("He had a role in 2000 .",))


def test_e2e(tmp_path: Path) -> None:
    meaning = "name[The Eagle], eatType[coffee shop], priceRange[less than £20]"
    rows = [
        ["mr", "ref"],
        [meaning, "The Eagle is cheap."],
        ["name[Aromi]", "Aromi."],
        [meaning, "A cheap shop, The Eagle."],
    ]
    first, second = load(DataToText(), write_csv(tmp_path / "trainset.csv", rows))
    assert first.source == "name: The Eagle | eatType: coffee shop | priceRange: less than £20"
    assert first.references == ("The Eagle is cheap.", "A cheap shop, The Eagle.")
    assert first.meta["facts"][0] == ["The Eagle", "eatType", "coffee shop"]
    assert second.source == "name: Aromi"


def test_totto(tmp_path: Path) -> None:
    def cell(value: str, header: bool = False, span: int = 1) -> dict[str, Any]:
        return {"value": value, "is_header": header, "column_span": span, "row_span": 1}

    row = {
        "table_page_title": "Ada Lund",
        "table_section_title": "Films",
        "table": [[cell("Year", True), cell("Work", True, 2)], [cell("1999"), cell("Rain"), cell("lead")]],
        "highlighted_cells": [[1, 0], [1, 2]],
        "example_id": 17,
        "sentence_annotations": [{"original_sentence": "x", "final_sentence": "Ada Lund had the lead in 1999."}],
    }
    path = tmp_path / "totto_train_data.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (example,) = load(DataToText(), path)
    assert example.source == "page: Ada Lund | section: Films | Year: 1999 | Work: lead"
    assert (example.id, example.references) == ("17", ("Ada Lund had the lead in 1999.",))


def test_webnlg(tmp_path: Path) -> None:
    entry = (
        '<entry category="City" eid="Id1" size="1"><originaltripleset><otriple>a | b | c</otriple></originaltripleset>'
        "<modifiedtripleset><mtriple>Aarhus | leaderName | Jacob_Bundsgaard</mtriple></modifiedtripleset>"
        '<lex comment="good" lid="Id1" lang="en">The leader of Aarhus is Jacob Bundsgaard.</lex>'
        '<lex comment="good" lid="Id2" lang="ru">Аарх.</lex></entry>'
    )
    (tmp_path / "dev" / "1triples").mkdir(parents=True)
    file = tmp_path / "dev" / "1triples" / "City.xml"
    file.write_text(f"<benchmark><entries>{entry}</entries></benchmark>", encoding="utf-8")
    for place, split in ((file, "train"), (tmp_path, "validation")):
        (example,) = load(DataToText(), place, split)
        assert example.source == "Aarhus, leaderName: Jacob Bundsgaard"
        assert example.references == ("The leader of Aarhus is Jacob Bundsgaard.",)


@pytest.mark.parametrize(
    ("task", "row", "source", "references"),
    [
        (
            QA(),
            {
                "id": "1",
                "title": "t",
                "context": "A b.",
                "question": "A?",
                "answers": {"text": ["b"], "answer_start": [2]},
            },
            "Question: A?\nPassage: A b.",
            ["b"],
        ),
        (
            QA(),
            {
                "document": {"id": "d", "summary": {"text": "A b."}},
                "question": {"text": "A?"},
                "answers": [{"text": "b"}, {"text": "c"}],
            },
            "Question: A?\nPassage: A b.",
            ["b", "c"],
        ),
        (
            Story(),
            {"concept_set_idx": 0, "concepts": ["ski", "snow"], "target": "Ski on snow."},
            "Words: ski, snow",
            ["Ski on snow."],
        ),
        (
            DataToText(),
            {"gem_id": "g", "meaning_representation": "name[A], food[B]", "target": "A has B.", "references": []},
            "name: A | food: B",
            ["A has B."],
        ),
        (
            DataToText(),
            {"gem_id": "w", "input": ["A_b | is | c"], "target": "A b is c.", "references": []},
            "A b, is: c",
            ["A b is c."],
        ),
    ],
)
def test_rows_of_the_hub(task: Task, row: dict[str, Any], source: str, references: list[str]) -> None:
    made = _Converted(task.convert, {})({key: [value] for key, value in row.items()})
    assert (made["source"], made["references"]) == ([source], [references])


def test_a_row_that_breaks_its_format_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": [{"title": "x"}]}))
    with pytest.raises(ValueError, match=r"a.json, line 1: .*not in it \(KeyError: 'paragraphs'\)"):
        load(QA(), path)
