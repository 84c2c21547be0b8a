"""Stories: an opening and words to use in, a continuation out; there is no one right text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.corpora.groups import GROUP
from textgym.corpora.table import Rows, build_corpus
from textgym.tasks.base import HubSource, Task

_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[\"'A-Z])")
_HEADING = re.compile(r"^= .* =$")
_WIKITEXT = re.compile(r"^wiki\.(train|valid|test)\.(tokens|raw)$")


@dataclass(frozen=True)
class Story(Task):
    """Openings and continuations of small plots; also WikiText, ROCStories and CommonGen.

    The default reward judges the text, not its likeness to the reference: fluency, grammar and the words to use,
    less repetition. The reference is one good text among many, so its return is no upper bound.
    """

    name: ClassVar[str] = "story"
    default_reward: ClassVar[str | Mapping[str, Any]] = {
        "lm": {"weight": 0.5, "args": {"form": "probability"}},
        "grammar": {"weight": 0.1, "args": {"by": "rules"}},  # a story may go other ways than the templates'
        "coverage": 0.4,
        "repetition": -0.2,
    }
    metrics: ClassVar[tuple[str, ...]] = ("coverage", "grammar", "repetition", "rougeL")
    max_source_tokens: ClassVar[int] = 64
    max_new_tokens: ClassVar[int] = 128
    hub: ClassVar[Mapping[str, HubSource]] = {
        "wikitext": HubSource("Salesforce/wikitext", "wikitext-103-raw-v1"),
        "wikitext2": HubSource("Salesforce/wikitext", "wikitext-2-raw-v1"),
        "rocstories": HubSource("mintujupally/ROCStories", splits={"validation": "test"}),
        "common_gen": HubSource("allenai/common_gen"),
    }

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Openings of six kinds of plots, see `textgym.corpora.plots`."""
        from textgym.corpora.plots import draw
        from textgym.corpora.plots.viable import continuations

        return ProceduralCorpus("story", draw, split, difficulty, grammar=continuations)

    def read(self, path: Path, split: str, fields: Any) -> Corpus | None:
        """WikiText as it is published: wiki.train.tokens and its like, or the folder with them."""
        if path.is_dir():
            short = "valid" if split == "validation" else split
            path = next((file for file in sorted(path.glob(f"wiki.{short}.*"))), path)
        if not path.is_file() or _WIKITEXT.match(path.name) is None:
            return None
        lines = enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
        rows = ((number, row) for number, line in lines for row in _paragraph(line))
        return build_corpus([Rows(path.stem, f"{path}, line", rows)], None, self.aliases)

    def convert(self, row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Rows of ROCStories (sentence1 to sentence5), CommonGen (concepts and scenes), WikiText (paragraphs)."""
        if "source" in row:
            return (row,)
        if "sentence1" in row and "sentence2" in row:
            rest = [row[name] for name in (f"sentence{i}" for i in range(2, 6)) if row.get(name)]
            new = {"source": row["sentence1"], "references": [" ".join(rest)]}
            return (new | ({"id": row["storyid"]} if row.get("storyid") else {}),)
        if "concept_set" in row or "concepts" in row:
            return _concepts(row)
        return _paragraph(row["text"]) if isinstance(row.get("text"), str) else (row,)


def _concepts(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """CommonGen: "ski#mountain" with scenes in the published files, a list and a row for each target on the hub."""
    words = row["concept_set"].split("#") if "concept_set" in row else row["concepts"]
    words = [word.partition("_")[0] for word in words]  # the files may tag the part of speech
    scenes = row.get("scene", row.get("target"))
    scenes = [scenes] if isinstance(scenes, str) else list(scenes or ())
    scenes = [scene for scene in scenes if scene.strip()]
    if scenes:  # the published test set has none
        group = {GROUP: row["concept_set_idx"]} if row.get("concept_set_idx") is not None else {}
        yield {"source": f"Words: {', '.join(words)}", "references": scenes, "keywords": words, **group}


def _paragraph(text: str) -> Iterator[dict[str, Any]]:
    """A paragraph of two sentences or more: the first, and the rest as its continuation."""
    text = text.strip()
    if _HEADING.match(text):
        return
    sentences = _SENTENCE_END.split(text)
    if len(sentences) > 1:
        yield {"source": sentences[0], "references": [" ".join(sentences[1:])]}
