"""What the single and the vector environment share: the parts that do not change from step to step."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.corpora.load import load_corpus
from textgym.errors import check_choice, check_int, unknown
from textgym.outcome import Metrics
from textgym.partner import Conversation
from textgym.prepared import Prepared, Shelf
from textgym.rewards.base import RewardContext
from textgym.rewards.ledger import Ledger, parse_terms
from textgym.tasks.base import Task
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer, TextRows
from textgym.text.tokenizers import load_tokenizer
from textgym.types import DENSITIES, DIFFICULTIES, SPLITS, Example

INT = np.int32  # the one dtype of observations
_AT_ONCE = 32  # finished texts that metrics read together


class TokenMDP:
    """The Markov decision process of one task on one split: state = ids so far, action = the next id.

    Holds `num_rows` episodes' accounts, no episode itself. The arguments are those of `TokenEnv`.

    Attributes:
        task, corpus, codec: the text side.
        terms: the rewards with their weights.
        num_source, num_new: S and T, the lengths of the observation's two arrays.
        shelf: the examples that have been met.
        ledger: pays the rewards of the rows.
    """

    def __init__(
        self,
        task: str | type[Task] | Task,
        num_rows: int = 1,
        *,
        dataset: Any = "builtin",
        split: str = "train",
        tokenizer: Any = "builtin",
        reward: Any = None,
        reward_density: str = "dense",
        shaping_gamma: float = 1.0,
        difficulty: str = "medium",
        fields: Mapping[str, str] | None = None,
        max_source_tokens: int | None = None,
        max_new_tokens: int | None = None,
        **options: Any,
    ) -> None:
        check_choice("split", split, SPLITS)
        check_choice("difficulty", difficulty, DIFFICULTIES)
        check_choice("reward_density", reward_density, DENSITIES)
        self.gamma = _check_gamma(shaping_gamma)
        self.task = build_task(task, options).at(difficulty)
        self.num_source = _limit("max_source_tokens", max_source_tokens, self.task.max_source_tokens)
        self.num_new = _limit("max_new_tokens", max_new_tokens, self.task.max_new_tokens)
        self.terms = parse_terms(self.task.reward_on(dataset) if reward is None else reward)
        self.corpus: Corpus = load_corpus(self.task, dataset, split, difficulty, fields)

        def train_texts() -> Iterator[str]:
            try:
                train = load_corpus(self.task, dataset, "train", difficulty, fields)
            except ValueError as error:
                raise ValueError(
                    f"tokenizer: got {tokenizer!r}, which is made from the training split, and that cannot be read "
                    f"({error}); allowed is also one that needs no data, as 'byte', or a Hugging Face name or path"
                ) from error
            for example in _iterate(train):
                yield self.task.prompt(example)
                yield from example.references

        # Built-in data comes with a tokenizer made for it; for other data one is trained.
        trained_on = None if isinstance(dataset, str) and dataset == "builtin" else train_texts
        self.codec = Codec(load_tokenizer(tokenizer, self.task, trained_on))
        self._metric_names, self._num_rows = self.task.metrics, num_rows
        most = self.num_new
        if self.task.max_turns > 1:  # the turns of an episode are one text to the rewards, a line each
            most = self.task.max_turns * (self.num_new + len(self.codec.encode("\n")))
        self._detokenizer = Detokenizer(self.codec)
        language = self.task.languages[1] if self.task.languages else "en"
        self._context = RewardContext(self.codec, self.corpus, TextRows(self._detokenizer, num_rows), most, language)
        self.ledger = Ledger(self.terms, self._context, num_rows, reward_density, self.gamma)
        self.shelf = Shelf(self.task, self.corpus, self.codec, self.num_source, self.ledger.expect)

    @functools.cached_property
    def observation_space(self) -> spaces.Dict:
        """source (S,), generated (T,), step (1,): ids and a count, right-padded with the pad id."""
        top = self.codec.size - 1
        found: dict[str, spaces.Space[Any]] = {
            "source": spaces.Box(0, top, (self.num_source,), INT),
            "generated": spaces.Box(0, top, (self.num_new,), INT),
            "step": spaces.Box(0, self.num_new, (1,), INT),
        }
        return spaces.Dict({**found, **self.task.extra_spaces()})

    @functools.cached_property
    def action_space(self) -> spaces.Discrete:
        """The id of the next token."""
        return spaces.Discrete(self.codec.size)

    def example(self, index: int) -> tuple[Example, NDArray[np.int32]]:
        """Example `index` of the split and its source ids (S,), not to be written to."""
        example, source, _ = self.prepared(index)
        return example, source

    def prepared(self, index: int) -> Prepared:
        """Example `index` of the split with what an episode on it observes from the first step to the last."""
        return self.shelf.one(index)

    def padded(self, ids: Sequence[int]) -> NDArray[np.int32]:
        """At most S ids as a source (S,), right-padded."""
        source = np.full(self.num_source, self.codec.pad_id, dtype=INT)
        source[: len(ids)] = ids
        return source

    def conversation(self, example: Example, rng: np.random.Generator) -> Conversation | None:
        """A new conversation on `example`, if it has a partner; `rng` is drawn from once, if the task has any."""
        if self.task.max_turns == 1:
            return None
        stream = np.random.Generator(np.random.PCG64(int(rng.integers(1 << 62))))
        partner = self.task.partner(example, stream)
        if partner is None:
            return None
        return Conversation(self.codec, self.task, example, partner, self.num_source)

    def check_example(self, index: object) -> int:
        """`options["example"]` as an index of the split, or a `ValueError`."""
        return check_int('options["example"]', index, 0, len(self.corpus) - 1)

    @functools.cached_property
    def metrics(self) -> Metrics:
        """The task's metrics, for the info of the last step."""
        # Rows of its own: metrics read a finished text again, and must not disturb the episodes.
        rows = min(self._num_rows, _AT_ONCE)
        context = dataclasses.replace(self._context, texts=TextRows(self._detokenizer, rows))
        return Metrics(self._metric_names, context, self.ledger.scorers, rows)

    def final_infos(
        self,
        rows: NDArray[np.int64],
        examples: Sequence[Example],
        tokens: Sequence[NDArray[np.int32]],
        conversations: Sequence[Conversation | None],
    ) -> dict[str, Any]:
        """What the last steps of `rows` (n,) say about their texts, a column (n,) or list of n each.

        `tokens` are the texts; with a partner, those of the last turn.
        """
        texts = [
            ids if conversation is None else self._whole(conversation, ids)
            for ids, conversation in zip(tokens, conversations, strict=True)
        ]
        eos = self.codec.eos_id
        metrics = self._metrics(rows, examples, texts, conversations)
        columns: dict[str, Any] = {
            "text": [self._detokenizer.text(ids) for ids in texts],
            "finish_reason": ["eos" if len(ids) and ids[-1] == eos else "length" for ids in tokens],
            "metrics": metrics,
            "example_id": [example.id for example in examples],
        }
        if self.task.max_turns > 1:
            success = [c is not None and c.partner.success for c in conversations]
            columns["success"], metrics["success"] = success, np.array(success, dtype=np.float64)
        return columns

    def final_rows(
        self,
        rows: NDArray[np.int64],
        examples: Sequence[Example],
        tokens: NDArray[np.int32],
        lengths: NDArray[np.int32],
        by_eos: NDArray[np.bool_],
    ) -> dict[str, Any]:
        """`final_infos` of episodes without partners, out of a block of tokens (n, T); the examples' ids left out."""
        return {
            "text": self._detokenizer.texts(tokens, lengths),
            "finish_reason": _REASONS[by_eos.view(np.uint8)],
            "metrics": self.metrics.of_rows(rows, examples, tokens, lengths),
        }

    def _whole(self, conversation: Conversation, last: NDArray[np.int32]) -> NDArray[np.int32]:
        """The tokens of all turns."""
        return np.array(conversation.tokens + ([] if conversation.over else last.tolist()), dtype=INT)

    def _metrics(
        self,
        rows: NDArray[np.int64],
        examples: Sequence[Example],
        texts: Sequence[NDArray[np.int32]],
        conversations: Sequence[Conversation | None],
    ) -> dict[str, NDArray[np.float64]]:
        if self.task.max_turns == 1:
            lengths = np.array([len(ids) for ids in texts], dtype=INT)
            return self.metrics.of_rows(rows, examples, np.stack(texts), lengths)
        found = [
            self.metrics.of_text(example, ids, credit=0.0 if conversation is None else conversation.feedback)
            for example, ids, conversation in zip(examples, texts, conversations, strict=True)
        ]
        return {name: np.array([text[name] for text in found]) for name in self._metric_names}

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The names in `info["metrics"]`."""
        return (*self._metric_names, *(("success",) if self.task.max_turns > 1 else ()))


def build_task(task: str | type[Task] | Task, options: Mapping[str, Any]) -> Task:
    """The task object: from "module:Class", a class, or as it is; `options` are its dataclass fields."""
    if isinstance(task, str):
        module, _, attribute = task.partition(":")
        if not attribute:
            raise ValueError(f"task: got {task!r}, allowed is 'module:Class', a Task class or a Task object")
        task = getattr(importlib.import_module(module), attribute)
    if isinstance(task, Task):
        if options:
            raise unknown("argument", next(iter(options)), _ARGUMENTS)
        return task
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise ValueError(f"task: got {task!r}, allowed is 'module:Class', a Task class or a Task object")
    known = [field.name for field in dataclasses.fields(task)]
    for name in options:
        if name not in known:
            raise unknown("argument", name, [*_ARGUMENTS, *known])
    return task(**options)


_REASONS = np.array(["length", "eos"], dtype=object)
_ARGUMENTS = [
    "dataset", "split", "tokenizer", "reward", "reward_density", "shaping_gamma", "difficulty", "fields",
    "max_source_tokens", "max_new_tokens", "render_mode",
]  # fmt: skip


def _iterate(corpus: Corpus) -> Iterator[Example]:
    return (corpus[i] for i in range(len(corpus)))


def _limit(field: str, value: int | None, default: int) -> int:
    return default if value is None else check_int(field, value, 1, 1_000_000)


def _check_gamma(gamma: object) -> float:
    if isinstance(gamma, bool) or not isinstance(gamma, (int, float)) or not 0.0 < gamma <= 1.0:
        raise ValueError(f"shaping_gamma: got {gamma!r}, allowed is a number in (0, 1]")
    return float(gamma) if math.isfinite(gamma) else 1.0
