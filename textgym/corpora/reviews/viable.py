"""The grammar of the labels."""

from __future__ import annotations

from textgym.corpora.automaton import WordAutomaton, remembered, sequences
from textgym.corpora.reviews.compose import LABELS, SHAPES


@remembered
def labels(difficulty: str) -> WordAutomaton:
    """One label, of those that the difficulty has."""
    return sequences(LABELS[: SHAPES[difficulty].labels], 1)
