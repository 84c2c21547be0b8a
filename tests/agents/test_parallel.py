"""Two real processes that train one model: the same as one process on the union of their data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from agents import REINFORCE, BehaviorCloning, LSTMPolicy
from agents.algorithms.episodes import join
from tests.agents.helpers import copy_env

pytest.importorskip("accelerate")
SCRIPT = """
import json, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from safetensors.torch import save_file
from agents import REINFORCE, BehaviorCloning, LSTMPolicy, make_vec_env
from agents.algorithms import parallel
from agents.algorithms.references import References
out = Path(sys.argv[1])
settings = dict(policy_kwargs={"width": 16, "optimizer_class": torch.optim.SGD}, learning_rate=0.1, seed=0,
                device="cpu", max_grad_norm=0.5)
make = lambda: make_vec_env("TokenCopy-v0", n_envs=8, seed=0, difficulty="easy")
model = BehaviorCloning(LSTMPolicy, make(), batch_size=4, **settings)
model._begin_learning()
model._setup_learn(1)
pairs = [pair for index in range(12) for pair in model._references.pairs(index)]
mine = pairs[:4] if parallel.rank() == 0 else pairs[4:]  # parts of different size
with model.stream:
    model._train(model._references.batch(mine, model.device))
save_file(model.policy.state_dict(), out / f"step-{parallel.rank()}.safetensors")
model = REINFORCE(LSTMPolicy, make(), baseline="leave_one_out", samples_per_example=4, **settings)
model._begin_learning()
model._setup_learn(1)
rank = parallel.rank()
with model.stream:
    torch.rand(6 + 6 * rank)  # so that they do not play alike
    model._train(model._play(None, [2 * rank] * 4 + [2 * rank + 1] * 4, seed=rank))
save_file(model.policy.state_dict(), out / f"reinforce-{rank}.safetensors")
model = REINFORCE(LSTMPolicy, make(), tensorboard_log=None, **settings).learn(600)
model.save(out / f"model-{parallel.rank()}.zip")
save_file(model.policy.state_dict(), out / f"end-{parallel.rank()}.safetensors")
cloned = BehaviorCloning(LSTMPolicy, make(), batch_size=4, held_out=8, validate_every=2, **settings).learn(400)
save_file(cloned.policy.state_dict(), out / f"cloned-{parallel.rank()}.safetensors")
(out / f"count-{parallel.rank()}.json").write_text(json.dumps([parallel.count(), model.num_timesteps,
    [int(i) for i in model._draw_examples()]]))
"""


def test_two_processes_equal_one_on_the_union(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = launch(str(script), str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]

    settings: dict[str, Any] = {
        "learning_rate": 0.1, "seed": 0, "device": "cpu", "max_grad_norm": 0.5,
        "policy_kwargs": {"width": 16, "optimizer_class": torch.optim.SGD},
    }  # fmt: skip
    model = BehaviorCloning(LSTMPolicy, copy_env(8), batch_size=4, **settings)
    model._begin_learning()
    model._setup_learn(1)
    start = {name: weight.clone() for name, weight in model.policy.state_dict().items()}
    pairs = [pair for index in range(12) for pair in model._references.pairs(index)]
    model._train(model._references.batch(pairs, model.device))
    check_step(tmp_path, "step", model, start)

    parts = []
    for rank in range(2):
        player = REINFORCE(LSTMPolicy, copy_env(8), baseline="leave_one_out", samples_per_example=4, **settings)
        player._begin_learning()
        player._setup_learn(1)
        with player.stream:
            torch.rand(6 + 6 * rank)
            parts.append(player._play(None, [2 * rank] * 4 + [2 * rank + 1] * 4, seed=rank))
    start = {name: weight.clone() for name, weight in player.policy.state_dict().items()}
    assert parts[0].valid.sum() != parts[1].valid.sum(), "parts of different size"
    player._train(join(parts))
    check_step(tmp_path, "reinforce", player, start)

    for name in ("end", "cloned"):
        first, second = (load_file(tmp_path / f"{name}-{rank}.safetensors") for rank in range(2))
        assert all(torch.equal(weight, second[key]) for key, weight in first.items())
    counts = [json.loads((tmp_path / f"count-{rank}.json").read_text()) for rank in range(2)]
    assert [count for count, _, _ in counts] == [2, 2]
    assert counts[0][1] + counts[1][1] >= 600
    assert counts[0][2] != counts[1][2], "each process draws its own examples"
    assert (tmp_path / "model-0.zip").exists()
    assert not (tmp_path / "model-1.zip").exists()


def test_train_in_two_processes(tmp_path: Path) -> None:
    words = ("-m", "agents.cli", "train", "--env", "TokenCopy-v0", "--preset", "tiny", "--out", str(tmp_path / "run"))
    more = ("--set", "timesteps=600", "--set", "patience=1", "--set", "validate_every=128")
    done = launch(*words, "--algo", "reinforce", *more)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("done:") == 1, "one process talks"
    assert (tmp_path / "run" / "report.html").exists()
    refused = launch(*words, "--algo", "a2c", "--overwrite")
    assert refused.returncode != 0
    assert "allowed are reinforce and bc" in refused.stdout + refused.stderr


def launch(*words: str) -> subprocess.CompletedProcess[str]:
    """Two processes that train together."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment)


def check_step(path: Path, name: str, model: Any, start: dict[str, torch.Tensor]) -> None:
    """Both processes' weights after a step are those of the one that saw all, and have moved."""
    moved = 0
    for rank in range(2):
        found = load_file(path / f"{name}-{rank}.safetensors")
        for key, weight in model.policy.state_dict().items():
            torch.testing.assert_close(found[key], weight, atol=1e-6, rtol=1e-5)
            moved += not torch.equal(weight, start[key])
    assert moved > 0
