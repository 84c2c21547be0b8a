"""What a task is: a corpus, a prompt form, a default reward, its official metrics, perhaps a partner."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.types import Example

if TYPE_CHECKING:
    from textgym.partner import Partner


@dataclass(frozen=True, slots=True)
class HubSource:
    """Where a data set lives on the Hugging Face hub, and what its columns are called.

    Attributes:
        path, config: the arguments of `datasets.load_dataset`.
        fields: our field -> its column; a dotted column reaches into a nested one ("translation.de").
        splits: our split -> its split, where the names differ.
    """

    path: str
    config: str | None = None
    fields: Mapping[str, str | tuple[str, ...]] | None = None
    splits: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Task(ABC):
    """The text side of an environment. A new task is a subclass in its own file and a catalogue row.

    Dataclass fields of a subclass are options that `gym.make` takes (`source_lang="en"`).

    Attributes:
        name: short name, used for the shipped tokenizer and in the prompt of a mixture.
        default_reward: what `reward=None` means.
        data_reward: what it means on data that is not built in, where that differs.
        metrics: reward names whose scores go into `info["metrics"]` and the evaluation.
        corpus_metrics: names in `textgym.metrics` that the evaluation adds: scores of a whole split.
        max_source_tokens, max_new_tokens: default limits, S and T; with a partner, T is a turn's.
        max_turns: the most turns that an episode can have; above 1, examples may have a partner.
        aliases: for each field the column names that are tried, in order, when `fields` is not given.
        hub: data sets known by name.
    """

    name: ClassVar[str]
    default_reward: ClassVar[str | Mapping[str, Any]]
    data_reward: ClassVar[str | Mapping[str, Any] | None] = None
    metrics: ClassVar[tuple[str, ...]]
    corpus_metrics: ClassVar[tuple[str, ...]] = ()
    max_source_tokens: ClassVar[int] = 128
    max_new_tokens: ClassVar[int] = 48
    max_turns: ClassVar[int] = 1
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "source": ("source",),
        "references": ("references", "reference"),
        "id": ("id",),
    }
    hub: ClassVar[Mapping[str, HubSource]] = {}

    @abstractmethod
    def builtin(self, split: str, difficulty: str) -> Corpus:
        """The built-in corpus of the task: offline, seeded, with disjoint splits."""

    def reward_on(self, dataset: Any) -> str | Mapping[str, Any]:
        """What `reward=None` means on a data set."""
        builtin = isinstance(dataset, str) and dataset == "builtin"
        return self.default_reward if builtin or self.data_reward is None else self.data_reward

    def prompt(self, example: Example) -> str:
        """The text that the agent reads for an example."""
        return example.source

    def at(self, difficulty: str) -> Task:
        """The task at a difficulty: itself, unless its limits or its vocabulary depend on it."""
        return self

    def read(self, path: Path, split: str, fields: Any) -> Corpus | None:
        """The data at a path in a format of the task's own, or None where the common readers serve."""
        return None

    def convert(self, row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """The rows that one row of a published format makes: none, itself, or several; see `aliases` for columns.

        Called for tables and hub data unless `fields` says which columns there are; other rows stay as they are.
        Where a format has a row for each reference, `textgym.corpora.groups.GROUP` makes them one example.
        """
        return (row,)

    def extra_spaces(self) -> dict[str, spaces.Space[Any]]:
        """Keys that the task adds to the observation."""
        return {}

    def extra_observation(self, example: Example) -> dict[str, NDArray[Any]]:
        """The values of those keys for an example; they stay the same for the whole episode."""
        return {}

    def partner(self, example: Example, rng: np.random.Generator) -> Partner | None:
        """Who answers the agent in an episode on `example`; None where one text is all there is."""
        return None

    def history(self, example: Example, turns: Sequence[tuple[str, str]]) -> list[str]:
        """The prompt after some turns (agent's words, partner's words), in pieces.

        The first piece always stays; of the others the oldest are dropped first where they do not fit.
        """
        return [self.prompt(example), *(f"\nYou: {said}\nUser: {answer}" for said, answer in turns)]

    @property
    def languages(self) -> tuple[str, str] | None:
        """(source, target) for tasks on parallel text: the suffixes of its files; None otherwise."""
        return None

    def tokenizer_options(self) -> dict[str, Any]:
        """Arguments for the built-in tokenizer where the task's own differ from the common ones."""
        return {}
