"""Controls: rewards that say nothing about the text, to learn what an experiment shows without them."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import re
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.errors import check_choice, check_int
from textgym.rewards.base import Reward, RewardContext, Scorer, TokenStep
from textgym.rewards.registry import RewardLike, as_reward, make_reward
from textgym.types import Example


class Constant(Reward):
    """A fixed amount: `value` for an episode, whatever its text, or `value` for each token.

        score = value,  or  value * tokens so far;    0 before the first token

    Range: `value`, or `value` times the number of tokens. Source: the control of Choshen et al. (2020).
    An agent that learns from it learns from the length
    alone, or from nothing.

    >>> reward = Constant(0.5, per="token")
    >>> reward.reset(Example("a", "", ("",)))
    >>> for position in range(3):
    ...     reward.push(TokenStep(token=9, position=position, text="", start=0))
    >>> reward.score()
    1.5
    """

    name: ClassVar[str] = "constant"
    reads_text: ClassVar[bool] = False

    def __init__(self, value: float = 1.0, per: str = "episode") -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(f"value: got {value!r}, allowed is a finite number")
        check_choice("per", per, ("episode", "token"))
        self.value, self.per, self._count = float(value), per, 0

    def reset(self, example: Example) -> None:
        self._count = 0

    def push(self, step: TokenStep) -> None:
        self._count = step.position + 1

    def score(self) -> float:
        return self.value * (self._count if self.per == "token" else min(self._count, 1))


class Random(Reward):
    """Noise, drawn anew at each token, blind to the text.

        score = u(seed, example, t),    a hash as a number in [0, 1);    0 before the first token

    Range [0, 1). Source: this library's control.
    The same seed gives the same noise in every process. No policy does better than another,
    except by choosing where to stop.

    >>> reward = Random(seed=3)
    >>> reward.reset(Example("a", "", ("",)))
    >>> reward.push(TokenStep(token=9, position=0, text="any", start=0))
    >>> reward.score()
    0.331...
    """

    name: ClassVar[str] = "random"
    reads_text: ClassVar[bool] = False

    def __init__(self, seed: int = 0) -> None:
        self.seed = check_int("seed", seed, 0)
        self._key, self._count = "", 0

    def reset(self, example: Example) -> None:
        self._key, self._count = example.id, 0

    def push(self, step: TokenStep) -> None:
        self._count = step.position + 1

    def score(self) -> float:
        if not self._count:
            return 0.0
        digest = hashlib.blake2b(f"{self.seed}/{self._count}/{self._key}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "little") >> 11) / 2.0**53


class Shuffled(Reward):
    """A metric against the reference of *another* example, always the same one: right in form, wrong in content.

        score(text, example) = metric(text, donor(example)),   donor a fixed derangement of the corpus

    The range is the metric's. What an agent gains under it, it gains by the style of the references and not by
    reading the source. The derangement is one random cycle through the whole corpus. Source: this library's control,
    after the shuffled labels of Zhang et al., "Understanding Deep Learning Requires Rethinking Generalization" (2017).

    Args:
        metric: a name, a `Reward` or a function `(text, example) -> float`.
        seed: another seed is another cycle.

    >>> donors(5, seed=0)
    array([3, 2, 0, 4, 1])
    >>> import textgym, gymnasium as gym
    >>> env = gym.make("TokenCopy-v0", reward={"shuffled": {"args": {"metric": "copy"}}}).unwrapped
    >>> def paid(text):
    ...     observation, info = env.reset(options={"example": 0})
    ...     return sum(env.step(token)[1] for token in env.tokenizer.encode(text, add_special_tokens=False))
    >>> donor = env.mdp.corpus[int(donors(len(env.mdp.corpus), seed=0)[0])]
    >>> paid(donor.references[0]), paid(env.example.references[0])
    (1.0, 0.0)
    """

    name: ClassVar[str] = "shuffled"

    def __init__(self, metric: str | RewardLike = "rouge", seed: int = 0) -> None:
        self.metric = make_reward(metric) if isinstance(metric, str) else as_reward(metric)
        self.seed = check_int("seed", seed, 0)
        self._donors: _Donors | None = None

    def bind(self, context: RewardContext) -> None:
        self.metric.bind(context)
        self._donors = _Donors(context.corpus, self.seed)

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        return _ShuffledScorer(self.metric.scorer(context, num_rows), _Donors(context.corpus, self.seed), num_rows)

    def reset(self, example: Example) -> None:
        if self._donors is None:
            raise ValueError("shuffled: it needs the corpus; call bind(context) first")
        self.metric.reset(self._donors(example))

    def push(self, step: TokenStep) -> None:
        self.metric.push(step)

    def score(self) -> float:
        return self.metric.score()


def donors(size: int, seed: int) -> NDArray[np.intp]:
    """For each of `size` examples another one: a random cycle through all of them."""
    if size < 2:
        raise ValueError(f"shuffled: the corpus has {size} examples, allowed are at least 2")
    order = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, size)))).permutation(size)
    donor = np.empty(size, dtype=np.intp)
    donor[order] = np.roll(order, -1)
    return donor


class _Donors:
    """The donor of an example, found by its id."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self.corpus, self.donor = corpus, donors(len(corpus), seed)
        self._places: dict[str, int] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> _Donors:
        return self

    def __call__(self, example: Example) -> Example:
        return dataclasses.replace(example, references=self.corpus[int(self.donor[self._place(example)])].references)

    def _place(self, example: Example) -> int:
        # Ids mostly end in the index, and mixtures note it: worth a look before the whole corpus is read.
        digits = re.search(r"\d+$", example.id)
        place = int(example.meta.get("place", digits.group() if digits is not None else -1))
        if 0 <= place < len(self.corpus) and self.corpus[place].id == example.id:
            return place
        if self._places is None:
            self._places = {self.corpus[i].id: i for i in range(len(self.corpus))}
        if example.id not in self._places:
            raise ValueError(f"shuffled: got example {example.id!r}, which is not of the corpus it was bound to")
        return self._places[example.id]


class _ShuffledScorer(Scorer):
    """The metric's own scorer, told of another example."""

    def __init__(self, inner: Scorer, donor: _Donors, num_rows: int) -> None:
        super().__init__(num_rows)
        self.needs_text = inner.needs_text
        self.inner, self.donor = inner, donor

    def reset(self, row: int, example: Example) -> None:
        self.inner.reset(row, self.donor(example))

    def push(self, row: int, token: int) -> None:
        self.inner.push(row, token)

    def score(self, row: int) -> float:
        return self.inner.score(row)

    def step(self, row: int, token: int) -> float:
        return self.inner.step(row, token)

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> None:
        self.inner.push_all(tokens, active)

    def read(self, row: int, example: Example, tokens: NDArray[np.int32]) -> None:
        self.inner.read(row, self.donor(example), tokens)

    def score_rows(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return self.inner.score_rows(rows)

    def step_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        return self.inner.step_all(tokens, active)

    def get_state(self, row: int) -> Any:
        return self.inner.get_state(row)

    def set_state(self, row: int, example: Example, state: Any) -> None:
        self.inner.set_state(row, self.donor(example), state)
