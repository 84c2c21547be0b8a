"""What every built-in corpus of these tasks keeps to: reproducible, disjoint, distinct, quick."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from textgym.corpora.base import ProceduralCorpus
from textgym.tasks.base import Task
from textgym.tasks.classify import Classify
from textgym.tasks.data_to_text import DataToText
from textgym.tasks.qa import QA
from textgym.tasks.story import Story
from textgym.text.tokenizers import shipped_tokenizer
from textgym.types import DIFFICULTIES, SPLITS

NAMES = ("questions", "reviews", "plots", "tables")
TASKS = (QA(), Classify(), Story(), DataToText())
DIGEST = (
    "import hashlib, importlib, numpy\n"
    "h = hashlib.sha256()\n"
    f"for name in {NAMES}:\n"
    "    rng = numpy.random.default_rng(5)\n"
    "    draw = importlib.import_module(f'textgym.corpora.{name}').draw\n"
    "    for level in ('easy', 'medium', 'hard') * 20:\n"
    "        h.update(repr(draw(rng, level)).encode())\n"
    "print(h.hexdigest())"
)


def test_the_same_generator_state_gives_the_same_drafts_in_any_process() -> None:
    digests = []
    for seed in ("0", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run([sys.executable, "-c", DIGEST], env=env, capture_output=True, text=True, check=True)
        digests.append(run.stdout.strip())
    here = hashlib.sha256()
    for name in NAMES:
        rng = np.random.default_rng(5)
        draw = importlib.import_module(f"textgym.corpora.{name}").draw
        for difficulty in DIFFICULTIES * 20:
            here.update(repr(draw(rng, difficulty)).encode())
    assert digests == [here.hexdigest()] * 2


@pytest.mark.parametrize("name", NAMES)
def test_unknown_difficulty_names_the_nearest(name: str) -> None:
    with pytest.raises(ValueError, match="did you mean 'medium'"):
        importlib.import_module(f"textgym.corpora.{name}").draw(np.random.default_rng(0), "medim")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_splits_share_no_source_and_repeat_none(task: Task, difficulty: str) -> None:
    seen: list[str] = []
    for split in SPLITS:
        corpus = task.builtin(split, difficulty)
        assert len(corpus) >= 5_000
        seen += [corpus[i].source for i in range(700)]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_limits_hold_what_is_built_in(task: Task, difficulty: str) -> None:
    tokenizer = shipped_tokenizer(task.name)
    assert tokenizer is not None
    corpus = task.builtin("test", difficulty)
    for example in (corpus[i] for i in range(500)):
        ids = tokenizer.encode(task.prompt(example))
        assert len(ids) <= task.max_source_tokens
        for text in example.references:
            answer = tokenizer.encode(text)
            assert len(answer) < task.max_new_tokens
            assert tokenizer.decode(answer) == text


@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_examples_take_less_than_ten_seconds(name: str) -> None:
    corpus = ProceduralCorpus(name, importlib.import_module(f"textgym.corpora.{name}").draw, "train", "hard")
    start = time.process_time()
    for i in range(500):
        corpus[i]
    assert (time.process_time() - start) * 20 < 20  # twice, for machines that are slower or busy
