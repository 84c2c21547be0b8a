"""Summarisation: a text in, a short one out that keeps what matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.tasks.base import HubSource, Task


@dataclass(frozen=True)
class Summarize(Task):
    """Reports and their summaries; also any table of texts and summaries."""

    name: ClassVar[str] = "summarize"
    default_reward: ClassVar[str | Mapping[str, float]] = "rouge"
    metrics: ClassVar[tuple[str, ...]] = ("rouge1", "rouge2", "rougeL")
    max_source_tokens: ClassVar[int] = 192
    max_new_tokens: ClassVar[int] = 64
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "source": ("source", "article", "document", "dialogue", "text", "report"),
        "references": ("references", "reference", "summary", "highlights", "abstract", "target"),
        "id": ("id",),
    }
    hub: ClassVar[Mapping[str, HubSource]] = {
        "cnn_dailymail": HubSource("abisee/cnn_dailymail", "3.0.0", {"source": "article", "reference": "highlights"}),
        "xsum": HubSource(
            "EdinburghNLP/xsum@refs/convert/parquet", None, {"source": "document", "reference": "summary"}
        ),
        "samsum": HubSource("knkarthick/samsum", None, {"source": "dialogue", "reference": "summary"}),
        "dialogsum": HubSource("knkarthick/dialogsum", None, {"source": "dialogue", "reference": "summary"}),
    }

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Reports of eight kinds of events, see `textgym.corpora.reports`."""
        from textgym.corpora.reports import plan
        from textgym.corpora.reports.viable import summaries

        return ProceduralCorpus("report", plan, split, difficulty, grammar=summaries, keep=True)
