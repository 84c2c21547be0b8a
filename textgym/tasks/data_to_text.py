"""Data to text: a table of facts in, sentences that tell it out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.corpora.files import read_table
from textgym.corpora.table import Rows, build_corpus
from textgym.tasks.base import HubSource, Task

_MEANING = re.compile(r"([^,\[\]]+)\[([^\]]*)\]")


@dataclass(frozen=True)
class DataToText(Task):
    """Tables and texts; also E2E NLG, ToTTo and WebNLG. A source reads "name: X | food: Y"."""

    name: ClassVar[str] = "data_to_text"
    default_reward: ClassVar[str | Mapping[str, Any]] = "bleu"
    metrics: ClassVar[tuple[str, ...]] = ("bleu", "parent", "faithfulness", "coverage")
    max_source_tokens: ClassVar[int] = 64
    max_new_tokens: ClassVar[int] = 80
    hub: ClassVar[Mapping[str, HubSource]] = {
        "e2e_nlg": HubSource("GEM/e2e_nlg@refs/convert/parquet"),
        "totto": HubSource("GEM/totto@refs/convert/parquet"),
        "web_nlg": HubSource("GEM/web_nlg@refs/convert/parquet", "en"),
    }

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Tables of six kinds, see `textgym.corpora.tables`."""
        from textgym.corpora.tables import draw
        from textgym.corpora.tables.viable import tellings

        return ProceduralCorpus("table", draw, split, difficulty, grammar=tellings)

    def read(self, path: Path, split: str, fields: Any) -> Corpus | None:
        """WebNLG as it is published, an XML file or a folder of them; E2E NLG, rows of one meaning taken together."""
        if path.suffix == ".csv" and path.is_file() and fields is None:
            return _grouped(path, self)
        if path.is_dir():
            folder = next((path / n for n in _FOLDERS[split] if (path / n).is_dir()), path)
            files = sorted(folder.rglob("*.xml"))
        else:
            files = [path] if path.suffix == ".xml" else []
        if not files:
            return None
        return build_corpus([Rows("webnlg", f"{path}, entry", enumerate(_web_nlg(files)))], None, self.aliases)

    def convert(self, row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Rows of E2E NLG (a meaning representation in brackets), ToTTo (highlighted cells), WebNLG (triples)."""
        if "source" in row:
            return (row,)
        meaning = row.get("mr", row.get("meaning_representation"))
        if isinstance(meaning, str):
            return _meaning(meaning, row)
        if "highlighted_cells" in row and "table" in row:
            return _totto(row)
        if "modified_triple_sets" in row:
            sets = row["modified_triple_sets"]["mtriple_set"]
            return _triples(sets[0], row["lex"]["text"], None)
        return _triples(row["input"], _texts(row), row.get("gem_id")) if _is_triples(row.get("input")) else (row,)


_FOLDERS = {"train": ("train",), "validation": ("dev", "validation"), "test": ("test",)}


def linearise(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs as one line.

    >>> linearise([("name", "Blue Fox"), ("food", "Thai")])
    'name: Blue Fox | food: Thai'
    """
    return " | ".join(f"{key}: {value}" for key, value in pairs)


def parse_meaning(text: str) -> list[tuple[str, str]]:
    """The pairs of a meaning representation of E2E NLG.

    >>> parse_meaning("name[The Eagle], eatType[coffee shop], priceRange[less than £20]")
    [('name', 'The Eagle'), ('eatType', 'coffee shop'), ('priceRange', 'less than £20')]
    """
    return [(key.strip(), value.strip()) for key, value in _MEANING.findall(text)]


def _meaning(text: str, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    pairs = parse_meaning(text)
    if not pairs:
        raise ValueError(f"mr: got {text!r}, allowed are pairs such as 'name[The Eagle], food[French]'")
    name = dict(pairs).get("name", pairs[0][1])
    facts = [[name, key, value] for key, value in pairs if value != name]
    texts = _texts(row)
    if texts:
        yield {"source": linearise(pairs), "references": texts, "facts": facts, "table": _rows(pairs)}


def _rows(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Pairs as lists: what a table on disk gives back."""
    return [list(pair) for pair in pairs]


def _grouped(path: Path, task: DataToText) -> Corpus | None:
    """E2E NLG's CSV: a line for each reference, several lines for a meaning; None for other tables."""
    table = read_table(path)
    found: dict[str, tuple[int, list[str]]] = {}
    for number, row in table.rows:
        if "mr" not in row or not _texts(row):
            return None
        found.setdefault(row["mr"], (number, []))[1].extend(_texts(row))
    items = ((number, {"mr": mr, "references": texts}) for mr, (number, texts) in found.items())
    rows = ((number, new) for number, item in items for new in task.convert(item))
    return build_corpus([Rows(table.name, table.where, rows)], None, task.aliases) if found else None


def _texts(row: Mapping[str, Any]) -> list[str]:
    """The references of a row: E2E's "ref" or "human_reference", or the list and the target of the GEM sets."""
    found: list[str] = []
    for name in ("references", "ref", "human_reference", "target"):
        value = row.get(name) or ()
        found += [value] if isinstance(value, str) else list(value)
    return list(dict.fromkeys(text for text in found if text.strip()))


def _totto(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Title, section and the highlighted cells, each under the header above it."""
    texts = _texts(row) or [
        a["final_sentence"] for a in row.get("sentence_annotations") or () if a.get("final_sentence")
    ]
    if not texts:  # the published test set has none
        return
    title = row["table_page_title"]
    pairs = [("page", title), ("section", row.get("table_section_title") or "")]
    cells = [(_header(row["table"], i, j), row["table"][i][j]["value"]) for i, j in row["highlighted_cells"]]
    pairs = [(key, value) for key, value in pairs + cells if value.strip()]
    facts = [[title, key, value] for key, value in cells]
    new = {"source": linearise(pairs), "references": texts, "facts": facts, "table": _rows(pairs)}
    name = row.get("example_id", row.get("gem_id"))
    yield new | ({"id": str(name)} if name is not None else {})


def _header(table: Sequence[Sequence[Mapping[str, Any]]], row: int, column: int) -> str:
    """The header cell above a cell, spans counted; the header in its row where there is none above."""
    start = sum(int(cell.get("column_span", 1)) for cell in table[row][:column])
    for cells in reversed(table[:row]):
        left = 0
        for cell in cells:
            right = left + int(cell.get("column_span", 1))
            if left <= start < right and cell.get("is_header"):
                return str(cell["value"])
            left = right
    return next((str(cell["value"]) for cell in table[row] if cell.get("is_header")), "cell")


def _is_triples(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(t, str) and "|" in t for t in value)


def _triples(triples: Sequence[Any], texts: Sequence[str], name: Any) -> Iterator[dict[str, Any]]:
    """WebNLG: "Aarhus | leaderName | Jacob_Bundsgaard"; one subject after the other."""
    parts = [[part.strip().replace("_", " ").strip('"') for part in triple.split("|")] for triple in triples]
    texts = [text for text in texts if text.strip()]
    if not texts:
        return
    source = " | ".join(f"{subject}, {relation}: {value}" for subject, relation, value in parts)
    yield {"source": source, "references": texts, "facts": parts} | ({"id": str(name)} if name else {})


def _web_nlg(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        try:
            entries = ElementTree.parse(file).getroot().iter("entry")
        except ElementTree.ParseError as error:
            raise ValueError(f"dataset: {file} is not XML: {error}") from error
        for entry in entries:
            triples = [node.text or "" for node in entry.iterfind("modifiedtripleset/mtriple")]
            english = [node for node in entry.iterfind("lex") if node.get("lang", "") in ("", "en")]
            yield from _triples(triples, ["".join(node.itertext()).strip() for node in english], None)
