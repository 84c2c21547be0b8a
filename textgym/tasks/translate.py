"""Translation of single sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.errors import unknown
from textgym.tasks.base import HubSource, Task

_CODE = re.compile(r"^[a-z]{2,3}$")
_BUILTIN = ("en-de", "de-en")


@dataclass(frozen=True)
class Translate(Task):
    """Sentences and their translations: English to German and back built in, any pair from files or the hub.

    Args:
        source_lang, target_lang: language codes, "en" and "de" by default. They are also the suffixes of parallel
            text files and the names of columns.
    """

    source_lang: str = "en"
    target_lang: str = "de"

    name: ClassVar[str] = "translate"
    default_reward: ClassVar[str | Mapping[str, float]] = "bleu"
    metrics: ClassVar[tuple[str, ...]] = ("bleu", "chrf")
    corpus_metrics: ClassVar[tuple[str, ...]] = ("ter",)
    max_source_tokens: ClassVar[int] = 48
    max_new_tokens: ClassVar[int] = 48

    def __post_init__(self) -> None:
        for field in ("source_lang", "target_lang"):
            code = getattr(self, field)
            if not isinstance(code, str) or _CODE.match(code) is None:
                raise ValueError(f"{field}: got {code!r}, allowed is a language code of two or three letters, as 'en'")
        if self.source_lang == self.target_lang:
            raise ValueError(f"target_lang: got {self.target_lang!r}, which is source_lang too; they must differ")

    @property
    def languages(self) -> tuple[str, str]:
        """(source_lang, target_lang)."""
        return self.source_lang, self.target_lang

    @property
    def aliases(self) -> Mapping[str, tuple[str, ...]]:  # type: ignore[override]  # depends on the languages
        """Column names: the usual ones, the language codes, and the hub's nested "translation"."""
        return {
            "source": ("source", self.source_lang, f"translation.{self.source_lang}"),
            "references": ("references", "reference", "target", self.target_lang, f"translation.{self.target_lang}"),
            "id": ("id",),
        }

    @property
    def hub(self) -> Mapping[str, HubSource]:  # type: ignore[override]  # depends on the languages
        """WMT14 (one of its languages is English), IWSLT 2017, Multi30K."""
        source, target = self.languages
        nested = {"source": f"translation.{source}", "reference": f"translation.{target}"}
        other = target if source == "en" else source
        return {
            "wmt14": HubSource("wmt/wmt14", f"{other}-en", nested),
            "iwslt2017": HubSource("IWSLT/iwslt2017@refs/convert/parquet", f"iwslt2017-{source}-{target}", nested),
            "multi30k": HubSource("bentrevett/multi30k", None, {"source": source, "reference": target}),
        }

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Sentence pairs of a grammar of both languages, see `textgym.corpora.parallel`."""
        from textgym.corpora.parallel import draw, draw_reverse
        from textgym.corpora.parallel.viable import english_sentences, german_sentences

        pair = f"{self.source_lang}-{self.target_lang}"
        if pair not in _BUILTIN:
            raise unknown("source_lang-target_lang of built-in data", pair, _BUILTIN)
        if pair == "en-de":
            return ProceduralCorpus(pair, draw, split, difficulty, grammar=german_sentences, keep=True)
        return ProceduralCorpus(pair, draw_reverse, split, difficulty, grammar=english_sentences, keep=True)
