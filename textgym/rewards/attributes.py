"""Whether a caption names what is in the picture: shapes, colours, sizes, relations."""

from __future__ import annotations

from textgym.rewards.base import Reward, TokenStep
from textgym.types import Example


class AttributeF1(Reward):
    """F1 between what a caption says and what the scene holds.

        score = 2 precision recall / (precision + recall)
        precision = true attributes said / attributes said,   recall = expected ones said / expected ones

    Range [0, 1]. Attributes are shapes, each one's colour and size, and relations; expected are all things and how
    each lies to the one before, true is any relation that holds. Without a scene (``meta["scene"]``) both are
    what the references say; 0 where that is nothing. Source: the F-score over objects, attributes and relations of
    Anderson et al., "SPICE: Semantic Propositional Image Caption Evaluation" (2016), by phrases instead of a parser.

    >>> reward = AttributeF1()
    >>> reward.reset(Example("0", "", ("A small red circle is left of a large blue star.",)))
    >>> reward.push(TokenStep(0, 0, "A red circle is left of a green star.", 0))
    >>> round(reward.score(), 3)  # 4 of the 5 that it says are true, 4 of 7 are said
    0.667
    """

    name = "attribute_f1"
    stepwise = False

    def __init__(self) -> None:
        self._expected: frozenset[tuple[str, ...]] = frozenset()
        self._true: frozenset[tuple[str, ...]] = frozenset()
        self._text = ""
        self._scored = ("", 0.0)

    def reset(self, example: Example) -> None:
        """Begin on the scene of `example`."""
        from textgym.corpora.scenes.attributes import expected, stated, true

        scene = example.meta.get("scene")
        if scene is None:
            self._expected = self._true = frozenset().union(*map(stated, example.references))
        else:
            self._expected, self._true = expected(scene), true(scene)
        self._text, self._scored = "", ("", 0.0)

    def push(self, step: TokenStep) -> None:
        """Take the text as it stands."""
        self._text = step.text

    def score(self) -> float:
        """F1 of the text so far."""
        from textgym.corpora.scenes.attributes import stated

        if self._text != self._scored[0]:
            said = stated(self._text)
            right, full = len(said & self._true), len(self._expected)
            if right and full:
                precision, recall = right / len(said), len(said & self._expected) / full
                value = 2 * precision * recall / (precision + recall) if recall else 0.0
            else:
                value = 0.0
            self._scored = (self._text, value)
        return self._scored[1]
