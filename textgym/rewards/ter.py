"""TER: how many edits turn the text into a reference."""

from __future__ import annotations

from typing import Any

from textgym.rewards.base import Reward, TokenStep
from textgym.types import Example


class Ter(Reward):
    """1 - TER / 100: 1 for a reference itself, 0 for the empty text, below 0 for a text worse than none.

    TER = 100 * edits / average reference length, an edit being the insertion, deletion or substitution of a word
    or the shift of a run of words; the reference that takes fewest edits counts. It is worked out by
    `sacrebleu.sentence_ter` from the whole text, so a token late in a long text costs more than an early one.

    Source: Snover et al., "A Study of Translation Edit Rate with Targeted Human Annotation", 2006.

    Args:
        normalized, no_punct, asian_support, case_sensitive: as in sacrebleu.

    >>> from textgym.rewards.demo import score_text
    >>> score_text(Ter(), "the cat sat", references=["the cat sat down"])
    0.75
    >>> score_text(Ter(), "a b c", references=["x"])
    -2.0
    """

    name = "ter"

    def __init__(
        self,
        normalized: bool = False,
        no_punct: bool = False,
        asian_support: bool = False,
        case_sensitive: bool = False,
    ) -> None:
        self._options = {
            "normalized": normalized,
            "no_punct": no_punct,
            "asian_support": asian_support,
            "case_sensitive": case_sensitive,
        }
        self._metric: Any = None
        self._references: list[str] = []
        self._text = ""

    def reset(self, example: Example) -> None:
        self._references, self._text = list(example.references), ""

    def push(self, step: TokenStep) -> None:
        self._text = step.text

    def score(self) -> float:
        if self._metric is None:
            from sacrebleu.metrics import TER

            self._metric = TER(**self._options)
        return 1.0 - float(self._metric.sentence_score(self._text, self._references).score) / 100.0
