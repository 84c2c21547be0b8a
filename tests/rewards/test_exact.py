"""At every prefix, every score is the official library's score of the decoded text."""

from __future__ import annotations

import collections
import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from tests.rewards.hostile import Fragments, context_of, episodes, make_scorer
from tests.text.test_words import squad
from tests.text.tokenizers_zoo import make_tokenizer
from textgym.rewards.base import Reward, RowScorer
from textgym.rewards.bleu import Bleu
from textgym.rewards.chrf import ChrF
from textgym.rewards.match import ExactMatch, TokenF1
from textgym.rewards.rouge import Rouge
from textgym.rewards.ter import Ter
from textgym.text.codec import Codec
from textgym.types import Example

Official = Callable[[str, tuple[str, ...]], float]


def rouge(*types: str, stemmer: bool = False) -> Official:
    scorer = RougeScorer(list(types), use_stemmer=stemmer)
    return lambda text, refs: float(np.mean([s.fmeasure for s in scorer.score_multi(refs, text).values()]))


def bleu(effective_order: bool = True, **options: Any) -> Official:
    options["use_effective_order"] = effective_order
    return lambda text, refs: sacrebleu.sentence_bleu(text, list(refs), **options).score / 100


def chrf(**options: Any) -> Official:
    metric = sacrebleu.CHRF(**options)
    return lambda text, refs: metric.sentence_score(text, list(refs)).score / 100


def ter(**options: Any) -> Official:
    metric = sacrebleu.TER(**options)
    return lambda text, refs: 1.0 - metric.sentence_score(text, list(refs)).score / 100


def exact(text: str, refs: tuple[str, ...]) -> float:
    return max(float(" ".join(squad(text)) == " ".join(squad(ref))) for ref in refs)


def token_f1(text: str, refs: tuple[str, ...]) -> float:
    def one(ref: str) -> float:
        mine, theirs = squad(text), squad(ref)
        same = sum((collections.Counter(mine) & collections.Counter(theirs)).values())
        if same == 0:
            return 0.0
        precision, recall = same / len(mine), same / len(theirs)
        return 2 * precision * recall / (precision + recall)

    return max(map(one, refs))


CASES: dict[str, tuple[Reward, Official]] = {
    "rouge": (Rouge(), rouge("rouge1", "rouge2", "rougeL")),
    "rouge1": (Rouge(types=["rouge1"]), rouge("rouge1")),
    "rougeL": (Rouge(types="rougeL"), rouge("rougeL")),
    "rouge3_stem": (Rouge(types=["rouge3", "rougeL"], stemmer=True), rouge("rouge3", "rougeL", stemmer=True)),
    "bleu": (Bleu(), bleu()),
    **{f"bleu_{name}": (Bleu(tokenize=name), bleu(tokenize=name)) for name in ("intl", "zh", "char", "none")},
    "bleu_lower": (Bleu(lowercase=True, tokenize="zh"), bleu(lowercase=True, tokenize="zh")),
    "bleu_none": (Bleu(smooth_method="none"), bleu(smooth_method="none")),
    "bleu_floor": (Bleu(smooth_method="floor", smooth_value=0.3), bleu(smooth_method="floor", smooth_value=0.3)),
    "bleu_add": (Bleu(smooth_method="add-k"), bleu(smooth_method="add-k")),
    "bleu_plain": (Bleu(effective_order=False), bleu(effective_order=False)),
    "bleu_add_plain": (
        Bleu(effective_order=False, smooth_method="add-k", smooth_value=0.5),
        bleu(effective_order=False, smooth_method="add-k", smooth_value=0.5),
    ),
    "chrf": (ChrF(), chrf()),
    "chrf_lower": (ChrF(lowercase=True, whitespace=True, char_order=4, beta=1),
                   chrf(lowercase=True, whitespace=True, char_order=4, beta=1)),
    "chrf++": (ChrF(word_order=2), chrf(word_order=2)),
    "exact_match": (ExactMatch(), exact),
    "token_f1": (TokenF1(), token_f1),
    "ter": (Ter(), ter()),
    "ter_normalized": (Ter(normalized=True, asian_support=True), ter(normalized=True, asian_support=True)),
    "ter_no_punct": (Ter(no_punct=True, case_sensitive=True), ter(no_punct=True, case_sensitive=True)),
}  # fmt: skip
KINDS = ["byte_level", "byte_level+wrapped", "metaspace_strip", "unigram+wrapped", "word_piece_plain+cleaned",
         "characters", "word_level+wrapped", "suffix_bpe", "folded"]  # fmt: skip


def check(name: str, codec: Codec, ids: list[int], references: tuple[str, ...]) -> None:
    reward, official = CASES[name]
    context = context_of(codec)
    scorer = reward.scorer(context, 1)
    context.texts.reset(0)
    scorer.reset(0, Example("e", "", references))
    for t, token in enumerate(ids):
        context.texts.push(0, token)
        score = scorer.step(0, token)
        text = codec.decode(ids[: t + 1])
        assert score == pytest.approx(official(text, references), abs=1e-9), (text, references)
    if not scorer.needs_text:
        assert scorer.score_tokens(0, Example("e", "", references), np.array(ids, dtype=np.int32)) == score


@pytest.mark.parametrize("name", CASES)
def test_hostile_texts(name: str) -> None:
    for ids, references in episodes(Codec(Fragments()), seed=3, count=8 if name.startswith("ter") else 16):
        check(name, Codec(Fragments()), ids, references)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["rouge", "bleu", "chrf++", "token_f1", "bleu_lower", "ter"])
def test_every_kind_of_tokenizer(name: str, kind: str) -> None:
    codec = Codec(make_tokenizer(kind))
    for ids, references in episodes(codec, seed=5, count=4):
        check(name, codec, ids, references)


@pytest.mark.parametrize(
    "name", ["rouge", "bleu", "bleu_intl", "chrf++", "rouge3_stem", "exact_match", "ter", "ter_normalized"]
)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_hypothesis(name: str, data: st.DataObject) -> None:
    codec = Codec(Fragments())
    tokens = st.lists(st.integers(0, codec.size - 1), max_size=12)
    ids = data.draw(tokens)
    references = data.draw(st.lists(st.one_of(tokens, st.just(ids)), min_size=1, max_size=2))
    if ids:
        check(name, codec, ids, tuple(map(codec.decode, references)))


@pytest.mark.parametrize("name", CASES)
def test_many_rows_are_many_single_ones(name: str) -> None:
    codec = Codec(Fragments())
    rows = episodes(codec, seed=7, count=12)
    many = make_scorer(CASES[name][0], codec, len(rows))
    one = make_scorer(CASES[name][0], codec, len(rows))
    for row, (_, references) in enumerate(rows):
        many.reset(row, Example("e", "", references))
        one.reset(row, Example("e", "", references))
    rng = np.random.default_rng(0)
    for t in range(24):
        tokens = np.array([ids[t] for ids, _ in rows], dtype=np.int32)
        active = rng.random(len(rows)) < 0.8 if t % 3 else None
        scores = many.step_all(tokens, active)
        for row in range(len(rows)):
            if active is None or active[row]:
                one.step(row, int(tokens[row]))
        assert scores.tolist() == [one.score(row) for row in range(len(rows))]
        if t % 5 == 4:
            row = t % len(rows)
            for scorer in (many, one):
                scorer.reset(row, Example("e", "", rows[t % 7][1]))
    assert many.score_rows(np.array([3, 1])).tolist() == [one.score(3), one.score(1)]


@pytest.mark.parametrize("name", CASES)
def test_snapshots(name: str) -> None:
    codec = Codec(Fragments())
    (ids, references), (other, _) = episodes(codec, seed=11, count=2)
    example = Example("e", "", references)
    scorer = make_scorer(CASES[name][0], codec, 2)
    scorer.reset(0, example)
    for token in ids[:10]:
        scorer.step(0, token)
    saved = pickle.loads(pickle.dumps(scorer.get_state(0)))
    twin = copy.deepcopy(scorer)
    expected = [scorer.step(0, token) for token in other]
    for work, row in ((scorer, 1), (scorer, 0), (make_scorer(CASES[name][0], codec, 2), 1)):
        work.set_state(row, example, saved)
        assert [work.step(row, token) for token in other] == expected
    assert [twin.step(0, token) for token in other] == expected


@pytest.mark.parametrize("name", ["rouge", "bleu", "chrf++", "ter_no_punct"])
def test_tables_that_start_anew(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textgym.text.stream.WordStream.limit", 40)
    monkeypatch.setattr("textgym.rewards.engine._POOL_LIMIT", 30_000)
    codec = Codec(Fragments())
    for ids, references in episodes(codec, seed=13, count=6):
        check(name, codec, ids, references)
    test_many_rows_are_many_single_ones(name)
    test_snapshots(name)


@pytest.mark.parametrize("name", CASES)
def test_a_reward_alone_is_its_scorer(name: str) -> None:
    codec = Codec(Fragments())
    reward, official = CASES[name]
    context = context_of(codec, 1)
    scorer = RowScorer(copy.deepcopy(reward), context, 1)
    ids, references = episodes(codec, seed=17, count=1)[0]
    context.texts.reset(0)
    scorer.reset(0, Example("e", "", references))
    for t, token in enumerate(ids[:8]):
        context.texts.push(0, token)
        assert scorer.step(0, token) == pytest.approx(official(codec.decode(ids[: t + 1]), references), abs=1e-9)
    pickle.loads(pickle.dumps(reward))


def test_long_references_and_texts() -> None:
    codec = Codec(make_tokenizer("byte_level"))
    ids = codec.encode("the quick brown fox jumps over the lazy dog again and again " * 12)
    rng = np.random.default_rng(1)
    noisy = [token if rng.random() < 0.8 else int(rng.choice(ids)) for token in ids]
    references = (codec.decode(ids), codec.decode(ids[::-1]))
    for name in ("rouge", "bleu", "chrf++"):
        scorer = make_scorer(CASES[name][0], codec)
        scorer.reset(0, Example("e", "", references))
        for t, token in enumerate(noisy):
            score = scorer.step(0, token)
            if t % 40 == 0 or t == len(noisy) - 1:
                assert score == pytest.approx(CASES[name][1](codec.decode(noisy[: t + 1]), references), abs=1e-9)


def test_table_of_texts() -> None:
    codec = Codec(Fragments())
    rouge_scorer = make_scorer(Rouge(), codec)
    with pytest.raises(ValueError, match="references"):
        rouge_scorer.reset(0, Example("e", "", ()))
    with pytest.raises(ValueError, match="token: got 999"):
        rouge_scorer.step(0, 999)
    with pytest.raises(ValueError, match=r"did you mean 'rougeL'"):
        Rouge(types=["rougel"])
    with pytest.raises(ValueError, match="smooth_method"):
        Bleu(smooth_method="expo")
    with pytest.raises(ValueError, match="did you mean '13a'"):
        Bleu(tokenize="13b")
