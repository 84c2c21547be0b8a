"""Simple baselines: what one gets without learning, to hold a learned policy against."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from textgym.corpora.base import Corpus
from textgym.errors import unknown
from textgym.types import Example

Baseline = Callable[[Example], str]
"""From an example to the text that is given for it."""

_COUNTED = 5_000  # training examples that the most frequent answer is counted on
_SENTENCE = re.compile(r".*?[.!?](?=\s|$)", re.DOTALL)


def lead_sentence(train: Corpus) -> Baseline:
    """The first sentence of the source."""

    def answer(example: Example) -> str:
        found = _SENTENCE.match(example.source)
        return found[0] if found else example.source

    return answer


def copy_source(train: Corpus) -> Baseline:
    """The source as it is, cut off where the limit is."""
    return lambda example: example.source


def most_frequent(train: Corpus) -> Baseline:
    """The most frequent first reference of the training data, the same for all; ties by the alphabet."""
    counts = Counter(train[i].references[0] for i in range(min(len(train), _COUNTED)))
    best = min(counts, key=lambda text: (-counts[text], text))
    return lambda example: best


def keywords(train: Corpus) -> Baseline:
    """The words that are asked for, with commas between."""
    return lambda example: ", ".join(example.meta.get("keywords", ()))


BASELINES: dict[str, Callable[[Corpus], Baseline]] = {
    "lead_sentence": lead_sentence,
    "copy_source": copy_source,
    "most_frequent": most_frequent,
    "keywords": keywords,
}


def make_baseline(name: str, train: Corpus) -> Baseline:
    """A baseline by name; `train` is the training split that it may learn from.

    Raises:
        ValueError: the name is not known.
    """
    if name not in BASELINES:
        raise unknown("baseline", name, BASELINES)
    return BASELINES[name](train)
