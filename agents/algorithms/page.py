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
policies. A new one is a file and a row of `agents/algorithms/catalogue.py`; a class of your own needs neither:
`textgym train --env TokenCopy-v0 --algo my_file.py:MyAgent`.

Whether each solves `TokenCopy-v0` from scratch: `python -m benchmarks.solve_copy`.
`grpo` does in 5 of 5 seeds, after 18,888 tokens in the median, with a budget of 60,000 (`--algo grpo`).

"""
_OTHERS = """## DQN, QR-DQN, TRPO, RecurrentPPO, MaskablePPO

Stable-Baselines3's and sb3-contrib's own, unmodified. They build their networks themselves, on the features of
`agents.policies.features.TokenFeatures`:

```python
from stable_baselines3 import DQN

from agents import make_vec_env
from agents.policies.features import TokenFeatures

env = make_vec_env("TokenCopy-v0", n_envs=4, difficulty="easy")
model = DQN("MultiInputPolicy", env, policy_kwargs={"features_extractor_class": TokenFeatures})
model.learn(200)
```

They read the whole text anew at each step and are not for `textgym train`, which begins with a language model.
"""


def page() -> str:
    """The page's text."""
    return _HEAD + "".join(_section(row) for row in ALGORITHMS.values()) + _OTHERS


def _section(row: AlgorithmRow) -> str:
    module = sys.modules[row.config().__module__]
    config = row.config()
    fields = ", ".join(f"`{field.name}={field.default!r}`" for field in dataclasses.fields(config))
    return (
        f"## `{row.name}`\n\n`{row.place.replace(':', '.')}`: {row.summary}.\n\n"
        f"    textgym train --env TokenSummarize-v0 --algo {row.name}\n\n"
        f"{(module.__doc__ or '').strip()}\n\nSettings of a run (`--set name=value`): {fields}.\n\n"
    )


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
