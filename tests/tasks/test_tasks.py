"""The three tasks: their built-in corpora, their options, and the copy reward."""

from __future__ import annotations

import subprocess
import sys

import gymnasium as gym
import pytest

import textgym  # noqa: F401
from tests.conftest import oracle_tokens, play
from textgym.rewards.copy import Copy as CopyReward
from textgym.rewards.demo import score_text
from textgym.tasks.base import Task
from textgym.tasks.copy import LENGTHS, SYMBOLS, Copy
from textgym.tasks.summarize import Summarize
from textgym.tasks.translate import Translate
from textgym.text.tokenizers import load_tokenizer
from textgym.types import DIFFICULTIES, SPLITS

TASKS = [Summarize(), Translate(), Translate("de", "en"), Copy()]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: getattr(task, "source_lang", task.name))
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_default_limits_hold_what_is_built_in(task: Task, difficulty: str) -> None:
    tokenizer = load_tokenizer("builtin", task)
    for split in SPLITS:
        corpus = task.builtin(split, difficulty)
        for example in (corpus[i] for i in range(0, 60)):
            assert len(tokenizer.encode(task.prompt(example))) <= task.max_source_tokens
            assert len(tokenizer.encode(example.references[0])) + 1 <= task.max_new_tokens
            assert tokenizer.decode(tokenizer.encode(example.references[0])) == example.references[0]


def test_translate_in_both_directions() -> None:
    there, back = Translate().builtin("train", "easy"), Translate("de", "en").builtin("train", "easy")
    words = {word for i in range(20) for word in there[i].references[0].split()}
    assert words & {word for i in range(20) for word in back[i].source.split()}
    assert (there[0].id, back[0].id) == ("en-de-easy-train-0", "de-en-easy-train-0")


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        (("en", "en"), "target_lang: got 'en'.*must differ"),
        (("EN", "de"), "source_lang: got 'EN'.*two or three letters"),
        (("en", 3), "target_lang: got 3"),
        (("en", "deutsch"), "target_lang: got 'deutsch'"),
    ],
)
def test_languages_are_checked(languages: tuple[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Translate(*languages)


def test_other_languages_have_no_builtin_data() -> None:
    with pytest.raises(ValueError, match="got 'fr-de', allowed are 'en-de', 'de-en'"):
        Translate("fr", "de").builtin("train", "easy")


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_copy_corpus(difficulty: str) -> None:
    corpus = Copy().builtin("train", difficulty)
    for i in range(50):
        letters = corpus[i].source.split(" ")
        assert len(letters) == LENGTHS[difficulty]
        assert set(letters) <= set(SYMBOLS)
        assert corpus[i].references == (corpus[i].source,)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("", 0.0), ("a", 0.25), ("a b c d", 1.0), ("a b c d e", 1.0), ("a c", 0.25), ("b c d", 0.0), ("a a a a", 0.25)],
)
def test_copy_reward(text: str, wanted: float) -> None:
    assert score_text(CopyReward(), text, ["a b c d"]) == wanted


def test_copy_reward_takes_the_best_reference() -> None:
    assert score_text(CopyReward(), "b c", ["a b c", "b a"]) == 0.5


def test_copy_environment_pays_each_right_letter() -> None:
    env = gym.make("TokenCopy-v0", difficulty="medium")
    env.reset(options={"example": 3})
    rewards, info = play(env, oracle_tokens(env), options={"example": 3})
    assert rewards == pytest.approx([0.2] * 5 + [0.0])
    assert info["metrics"]["exact_match"] == 1.0
    env.reset(options={"example": 3})
    first = oracle_tokens(env)[0]
    wrong = [5 if first != 5 else 6] * 3 + [2]
    assert sum(play(env, wrong, options={"example": 3})[0]) == 0.0


def test_importing_stays_light() -> None:
    heavy = "torch transformers datasets pandas pyarrow tokenizers sacrebleu"
    program = (
        "import sys, textgym, textgym.corpora.load, textgym.text.tokenizers, textgym.metrics\n"
        "import textgym.tasks.summarize, textgym.tasks.translate, textgym.tasks.copy\n"
        f"print([m for m in {heavy.split()} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
