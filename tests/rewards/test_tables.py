"""Text -> score, for every reward that is a function of the text."""

from __future__ import annotations

from pathlib import Path

import pytest

import textgym
from textgym.rewards.base import Reward
from textgym.rewards.coverage import Coverage
from textgym.rewards.demo import score_text as score_tokens
from textgym.rewards.evaluate import score_text
from textgym.rewards.faithfulness import Faithfulness
from textgym.rewards.form import Diversity, Length, Repetition
from textgym.rewards.grammar import Grammar
from textgym.rewards.knowledge import Knowledge, load_triples
from textgym.rewards.preference import Preference, fit_preferences
from textgym.rewards.ratings import Pair
from textgym.rewards.semantic import Semantic
from textgym.types import Example

SOURCE = "A storm hit Ash Hill on Monday. It cut power to 1,200 homes, officials in Ash Hill said."
REFERENCE = "A storm cut power to 1,200 homes in Ash Hill."
FACTS = (("storm", "hit", "Ash Hill"), ("storm", "on", "Monday"), ("homes", "number", "1,200"))
EXAMPLE = Example(
    "e", SOURCE, (REFERENCE,), {"facts": FACTS, "keywords": ("storm", "Ash Hill", "1,200 homes", "power")}
)
UNMARKED = Example("u", SOURCE, (REFERENCE,))
SUPERSET = REFERENCE + " Nobody was hurt."
REPEATED = " ".join([REFERENCE] * 3)

TABLE: list[tuple[Reward, str, float]] = [
    (Repetition(), "", 0.0),
    (Repetition(), REFERENCE, 0.0),
    (Repetition(), SUPERSET, 0.0),
    (Repetition(n=1), "no no no no", 0.75),
    (Repetition(n=2), "a b a b a b", 0.6),
    (Repetition(), REPEATED, 1 - 10 / 28),
    (Diversity(), "", 0.0),
    (Diversity(), REFERENCE, 1.0),
    (Diversity(), SUPERSET, 1.0),
    (Diversity(orders=(1,)), "no no no no", 0.25),
    (Diversity(orders=(1, 2)), "one", 1.0),
    (Diversity(orders=(1,)), REPEATED, 1 / 3),
    (Length(), "", 0.0),
    (Length(), REFERENCE, 1.0),
    (Length(), SUPERSET, 1 - 3 / 10),
    (Length(), REPEATED, 0.0),
    (Length(low=2, high=4), "one", 0.5),
    (Length(low=2, high=4), "one two three four five", 0.5),
    (Length(target=4, unit="characters"), "abc", 0.75),
    (Coverage(), "", 0.0),
    (Coverage(), REFERENCE, 1.0),
    (Coverage(), SUPERSET, 1.0),
    (Coverage(), REPEATED, 1.0),
    (Coverage(), "STORM in Ash, storm on Hill", 0.25),
    (Coverage(of="facts"), "The storm came on Monday.", 1 / 3),
    (Coverage(of="facts"), "Monday", 0.0),
    (Coverage(of="words"), "", 0.0),
    (Coverage(of="words"), SOURCE, 1.0),
    (Faithfulness(), "", 0.0),
    (Faithfulness(), REFERENCE, 1.0),
    (Faithfulness(), SUPERSET, 1.0),
    (Faithfulness(), "Snow fell.", 1.0),
    (Faithfulness(), "The storm hit Oak Vale on Monday.", 1 / 3),
    (Faithfulness(), "It cut power to 1200 homes, not 1300.", 0.5),
    (Faithfulness(kinds=("words",)), "storm tornado", 0.5),
    (Knowledge(), "", 0.0),
    (Knowledge(), "A storm hit Ash Hill on Monday.", 1.0),
    (Knowledge(), "Power was cut to 1200 homes.", 1.0),
    (Knowledge(), "Power was cut to 1300 homes.", -1.0),
    (Knowledge(), "Power was cut to 1200 homes. Power was cut to 1300 homes.", 0.0),
    (Knowledge(), "Nothing here is known.", 0.0),
    (Knowledge(), SUPERSET, 1.0),
    (Grammar(), "", 0.0),
    (Grammar(), REFERENCE, 1.0),
    (Grammar(), SUPERSET, 1.0),
    (Grammar(), REPEATED, 1.0),
    (Grammar(), "an hour, a useful apple, an apple.", 1 - 1 / 7),
    (Grammar(), "An man saw a apple", 1 - 3 / 5),
    (Grammar(), "The the cat (sat] on it.", 1 - 3 / 6),
    (Grammar(), 'He said "yes. They has a dog.', 1 - 2 / 7),
    (Grammar(), "They have had had it.", 1.0),
    (Grammar(), "Does he have one? The homes that were lost.", 1.0),
    (Grammar(language="de"), "Er sind da.", 1 - 1 / 3),
    (Grammar(language="any", rules=["doubled"]), "no no no", 1 - 2 / 3),
    (Semantic(), "", 0.0),
    (Semantic(), REFERENCE, 1.0),
    (Semantic(), REPEATED, 1.0),
]


@pytest.mark.parametrize(("reward", "text", "score"), TABLE)
def test_text_to_score(reward: Reward, text: str, score: float) -> None:
    assert score_text(reward, text, EXAMPLE) == pytest.approx(score, abs=1e-12)


REFERENCE_TABLE: list[tuple[str, dict[str, object], tuple[float, float, float, float]]] = [
    # of the reference "a cat sat": "", the reference, the reference twice, the reference and "down"
    ("rouge1", {}, (0.0, 1.0, 2 / 3, 6 / 7)),
    ("rouge2", {}, (0.0, 1.0, 4 / 7, 4 / 5)),
    ("rougeL", {}, (0.0, 1.0, 2 / 3, 6 / 7)),
    ("rouge", {}, (0.0, 1.0, (2 / 3 + 4 / 7 + 2 / 3) / 3, (6 / 7 + 4 / 5 + 6 / 7) / 3)),
    ("bleu", {"smooth_method": "none"}, (0.0, 1.0, 0.0, 0.0)),
    ("bleu", {}, (0.0, 1.0, (1 / 2 * 2 / 5 * 1 / 4 * 1 / 6) ** 0.25, (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** 0.25)),
    ("ter", {}, (0.0, 1.0, 0.0, 2 / 3)),
    ("exact_match", {}, (0.0, 1.0, 0.0, 0.0)),
    ("token_f1", {}, (0.0, 1.0, 2 / 3, 4 / 5)),
    ("copy", {}, (0.0, 1.0, 1.0, 1.0)),
]


@pytest.mark.parametrize(("name", "options", "scores"), REFERENCE_TABLE)
def test_reference_metrics_to_score(name: str, options: dict[str, object], scores: tuple[float, ...]) -> None:
    reference = "a cat sat"
    for text, score in zip(("", reference, f"{reference} {reference}", f"{reference} down"), scores, strict=True):
        assert score_tokens(textgym.make_reward(name, **options), text, [reference]) == pytest.approx(score, abs=1e-12)


def test_chrf_and_the_models_in_order() -> None:
    reference = "a cat sat"
    for name, options in (("chrf", {}), ("chrf", {"word_order": 2})):
        empty, same, twice, more = (
            score_tokens(textgym.make_reward(name, **options), text, [reference])  # type: ignore[arg-type]
            for text in ("", reference, f"{reference} {reference}", f"{reference} down")
        )
        assert same == pytest.approx(1.0)
        assert empty == 0.0 < twice < more < 1.0
    good, bad = (score_text(textgym.make_reward("classifier"), f"the camera was {w}") for w in ("excellent", "useless"))
    assert good > 0.9 > 0.2 > bad > score_text(textgym.make_reward("classifier"), "") == 0.0


def test_semantic_order() -> None:
    superset, part, other = (
        score_text(Semantic(), text, EXAMPLE) for text in (SUPERSET, "A storm cut power.", "Shares fell sharply.")
    )
    assert 1.0 > superset > part > other >= 0.0


def test_coverage_without_marks_takes_the_source_words() -> None:
    assert score_text(Coverage(), SOURCE, UNMARKED) == 1.0
    assert 0.0 < score_text(Coverage(), "A storm", UNMARKED) < 0.3


def test_preference_model_learns_and_scores() -> None:
    good, bad = "short and true", "long and long and long"
    model = fit_preferences([Pair(SOURCE, f"{good} {n}", f"{bad} {n}") for n in range(10)])
    reward = Preference(model)
    assert score_text(reward, "") == 0.0
    assert score_text(reward, good, EXAMPLE) > 0.7 > 0.3 > score_text(reward, bad, EXAMPLE)
    assert 0.0 < score_text(reward, REPEATED, EXAMPLE) < 1.0


def test_triples_come_from_files(tmp_path: Path) -> None:
    triples = [("France", "capital", "Paris"), ("Italy", "capital", "Rome")]
    (tmp_path / "a.csv").write_text("\n".join(",".join(t) for t in triples))
    (tmp_path / "a.tsv").write_text("\n".join("\t".join(t) for t in triples))
    (tmp_path / "a.jsonl").write_text(
        '["France", "capital", "Paris"]\n{"subject": "Italy", "relation": "capital", "object": "Rome"}\n'
    )
    for name in ("a.csv", "a.tsv", "a.jsonl"):
        assert load_triples(tmp_path / name) == triples
        reward = textgym.make_reward("knowledge", facts=tmp_path / name)
        assert score_text(reward, "The capital of France is Rome.") == -1.0
    (tmp_path / "bad.jsonl").write_text('["a", "b"]')
    with pytest.raises(ValueError, match="line 1"):
        load_triples(tmp_path / "bad.jsonl")


@pytest.mark.parametrize(
    ("name", "kwargs", "message"),
    [
        ("repetition", {"n": 0}, "n: got 0"),
        ("diversity", {"orders": ()}, "orders"),
        ("length", {"low": 3}, "low, high"),
        ("length", {"unit": "word"}, "did you mean 'words'"),
        ("coverage", {"of": "keyword"}, "did you mean 'keywords'"),
        ("faithfulness", {"kinds": ("name",)}, "did you mean 'names'"),
        ("grammar", {"rules": ["articles"]}, "did you mean 'article'"),
        ("semantic", {"to": "target"}, "to: got 'target'"),
        ("semantic", {"modle": 1}, "did you mean 'model'"),
        ("classifier", {"model": None}, "model: got None"),
        ("classifier", {"label": "postive"}, "did you mean 'positive'"),
        ("preference", {"model": None}, "model: got None"),
        ("preference", {"model": "nowhere.safetensors"}, "no file"),
        ("human", {"rater": "phone"}, "rater: got 'phone'"),
        ("constant", {"value": float("nan")}, "finite"),
        ("knowledge", {"facts": "nowhere.csv"}, "no file"),
        ("lm", {"form": "total"}, "form"),
        ("kl", {"beta": 0.0}, "beta"),
        ("log_likelihood", {"epsilon": 1.0}, "epsilon"),
    ],
)
def test_bad_arguments_are_named(name: str, kwargs: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        textgym.make_reward(name, **kwargs)
