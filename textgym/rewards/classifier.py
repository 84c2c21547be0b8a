"""A sequence classifier as a reward: the probability of a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textgym.errors import check_int, unknown
from textgym.rewards.base import RewardContext, RowScorer, Scorer, TokenStep
from textgym.rewards.batched import TextReward
from textgym.rewards.bayes import Bayes
from textgym.rewards.precision import in_double, settled
from textgym.rewards.shared import Shared
from textgym.types import Example


class Classifier(TextReward):
    """The probability that a classifier gives to a label of the text so far.

        score = softmax(logits(text))[label],      sigmoid(logit) for a model with a single output

    Range [0, 1]; 0 for the empty text. The built-in classifier is naive Bayes for sentiment, learned from the built-in
    reviews and kept up to date word by word (`textgym.rewards.bayes`).

    A Hugging Face sequence classifier reads the whole text at each score, in one batch for all rows: not incremental,
    so prefer `reward_density="sentence"` or "sparse" for long texts. It runs in double precision and the score is
    rounded to a multiple of 2**-20: a batch gives bit for bit what its texts give alone.

    Source: Ziegler et al. (2019) use a sentiment classifier so.

    Args:
        model: "bayes", or a sequence classifier: a name, a path, or the object.
        label: its name or index, or "reference": the example's first reference names it. None is the last label,
            "positive" for the built-in model.
        tokenizer: by default the one at the same name or path.
        pair: read (source, text) as a pair, as entailment models do.
        max_length: tokens that the model reads at most; the beginning of a longer text is cut.
        device: where a model given by name runs.
        exact: False leaves the model its own precision: faster, and a batch may differ in the last digits.

    For example `Classifier("distilbert-base-uncased-finetuned-sst-2-english", label="POSITIVE")`, and:

    >>> from textgym.rewards.evaluate import score_text
    >>> score_text(Classifier(label="negative"), "the sound was terrible and the camera was useless") > 0.9
    True
    >>> reward = Classifier.from_function(lambda texts: [text.count("!") / 4 for text in texts])
    >>> reward.reset(Example("a", "", ("",)))
    >>> reward.score_texts(["Hello!!"], [Example("a", "", ("",))])
    [0.5]
    """

    name: ClassVar[str] = "classifier"

    def __init__(
        self,
        model: Any = "bayes",
        label: str | int | None = None,
        tokenizer: Any = None,
        pair: bool = False,
        max_length: int = 512,
        device: str | None = None,
        exact: bool = True,
    ) -> None:
        super().__init__()
        if model is None:
            raise ValueError(
                "model: got None, allowed is 'bayes', the name or path of a sequence classifier, or one; in a mapping: "
                '{"classifier": {"args": {"model": "..."}}}'
            )
        self.model, self.tokenizer = Shared(model), Shared(tokenizer)
        self.label, self.pair, self.device, self.exact = label, pair, device, exact
        self.max_length = check_int("max_length", max_length, 2)
        built_in = isinstance(model, str) and model == "bayes"
        self._bayes = Bayes("positive" if label is None else str(label)) if built_in else None

    @classmethod
    def from_function(cls, function: Any) -> Classifier:
        """A classifier that is a function from a list of texts to their probabilities."""
        return _FunctionClassifier(function)

    def bind(self, context: RewardContext) -> None:
        if self._bayes is None:
            self._load()

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        return super().scorer(context, num_rows) if self._bayes is None else RowScorer(self._bayes, context, num_rows)

    def reset(self, example: Example) -> None:
        super().reset(example)
        if self._bayes is not None:
            self._bayes.reset(example)

    def push(self, step: TokenStep) -> None:
        super().push(step)
        if self._bayes is not None:
            self._bayes.push(step)

    def score(self) -> float:
        return super().score() if self._bayes is None else self._bayes.score()

    def _load(self) -> None:
        if isinstance(self.model.value, str):
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            name = self.model.value
            try:
                self.model.value = AutoModelForSequenceClassification.from_pretrained(name)
                if self.tokenizer.value is None:
                    self.tokenizer.value = AutoTokenizer.from_pretrained(name)
            except (OSError, ValueError) as error:
                raise ValueError(
                    f"model: got {name!r}, allowed is the name or path of a sequence classifier; {error}"
                ) from error
            if self.device is not None:
                self.model.value.to(self.device)
        if self.tokenizer.value is None:
            raise ValueError("tokenizer: got None, but a model object needs its tokenizer beside it")
        self.model.value = in_double(self.model.value) if self.exact else self.model.value.eval()
        if self.label != "reference":
            self._place(self.label)

    def _place(self, label: str | int | None) -> int:
        names = {str(name): int(place) for name, place in self.model.value.config.label2id.items()}
        if label is None:
            return len(names) - 1
        if isinstance(label, int) and not isinstance(label, bool):
            return check_int("label", label, 0, len(names) - 1)
        folded = {name.casefold(): place for name, place in names.items()}
        if str(label).casefold() not in folded:
            raise unknown("label", label, names)
        return folded[str(label).casefold()]

    def score_texts(self, texts: Sequence[str], examples: Sequence[Example]) -> list[float]:
        import torch

        if isinstance(self.model.value, str):
            self._load()
        model, tokenizer = self.model.value, self.tokenizer.value
        first = [example.source for example in examples] if self.pair else list(texts)
        inputs = tokenizer(
            first,
            list(texts) if self.pair else None,
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=self.max_length,
        )
        with torch.inference_mode():
            logits = model(**inputs.to(model.device)).logits.double().cpu()
        probabilities = torch.softmax(logits, dim=-1) if logits.shape[1] > 1 else torch.sigmoid(logits)
        table = settled(probabilities.numpy()) if self.exact else probabilities.numpy()
        if logits.shape[1] == 1:
            return [float(p) for p in table[:, 0]]
        labels = (
            [example.references[0] for example in examples] if self.label == "reference" else [self.label] * len(texts)
        )
        return [float(table[i, self._place(label)]) for i, label in enumerate(labels)]


class _FunctionClassifier(Classifier):
    def __init__(self, function: Any) -> None:
        super().__init__(function)

    def _load(self) -> None:
        pass

    def score_texts(self, texts: Sequence[str], examples: Sequence[Example]) -> list[float]:
        return list(self.model.value(list(texts)))
