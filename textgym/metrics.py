"""Scores of a whole set of texts, through the official libraries.

ROUGE comes from rouge-score (0..1), BLEU, chrF and TER from sacrebleu (0..100, with its signatures); exact match
and token F1 are those of the SQuAD evaluation script (0..1). The rest describes the texts themselves.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from textgym.errors import unknown

References = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class CorpusScores:
    """Scores by name.

    Attributes:
        values: one number for each metric.
        signatures: for sacrebleu's metrics and ROUGE, how they were computed.
    """

    values: Mapping[str, float]
    signatures: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float:
        return self.values[name]


def list_metrics() -> list[str]:
    """The names that `corpus_metrics` takes, sorted."""
    return sorted({*_ROUGE, *_SACREBLEU, *_PLAIN, "copy_rate"})


def corpus_metrics(
    names: Iterable[str],
    hypotheses: Sequence[str],
    references: References,
    sources: Sequence[str] | None = None,
    *,
    stemmer: bool = False,
    tokenize: str = "13a",
) -> CorpusScores:
    """Scores of `hypotheses` against `references`.

    Args:
        names: which metrics, see `list_metrics`.
        hypotheses: the texts (N).
        references: for each text its accepted ones (N), at least one; their number may vary from text to text.
        sources: what the texts were made from (N), for "copy_rate".
        stemmer: whether ROUGE stems words.
        tokenize: sacrebleu's tokenizer for BLEU.

    Raises:
        ValueError: an unknown name, lengths that differ, or a text without a reference.

    >>> corpus_metrics(["exact_match"], ["The cat."], [("cat", "dog")]).values
    {'exact_match': 1.0}
    """
    wanted = list(dict.fromkeys([names] if isinstance(names, str) else names))
    for name in wanted:
        if name not in list_metrics():
            raise unknown("metric", name, list_metrics())
    _check(hypotheses, references, sources)
    if "copy_rate" in wanted and sources is None:
        raise ValueError("sources: got None, but 'copy_rate' compares with them")
    values: dict[str, float] = {}
    signatures: dict[str, str] = {}
    rouges = [name for name in wanted if name in _ROUGE]
    if rouges:
        scores, signature = _rouge(hypotheses, references, stemmer)
        values.update({name: scores[name] for name in rouges})
        signatures.update(dict.fromkeys(rouges, signature))
    for name in wanted:
        if name in _SACREBLEU:
            values[name], signatures[name] = _sacrebleu(name, hypotheses, references, tokenize)
        elif name in _PLAIN:
            values[name] = _PLAIN[name](hypotheses, references)
        elif name == "copy_rate" and sources is not None:
            values[name] = _copy_rate(hypotheses, sources)
    return CorpusScores({name: values[name] for name in wanted}, signatures)


def _check(hypotheses: Sequence[str], references: References, sources: Sequence[str] | None) -> None:
    if isinstance(hypotheses, str) or not hypotheses:
        raise ValueError(f"hypotheses: got {hypotheses!r}, allowed is a list of at least one text")
    for name, other in (("references", references), ("sources", sources)):
        if other is not None and len(other) != len(hypotheses):
            raise ValueError(f"{name}: got {len(other)} for {len(hypotheses)} hypotheses, one for each is needed")
    for index, accepted in enumerate(references):
        if isinstance(accepted, str) or not accepted:
            raise ValueError(f"references: item {index} is {accepted!r}, allowed is a tuple of at least one text")


def _rouge(hypotheses: Sequence[str], references: References, stemmer: bool) -> tuple[dict[str, float], str]:
    """Mean F1 over the texts; of several references the best counts, by each measure's own F1."""
    from importlib.metadata import version

    from rouge_score.rouge_scorer import RougeScorer

    types = ("rouge1", "rouge2", "rougeL")
    scorer = RougeScorer(list(types), use_stemmer=stemmer)
    sums = dict.fromkeys(types, 0.0)
    for text, accepted in zip(hypotheses, references, strict=True):
        scores = scorer.score_multi(list(accepted), text)
        for name in types:
            sums[name] += scores[name].fmeasure
    means = {name: total / len(hypotheses) for name, total in sums.items()}
    means["rouge"] = sum(means.values()) / len(types)
    return means, f"f1|stem:{'yes' if stemmer else 'no'}|rouge-score:{version('rouge-score')}"


def _sacrebleu(name: str, hypotheses: Sequence[str], references: References, tokenize: str) -> tuple[float, str]:
    """The corpus score and sacrebleu's signature; missing references are None, as sacrebleu documents."""
    from sacrebleu.metrics import BLEU, CHRF, TER

    metric: Any = {"bleu": lambda: BLEU(tokenize=tokenize), "chrf": CHRF, "ter": TER}[name]()
    most = max(map(len, references))
    streams = [[accepted[k] if k < len(accepted) else None for accepted in references] for k in range(most)]
    score = metric.corpus_score(list(hypotheses), streams)
    return float(score.score), str(metric.get_signature())


def _best(score: Callable[[str, str], float]) -> Callable[[Sequence[str], References], float]:
    """The mean over texts of the best score over references."""

    def mean(hypotheses: Sequence[str], references: References) -> float:
        pairs = zip(hypotheses, references, strict=True)
        return sum(max(score(text, reference) for reference in accepted) for text, accepted in pairs) / len(hypotheses)

    return mean


def squad_words(text: str) -> list[str]:
    """Words as SQuAD's evaluation script compares them: lower case, no ASCII punctuation, no articles."""
    kept = "".join(character for character in text.lower() if character not in _PUNCTUATION)
    return _ARTICLES.sub(" ", kept).split()


def _exact_match(text: str, reference: str) -> float:
    return float(squad_words(text) == squad_words(reference))


def _token_f1(text: str, reference: str) -> float:
    words, wanted = squad_words(text), squad_words(reference)
    same = sum((Counter(words) & Counter(wanted)).values())
    return 2.0 * same / (len(words) + len(wanted)) if same else 0.0


def _same_label(text: str, reference: str) -> float:
    return float(text.strip() == reference.strip())


def _macro_f1(hypotheses: Sequence[str], references: References) -> float:
    """The mean of the F1 of each label that occurs among the references; of several the first is the label."""
    given = [text.strip() for text in hypotheses]
    right = [accepted[0].strip() for accepted in references]
    hits = Counter(label for label, answer in zip(right, given, strict=True) if label == answer)
    said, true = Counter(given), Counter(right)
    return sum(2.0 * hits[label] / (said[label] + true[label]) for label in true) / len(true)


def _ngrams(text: str, order: int) -> list[tuple[str, ...]]:
    words = text.lower().split()
    return list(zip(*(words[start:] for start in range(order)), strict=False))


def _distinct(order: int) -> Callable[[Sequence[str], References], float]:
    """Different n-grams over all n-grams of all texts (Li et al. 2016); 0 where there are none."""

    def share(hypotheses: Sequence[str], references: References) -> float:
        found = [ngram for text in hypotheses for ngram in _ngrams(text, order)]
        return len(set(found)) / len(found) if found else 0.0

    return share


def _length_ratio(hypotheses: Sequence[str], references: References) -> float:
    """Words of all texts over words of all references; of several the one nearest in length, as in BLEU."""
    lengths = [len(text.split()) for text in hypotheses]
    wanted = [
        min((len(reference.split()) for reference in accepted), key=lambda size: (abs(size - length), size))
        for length, accepted in zip(lengths, references, strict=True)
    ]
    return sum(lengths) / sum(wanted) if sum(wanted) else 0.0


def _repetition(hypotheses: Sequence[str], references: References) -> float:
    """The share of a text's 4-grams that repeat an earlier one (Welleck et al. 2020), mean over texts."""
    shares = []
    for text in hypotheses:
        found = _ngrams(text, 4)
        shares.append(1.0 - len(set(found)) / len(found) if found else 0.0)
    return sum(shares) / len(shares)


def _copy_rate(hypotheses: Sequence[str], sources: Sequence[str]) -> float:
    """The share of all 3-grams of the texts that stand in their source; 0 where there are none."""
    total = copied = 0
    for text, source in zip(hypotheses, sources, strict=True):
        known, found = set(_ngrams(source, 3)), _ngrams(text, 3)
        total += len(found)
        copied += sum(ngram in known for ngram in found)
    return copied / total if total else 0.0


_PUNCTUATION = frozenset(string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ROUGE = ("rouge", "rouge1", "rouge2", "rougeL")
_SACREBLEU = ("bleu", "chrf", "ter")
_PLAIN: Mapping[str, Callable[[Sequence[str], References], float]] = {
    "exact_match": _best(_exact_match),
    "token_f1": _best(_token_f1),
    "accuracy": _best(_same_label),
    "macro_f1": _macro_f1,
    "distinct1": _distinct(1),
    "distinct2": _distinct(2),
    "length_ratio": _length_ratio,
    "repetition": _repetition,
}
