"""A reward model learned from preferences: Bradley-Terry on pairs of texts."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from textgym.corpora.base import Corpus
from textgym.errors import check_int
from textgym.rewards import ratings
from textgym.rewards.base import RewardContext
from textgym.rewards.shared import Shared
from textgym.rewards.words import TOKENS, WordReward
from textgym.types import Example

_FORMAT = "textgym-preference-1"
_LENGTH = 0  # the first feature: ln(1 + number of words), once a text


@dataclass(frozen=True)
class PreferenceModel:
    """Weights of the hashed features of a text; larger sums are better texts.

    r(text) = w_0 ln(1 + n) + 1/n * sum over its n words of the weights of: the word, the word with the one before
    it, whether the source has the word, and whether the text had it before.

    Attributes:
        weights: float64 (dimensions,).
        centre, scale: mean and standard deviation of r over the texts it was fitted on.
        accuracy: the share of pairs on the right side, on those held out or, without any, on those fitted.
    """

    weights: NDArray[np.float64]
    centre: float = 0.0
    scale: float = 1.0
    accuracy: float = float("nan")

    def __deepcopy__(self, memo: dict[int, object]) -> PreferenceModel:
        return self

    def utility(self, text: str, source: str) -> float:
        """r of a text on a source: the log-odds of preferring it to a text with r = 0."""
        known, total, stack = source_words(source), 0.0, list[str]()
        seen: set[str] = set()
        for word in tokens(text):
            total += sum(float(self.weights[cell]) for cell in cells(stack, word, known, seen, len(self.weights)))
            stack.append(word)
            seen.add(word)
        return self.value(total, len(stack))

    def value(self, total: float, count: int) -> float:
        """r of a text of `count` words whose features' weights add up to `total`."""
        return float(self.weights[_LENGTH]) * math.log1p(count) + (total / count if count else 0.0)

    def save(self, path: str | Path) -> None:
        """Write one .safetensors file: the weights, and the rest as JSON in its header."""
        from safetensors.numpy import save_file

        rest = {"centre": self.centre, "scale": self.scale, "accuracy": self.accuracy}
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        save_file({"weights": self.weights}, str(path), metadata={"format": _FORMAT, "model": json.dumps(rest)})

    @classmethod
    def load(cls, path: str | Path) -> PreferenceModel:
        """Read what `save` wrote.

        Raises:
            ValueError: there is no such file, or it holds something else.
        """
        from safetensors import SafetensorError, safe_open

        if not Path(path).is_file():
            raise ValueError(
                f"model: got {str(path)!r}, which is no file; allowed is what fit_preferences(...).save wrote"
            )
        try:
            with safe_open(str(path), framework="numpy") as file:
                header = file.metadata() or {}
                if header.get("format") != _FORMAT:
                    raise ValueError(f"model: {str(path)!r} is no preference model of this version")
                return cls(file.get_tensor("weights"), **json.loads(header["model"]))
        except SafetensorError as error:
            raise ValueError(f"model: {str(path)!r} is no .safetensors file: {error}") from error


def tokens(text: str) -> list[str]:
    """The case-folded words and punctuation marks of a text."""
    return [token.casefold() for token in TOKENS.findall(text)]


def source_words(source: str) -> frozenset[str]:
    """The words that the source has."""
    return frozenset(tokens(source))


def cells(
    stack: Sequence[str], word: str, known: frozenset[str], seen: Iterable[str], dimensions: int
) -> tuple[int, ...]:
    """The features that `word` adds behind `stack`, as indices into the weights."""
    before = stack[-1] if stack else ""
    names = (f"w:{word}", f"b:{before} {word}", f"s:{word in known}", f"r:{word in seen}")
    return tuple(1 + zlib.crc32(name.encode("utf-8", "surrogatepass")) % (dimensions - 1) for name in names)


def _features(text: str, source: str, dimensions: int) -> NDArray[np.float64]:
    vector = np.zeros(dimensions)
    known, stack, seen = source_words(source), list[str](), set[str]()
    for word in tokens(text):
        np.add.at(vector, list(cells(stack, word, known, seen, dimensions)), 1.0)
        stack.append(word)
        seen.add(word)
    if stack:
        vector /= len(stack)
    vector[_LENGTH] = math.log1p(len(stack))
    return vector


def fit_preferences(
    log: str | Path | Sequence[ratings.Rating | ratings.Pair],
    dimensions: int = 4_096,
    penalty: float = 0.001,
    steps: int = 400,
    held_out: float = 0.0,
    seed: int = 0,
) -> PreferenceModel:
    """A reward model from a log of preferences, by maximum likelihood of

        P(chosen over rejected) = sigmoid(r(chosen) - r(rejected))

    with an L2 penalty; gradient descent with Nesterov's momentum and a step from the features' norms, the same
    on every run. Source: Bradley and Terry (1952); as a reward model, Christiano et al. (2017).

    Args:
        log: a JSON Lines file (`textgym.rewards.ratings`), or judgements. Ratings of texts on one source count as
            pairs wherever one is above the other.
        dimensions: cells that features are hashed into.
        penalty: weight of the squared norm.
        steps: of gradient descent.
        held_out: share of the pairs that is kept for `accuracy`.
        seed: which pairs are held out.

    Raises:
        ValueError: the log has no pair, or a number is out of range.

    >>> log = [ratings.Pair("", f"well done {n}", f"badly done {n}") for n in range(8)]
    >>> model = fit_preferences(log)
    >>> model.accuracy, model.utility("well done", "") > model.utility("badly done", "")
    (1.0, True)
    """
    check_int("dimensions", dimensions, 2)
    check_int("steps", steps, 1)
    if not 0.0 <= held_out < 1.0:
        raise ValueError(f"held_out: got {held_out!r}, allowed is a number from 0 to below 1")
    judgements = ratings.read(log) if isinstance(log, (str, Path)) else log
    pairs = list(ratings.pairs(judgements))
    if not pairs:
        raise ValueError("log: got no pair; allowed are pairs, or different ratings of texts on the same source")
    better = np.stack([_features(pair.chosen, pair.source, dimensions) for pair in pairs])
    worse = np.stack([_features(pair.rejected, pair.source, dimensions) for pair in pairs])
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(pairs))
    tested = order[: int(held_out * len(pairs))]
    fitted = order[len(tested) :]
    weights = _maximise((better - worse)[fitted], penalty, steps)
    values = np.concatenate((better[fitted], worse[fitted])) @ weights
    margins = (better - worse)[tested if len(tested) else fitted] @ weights
    accuracy = float(np.mean((margins > 0) + 0.5 * (margins == 0)))
    return PreferenceModel(weights, float(values.mean()), float(values.std()) or 1.0, accuracy)


def _maximise(differences: NDArray[np.float64], penalty: float, steps: int) -> NDArray[np.float64]:
    """Weights that maximise the mean log-likelihood of the pairs, less the penalty."""
    used = np.flatnonzero(differences.any(axis=0))  # what is in no pair keeps the weight 0
    found = np.zeros(differences.shape[1])
    differences = np.ascontiguousarray(differences[:, used])
    count, size = differences.shape
    rate = 1.0 / (0.25 * float((differences**2).sum(axis=1).max()) + penalty)
    weights, ahead = np.zeros(size), np.zeros(size)
    for step in range(steps):
        doubt = 0.5 * (1.0 - np.tanh(0.5 * (differences @ ahead)))  # 1 - sigmoid
        moved = ahead + rate * (differences.T @ doubt / count - penalty * ahead)
        ahead = moved + step / (step + 3) * (moved - weights)
        weights = moved
    found[used] = weights
    return found


def implied(corpus: Corpus, most: int = 100) -> Iterator[ratings.Pair]:
    """Pairs that the (first `most`) examples imply: a reference over its words shuffled, and over another's."""
    chance = np.random.Generator(np.random.PCG64(0))
    count = min(most, len(corpus))
    references = [corpus[index].references[0] for index in range(count)]
    for index, reference in enumerate(references):
        source, words = corpus[index].source, reference.split()
        for worse in (" ".join(chance.permutation(words)), references[(index + 1) % count]):
            if worse != reference:
                yield ratings.Pair(source, reference, worse)


class Preference(WordReward):
    """A learned reward model: how a text compares with those that it was fitted on.

        score = sigmoid((r(text) - centre) / scale)

    Range (0, 1), 0 for a text without words; 0.5 is the mean of the fitted texts. r and its fit:
    `PreferenceModel` and `fit_preferences`. Source: Bradley and Terry (1952); Christiano et al. (2017).

    Until there are judgements of people, "corpus" fits the model on preferences that the data themselves imply: of each
    example's reference over itself with its words shuffled, and over the reference of another example.

    Args:
        model: "corpus", a `PreferenceModel`, or the .safetensors file of one.

    >>> from textgym.rewards.evaluate import score_text
    >>> log = [ratings.Pair("", f"well done {n}", f"badly done {n}") for n in range(8)]
    >>> reward = Preference(fit_preferences(log))
    >>> score_text(reward, "well done") > 0.5 > score_text(reward, "badly done")
    True
    """

    name: ClassVar[str] = "preference"
    pattern = TOKENS

    def __init__(self, model: PreferenceModel | str | Path | None = "corpus") -> None:
        super().__init__()
        if isinstance(model, (str, Path)) and model != "corpus":
            model = PreferenceModel.load(model)
        if not isinstance(model, (PreferenceModel, str)):
            raise ValueError(
                f"model: got {model!r}, allowed is 'corpus', a PreferenceModel or the file of one; fit one from a log "
                'with fit_preferences, and give it so: {"preference": {"args": {"model": "model.safetensors"}}}'
            )
        self._model = model if isinstance(model, PreferenceModel) else None
        self._known: Shared[frozenset[str]] = Shared(frozenset())
        self._seen: dict[str, int] = {}
        self._totals = [0.0]  # after each word: sums that are taken back exactly

    @property
    def model(self) -> PreferenceModel:
        """The model in use."""
        if self._model is None:
            raise ValueError("preference: the model 'corpus' needs the corpus; call bind(context) first")
        return self._model

    def bind(self, context: RewardContext) -> None:
        if self._model is None:
            self._model = fit_preferences(list(implied(context.corpus)))

    def begin(self, example: Example) -> None:
        self._known, self._seen, self._totals = Shared(source_words(example.source)), {}, [0.0]

    def add(self, word: str) -> None:
        weights = self.model.weights
        found = cells(self.stack, word, self._known.value, self._seen, len(weights))
        self._totals.append(self._totals[-1] + sum(float(weights[cell]) for cell in found))
        self._seen[word] = self._seen.get(word, 0) + 1

    def remove(self, word: str) -> None:
        self._totals.pop()
        self._seen[word] -= 1
        if not self._seen[word]:
            del self._seen[word]

    def score(self) -> float:
        if not self.stack:
            return 0.0
        standing = (self.model.value(self._totals[-1], len(self.stack)) - self.model.centre) / self.model.scale
        return 0.5 * (1.0 + math.tanh(0.5 * standing))
