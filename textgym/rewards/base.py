"""What a reward is: the score of a text, kept up to date token by token.

Two layers. A `Reward` is what people write: one object, one text, plain Python. A `Scorer` is what the
environments run: the scores of `num_rows` texts that grow side by side. Every reward has a scorer; the
default one keeps a copy of the reward for each row, and a reward that can do better (`textgym.rewards.rouge`)
brings its own, which works on arrays.

A score is *of the text so far*. What is paid at a step is the difference of scores (`textgym.rewards.ledger`),
so the rewards of an episode add up to the score of its final text, whatever the density. The score of the
empty episode, before any token, counts as 0.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.text.codec import Codec
from textgym.text.detokenize import TextRows
from textgym.types import Example

View = Callable[[NDArray[np.int64]], NDArray[np.float64]]  # of rows (n,), to scores


class TokenStep(NamedTuple):
    """One token as a reward sees it.

    Attributes:
        token: the token's id.
        position: its index in the generated text, from 0.
        text: the whole text so far, this token included.
        start: `text[start:]` is what the token put there or changed.
    """

    token: int
    position: int
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class RewardContext:
    """What a reward may know about the environment it works in."""

    codec: Codec
    corpus: Corpus
    texts: TextRows
    max_new_tokens: int
    language: str = "en"
    """Of the texts, where the task says so."""


class Reward(ABC):
    """The score of one text. Subclass it, keep what state you like in attributes, register it by name.

    `bind` is called once, `reset` at each episode, `push` at each token and `score` whenever the density
    asks for it. The environment deep-copies the object for each of its rows and for saved states.
    """

    name: ClassVar[str] = ""
    stepwise: ClassVar[bool] = True
    """Whether it matters which tokens put a text. If not, a finished text is pushed as one step, its last token's."""
    reads_text: ClassVar[bool] = True
    """Whether `push` looks at the text of a step; a class with a `push` of its own does unless it says otherwise.

    One that does not gets a step for each token, with an empty text. Where no reward looks at texts none are made.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        nearest = next(vars(base) for base in cls.__mro__ if {"push", "reads_text"} & vars(base).keys())
        if "reads_text" not in nearest:
            cls.reads_text = True

    def bind(self, context: RewardContext) -> None:  # noqa: B027  (most rewards need nothing)
        """Take what the reward needs from the environment: the tokenizer, the corpus."""

    @abstractmethod
    def reset(self, example: Example) -> None:
        """A new episode on `example` begins, with an empty text."""

    @abstractmethod
    def push(self, step: TokenStep) -> None:
        """The text has grown by one token."""

    @abstractmethod
    def score(self) -> float:
        """The score of the text so far, a finite number; [0, 1] where the measure has bounds."""

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        """The working part for `num_rows` texts at once."""
        return RowScorer(self, context, num_rows)

    def joined(self, other: Reward) -> Reward | None:
        """A reward whose scorer keeps all that the scores of both need (see `Scorer.view`); None if there is none."""
        return None


class FunctionReward(Reward):
    """A plain function `(text, example) -> float` as a reward: scored where the density asks for it."""

    stepwise: ClassVar[bool] = False

    def __init__(self, function: Callable[[str, Example], float], name: str | None = None) -> None:
        self.function = function
        self.name = name or str(getattr(function, "__name__", type(function).__name__))  # type: ignore[misc]
        self._text = ""
        self._example: Example | None = None

    def reset(self, example: Example) -> None:
        self._text, self._example = "", example

    def push(self, step: TokenStep) -> None:
        self._text = step.text

    def score(self) -> float:
        return self.function(self._text, self._example)  # type: ignore[arg-type]

    def __deepcopy__(self, memo: dict[int, Any]) -> FunctionReward:
        # The function is the user's, and may hold a model: it is shared, never copied.
        twin = FunctionReward(self.function, self.name)
        twin._text, twin._example = self._text, self._example
        return twin


class Scorer(ABC):
    """The scores of `num_rows` growing texts; rows are independent of each other.

    The single-row calls and the batched ones do the same thing and give bit for bit the same numbers.
    """

    needs_text: bool = False
    """Whether `RewardContext.texts` must be kept up to date for this scorer."""

    def __init__(self, num_rows: int) -> None:
        self.num_rows = num_rows

    @abstractmethod
    def reset(self, row: int, example: Example) -> None:
        """Row `row` starts afresh on `example`."""

    def reset_rows(self, rows: Sequence[int], examples: Sequence[Example]) -> None:
        """`reset` of several rows."""
        for row, example in zip(rows, examples, strict=True):
            self.reset(row, example)

    def expect(self, examples: Sequence[Example]) -> None:  # noqa: B027  (most have nothing to do)
        """Episodes on these examples may begin soon: what their references need can be done now, all at once."""

    @abstractmethod
    def push(self, row: int, token: int) -> None:
        """Row `row` grows by one token."""

    @abstractmethod
    def score(self, row: int) -> float:
        """The score of row `row` now."""

    def step(self, row: int, token: int) -> float:
        """`push`, then `score`; one call, since it is the hot path of the single environment."""
        self.push(row, token)
        return self.score(row)

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        """Each row (each active one) grows by its token. `tokens` (N,), `active` (N,) or None for all."""
        for row in range(self.num_rows) if active is None else np.flatnonzero(active):
            self.push(int(row), int(tokens[row]))

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The scores of the given rows, in their order."""
        return np.array([self.score(int(row)) for row in rows], dtype=np.float64)

    def step_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """`push_all`, then the scores of all rows (N,)."""
        self.push_all(tokens, active)
        return self.score_rows(np.arange(self.num_rows))

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        """Row `row` holds a whole text; what it held before is lost, and nothing may be pushed behind it."""
        self.reset(row, example)
        for token in tokens.tolist():
            self.push(row, token)

    def read_rows(self, examples: Sequence[Example], tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> None:
        """`read` of the first rows: row i holds the first `lengths[i]` of `tokens[i]` (n, T)."""
        for row, example in enumerate(examples):
            self.read(row, example, tokens[row, : lengths[row]])

    def score_tokens(self, row: int, example: Example, tokens: NDArray[np.int32]) -> float:
        """`read`, then `score`."""
        self.read(row, example, tokens)
        return self.score(row)

    def view(self, others: Mapping[str, Scorer]) -> tuple[list[str], View] | None:
        """The names of those others whose scores of its texts this scorer's state tells, k of them, and how.

        That is a function of rows (n,), which gives the scores (k, n). None if there are no such others.
        """
        return None

    @abstractmethod
    def get_state(self, row: int) -> Any:
        """A snapshot of row `row`: picklable, unaffected by later steps."""

    @abstractmethod
    def set_state(self, row: int, example: Example, state: Any) -> None:
        """Row `row` goes back to a snapshot that some row took while working on `example`."""


class RewardError(ValueError):
    """A reward raised, or gave something that is not a finite number."""

    @classmethod
    def at(cls, reward: Reward, example: Example | None, step: int, what: str) -> RewardError:
        """What `reward` did, with the place where it did so."""
        name = reward.name or type(reward).__name__
        return cls(f"reward {name!r} {what} (example {example.id if example else None!r}, step {step})")


def finite(value: Any) -> float:
    """What a reward gave, as a number.

    Raises:
        ValueError: it is not a finite number; the message begins with "gave".
    """
    if type(value) is float and math.isfinite(value):
        return value  # mostly
    try:
        if isinstance(value, (str, bytes, bytearray, memoryview)):
            raise TypeError  # `float` would parse it
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"gave {value!r}, which is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"gave {number}, allowed is a finite number")
    return number


def read_with_text(scorer: Scorer, texts: TextRows, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
    """`Scorer.read` for a scorer that reads the rows' texts: they are written here."""
    texts.reset(row)
    scorer.reset(row, example)
    for token in tokens.tolist():
        texts.push(row, token)
        scorer.push(row, token)


class RowScorer(Scorer):
    """The scorer of any `Reward`: one copy of it for each row."""

    def __init__(self, reward: Reward, context: RewardContext, num_rows: int) -> None:
        super().__init__(num_rows)
        reward.bind(context)
        self.needs_text, self.texts = reward.reads_text, context.texts
        self._lengths = [0] * num_rows  # in tokens, where there are no texts
        self.rewards = [copy.deepcopy(reward) for _ in range(num_rows)]
        self.examples: list[Example | None] = [None] * num_rows

    def reset(self, row: int, example: Example) -> None:
        self.examples[row], self._lengths[row] = example, 0
        try:
            self.rewards[row].reset(example)
        except Exception as error:  # whatever a stranger's code raises is passed on with its place
            raise self._raised(row, error) from error

    def push(self, row: int, token: int) -> None:
        texts, position = self.texts, self._lengths[row]
        if self.needs_text:
            self._push(row, TokenStep(token, texts.length(row) - 1, texts.text(row), texts.start(row)))
        else:
            self._lengths[row] = position + 1
            self._push(row, TokenStep(token, position, "", 0))

    def score(self, row: int) -> float:
        try:
            value = self.rewards[row].score()
        except Exception as error:  # as above
            raise self._raised(row, error) from error
        try:
            return finite(value)
        except ValueError as error:
            raise self._error(row, str(error)) from None

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        if not self.needs_text:
            super().read(row, example, tokens)
            return
        if self.rewards[row].stepwise or not len(tokens):
            read_with_text(self, self.texts, row, example, tokens)
            return
        self.texts.reset(row)
        self.reset(row, example)
        self.texts.read(row, tokens)
        self._push(row, TokenStep(int(tokens[-1]), len(tokens) - 1, self.texts.text(row), 0))

    def get_state(self, row: int) -> Any:
        return copy.deepcopy(self.rewards[row]), self._lengths[row]

    def set_state(self, row: int, example: Example, state: Any) -> None:
        reward, self._lengths[row] = state
        self.examples[row], self.rewards[row] = example, copy.deepcopy(reward)

    def _push(self, row: int, step: TokenStep) -> None:
        try:
            self.rewards[row].push(step)
        except Exception as error:  # as above
            raise self._raised(row, error) from error

    def _raised(self, row: int, error: Exception) -> RewardError:
        return self._error(row, f"raised {type(error).__name__}: {error}")

    def _error(self, row: int, what: str) -> RewardError:
        length = self.texts.length(row) if self.needs_text else self._lengths[row]
        return RewardError.at(self.rewards[row], self.examples[row], length, what)
