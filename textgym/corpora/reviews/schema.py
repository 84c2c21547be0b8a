"""What a domain of reviews supplies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Aspect(NamedTuple):
    """Something that reviewers judge.

    Attributes:
        subject: "the plot".
        plural: whether it takes "were".
        good, bad: what it can be; every word has the same sense of good and bad everywhere.
    """

    subject: str
    plural: bool
    good: tuple[str, ...]
    bad: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of thing that is reviewed.

    Attributes:
        name: "film".
        openers: first sentences, with ``{title}``, ``{place}``, ``{day}`` and ``{who}``.
        titles: first and second halves of names.
        aspects: what is judged.
        treats, mishaps: what is good or bad to happen, after "what a joy to".
        neutral: sentences that judge nothing.
    """

    name: str
    openers: tuple[str, ...]
    titles: tuple[tuple[str, ...], tuple[str, ...]]
    aspects: tuple[Aspect, ...]
    treats: tuple[str, ...]
    mishaps: tuple[str, ...]
    neutral: tuple[str, ...]
