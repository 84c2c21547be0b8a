"""Compiled or not, the kernels give the same numbers; and the bit-parallel LCS is the LCS."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np

from tests.rewards.hostile import Fragments, episodes, make_scorer
from textgym.rewards.bleu import Bleu
from textgym.rewards.chrf import ChrF
from textgym.rewards.match import ExactMatch, TokenF1
from textgym.rewards.rouge import Rouge
from textgym.rewards.ter import Ter
from textgym.text.codec import Codec
from textgym.types import Example

REWARDS = (Rouge(), Rouge(types=["rouge4"]), Bleu(), Bleu(smooth_method="floor"), ChrF(), ChrF(word_order=2),
           TokenF1(), ExactMatch(), Ter())  # fmt: skip


def fingerprint() -> str:
    """The exact scores of a few episodes, in hexadecimal."""
    codec = Codec(Fragments())
    lines = []
    for reward in REWARDS:
        for ids, references in episodes(codec, seed=19, count=4):
            scorer = make_scorer(reward, codec, 2)
            scorer.reset(1, Example("e", "", references))
            single = [scorer.step(1, token) for token in ids]
            scorer.reset(0, Example("e", "", references))
            batch = [scorer.step_all(np.array([token, 0], dtype=np.int32))[0] for token in ids]
            assert single == batch
            lines.append(" ".join(float(score).hex() for score in single))
    return "\n".join(lines)


def test_interpreted_equals_compiled_bit_for_bit() -> None:
    code = "from tests.rewards.test_kernels import fingerprint; print(fingerprint())"
    environment = {**os.environ, "TEXTGYM_NO_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == fingerprint()


def test_importing_loads_no_compiler() -> None:
    code = (
        "import sys, textgym.rewards.rouge, textgym.rewards.bleu, textgym.text.boundary, textgym.text.detokenize;"
        "sys.exit(bool({'numba', 'torch', 'transformers', 'sacrebleu', 'nltk'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
