"""Fluency: the log-probability of the text under a language model."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from textgym.corpora.base import Corpus
from textgym.errors import check_choice, check_int
from textgym.rewards.base import Reward, RewardContext, Scorer, TokenStep
from textgym.rewards.ngram import NgramModel
from textgym.rewards.shared import Shared
from textgym.text.codec import Codec
from textgym.types import Example

FORMS = ("mean", "sum", "probability")


class LanguageModel(Reward):
    """Log-probability of the text under a language model, in nats, the end token included.

        mean         1/n * sum over i of ln p(y_i | y_<i)          range (-inf, 0]
        sum          sum over i of ln p(y_i | y_<i)                range (-inf, 0]
        probability  exp(mean), the inverse of the perplexity      range (0, 1]

    with 0 for the empty text. Tokens that put no text do not count, except the end token. Source: perplexity as
    a measure of fluency goes back to Jelinek et al. (1977).

    The built-in model is `textgym.rewards.ngram.NgramModel` over the tokens of the environment, trained on the
    references of its split: no torch, about a microsecond for each order and token. A Hugging Face causal model
    is run step by step with its key/value cache, all rows at once; where its tokenizer is not the one of the
    environment, the text is cut before each white space and the pieces are encoded by the model's. It runs in
    double precision and its log-probabilities are rounded to multiples of 2**-20, so that a batch gives bit for
    bit what its rows give alone (`textgym.rewards.precision`).

    Args:
        model: "ngram", a `NgramModel`, or a causal model: a name, a path, or the object.
        tokenizer: the tokenizer of a causal model; by default the one at the same name or path, and for an
            object the environment's.
        form: "mean", "sum" or "probability".
        source: whether a causal model reads the example's source before the text.
        order, max_examples: of the built-in model: its longest n-gram, and how many examples it learns from.
        device: where a causal model given by name runs.
        exact: False leaves a causal model its own precision: faster, smaller, and a batch may differ from single
            rows in the last digits.

    >>> from textgym.rewards.ngram import NgramModel
    >>> lm = LanguageModel(NgramModel([[1, 2, 3], [1, 2, 2]], size=4, order=2), form="probability")
    >>> lm.reset(Example("a", "", ("",)))
    >>> lm.push(TokenStep(token=1, position=0, text="a", start=0))
    >>> round(lm.score(), 3)
    0.87
    """

    name: ClassVar[str] = "lm"
    reads_text: ClassVar[bool] = False

    def __init__(
        self,
        model: Any = "ngram",
        tokenizer: Any = None,
        form: str = "mean",
        source: bool = False,
        order: int = 3,
        max_examples: int = 500,
        device: str | None = None,
        exact: bool = True,
    ) -> None:
        check_choice("form", form, FORMS)
        self.form, self.source, self.exact = form, source, exact
        self.order = check_int("order", order, 1, 8)
        self.max_examples = check_int("max_examples", max_examples, 1)
        self.model = Shared(model)
        self.tokenizer, self.device = Shared(tokenizer), device
        self._ngram: NgramModel | None = model if isinstance(model, NgramModel) else None
        self._codec: Shared[Codec] | None = None
        self._history: tuple[int, ...] = ()
        self._sum, self._count = 0.0, 0

    @property
    def neural(self) -> bool:
        """Whether the model is a neural one."""
        return not isinstance(self.model.value, NgramModel) and self.model.value != "ngram"

    def bind(self, context: RewardContext) -> None:
        self._codec = Shared(context.codec)
        if self._ngram is None and not self.neural:
            self._ngram = ngram_model(context.codec, context.corpus, self.order, self.max_examples)

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        if not self.neural:
            return super().scorer(context, num_rows)
        from textgym.rewards.causal import CausalScorer

        return CausalScorer(self, context, num_rows)

    def reset(self, example: Example) -> None:
        if self._ngram is None:
            raise ValueError("lm: bind(context) has to come first; a neural model works through scorer() only")
        self._history, self._sum, self._count = (), 0.0, 0

    def push(self, step: TokenStep) -> None:
        codec, model = self._codec, self._ngram
        if model is None or (codec is not None and codec.value.silent[step.token] and step.token != codec.value.eos_id):
            return
        self._sum += model.log_prob(self._history, step.token)
        self._count += 1
        self._history = (*self._history, step.token)[-max(1, model.order - 1) :]

    def score(self) -> float:
        return in_form(self.form, self._sum, self._count)


def in_form(form: str, log_prob: float, count: int) -> float:
    """The score of a text of `count` tokens with the log-probability `log_prob`."""
    if not count:
        return 0.0
    if form == "sum":
        return log_prob
    return log_prob / count if form == "mean" else math.exp(log_prob / count)


def ngram_model(codec: Codec, corpus: Corpus, order: int, max_examples: int) -> NgramModel:
    """The built-in model of the references of (the first examples of) a corpus, each with its end token."""
    examples = (corpus[i] for i in range(min(len(corpus), max_examples)))
    sequences = ([*codec.encode(text), codec.eos_id] for example in examples for text in example.references)
    return NgramModel(sequences, codec.size, order)
