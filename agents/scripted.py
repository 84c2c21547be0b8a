"""Policies that need no learning: the yardsticks beside which a learned one is read.

They have Stable-Baselines3's `predict`. Those that follow a script must know which example a row works on, which no
observation tells; `agents.evaluate` calls `start` for that.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from textgym.mdp import TokenMDP
from textgym.types import Example

Prediction = tuple[NDArray[np.int64], None]


@runtime_checkable
class Starts(Protocol):
    """A model that wants to know when a row starts an episode, and on which example."""

    def start(self, mdp: TokenMDP, rows: Sequence[int], indices: Sequence[int]) -> None:
        """Rows `rows` start episodes on the examples `indices` of `mdp.corpus`."""


class RandomPolicy:
    """Every allowed token is as likely as any other.

    Args:
        seed: of its draws.
        allowed: bool (V,); None: learned from the environment by `start`.
    """

    def __init__(self, seed: int = 0, allowed: NDArray[np.bool_] | None = None) -> None:
        self.rng = np.random.default_rng(np.random.SeedSequence(seed))
        self._choices = None if allowed is None else np.flatnonzero(allowed)

    def start(self, mdp: TokenMDP, rows: Sequence[int], indices: Sequence[int]) -> None:
        """Takes the allowed tokens from the environment."""
        self._choices = np.flatnonzero(mdp.codec.allowed)

    def predict(
        self, observation: Mapping[str, Any], state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> Prediction:
        """A random token a row, `deterministic` or not."""
        if self._choices is None:
            raise ValueError("allowed: got None; allowed is a bool array (V,), or a call of start() before predict()")
        return self.rng.choice(self._choices, size=len(observation["step"])), None


class ScriptedPolicy:
    """Writes a text that depends on the example alone, then the end token. Subclasses say which text.

    Where turns follow, it says its next one, and the last one again when there is none; see `turns`.
    """

    def __init__(self) -> None:
        self._scripts: dict[int, list[list[int]]] = {}
        self._turns: dict[int, int] = {}  # the turn of each row, from 0; -1 before its first token
        self._eos = 0

    @abstractmethod
    def text(self, example: Example) -> str:
        """What to write for `example`."""

    def turns(self, example: Example) -> Sequence[str]:
        """What to say turn by turn, for an environment of several; the text by itself."""
        return (self.text(example),)

    def start(self, mdp: TokenMDP, rows: Sequence[int], indices: Sequence[int]) -> None:
        """Encodes the rows' texts."""
        self._eos = mdp.codec.eos_id
        for row, index in zip(rows, indices, strict=True):
            said = map(mdp.codec.encode, self.turns(mdp.corpus[index]))
            self._scripts[row] = [[token for token in ids if mdp.codec.allowed[token]] for ids in said]
            self._turns[row] = -1

    def predict(
        self, observation: Mapping[str, Any], state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> Prediction:
        """The next token of each row's script."""
        steps = np.asarray(observation["step"]).reshape(-1).tolist()
        tokens = [self._token(row, step) for row, step in enumerate(steps)]
        return np.array(tokens, dtype=np.int64), None

    def _token(self, row: int, step: int) -> int:
        scripts = self._scripts.get(row)
        if not scripts:
            return self._eos
        self._turns[row] += step == 0
        script = scripts[min(max(self._turns[row], 0), len(scripts) - 1)]
        return script[step] if step < len(script) else self._eos


class OraclePolicy(ScriptedPolicy):
    """Writes the first reference; in a dialogue the best turns, one after the other."""

    def text(self, example: Example) -> str:
        """What the class says."""
        return example.references[0] if example.references else ""

    def turns(self, example: Example) -> Sequence[str]:
        """The best turns in `meta["turns"]`; without them the reference."""
        found: Sequence[str] = example.meta.get("turns", (self.text(example),))
        return found


class CopyPolicy(ScriptedPolicy):
    """Writes the source."""

    def text(self, example: Example) -> str:
        """What the class says."""
        return example.source


class LeadPolicy(ScriptedPolicy):
    """Writes the first `words` words of the source: a strong baseline of summarisation.

    Args:
        words: how many.
    """

    def __init__(self, words: int = 20) -> None:
        super().__init__()
        self.words = words

    def text(self, example: Example) -> str:
        """What the class says."""
        return " ".join(example.source.split()[: self.words])
