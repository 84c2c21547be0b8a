"""The tokenizer ladder: lossless, deterministic, cached, and the same through `transformers`."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.corpora.load import load_corpus
from textgym.tasks.base import Task
from textgym.tasks.copy import Copy
from textgym.tasks.summarize import Summarize
from textgym.tasks.translate import Translate
from textgym.text import tokenizers
from textgym.text.builtin import SPECIALS, BuiltinTokenizer, symbols_tokenizer, train_tokenizer
from textgym.text.codec import Codec, Tokenizer
from textgym.text.tokenizers import builtin_texts, load_tokenizer, shipped_tokenizer, train_on_builtin

TEXTS = ["The cat sat on the mat.", "The dog sat on the cat!", "Größe zählt – 42 naïve cats."] * 20
LADDER = ["builtin", "byte", "char", "word", "bpe-300"]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tokenizers"


def trained(kind: str) -> BuiltinTokenizer:
    name, _, size = kind.partition("-")
    return train_tokenizer(
        "bpe" if name == "builtin" else name, int(size or 400) if name in ("bpe", "builtin") else None, TEXTS
    )


TRAINED = {kind: trained(kind) for kind in LADDER}


@pytest.mark.parametrize("kind", LADDER)
class TestLadder:
    @settings(max_examples=100, deadline=None)
    @given(text=ANY_TEXT)
    def test_decoding_gives_back_every_text(self, kind: str, text: str) -> None:
        tokenizer = TRAINED[kind]
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == tokenizer.decode(ids, skip_special_tokens=True) == text
        assert all(len(SPECIALS) <= i < len(tokenizer) for i in ids)

    @pytest.mark.parametrize("text", ["<eos>", "a<pad>b", "<sep> <unk>", "\r\n\t ", "👩‍👩‍👧", "e\u0301", "\x00"])
    def test_special_tokens_are_never_read_from_text(self, kind: str, text: str) -> None:
        assert TRAINED[kind].decode(TRAINED[kind].encode(text), skip_special_tokens=True) == text

    def test_interface(self, kind: str) -> None:
        tokenizer = load_tokenizer(kind, Summarize(), lambda: TEXTS)
        assert isinstance(tokenizer, Tokenizer)
        codec = Codec(tokenizer)
        assert (codec.pad_id, codec.bos_id, codec.eos_id, codec.size) == (0, 1, 2, len(tokenizer))
        assert codec.silent.nonzero()[0].tolist() == [0, 1, 2, 3, 4]
        assert codec.allowed.sum() == len(tokenizer) - 4
        ids = tokenizer.encode("The cat")
        assert isinstance(tokenizer, BuiltinTokenizer)
        assert tokenizer.encode_batch(["The cat", ""]) == [ids, []]
        assert tokenizer.convert_tokens_to_ids(tokenizer.convert_ids_to_tokens(ids)) == ids
        assert tokenizer.convert_tokens_to_ids("<sep>") == tokenizer.sep_token_id == 4
        assert tokenizer.decode([1, *ids, 2, 0]) == "<bos>The cat<eos><pad>"
        assert tokenizer.decode([1, *ids, 2, 0], skip_special_tokens=True) == "The cat"
        assert sorted(tokenizer.get_vocab().values()) == list(range(len(tokenizer)))

    def test_copies_are_equal(self, kind: str) -> None:
        tokenizer = TRAINED[kind]
        for twin in (pickle.loads(pickle.dumps(tokenizer)), copy.copy(tokenizer), copy.deepcopy(tokenizer)):
            assert twin == tokenizer
            assert hash(twin) == hash(tokenizer)
            assert twin.encode("a <eos>") == tokenizer.encode("a <eos>")
        assert tokenizer != TRAINED["byte" if kind != "byte" else "char"]

    def test_transformers_reads_it_back(self, kind: str, tmp_path: Path) -> None:
        from transformers import AutoTokenizer

        tokenizer = TRAINED[kind]
        tokenizer.save_pretrained(tmp_path)
        theirs = AutoTokenizer.from_pretrained(tmp_path)
        for text in (*TEXTS[:3], "", "  ä <eos>\n👋 don't , stop .", "<pad>"):
            ids = tokenizer.encode(text)
            assert theirs.encode(text) == ids
            for some in (ids, [*ids, 2, 0]):
                for skip in (False, True):
                    ours = tokenizer.decode(some, skip_special_tokens=skip)
                    assert theirs.decode(some, skip_special_tokens=skip) == ours
        assert len(theirs) == len(tokenizer)
        assert sorted(theirs.all_special_ids) == tokenizer.all_special_ids
        names = ["pad", "bos", "eos", "unk", "sep"]
        assert [getattr(theirs, f"{name}_token_id") for name in names] == [0, 1, 2, 3, 4]
        assert load_tokenizer(tmp_path, Summarize()) == tokenizer
        assert load_tokenizer(str(tmp_path / "tokenizer.json"), Summarize()) == tokenizer


def test_what_a_token_is() -> None:
    def tokens(kind: str) -> list[str]:
        return [TRAINED[kind].decode([i]) for i in TRAINED[kind].encode("The cat naïve Größe")]

    assert (
        tokens("word") == ["The", " cat", " naïve", " ", *"Größe".encode().decode("latin-1")][:4] + tokens("word")[4:]
    )
    assert tokens("char") == list("The cat naïve Größe")
    assert len(tokens("byte")) == len("The cat naïve Größe".encode())
    assert TRAINED["byte"].vocab_size == 261
    assert TRAINED["bpe-300"].vocab_size == 300


def test_training_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    program = (
        "from textgym.text.builtin import train_tokenizer as t\n"
        f"for k, n in (('bpe', 320), ('word', None), ('char', None)): print(t(k, n, {TEXTS[:3]!r} * 20).definition)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(outputs) == 1


class TestBuiltinOnOtherData:
    def test_small_corpora_get_small_vocabularies(self) -> None:
        words = [f"word{i % 3000} thing{i % 777}" for i in range(20_000)]
        sizes = [len(load_tokenizer("builtin", Translate(), lambda n=n: words[:n])) for n in (10, 20_000)]
        assert sizes[0] < 400 < sizes[1] <= 8_000

    def test_the_cache_is_used_and_checked(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first = load_tokenizer("builtin", Summarize(), lambda: TEXTS)
        (path,) = cache.iterdir()

        def refuse(*args: Any) -> None:
            raise AssertionError("trained again")

        with monkeypatch.context() as patch:
            patch.setattr("textgym.text.cache.train_tokenizer", refuse)
            assert load_tokenizer("builtin", Summarize(), lambda: TEXTS) == first
            with pytest.raises(AssertionError, match="trained again"):
                load_tokenizer("builtin", Summarize(), lambda: [*TEXTS, "more"])
        for damage in (path.read_text()[:-40], path.read_text().replace("cat", "cot"), "[]", "{}", ""):
            path.write_text(damage)
            assert load_tokenizer("builtin", Summarize(), lambda: TEXTS) == first
            assert json.loads(path.read_text())["definition"]
        assert [p.name for p in cache.iterdir()] == [path.name]

    def test_no_cache_no_harm(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path / "file"))
        assert load_tokenizer("word", Summarize(), lambda: TEXTS) == TRAINED["word"]

    def test_multi30k(self, real_data: Path) -> None:
        corpus = load_corpus(Translate(), real_data / "multi30k", "test")

        def texts() -> Iterator[str]:
            for i in range(len(corpus)):
                yield corpus[i].source
                yield from corpus[i].references

        tokenizer = load_tokenizer("builtin", Translate(), texts)
        assert 400 < len(tokenizer) < 8_000
        assert all(tokenizer.decode(tokenizer.encode(text)) == text for text in texts())


class TestShipped:
    @pytest.mark.parametrize("task", [Summarize(), Translate()], ids=lambda task: task.name)
    def test_it_is_what_training_gives(self, task: Task) -> None:
        shipped = shipped_tokenizer(task.name)
        assert shipped == train_on_builtin(task), "run: python -m textgym.text.train_builtin"
        assert load_tokenizer("builtin", task) == shipped

    @pytest.mark.parametrize("task", [Summarize(), Translate(), Translate("de", "en")])
    def test_almost_every_word_is_one_token(self, task: Task) -> None:
        tokenizer = load_tokenizer("builtin", task)
        corpus, tokens, words = task.builtin("test", "hard"), 0, 0
        for i in range(300):
            text = corpus[i].references[0]
            tokens += len(tokenizer.encode(text))
            words += len(re.findall(r"\w+|[^\w\s]+", text))
        assert 0.95 < tokens / words < 1.05

    def test_other_kinds_on_builtin_data(self) -> None:
        assert load_tokenizer("char", Copy()) == train_tokenizer("char", None, builtin_texts(Copy()))


class TestSymbols:
    def test_words_joined_by_spaces(self) -> None:
        tokenizer = load_tokenizer("builtin", Copy())
        assert len(tokenizer) == 13
        assert tokenizer.encode("a c h") == [5, 7, 12]
        assert tokenizer.decode([1, 5, 7, 12, 2], skip_special_tokens=True) == "a c h"
        assert tokenizer.encode("a x") == [5, 3]

    @given(st.lists(st.sampled_from(["a", "ab", "+", "[x]", "é"]), max_size=8))
    def test_any_sequence_is_read_back(self, words: list[str]) -> None:
        tokenizer = symbols_tokenizer(["a", "ab", "+", "[x]", "é"])
        ids = tokenizer.encode(" ".join(words))
        assert [tokenizer.decode([i]) for i in ids] == words

    def test_no_joiner(self) -> None:
        tokenizer = symbols_tokenizer(["A", "+", "."], joiner="")
        assert tokenizer.decode(tokenizer.encode("A+.A")) == "A+.A"

    @pytest.mark.parametrize(
        ("symbols", "joiner"),
        [([], " "), (["a", "a"], " "), (["a b"], " "), ([""], " "), (["<eos>"], " "), (["a"], "-")],
    )
    def test_mistakes(self, symbols: list[str], joiner: str) -> None:
        with pytest.raises(ValueError, match=r"symbols|joiner"):
            symbols_tokenizer(symbols, joiner)


class TestNames:
    @pytest.fixture(autouse=True)
    def offline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tokenizers, "_hub_answers", lambda: False)

    def test_objects_are_used_as_they_are(self) -> None:
        thing = TRAINED["word"]
        assert load_tokenizer(thing, Summarize()) is thing

    def test_unknown_names(self) -> None:
        with pytest.raises(
            ValueError, match=r"did you mean 'builtin'.*Loading 'bultin' from Hugging Face failed"
        ) as caught:
            load_tokenizer("bultin", Summarize())
        assert isinstance(caught.value.__cause__, OSError)
        with pytest.raises(ValueError, match=r"N from 261 .* to 1000000"):
            load_tokenizer("bpe-100", Summarize())
        with pytest.raises(ValueError, match=r"there is no \./nothing\.json"):
            load_tokenizer("./nothing.json", Summarize())

    def test_a_foreign_tokenizer_json(self, tmp_path: Path) -> None:
        from tokenizers import Tokenizer as Fast
        from tokenizers import models, pre_tokenizers

        fast = Fast(models.WordLevel({"</s>": 0, "hello": 1, "?": 2}, unk_token="?"))
        fast.pre_tokenizer = pre_tokenizers.Whitespace()
        fast.save(str(tmp_path / "tokenizer.json"))
        codec = Codec(load_tokenizer(tmp_path / "tokenizer.json", Summarize()))
        assert (codec.eos_id, codec.encode("hello hello")) == (0, [1, 1])
        (tmp_path / "broken.json").write_text("{}")
        with pytest.raises(ValueError, match=r"broken\.json is no tokenizer\.json"):
            load_tokenizer(str(tmp_path / "broken.json"), Summarize())

    def test_options_of_a_task_are_checked(self) -> None:
        class Odd(Summarize):
            def tokenizer_options(self) -> dict[str, Any]:
                return {"vocab": 3}

        with pytest.raises(ValueError, match=r"got 'vocab'.*did you mean 'vocab_size'"):
            load_tokenizer("builtin", Odd())


def test_one_tokenizer_of_a_definition_and_what_is_known_of_it() -> None:
    first, second = (gym.make("TokenSummarize-v0").unwrapped.mdp for _ in range(2))  # type: ignore[attr-defined]
    tokenizer = first.codec.tokenizer
    assert tokenizer is second.codec.tokenizer
    assert tokenizer is pickle.loads(pickle.dumps(tokenizer))
    assert first.ledger.scorers[0].engine.stream is second.ledger.scorers[0].engine.stream
    assert load_tokenizer("builtin", Copy()) is not tokenizer
    other = OfOnesOwn(tokenizer.definition)
    assert type(pickle.loads(pickle.dumps(other))) is OfOnesOwn


class OfOnesOwn(BuiltinTokenizer):
    """Somebody's own."""
