"""Every data set that is known by name, read by the real `datasets` from folders laid out as on the hub.

`datasets.load_dataset("owner/name")` takes a folder of that name before it asks the hub, so what runs here is what
runs with a network. Columns, nesting and splits are those that each data set is published with. The Parquet exports
are read by their address on the hub; here the address, and only that, is led to the folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import datasets
import gymnasium as gym
import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Image, List, Translation, Value
from PIL import Image as Pillow

import textgym  # noqa: F401
from textgym.corpora.hub import PARQUET_EXPORT
from textgym.corpora.load import load_corpus
from textgym.tasks.base import Task
from textgym.tasks.caption import Caption
from textgym.tasks.classify import Classify
from textgym.tasks.data_to_text import DataToText
from textgym.tasks.dialogue import Dialogue
from textgym.tasks.qa import QA
from textgym.tasks.story import Story
from textgym.tasks.summarize import Summarize
from textgym.tasks.translate import Translate

Row = dict[str, Any]


class Published(NamedTuple):
    """A data set as it lies on the hub: one row, the split it is in, and the examples that it makes."""

    task: Task
    name: str
    row: Row
    examples: list[tuple[str, tuple[str, ...]]]
    split: str = "train"
    hub_split: str = ""
    features: dict[str, Any] = {}  # noqa: RUF012  (features of single columns, where they are no plain ones)


def cell(value: str, header: bool = False) -> Row:
    return {"column_span": 1, "is_header": header, "row_span": 1, "value": value}


def tokens(text: str) -> Row:
    return {"text": text, "tokens": text.split()}


NARRATIVE = {
    "document": {
        "id": "d",
        "kind": "gutenberg",
        "url": "u",
        "file_size": 1,
        "word_count": 2,
        "start": "s",
        "end": "e",
        "summary": {"text": "Ada leaves.", "tokens": ["Ada"], "url": "u", "title": "t"},
        "text": "The whole book.",
    },
    "question": tokens("Who leaves?"),
    "answers": [tokens("Ada"), tokens("Ada does")],
}
TOTTO = {
    "gem_id": "totto-train-0",
    "gem_parent_id": "totto-train-0",
    "totto_id": 0,
    "table_page_title": "Ada Lund",
    "table_webpage_url": "u",
    "table_section_title": "Films",
    "table_section_text": "",
    "table": [[cell("Year", True), cell("Work", True)], [cell("1999"), cell("Rain")]],
    "highlighted_cells": [[1, 0], [1, 1]],
    "example_id": "17",
    "sentence_annotations": [
        {
            "original_sentence": "o",
            "sentence_after_deletion": "d",
            "sentence_after_ambiguity": "a",
            "final_sentence": "Ada made Rain in 1999.",
        }
    ],
    "overlap_subset": "",
    "target": "Ada made Rain in 1999.",
    "references": [],
    "linearized_input": "<page_title> ...",
}
PERSONA = {
    "personality": ["i ski .", "i paint ."],
    "utterances": [
        {"candidates": ["no", "great , i ski ."], "history": ["hi , how are you ?"]},
        {"candidates": ["no", "i paint ."], "history": ["hi , how are you ?", "great , i ski .", "and else ?"]},
    ],
}
PUBLISHED = [
    Published(Summarize(), "cnn_dailymail", {"article": "a", "highlights": "h", "id": "x"}, [("a", ("h",))]),
    Published(Summarize(), "xsum", {"document": "d", "summary": "s", "id": "1"}, [("d", ("s",))]),
    Published(Summarize(), "samsum", {"id": "1", "dialogue": "A: hi", "summary": "s"}, [("A: hi", ("s",))]),
    Published(
        Summarize(),
        "dialogsum",
        {"id": "train_0", "dialogue": "#Person1#: hi", "summary": "s", "topic": "t"},
        [("#Person1#: hi", ("s",))],
    ),
    Published(
        Translate(),
        "wmt14",
        {"translation": {"de": "Ja.", "en": "Yes."}},
        [("Yes.", ("Ja.",))],
        features={"translation": Translation(["de", "en"])},
    ),
    Published(
        Translate("de", "en"),
        "iwslt2017",
        {"translation": {"de": "Ja.", "en": "Yes."}},
        [("Ja.", ("Yes.",))],
        features={"translation": Translation(["de", "en"])},
    ),
    Published(Translate(), "multi30k", {"en": "A dog.", "de": "Ein Hund."}, [("A dog.", ("Ein Hund.",))], "validation"),
    Published(
        Dialogue(),
        "personachat",
        PERSONA,
        [
            ("Persona: i ski . i paint .\nUser: hi , how are you ?", ("great , i ski .",)),
            (
                "Persona: i ski . i paint .\nUser: hi , how are you ?\nYou: great , i ski .\nUser: and else ?",
                ("i paint .",),
            ),
        ],
        "test",
        "validation",
    ),
    Published(
        Dialogue(),
        "daily_dialog",
        {"dialog": ["Hi . ", " Hello . ", " Bye ."], "act": [1, 2, 1], "emotion": [0, 4, 0]},
        [("User: Hi .", ("Hello .",)), ("You: Hi .\nUser: Hello .", ("Bye .",))],
        "test",
        features={"act": List(ClassLabel(names=["dummy", "inform", "question", "directive", "commissive"]))},
    ),
    Published(
        QA(),
        "squad",
        {
            "id": "q",
            "title": "t",
            "context": "Ulm is old.",
            "question": "What is old?",
            "answers": {"text": ["Ulm", "Ulm"], "answer_start": [0, 0]},
        },
        [("Question: What is old?\nPassage: Ulm is old.", ("Ulm",))],
    ),
    Published(
        QA(),
        "squad_v2",
        {
            "id": "q",
            "title": "t",
            "context": "Ulm is old.",
            "question": "Who built it?",
            "answers": {"text": [], "answer_start": []},
        },
        [("Question: Who built it?\nPassage: Ulm is old.", ("unanswerable",))],
        "validation",
        features={"answers": {"text": List(Value("string")), "answer_start": List(Value("int32"))}},
    ),
    Published(
        QA(), "narrativeqa", NARRATIVE, [("Question: Who leaves?\nPassage: Ada leaves.", ("Ada", "Ada does"))], "test"
    ),
    Published(Story(), "wikitext", {"text": " It rains . It snows . \n"}, [("It rains .", ("It snows .",))]),
    Published(Story(), "wikitext2", {"text": " It rains . It snows . \n"}, [("It rains .", ("It snows .",))]),
    Published(Story(), "rocstories", {"text": "One. Two. Three."}, [("One.", ("Two. Three.",))], "validation", "test"),
    Published(
        Story(),
        "common_gen",
        {"concept_set_idx": 0, "concepts": ["ski", "snow"], "target": "Ski on snow."},
        [("Words: ski, snow", ("Ski on snow.",))],
    ),
    Published(
        Classify(),
        "imdb",
        {"text": "Good.<br />Go.", "label": 1},
        [("Good. Go.", ("positive",))],
        "validation",
        "test",
        {"label": ClassLabel(names=["neg", "pos"])},
    ),
    Published(
        Classify(),
        "ag_news",
        {"text": "Oil rises.", "label": 2},
        [("Oil rises.", ("Business",))],
        features={"label": ClassLabel(names=["World", "Sports", "Business", "Sci/Tech"])},
    ),
    Published(
        DataToText(),
        "e2e_nlg",
        {
            "gem_id": "e-0",
            "gem_parent_id": "e-0",
            "meaning_representation": "name[A], food[B]",
            "target": "A has B.",
            "references": ["A has B.", "A, with B."],
        },
        [("name: A | food: B", ("A has B.", "A, with B."))],
        "validation",
    ),
    Published(
        DataToText(),
        "totto",
        TOTTO,
        [("page: Ada Lund | section: Films | Year: 1999 | Work: Rain", ("Ada made Rain in 1999.",))],
        features={"references": List(Value("string"))},
    ),
    Published(
        DataToText(),
        "web_nlg",
        {
            "gem_id": "w-0",
            "gem_parent_id": "w-0",
            "input": ["A_b | is | c", "A_b | has | d"],
            "target": "A b is c and has d.",
            "references": [],
            "category": "City",
            "webnlg_id": "train/City/2/Id1",
        },
        [("A b, is: c | A b, has: d", ("A b is c and has d.",))],
        features={"references": List(Value("string"))},
    ),
]


def publish(root: Path, task: Task, name: str, split: str, data: Dataset) -> None:
    """Write a data set as the hub has it: Parquet files, and a card that says which configuration is where."""
    source = task.hub[name]
    if source.path.endswith(PARQUET_EXPORT):
        folder = root / "hub" / source.path / (source.config or "default") / split
        folder.mkdir(parents=True)
        data.to_parquet(folder / "0000.parquet")
        return
    folder, config = root / source.path, source.config or "default"
    (folder / config).mkdir(parents=True)
    data.to_parquet(folder / config / f"{split}-00000-of-00001.parquet")
    lines = ["---", "configs:", f"- config_name: {config}", "  data_files:", f"  - split: {split}"]
    (folder / "README.md").write_text("\n".join([*lines, f"    path: {config}/{split}-*", "---", ""]))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the hub."""
    real = datasets.load_dataset

    def load_dataset(*args: Any, **kwargs: Any) -> Any:
        files = kwargs.get("data_files", {})
        led = {split: str(path).replace("hf://datasets", str(tmp_path / "hub")) for split, path in files.items()}
        return real(*args, **kwargs | ({"data_files": led} if led else {}))

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case.name)
def test_known_by_name(root: Path, case: Published) -> None:
    features = Dataset.from_list([case.row]).features.copy()
    features.update(case.features)
    data = Dataset.from_list([case.row], features=datasets.Features(features))
    publish(root, case.task, case.name, case.hub_split or case.split, data)
    corpus = load_corpus(case.task, case.name, case.split)
    assert [(corpus[i].source, corpus[i].references) for i in range(len(corpus))] == case.examples


def test_rows_of_one_concept_set_are_one_example(root: Path) -> None:
    """CommonGen on the hub: a row for each sentence, `concept_set_idx` says which belong together."""
    sets = {7: ["ski", "snow"], 8: ["cat", "mat"], 9: ["ski", "snow"]}
    texts = [(7, "Ski on snow."), (7, "Snow to ski."), (8, "A cat on a mat."), (9, "He skis."), (9, "It snows.")]
    rows = [{"concept_set_idx": i, "concepts": sets[i], "target": text} for i, text in texts]
    rows.insert(2, {"concept_set_idx": 7, "concepts": sets[7], "target": " "})
    wanted = [
        ("Words: ski, snow", ("Ski on snow.", "Snow to ski.")),
        ("Words: cat, mat", ("A cat on a mat.",)),
        ("Words: ski, snow", ("He skis.", "It snows.")),
    ]
    features = {"concept_set_idx": Value("int32"), "concepts": List(Value("string")), "target": Value("string")}
    data = Dataset.from_list(rows, features=datasets.Features(features))
    publish(root, Story(), "common_gen", "train", data)
    data.to_parquet(root / "local.parquet")
    data.to_json(root / "local.jsonl")
    for source in ("common_gen", str(root / "local.parquet"), str(root / "local.jsonl"), data, rows):
        corpus = load_corpus(Story(), source)
        found = [corpus[i] for i in range(len(corpus))]
        assert [(example.source, example.references) for example in found] == wanted
        assert [example.meta for example in found] == [{"keywords": words} for words in sets.values()]
        assert len({example.id for example in found}) == 3
    env = gym.make("TokenStory-v0", dataset="common_gen", tokenizer="byte", reward="bleu")
    assert env.reset(seed=0, options={"example": 2})[1]["example_id"] == "common_gen-train-2"


def test_the_table_has_them_all() -> None:
    tasks = (Summarize(), Translate(), Dialogue(), QA(), Story(), Classify(), DataToText())
    assert {(task.name, name) for task in tasks for name in task.hub} == {(c.task.name, c.name) for c in PUBLISHED}


@pytest.mark.parametrize(
    ("name", "captions", "split"), [("flickr8k", "spread", "test"), ("flickr30k", "listed", "val")]
)
def test_pictures_by_name(root: Path, name: str, captions: str, split: str) -> None:
    said = [f"A red square, seen {n} times." for n in range(5)]
    columns = {f"caption_{n}": text for n, text in enumerate(said)} if captions == "spread" else {"caption": said}
    row = {"image": Pillow.new("RGB", (40, 30), (200, 0, 0)), **columns}
    data = Dataset.from_list(
        [row], features=datasets.Features({**Dataset.from_list([columns]).features, "image": Image()})
    )
    publish(root, Caption(), name, split, data)
    env = gym.make("TokenCaption-v0", dataset=name, split="validation" if split == "val" else split, tokenizer="byte")
    observation, _ = env.reset(seed=0)
    assert env.unwrapped.example.references == tuple(said)
    assert observation["image"].shape == (64, 64, 3)
    assert np.abs(observation["image"].astype(int) - (200, 0, 0)).max() <= 2
    same = gym.make("TokenCaption-v0", dataset=data, fields={"references": list(columns)}, tokenizer="byte")
    assert np.array_equal(same.reset(seed=0)[0]["image"], observation["image"])


def test_a_split_that_is_not_there_is_named(root: Path) -> None:
    publish(root, Summarize(), "samsum", "train", Dataset.from_list([{"dialogue": "d", "summary": "s"}]))
    with pytest.raises(ValueError, match=r"split of 'knkarthick/samsum': got 'test', allowed (is|are) 'train'"):
        load_corpus(Summarize(), "samsum", "test")
