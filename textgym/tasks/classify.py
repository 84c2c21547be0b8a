"""Classification as generation: a text in, the name of its class out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.corpora.table import Rows, build_corpus
from textgym.errors import unknown
from textgym.tasks.base import HubSource, Task

AG_NEWS: tuple[str, ...] = ("World", "Sports", "Business", "Sci/Tech")
"""AG News numbers its classes from 1 in the published files, from 0 on the hub."""

_SENTIMENT = {"neg": "negative", "pos": "positive", "0": "negative", "1": "positive"}


@dataclass(frozen=True)
class Classify(Task):
    """Reviews and their labels; also IMDB, AG News, and any table of texts and labels.

    Args:
        labels: names of the classes of a table that numbers them from 0; None takes 0 and 1 for "negative" and
            "positive".
    """

    labels: tuple[str, ...] | None = None

    name: ClassVar[str] = "classify"
    default_reward: ClassVar[str | Mapping[str, Any]] = "log_likelihood"
    metrics: ClassVar[tuple[str, ...]] = ("exact_match",)
    corpus_metrics: ClassVar[tuple[str, ...]] = ("accuracy", "macro_f1")
    max_source_tokens: ClassVar[int] = 128
    max_new_tokens: ClassVar[int] = 4
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "source": ("source", "text", "review", "sentence", "content"),
        "references": ("references", "reference", "label", "sentiment", "class", "category"),
        "id": ("id",),
    }
    hub: ClassVar[Mapping[str, HubSource]] = {
        "imdb": HubSource("stanfordnlp/imdb", splits={"validation": "test"}),
        "ag_news": HubSource("fancyzhx/ag_news", splits={"validation": "test"}),
    }

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Reviews whose label follows from their wording, see `textgym.corpora.reviews`."""
        from textgym.corpora.reviews import draw
        from textgym.corpora.reviews.viable import labels

        return ProceduralCorpus("review", draw, split, difficulty, grammar=labels, keep=True)

    def read(self, path: Path, split: str, fields: Any) -> Corpus | None:
        """AG News as it is published (train.csv, without a header), and IMDB (folders pos and neg)."""
        if fields is not None:
            return None
        if path.is_dir():
            for folder in (path / ("train" if split == "train" else "test"), path):
                if all((folder / label).is_dir() for label in ("neg", "pos")):
                    return build_corpus([Rows("imdb", f"{folder}, file", _imdb(folder))], None, self.aliases)
            path = path / ("train.csv" if split == "train" else "test.csv")
        if path.suffix == ".csv" and path.is_file() and _is_ag_news(path):
            return build_corpus([Rows("ag_news", f"{path}, line", _ag_news(path))], None, self.aliases)
        return None

    def convert(self, row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Numbered labels and IMDB's short ones by their names; line breaks of IMDB and AG News as spaces."""
        column = next((name for name in self.aliases["references"] if name in row), None)
        if column is None or isinstance(row[column], (list, tuple)):
            return (row,)
        published = row[column] in ("neg", "pos", *AG_NEWS) and isinstance(row.get("text"), str)
        text = {"text": _unbroken(row["text"])} if published else {}
        return ({**row, **text, column: self._label(row[column])},)

    def _label(self, value: Any) -> Any:
        text = str(value).strip()
        if self.labels is not None and text.isdigit():
            if int(text) >= len(self.labels):
                raise ValueError(f"labels: a row has the class {text}, but {len(self.labels)} names are given")
            return self.labels[int(text)]
        if text.isdigit() and text not in _SENTIMENT:
            raise ValueError(f"labels: a row has the class {text}; name the classes, e.g. labels=('a', 'b', 'c')")
        return _SENTIMENT.get(text, text)


def _unbroken(text: str) -> str:
    """Without the line breaks that the two sets write as "<br />" and as a backslash."""
    return text.replace("<br />", " ").replace("\\", " ")


def _imdb(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The reviews in neg and pos, in turns, so that a beginning of the data has both."""
    files = [sorted((folder / label).glob("*.txt")) for label in ("neg", "pos")]
    order = sorted((i, k) for k, names in enumerate(files) for i in range(len(names)))
    for number, (i, k) in enumerate(order):
        text = _unbroken(files[k][i].read_text(encoding="utf-8"))
        yield (
            number,
            {
                "id": f"{files[k][i].parent.name}/{files[k][i].stem}",
                "text": text,
                "label": _SENTIMENT[("neg", "pos")[k]],
            },
        )


def _is_ag_news(path: Path) -> bool:
    """Whether the first line is a class, a title and a description."""
    with path.open(encoding="utf-8", newline="") as file:
        first = next(csv.reader(file), [])
    return len(first) == 3 and first[0] in ("1", "2", "3", "4")


def _ag_news(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.reader(file), start=1):
            if len(cells) != 3:
                raise ValueError(f"{path}, line {number}: it has {len(cells)} cells, AG News has 3")
            if cells[0] not in ("1", "2", "3", "4"):
                raise unknown(f"{path}, line {number}: class", cells[0], ("1", "2", "3", "4"))
            text = _unbroken(f"{cells[1]} {cells[2]}")
            yield number, {"text": text, "label": AG_NEWS[int(cells[0]) - 1]}
