"""Semantic similarity: the cosine of two texts' embeddings."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from typing import Any, ClassVar

from textgym.corpora.base import Corpus
from textgym.errors import check_int
from textgym.rewards.base import RewardContext, Scorer
from textgym.rewards.encoder import EncoderScorer
from textgym.rewards.phrases import STOP_WORDS
from textgym.rewards.shared import Shared
from textgym.rewards.words import WordReward, words
from textgym.types import Example

_KNOWN_WORDS = 1 << 16


class Semantic(WordReward):
    """The similarity of the text to the reference, 0 or the cosine of their embeddings if that is above 0.

        score = max over references of max(0, cos(e(text), e(reference)))

    Range [0, 1]; 0 for a text without words, 1 for the reference itself. The built-in embedding needs no model: a
    word is a bag of hashed character n-grams ("<storm>": the word, and its runs of 3 and 4 letters), weighted by
    how rare the word is in the corpus, stop words by little; related forms are near each other, synonyms are not.
    It is kept up to date word by word, in whole numbers and so without drift. Source: the n-grams are those of
    Bojanowski et al., "Enriching Word Vectors with Subword Information" (2017); the cosine of sentence embeddings
    is that of Reimers and Gurevych, "Sentence-BERT" (2019).

    With a model, the whole text is embedded at each score, in one batch for all rows: not incremental. It runs in
    double precision and the score is rounded to a multiple of 2**-20: a batch gives bit for bit what rows give alone.

    Args:
        model: "hashing", or a sentence encoder: the name or path of a sentence-transformers model or of any Hugging
            Face encoder (mean pooling), or an object with `encode(list of texts) -> array (N, D)`.
        to: "reference", or "source" for texts that shall stay near their source.
        dimensions: of the built-in embedding.
        max_examples: how many examples of the corpus the rarity is counted on.
        device: where a model given by name runs.
        exact: False leaves a model its own precision: faster, and a batch may differ in the last digits.

    >>> from textgym.rewards.evaluate import score_text
    >>> reference = "heavy rain flooded the village"
    >>> near = score_text(Semantic(), "the villages are flooded by the rains", reference=reference)
    >>> far = score_text(Semantic(), "shares fell on Monday", reference=reference)
    >>> near > 0.4 > 0.1 > far
    True
    """

    name: ClassVar[str] = "semantic"

    def __init__(
        self,
        model: Any = "hashing",
        to: str = "reference",
        dimensions: int = 8_192,
        max_examples: int = 500,
        device: str | None = None,
        exact: bool = True,
    ) -> None:
        super().__init__()
        if to not in ("reference", "source"):
            raise ValueError(f"to: got {to!r}, allowed are 'reference', 'source'")
        self.model, self.to, self.device, self.exact = Shared(model), to, device, exact
        self.max_examples = check_int("max_examples", max_examples, 1)
        self._space = Shared(HashedSpace(check_int("dimensions", dimensions, 16)))
        self._targets: Shared[list[tuple[dict[int, int], int]]] = Shared([])
        self._word_dots: Shared[dict[str, list[int]]] = Shared({})
        self._vector: dict[int, int] = {}
        self._square = 0
        self._dots: list[int] = []

    def bind(self, context: RewardContext) -> None:
        if self.model.value == "hashing":
            self._space = Shared(HashedSpace(self._space.value.dimensions, context.corpus, self.max_examples))

    def scorer(self, context: RewardContext, num_rows: int) -> Scorer:
        if self.model.value == "hashing":
            return super().scorer(context, num_rows)
        return EncoderScorer(self.model.value, self.to, self.device, self.exact, context, num_rows)

    def begin(self, example: Example) -> None:
        if self.model.value != "hashing":
            raise ValueError("semantic: a model works through an environment or scorer() only")
        texts = example.references if self.to == "reference" else (example.source,)
        vectors = [self._space.value.embed(text) for text in texts]
        self._targets = Shared([(vector, sum(v * v for v in vector.values())) for vector in vectors])
        self._word_dots = Shared({})
        self._vector, self._square, self._dots = {}, 0, [0] * len(vectors)

    def add(self, word: str) -> None:
        self._shift(word, 1)

    def remove(self, word: str) -> None:
        self._shift(word, -1)

    def _shift(self, word: str, sign: int) -> None:
        vector, features, square = self._vector, self._space.value.features(word), self._square
        for cell, weight in features:
            step = sign * weight
            old = vector.get(cell, 0)
            vector[cell] = old + step
            square += step * (2 * old + step)
        self._square = square
        known = self._word_dots.value
        if word not in known:
            known[word] = [sum(w * target.get(cell, 0) for cell, w in features) for target, _ in self._targets.value]
        for k, dot in enumerate(known[word]):
            self._dots[k] += sign * dot

    def score(self) -> float:
        if not self._square:
            return 0.0
        norms = (math.sqrt(self._square * square) for _, square in self._targets.value)
        return min(1.0, max((dot / norm for dot, norm in zip(self._dots, norms, strict=True) if norm), default=0.0))


class HashedSpace:
    """Words as sparse vectors of whole numbers: hashed character n-grams times the word's rarity."""

    def __init__(self, dimensions: int, corpus: Corpus | None = None, max_examples: int = 0) -> None:
        self.dimensions = dimensions
        self._size = 0 if corpus is None else min(len(corpus), max_examples)
        self._documents: Counter[str] = Counter()
        for i in range(self._size):
            example = corpus[i]  # type: ignore[index]
            for text in (example.source, *example.references):
                self._documents.update(set(words(text)))
        self._known: dict[str, tuple[tuple[int, int], ...]] = {}

    def features(self, word: str) -> tuple[tuple[int, int], ...]:
        """(cell, weight) of a case-folded word; weights are above 0."""
        found = self._known.get(word)
        if found is None:
            weight = self._weight(word)
            marked = f"<{word}>"
            grams = [marked, *(marked[i : i + n] for n in (3, 4) for i in range(len(marked) - n + 1))]
            cells = Counter(zlib.crc32(gram.encode("utf-8", "surrogatepass")) % self.dimensions for gram in grams)
            found = tuple((cell, weight * count) for cell, count in sorted(cells.items()))
            if len(self._known) >= _KNOWN_WORDS:
                self._known.clear()
            self._known[word] = found
        return found

    def embed(self, text: str) -> dict[int, int]:
        """The vector of a text: the sum of those of its words."""
        vector: dict[int, int] = {}
        for word in words(text):
            for cell, weight in self.features(word):
                vector[cell] = vector.get(cell, 0) + weight
        return vector

    def _weight(self, word: str) -> int:
        if word in STOP_WORDS:
            return 8
        if not self._size:
            return 64
        return 16 + round(16 * math.log((1 + 2 * self._size) / (1 + self._documents[word])))
