"""Question answering: a question and a passage in, a short answer out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.corpora.questions.ask import UNANSWERABLE
from textgym.corpora.table import Rows, build_corpus
from textgym.errors import unknown
from textgym.tasks.base import HubSource, Task


@dataclass(frozen=True)
class QA(Task):
    """Passages with questions; also SQuAD 1 and 2, NarrativeQA, and tables of questions, contexts and answers.

    What the passage does not say is answered with "unanswerable".
    """

    name: ClassVar[str] = "qa"
    default_reward: ClassVar[str | Mapping[str, Any]] = "token_f1"
    metrics: ClassVar[tuple[str, ...]] = ("token_f1", "exact_match")
    max_source_tokens: ClassVar[int] = 256
    max_new_tokens: ClassVar[int] = 12
    hub: ClassVar[Mapping[str, HubSource]] = {
        "squad": HubSource("rajpurkar/squad"),
        "squad_v2": HubSource("rajpurkar/squad_v2"),
        "narrativeqa": HubSource("deepmind/narrativeqa"),
    }

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Questions of six kinds over made-up passages, see `textgym.corpora.questions`."""
        from textgym.corpora.questions import draw
        from textgym.corpora.questions.viable import answers

        return ProceduralCorpus("qa", draw, split, difficulty, grammar=answers, keep=True)

    def read(self, path: Path, split: str, fields: Any) -> Corpus | None:
        """NarrativeQA's repository: qaps.csv beside third_party/wikipedia/summaries.csv."""
        questions = path / "qaps.csv"
        if not questions.is_file():
            return None
        names = [path / "third_party" / "wikipedia" / "summaries.csv", path / "summaries.csv"]
        summaries = next((name for name in names if name.is_file()), None)
        if summaries is None:
            raise ValueError(f"dataset: {path} has qaps.csv, but no {names[0].relative_to(path)} with the passages")
        return build_corpus(
            [Rows("narrativeqa", f"{questions}, line", _narrative(questions, summaries, split))], None, self.aliases
        )

    def convert(self, row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """SQuAD's nested file, and rows of SQuAD, NarrativeQA or a plain table of questions."""
        if "data" in row and "question" not in row:
            return (new for article in row["data"] for new in _article(article))
        if "paragraphs" in row:
            return _article(row)
        if "question" not in row or not ("context" in row or "passage" in row or "document" in row):
            return (row,)
        return (_item(row),)


def question_prompt(question: str, passage: str) -> str:
    """How a question and its passage stand in a source; the question first, so that no limit can cut it off."""
    return f"Question: {question.strip()}\nPassage: {passage.strip()}"


def _article(article: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for paragraph in article["paragraphs"]:
        for question in paragraph["qas"]:
            yield _item({**question, "context": paragraph["context"]})


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    """One question with its passage, whatever the columns are called."""
    passage = row.get("context", row.get("passage"))
    if passage is None:  # NarrativeQA on the hub
        passage = row["document"]["summary"]["text"]
    question = row["question"]["text"] if isinstance(row["question"], Mapping) else row["question"]
    answers = row.get("answers", row.get("answer"))
    new = {"source": question_prompt(question, passage), "references": _texts(answers)}
    return new | ({"id": row["id"]} if row.get("id") else {})


def _texts(answers: Any) -> list[str]:
    """Distinct answers; "unanswerable" for none."""
    if isinstance(answers, Mapping):
        answers = answers.get("text", [])
    if answers is None or isinstance(answers, str):
        answers = [answers or ""]
    texts = [answer["text"] if isinstance(answer, Mapping) else answer for answer in answers]
    return list(dict.fromkeys(text.strip() for text in texts if text.strip())) or [UNANSWERABLE]


def _narrative(questions: Path, summaries: Path, split: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and row of each question of the split."""
    with summaries.open(encoding="utf-8", newline="") as file:
        passages = {row["document_id"]: row["summary"] for row in csv.DictReader(file)}
    ours = {"train": "train", "valid": "validation", "test": "test"}
    with questions.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if row["set"] not in ours:
                raise unknown(f"{questions}, line {number}: set", row["set"], ours)
            if row["document_id"] not in passages:
                raise ValueError(f"{questions}, line {number}: document {row['document_id']!r} is not in {summaries}")
            if ours[row["set"]] == split:
                answers = [row["answer1"], row["answer2"]]
                yield number, _item({**row, "passage": passages[row["document_id"]], "answers": answers})
