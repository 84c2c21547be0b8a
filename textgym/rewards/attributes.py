"""Whether a caption names what is in the picture: shapes, colours, sizes, relations."""

from __future__ import annotations

from collections import Counter

from textgym.corpora.scenes.attributes import LONGEST_PART, PARTS, Reading, expected, stated, true
from textgym.rewards.words import WordReward
from textgym.types import Example


class AttributeF1(WordReward):
    """F1 between what a caption says and what the scene holds.

        score = 2 precision recall / (precision + recall)
        precision = true attributes said / attributes said,   recall = expected ones said / expected ones

    Range [0, 1]. Attributes are shapes, each one's colour and size, and relations; expected are all things and how
    each lies to the one before, true is any relation that holds. Without a scene (``meta["scene"]``) both are
    what the references say; 0 where that is nothing. Source: the F-score over objects, attributes and relations of
    Anderson et al., "SPICE: Semantic Propositional Image Caption Evaluation" (2016), by phrases instead of a parser.

    >>> from textgym.rewards.evaluate import score_text
    >>> seen = "A small red circle is left of a large blue star."
    >>> score_text(AttributeF1(), "A red circle is left of a green star.", reference=seen)
    0.666...

    That says 5 attributes, of which 4 are true, and 4 of the 7 that there are.
    """

    name = "attribute_f1"
    stepwise = False
    pattern = PARTS
    fold = False
    reach = LONGEST_PART
    small = True

    def __init__(self) -> None:
        super().__init__()
        self._expected: frozenset[tuple[str, ...]] = frozenset()
        self._true: frozenset[tuple[str, ...]] = frozenset()
        self._readings = [Reading()]  # behind each part
        self._said: Counter[tuple[str, ...]] = Counter()

    def begin(self, example: Example) -> None:
        """Begin on the scene of `example`."""
        scene = example.meta.get("scene")
        if scene is None:
            self._expected = self._true = frozenset().union(*map(stated, example.references))
        else:
            self._expected, self._true = expected(scene), true(scene)
        self._readings = [Reading()]
        self._said.clear()

    def add(self, word: str) -> None:
        """Count what the part says."""
        reading, said = self._readings[-1].read(word)
        self._readings.append(reading)
        self._said.update(said)

    def remove(self, word: str) -> None:
        """Take back what it said."""
        self._readings.pop()
        for attribute in self._readings[-1].read(word)[1]:
            self._said[attribute] -= 1
            if not self._said[attribute]:
                del self._said[attribute]

    def score(self) -> float:
        """F1 of the text so far."""
        said = self._said.keys()
        right, full = len(said & self._true), len(self._expected)
        if not right or not full:
            return 0.0
        precision, recall = right / len(said), len(said & self._expected) / full
        return 2 * precision * recall / (precision + recall) if recall else 0.0
