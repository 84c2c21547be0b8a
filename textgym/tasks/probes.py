"""Probes: tiny decision processes with a known solution, each for one difficulty of reinforcement learning.

The vocabulary is V letters; with the end token an agent has V + 1 actions. `optimal_value` and `random_value`
give the expected return to go, undiscounted, of the best and of the uniformly random policy.
"""

from __future__ import annotations

import dataclasses
import functools
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from textgym.corpora.automaton import WordAutomaton, sequences
from textgym.corpora.base import Corpus, Draft, ProceduralCorpus
from textgym.errors import check_int
from textgym.tasks.base import Task
from textgym.types import Example

LETTERS: tuple[str, ...] = tuple("abcdefghijklmnopqrstuvwxyz")
SHOWN = 6  # letters in a source


@functools.cache
def _strings(symbols: int, length: int, extra: int) -> WordAutomaton:
    grammar = sequences(LETTERS[:symbols], length + extra)
    grammar.origin = (_strings, (symbols, length, extra))
    return grammar


@functools.cache
def _needle(symbols: int, length: int) -> tuple[str, ...]:
    """Drawn once from V and k."""
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence((symbols, length))))
    return tuple(LETTERS[int(i)] for i in stream.integers(symbols, size=length))


@dataclass(frozen=True)
class Probe(Task):
    """What the probes share.

    Args:
        symbols: V, the number of letters; by default the difficulty's.
        length: k; by default the difficulty's.
    """

    symbols: int | None = None
    length: int | None = None

    max_source_tokens: ClassVar[int] = SHOWN
    extra_letters: ClassVar[int] = 0  # of a reference, besides k
    levels: ClassVar[Mapping[str, tuple[int, int]]]

    def __post_init__(self) -> None:
        if self.symbols is not None:
            check_int("symbols", self.symbols, 2, len(LETTERS))
        if self.length is not None:
            check_int("length", self.length, 1, 1000)

    def at(self, difficulty: str) -> Probe:
        """With V and k of the difficulty, where they were not given."""
        symbols, length = self.levels[difficulty]
        return dataclasses.replace(self, symbols=self.symbols or symbols, length=self.length or length)

    @property
    def size(self) -> tuple[int, int]:
        """(V, k), those of medium where nothing else was said."""
        symbols, length = self.levels["medium"]
        return self.symbols or symbols, self.length or length

    @property
    def max_new_tokens(self) -> int:  # type: ignore[override]
        """k letters, and one token to end with."""
        return self.size[1] + 1

    def tokenizer_options(self) -> dict[str, Any]:
        """One token for each letter."""
        return {"symbols": LETTERS[: self.size[0]]}

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Random letters as sources; there are V**6 of them, a third in each split."""
        at = self.at(difficulty)
        return ProceduralCorpus(self.name, at.draw, split, difficulty, grammar=at.language)

    def language(self, difficulty: str) -> WordAutomaton:
        """The grammar of the references: as many letters as they have."""
        return _strings(*self.size, self.extra_letters)

    def draw(self, rng: np.random.Generator, difficulty: str) -> Draft:
        """Some letters to show, and the best words for them."""
        symbols, length = self.size
        shown = [LETTERS[int(i)] for i in rng.integers(symbols, size=SHOWN)]
        wanted = self.answer(shown, rng, symbols, length)
        return Draft(" ".join(shown), (" ".join(wanted),), self.meta(difficulty))

    def meta(self, difficulty: str) -> dict[str, Any]:
        """What else examples say."""
        return {}

    @abstractmethod
    def answer(self, shown: Sequence[str], rng: np.random.Generator, symbols: int, length: int) -> list[str]:
        """The best words for a source."""

    @abstractmethod
    def optimal_value(self, example: Example, words: Sequence[str]) -> float:
        """Expected return to go after `words`, if all goes as well as it can."""

    @abstractmethod
    def random_value(self, example: Example, words: Sequence[str]) -> float:
        """Expected return to go after `words`, of uniformly random actions (the end among them)."""


@dataclass(frozen=True)
class Delay(Probe):
    """Credit over k steps: the first letter must be the first one shown; it is paid with the (k + 1)-th.

    From the first step, V* = 1 and the random policy earns 1/(V+1) * (V/(V+1))**k.
    """

    name: ClassVar[str] = "delay"
    default_reward: ClassVar[str | Mapping[str, float]] = "delay"
    metrics: ClassVar[tuple[str, ...]] = ("delay",)
    levels: ClassVar[Mapping[str, tuple[int, int]]] = {"easy": (4, 2), "medium": (8, 8), "hard": (8, 32)}
    extra_letters: ClassVar[int] = 1

    @property
    def max_new_tokens(self) -> int:  # type: ignore[override]
        """The letter that counts, k more, and one token to end with."""
        return self.size[1] + 2

    def answer(self, shown: Sequence[str], rng: np.random.Generator, symbols: int, length: int) -> list[str]:
        """The letter shown first, and any k others."""
        return [shown[0], *(LETTERS[int(i)] for i in rng.integers(symbols, size=length))]

    def optimal_value(self, example: Example, words: Sequence[str]) -> float:
        """1 as long as nothing is lost or paid."""
        lost = bool(words) and words[0] != example.source.split()[0]
        return 0.0 if lost or len(words) > self.size[1] else 1.0

    def random_value(self, example: Example, words: Sequence[str]) -> float:
        """The chance to be right, and not to end before it is paid."""
        symbols, length = self.size
        stay, left = symbols / (symbols + 1), length + 1 - len(words)
        if not words:
            return stay**length / (symbols + 1)
        return self.optimal_value(example, words) * stay**left


@dataclass(frozen=True)
class Needle(Probe):
    """Exploration: of the V**k texts one is paid, always the same, and nothing points to it.

    V* = 1 on the way to it, the random policy earns (V+1)**-k.
    """

    name: ClassVar[str] = "needle"
    default_reward: ClassVar[str | Mapping[str, float]] = "needle"
    metrics: ClassVar[tuple[str, ...]] = ("needle",)
    levels: ClassVar[Mapping[str, tuple[int, int]]] = {"easy": (4, 2), "medium": (6, 4), "hard": (8, 6)}

    def answer(self, shown: Sequence[str], rng: np.random.Generator, symbols: int, length: int) -> list[str]:
        """The needle, whatever is shown."""
        return list(_needle(symbols, length))

    def optimal_value(self, example: Example, words: Sequence[str]) -> float:
        """1 on the way, 0 beside it and behind it."""
        wanted = example.references[0].split()
        return float(len(words) < len(wanted) and list(words) == wanted[: len(words)])

    def random_value(self, example: Example, words: Sequence[str]) -> float:
        """The chance to hit every letter that is left."""
        symbols, length = self.size
        return self.optimal_value(example, words) * (symbols + 1.0) ** (len(words) - length)


@dataclass(frozen=True)
class Noise(Probe):
    """Noisy rewards: repeat the letters shown, in turn; each right one is paid 1/k, and noise with every one.

    V* = (k - t)/k after t letters; the random policy earns the sum of (V/(V+1))**j / ((V+1) k) over j < k.
    """

    name: ClassVar[str] = "noise"
    default_reward: ClassVar[str | Mapping[str, float]] = "noise"
    metrics: ClassVar[tuple[str, ...]] = ("noise",)
    levels: ClassVar[Mapping[str, tuple[int, int]]] = {"easy": (4, 3), "medium": (8, 6), "hard": (8, 12)}
    sigmas: ClassVar[Mapping[str, float]] = {"easy": 0.5, "medium": 1.0, "hard": 2.0}

    def meta(self, difficulty: str) -> dict[str, Any]:
        """How strong the noise is."""
        return {"noise": self.sigmas[difficulty]}

    def answer(self, shown: Sequence[str], rng: np.random.Generator, symbols: int, length: int) -> list[str]:
        """The letters shown, over and over."""
        return [shown[place % len(shown)] for place in range(length)]

    def optimal_value(self, example: Example, words: Sequence[str]) -> float:
        """All letters that are left."""
        length = self.size[1]
        return max(0, length - len(words)) / length

    def random_value(self, example: Example, words: Sequence[str]) -> float:
        """One letter in V + 1, as long as the text goes on."""
        symbols, length = self.size
        stay = symbols / (symbols + 1)
        return sum(stay**j for j in range(length - len(words))) / (symbols + 1) / length
