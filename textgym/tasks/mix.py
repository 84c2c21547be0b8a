"""Several tasks in one environment: each episode is of one of them, named in the prompt and the observation."""

from __future__ import annotations

import dataclasses
import functools
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from textgym.corpora.automaton import WordAutomaton
from textgym.corpora.base import SPLIT_SIZES, Corpus, grammar_of
from textgym.errors import unknown
from textgym.partner import Partner
from textgym.tasks.base import Task
from textgym.types import Example

DEFAULT: Mapping[str, float] = MappingProxyType(
    {"TokenSummarize-v0": 1.0, "TokenTranslate-v0": 1.0, "TokenDataToText-v0": 1.0, "TokenDialogue-v0": 1.0}
)


class MixCorpus:
    """The examples of several corpora, interleaved evenly by their weights.

    Attributes:
        tasks: whose examples these are; ``meta["task"]`` of an example is its task's place here, ``meta["place"]``
            the example's own in the corpus.
        rewards: the default reward of each task on its data.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        corpora: Sequence[Corpus],
        weights: Sequence[float],
        size: int,
        rewards: Sequence[str | Mapping[str, Any]],
    ) -> None:
        self.tasks, self._corpora, self.rewards = tuple(tasks), tuple(corpora), tuple(rewards)
        shares = np.array(weights, dtype=np.float64) / sum(weights)
        # The k-th example of a task belongs at (k + 1/2) / share: sorted, that is an even interleaving.
        counts = [int(np.ceil(share * size)) + 1 for share in shares]
        due = np.concatenate([(np.arange(n) + 0.5) / share for n, share in zip(counts, shares, strict=True)])
        owner = np.repeat(np.arange(len(tasks)), counts)
        order = np.lexsort((owner, due))[:size]
        self._owner = owner[order]
        self._index = np.concatenate([np.arange(n) for n in counts])[order]

    def __len__(self) -> int:
        return len(self._owner)

    def __getitem__(self, index: int) -> Example:
        if not 0 <= index < len(self):
            raise IndexError(f"example: got {index}, the corpus has 0..{len(self) - 1}")
        task = int(self._owner[index])
        corpus = self._corpora[task]
        example = corpus[int(self._index[index]) % len(corpus)]
        return dataclasses.replace(example, meta={**example.meta, "task": task, "place": index})

    def grammar(self, example: Example) -> WordAutomaton | None:
        """That of the example's own corpus."""
        return grammar_of(self._corpora[example.meta["task"]], example)


@dataclass(frozen=True)
class Mix(Task):
    """Tasks by weight. The reward of an episode is its own task's default, the vocabulary is one for all.

    Args:
        tasks: environment id -> weight.
        data: environment id -> data set, for those that are not to use built-in data.
    """

    tasks: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT))
    data: Mapping[str, Any] = field(default_factory=dict)

    name: ClassVar[str] = "mix"
    default_reward: ClassVar[str | Mapping[str, float]] = "own_task"
    metrics: ClassVar[tuple[str, ...]] = ("own_task",)

    def __post_init__(self) -> None:
        if not isinstance(self.tasks, Mapping) or not self.tasks:
            raise ValueError(f"tasks: got {self.tasks!r}, allowed is {{id: weight}} with at least one id")
        known = _entries()
        for env_id, weight in self.tasks.items():
            if env_id not in known:
                raise unknown("tasks", env_id, known)
            if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0.0 < weight < float("inf"):
                raise ValueError(f"tasks[{env_id!r}]: got weight {weight!r}, allowed is a number above 0")
        for env_id in self.data:
            if env_id not in self.tasks:
                raise unknown("data", env_id, self.tasks)

    @functools.cached_property
    def parts(self) -> tuple[Task, ...]:
        """The tasks themselves, in order."""
        known = _entries()
        return tuple(_task(known[env_id]) for env_id in self.tasks)

    @property
    def max_source_tokens(self) -> int:  # type: ignore[override]
        """The longest of the tasks', and room for the name."""
        return max(part.max_source_tokens for part in self.parts) + 4

    @property
    def max_new_tokens(self) -> int:  # type: ignore[override]
        """The longest of the tasks'."""
        return max(part.max_new_tokens for part in self.parts)

    @property
    def max_turns(self) -> int:  # type: ignore[override]
        """The most of the tasks'."""
        return max(part.max_turns for part in self.parts)

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """The tasks' built-in corpora, or their data sets, interleaved."""
        from textgym.corpora.load import load_corpus

        corpora = [
            load_corpus(part, self.data.get(env_id, "builtin"), split, difficulty)
            for env_id, part in zip(self.tasks, self.parts, strict=True)
        ]
        rewards = [
            part.reward_on(self.data.get(env_id, "builtin"))
            for env_id, part in zip(self.tasks, self.parts, strict=True)
        ]
        return MixCorpus(self.parts, corpora, list(self.tasks.values()), SPLIT_SIZES[split], rewards)

    def part(self, example: Example) -> Task:
        """The task of an example."""
        found: Task = self.parts[example.meta["task"]]
        return found

    def prompt(self, example: Example) -> str:
        """The task's name, and its own prompt."""
        part = self.part(example)
        return f"{part.name}: {part.prompt(example)}"

    def extra_spaces(self) -> dict[str, spaces.Space[Any]]:
        """`task`, int32 (1,), the place of the task; and what the tasks add."""
        found: dict[str, spaces.Space[Any]] = {"task": spaces.Box(0, max(1, len(self.parts) - 1), (1,), np.int32)}
        for part in self.parts:
            found.update(part.extra_spaces())
        return found

    def extra_observation(self, example: Example) -> dict[str, NDArray[Any]]:
        """The task's place and its own keys; the keys of other tasks are zero."""
        found: dict[str, NDArray[Any]] = {
            key: np.zeros(space.shape or (), dtype=space.dtype) for key, space in self.extra_spaces().items()
        }
        found.update(self.part(example).extra_observation(example))
        found["task"] = np.array([example.meta["task"]], dtype=np.int32)
        return found

    def partner(self, example: Example, rng: np.random.Generator) -> Partner | None:
        """The task's partner."""
        return self.part(example).partner(example, rng)

    def history(self, example: Example, turns: Sequence[tuple[str, str]]) -> list[str]:
        """The task's history, its name before it."""
        part = self.part(example)
        first, *more = part.history(example, turns)
        return [f"{part.name}: {first}", *more]


def _entries() -> dict[str, str]:
    """Environment id -> "module:Class" of its task."""
    from envs_registry import CATALOGUE

    return {row.id: row.task for row in CATALOGUE if row.id != "TokenMix-v0"}


def _task(entry: str) -> Task:
    module, _, attribute = entry.partition(":")
    task: Task = getattr(importlib.import_module(module), attribute)()
    return task
