"""The page docs/algorithms.md, made from the catalogue and the algorithms' own documentation.

python -m agents.algorithms.page
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from agents.algorithms.catalogue import ALGORITHMS, AlgorithmRow

PATH = Path(__file__).resolve().parents[2] / "docs" / "algorithms.md"
_HEAD = """# Algorithms

Made by `python -m agents.algorithms.page` from `agents/algorithms/`. Each has Stable-Baselines3's `learn`, `predict`,
`save` and `load`, callbacks, TensorBoard and a progress bar, and works with decoder-only, encoder-decoder and LSTM
policies; `dqn`, `qr_dqn` and `recurrent_ppo` keep networks of their own (see the end). A new one is a file and a row
of `agents/algorithms/catalogue.py`; a class of your own needs neither: `textgym train --env TokenCopy-v0 --algo
my_file.py:MyAgent`.

Whether each solves `TokenCopy-v0` (difficulty "easy") from scratch: greedy texts for held-out examples earn 0.95 of the
optimum. `python -m benchmarks.solve_copy`, 5 seeds:

| algorithm | budget (tokens) | solved | least score | median tokens |
|---|---|---|---|---|
| `bc` | 10,000 | 5 of 5 | 1.000 | 4,096 |
| `dagger` | 10,000 | 5 of 5 | 0.964 | 1,057 |
| `mixer` | 40,000 | 5 of 5 | 0.979 | 40,175 |
| `reinforce` | 150,000 | 5 of 5 | 1.000 | 45,741 |
| `a2c` | 300,000 | 5 of 5 | 0.951 | 30,528 |
| `ppo` | 150,000 | 5 of 5 | 0.984 | 15,360 |
| `grpo` | 60,000 | 5 of 5 | 0.969 | 18,888 |
| `nlpo` | 150,000 | 5 of 5 | 0.984 | 30,276 |
| `q_actor_critic` | 60,000 | 5 of 5 | 1.000 | 30,273 |
| `maskable_ppo` | 60,000 | 5 of 5 | 0.974 | 12,288 |
| `recurrent_ppo` | 60,000 | 5 of 5 | 0.974 | 12,288 |
| `dqn` | 60,000 | 5 of 5 | 0.977 | 6,016 |
| `qr_dqn` | 60,000 | 5 of 5 | 0.953 | 12,032 |
| `trpo` | 120,000 | 0 of 2 | 0.885 | 120,832 |

TRPO gets near (0.885 and 0.930) and does not solve it within its budget. It was run with two seeds alone: its conjugate
gradients make a run take seven minutes.

Whether each lifts summaries and translations above the maximum likelihood that it begins with, over 3 seeds:
[benchmark.md](benchmark.md).

"""
_OTHERS = """## Algorithms with a network of their own

`dqn`, `qr_dqn` and `recurrent_ppo` ask a policy for more than the hooks of an actor-critic, and build their networks
themselves. `TokenFeatures` reads the text for them, in your own programs as in `textgym train`:

```python
from stable_baselines3 import DQN

import agents
from agents import evaluate, make_vec_env
from agents.policies.features import TokenFeatures

env = make_vec_env("TokenCopy-v0", n_envs=4, difficulty="easy", seed=0)
kwargs = {"features_extractor_class": TokenFeatures, "features_extractor_kwargs": {"width": 32}}
model = DQN("MultiInputPolicy", env, buffer_size=1_000, policy_kwargs=kwargs, seed=0, device="cpu")
model.learn(120)
agents.save(model, folder / "dqn.zip")  # agents.load("dqn.zip") reads it, in another process too
assert evaluate(model, "TokenCopy-v0", n_examples=8).mean_length <= 9
```

TRPO and MaskablePPO take the policies of this package as they are:

```python
from sb3_contrib import TRPO, MaskablePPO

from agents import LSTMPolicy, SequenceRolloutBuffer
from agents.algorithms.contrib import MaskableSequenceRolloutBuffer

settings = {"n_steps": 8, "batch_size": 32, "policy_kwargs": {"width": 16}, "seed": 0, "device": "cpu"}
TRPO(LSTMPolicy, env, cg_max_steps=5, rollout_buffer_class=SequenceRolloutBuffer, **settings).learn(32)
MaskablePPO(LSTMPolicy, env, rollout_buffer_class=MaskableSequenceRolloutBuffer, **settings).learn(32)
```

What a class of your own is given: `agents/algorithms/fitting.py`. All of them can be benchmarked:
`textgym benchmark --suite quick --algo dqn,sb3_contrib:TRPO`.
"""


def page() -> str:
    """The page's text."""
    first: dict[str, str] = {}  # module -> the row that explains it
    for row in ALGORITHMS.values():
        first.setdefault(row.config().__module__, row.name)
    return _HEAD + "".join(_section(row, first[row.config().__module__]) for row in ALGORITHMS.values()) + _OTHERS


def _section(row: AlgorithmRow, explained: str) -> str:
    module = sys.modules[row.config().__module__]
    text = (module.__doc__ or "").strip() if row.name == explained else f"See `{explained}`."
    config = row.config()
    fields = ", ".join(f"`{field.name}={field.default!r}`" for field in dataclasses.fields(config))
    return (
        f"## `{row.name}`\n\n`{row.place.replace(':', '.')}`: {row.summary}.\n\n"
        f"    textgym train --env TokenSummarize-v0 --algo {row.name}\n\n"
        f"{text}\n\nSettings of a run (`--set name=value`): {fields}.\n\n"
    )


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
