"""Corpus scores against the libraries called by hand, and small cases that can be counted."""

from __future__ import annotations

import pytest
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

from textgym.metrics import corpus_metrics, list_metrics

TEXTS = ["The cat sat on the mat.", "A dog barked at a small cat today", ""]
SINGLE = [("The cat sat on a mat.",), ("The dog barked at the small cat today.",), ("something",)]
SEVERAL = [("The cat sat on a mat.", "A cat was sitting there."), SINGLE[1], ("something", "anything else", "that")]


def test_rouge_is_the_mean_of_the_library() -> None:
    for references in (SINGLE, SEVERAL):
        scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
        per_text = [scorer.score_multi(list(r), t) for t, r in zip(TEXTS, references, strict=True)]
        scores = corpus_metrics(["rouge1", "rouge2", "rougeL", "rouge"], TEXTS, references)
        for name in ("rouge1", "rouge2", "rougeL"):
            assert scores[name] == pytest.approx(sum(s[name].fmeasure for s in per_text) / 3, abs=1e-12)
        assert scores["rouge"] == pytest.approx(sum(scores[f"rouge{k}"] for k in "12L") / 3)
    assert scores.signatures["rouge"].startswith("f1|stem:no|rouge-score:")


def test_rouge_with_a_stemmer() -> None:
    assert corpus_metrics(["rouge1"], ["cats running"], [("cat runs",)])["rouge1"] == 0.0
    assert corpus_metrics(["rouge1"], ["cats running"], [("cat runs",)], stemmer=True)["rouge1"] == 1.0


def test_sacrebleu_with_one_reference() -> None:
    stream = [[r[0] for r in SINGLE]]
    scores = corpus_metrics(["bleu", "chrf", "ter"], TEXTS, SINGLE)
    assert scores["bleu"] == sacrebleu.corpus_bleu(TEXTS, stream).score
    assert scores["chrf"] == sacrebleu.corpus_chrf(TEXTS, stream).score
    assert scores["ter"] == sacrebleu.corpus_ter(TEXTS, stream).score
    assert scores.signatures["bleu"].startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")


def test_sacrebleu_with_different_numbers_of_references() -> None:
    streams = [[r[k] if k < len(r) else None for r in SEVERAL] for k in range(3)]
    scores = corpus_metrics(["bleu", "chrf", "ter"], TEXTS, SEVERAL)
    assert scores["bleu"] == sacrebleu.corpus_bleu(TEXTS, streams).score
    assert scores["chrf"] == sacrebleu.corpus_chrf(TEXTS, streams).score
    assert scores["ter"] == sacrebleu.corpus_ter(TEXTS, streams).score
    assert scores.signatures["chrf"].startswith("nrefs:var|")


def test_sacrebleu_tokenizer_is_passed_on() -> None:
    scores = corpus_metrics(["bleu"], ["我爱你们大家"], [("我爱你们大家",)], tokenize="zh")
    assert scores["bleu"] == pytest.approx(100.0)
    assert "tok:zh" in scores.signatures["bleu"]


@pytest.mark.parametrize(
    ("name", "texts", "references", "wanted"),
    [
        ("exact_match", ["The Eiffel tower!", "x"], [("eiffel  Tower",), ("y", "a x")], 1.0),
        ("exact_match", ["", "a"], [("x",), ("the",)], 0.5),
        ("token_f1", ["the red tower"], [("Eiffel tower", "Tour Eiffel")], 0.5),
        ("token_f1", ["tower tower"], [("tower",)], 2 / 3),
        ("token_f1", ["", "the"], [("x",), ("a",)], 0.0),
        ("accuracy", ["yes", " no ", "Yes"], [("yes",), ("no",), ("yes",)], 2 / 3),
        ("distinct1", ["a b a", "B c"], [("x",), ("x",)], 3 / 5),
        ("distinct2", ["a b a b", "a"], [("x",), ("x",)], 2 / 3),
        ("distinct2", ["a"], [("x",)], 0.0),
        ("length_ratio", ["a b", "a b c d"], [("x y z", "x y z u v"), ("x",)], 6 / 4),
        ("repetition", ["a b c d a b c d"], [("x",)], 1 / 5),
        ("repetition", ["a b c d", "a a a a a"], [("x",), ("x",)], 1 / 4),
        ("repetition", ["", "a"], [("x",), ("x",)], 0.0),
    ],
)
def test_counted_by_hand(name: str, texts: list[str], references: list[tuple[str, ...]], wanted: float) -> None:
    assert corpus_metrics([name], texts, references)[name] == pytest.approx(wanted)


def test_macro_f1() -> None:
    right = ["a", "a", "b", "c", "c", "c"]
    given = ["a", "b", "b", "c", "other", "a"]
    # a: P 1/2, R 1/2; b: P 1/2, R 1; c: P 1, R 1/3
    wanted = (0.5 + 2 / 3 + 0.5) / 3
    assert corpus_metrics(["macro_f1"], given, [(r,) for r in right])["macro_f1"] == pytest.approx(wanted)


def test_copy_rate() -> None:
    texts, sources = ["the cat sat down", "one two three"], ["Today the cat sat up", "three two one"]
    scores = corpus_metrics(["copy_rate"], texts, [("x",), ("x",)], sources)
    assert scores["copy_rate"] == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="sources: got None"):
        corpus_metrics(["copy_rate"], texts, [("x",), ("x",)])


def test_the_oracle_gets_full_marks() -> None:
    texts = ["The cat sat on the mat.", "A small dog barked at the cat."]
    names = [
        name for name in list_metrics() if name not in ("copy_rate", "repetition", "ter", "distinct1", "distinct2")
    ]
    scores = corpus_metrics(names, texts, [(text,) for text in texts])
    full = {"bleu": 100.0, "chrf": 100.0}
    assert dict(scores.values) == pytest.approx({name: full.get(name, 1.0) for name in names})
    assert list(scores.values) == names


@pytest.mark.parametrize(
    ("names", "texts", "references", "message"),
    [
        (["rogue"], ["a"], [("a",)], "did you mean 'rouge'"),
        (["bleu"], [], [], "hypotheses"),
        (["bleu"], ["a", "b"], [("a",)], "references: got 1 for 2 hypotheses"),
        (["bleu"], ["a"], [()], "references: item 0"),
        (["bleu"], ["a"], ["a"], "references: item 0"),
    ],
)
def test_mistakes(names: list[str], texts: list[str], references: list[tuple[str, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        corpus_metrics(names, texts, references)
