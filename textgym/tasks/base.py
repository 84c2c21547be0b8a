"""What a task is: a corpus, a prompt form, a default reward, its official metrics, perhaps a partner."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textgym.corpora.base import Corpus
from textgym.types import Example


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
    fields: Mapping[str, str] | None = None
    splits: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Task(ABC):
    """The text side of an environment. A new task is a subclass in its own file and a catalogue row.

    Dataclass fields of a subclass are options that `gym.make` takes (`source_lang="en"`).

    Attributes:
        name: short name, used for the shipped tokenizer and in the prompt of a mixture.
        default_reward: what `reward=None` means.
        metrics: reward names whose scores go into `info["metrics"]` and the evaluation.
        max_source_tokens, max_new_tokens: default limits, S and T.
        aliases: for each field the column names that are tried, in order, when `fields` is not given.
        hub: data sets known by name.
    """

    name: ClassVar[str]
    default_reward: ClassVar[str | Mapping[str, float]]
    metrics: ClassVar[tuple[str, ...]]
    max_source_tokens: ClassVar[int] = 128
    max_new_tokens: ClassVar[int] = 48
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "source": ("source",),
        "references": ("references", "reference"),
        "id": ("id",),
    }
    hub: ClassVar[Mapping[str, HubSource]] = {}

    @abstractmethod
    def builtin(self, split: str, difficulty: str) -> Corpus:
        """The built-in corpus of the task: offline, seeded, with disjoint splits."""

    def prompt(self, example: Example) -> str:
        """The text that the agent reads for an example."""
        return example.source

    @property
    def languages(self) -> tuple[str, str] | None:
        """(source, target) for tasks on parallel text: the suffixes of its files; None otherwise."""
        return None

    def tokenizer_options(self) -> dict[str, Any]:
        """Arguments for the built-in tokenizer where the task's own differ from the common ones."""
        return {}
