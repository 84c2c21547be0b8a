"""Compiled or not, the kernels give the same numbers; and the bit-parallel LCS is the LCS."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.rewards.hostile import Fragments, episodes, make_scorer
from textgym.kernels import compiler
from textgym.rewards.bleu import Bleu
from textgym.rewards.chrf import ChrF
from textgym.rewards.copy import Copy
from textgym.rewards.match import ExactMatch, TokenF1
from textgym.rewards.rouge import Rouge
from textgym.rewards.ter import Ter
from textgym.text.codec import Codec
from textgym.types import Example

REWARDS = (Rouge(), Rouge(types=["rouge4"]), Bleu(), Bleu(smooth_method="floor"), ChrF(), ChrF(word_order=2),
           TokenF1(), ExactMatch(), Copy(), Ter())  # fmt: skip


def fingerprint() -> str:
    """The exact scores of a few episodes, in hexadecimal."""
    codec = Codec(Fragments())
    tokens = np.random.default_rng(3).integers(2, codec.size, size=400).tolist()
    long = tokens[300:] + tokens[:40], (codec.decode(tokens),)  # of more n-grams than 32 bits tell apart by themselves
    lines = []
    for reward in REWARDS:
        few = episodes(codec, seed=19, count=4)
        for ids, references in few if isinstance(reward, Ter) else (*few, long):
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


AHEAD = """
import gymnasium as gym, numpy as np, textgym, sys
from textgym import kernels
from textgym.rewards.warm import warm_up

def compiled():
    modules = [module for name, module in sys.modules.items() if name.startswith("textgym.kernels.")]
    found = {name: function for module in modules for name, function in vars(module).items()}
    return {(name, s) for name, function in found.items() for s in getattr(function, "signatures", ())}

warm_up()
before = compiled()
assert before
for reward in ("rouge", "bleu", "ter", {"chrf": {"args": {"word_order": 2}}}):
    venv = gym.make_vec("TokenSummarize-v0", num_envs=8, reward=reward, max_new_tokens=3, copy=False)
    venv.reset(seed=0)
    for _ in range(7):
        venv.step(venv.action_space.sample())
    env = gym.make("TokenSummarize-v0", reward=reward, max_new_tokens=3)
    env.reset(seed=0)
    for _ in range(3):
        env.step(100)
print(compiled() - before)
"""


def test_what_environments_run_is_compiled_ahead() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", AHEAD], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_edit_of_a_helper_in_another_file_is_compiled_anew(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    shutil.copy(compiler.__file__, package)
    calls = (
        "from package.compiler import jit\nfrom package.helper import base\n\n@jit\ndef call():\n    return base()\n"
    )
    (package / "calls.py").write_text(calls)
    run = [sys.executable, "-c", "from package.calls import call; print(call())"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for value in (1, 2):
        helper = f"from package.compiler import part\n\n@part\ndef base():\n    return {value}\n"
        (package / "helper.py").write_text(helper)
        assert int(subprocess.run(run, env=environment, capture_output=True, check=True).stdout) == value
