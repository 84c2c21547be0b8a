"""Suites: what is benchmarked, as frozen data. A new suite, task or condition is one more row here.

A published number belongs to a suite as it stands: change a row, and `Suite.digest` changes with it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from textgym.errors import unknown

Settings = Mapping[str, Mapping[str, Any]]

CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "dense": "each token is paid its change of the score",
        "sparse": "the same score, paid at the end of the text",
        "constant": "control: every text is paid 1",
        "shuffled": "control: scored against the reference of another example",
    }
)
REWARDED = ("dense", "sparse")  # the conditions that are no controls
CLONED = "references"  # what maximum likelihood learns from
CLONING = "bc"  # maximum likelihood alone: the row that every gain is measured against


@dataclass(frozen=True, slots=True)
class BenchTask:
    """An environment, its budgets, and how it is scored.

    Scores are returns under the environment's own reward, dense, of greedy texts on held-out examples, whatever an
    agent was trained on.

    Attributes:
        name: short, for tables and folders.
        env: an environment id.
        env_kwargs: arguments of `gym.make`, as JSON knows them.
        tokens: budget of an agent, in tokens that it emits (those that a value head is fitted on among them).
        warm_tokens: budget of maximum likelihood, in reference tokens.
        warm: whether agents start from the policy that maximum likelihood gives.
        conditions: names of `CONDITIONS`.
        cloning: arguments of `agents.BehaviorCloning`.
        settings: constructor arguments of algorithms by name; a class from elsewhere keeps its own defaults.
        n_envs: episodes side by side.
        critic_tokens: tokens that the value head of an actor-critic is fitted on before its first update.
        model: of `agents.TransformerPolicy`.
        looks: evaluations on the validation split during learning, beside that at the beginning.
        validation_examples, test_examples: the first so many of the split.
        samples: test texts kept for the report.
    """

    name: str
    env: str
    tokens: int
    warm_tokens: int
    warm: bool
    conditions: tuple[str, ...]
    cloning: Mapping[str, Any]
    settings: Settings
    env_kwargs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    n_envs: int = 64
    critic_tokens: int = 0
    model: str = "tiny"
    looks: int = 5
    validation_examples: int = 128
    test_examples: int = 400
    samples: int = 3

    def __post_init__(self) -> None:
        for condition in self.conditions:
            if condition not in CONDITIONS:
                raise unknown("conditions", condition, CONDITIONS)

    def spec(self) -> dict[str, Any]:
        """Everything, as JSON knows it."""
        return {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)}


@dataclass(frozen=True, slots=True)
class Suite:
    """Tasks under one name; those that start from maximum likelihood go into the aggregate, probes stand apart."""

    name: str
    summary: str
    tasks: tuple[BenchTask, ...]

    @property
    def digest(self) -> str:
        """Eight hex digits that change with anything in the suite."""
        text = json.dumps([task.spec() for task in self.tasks], sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def plain(value: Any) -> Any:
    """Mappings as dicts and tuples as lists, all the way down."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def find_suite(name: str) -> Suite:
    """A suite by name.

    Raises:
        ValueError: there is none.
    """
    if name not in SUITES:
        raise unknown("--suite", name, SUITES)
    return SUITES[name]


# --- the rows ---------------------------------------------------------------------------------------------------

_LEAVE_ONE_OUT = MappingProxyType({"baseline": "leave_one_out", "samples_per_example": 8})
# After maximum likelihood: small steps. Learning rates were chosen on validation data with seed 100.
_TEXT: Settings = MappingProxyType(
    {
        "a2c": MappingProxyType(
            {"learning_rate": 1e-4, "n_steps": 16, "gamma": 1.0, "gae_lambda": 1.0, "use_rms_prop": True}
        ),
        "ppo": MappingProxyType(
            {"learning_rate": 1e-4, "n_steps": 32, "batch_size": 512, "n_epochs": 2, "gamma": 1.0, "gae_lambda": 0.95}
        ),
        "reinforce": MappingProxyType({"learning_rate": 1e-4, "gamma": 1.0, **_LEAVE_ONE_OUT}),
    }
)
# From random weights: larger steps, and a little entropy to keep looking. Rates as above.
_PROBE: Settings = MappingProxyType(
    {
        "a2c": MappingProxyType(
            {"learning_rate": 1e-3, "n_steps": 8, "gamma": 1.0, "gae_lambda": 0.95, "ent_coef": 0.01,
             "normalize_advantage": True, "use_rms_prop": False}
        ),
        "ppo": MappingProxyType(
            {"learning_rate": 1e-3, "n_steps": 8, "batch_size": 256, "n_epochs": 2, "gamma": 1.0, "gae_lambda": 0.95,
             "ent_coef": 0.01}
        ),
        "reinforce": MappingProxyType({"learning_rate": 1e-3, "gamma": 1.0, "ent_coef": 0.01, **_LEAVE_ONE_OUT}),
    }
)  # fmt: skip
_CLONING = MappingProxyType({"learning_rate": 2e-3, "batch_size": 64, "patience": None, "validate_every": 10**9})


def _text(name: str, env: str, source: int, length: int, tokens: int, warm_tokens: int, **other: Any) -> BenchTask:
    """A task on text: agents start from maximum likelihood, and the controls are run."""
    kwargs = MappingProxyType({"difficulty": "easy", "max_source_tokens": source, "max_new_tokens": length})
    return BenchTask(
        name, env, tokens, warm_tokens, True, tuple(CONDITIONS), _CLONING, _TEXT, kwargs, critic_tokens=4_000, **other
    )


def _probe(name: str, env: str, tokens: int = 40_000, difficulty: str = "easy") -> BenchTask:
    """A probe: agents start from random weights; maximum likelihood is shown what the answer is."""
    kwargs = MappingProxyType({"difficulty": difficulty})
    return BenchTask(name, env, tokens, 20_000, False, REWARDED, _CLONING, _PROBE, kwargs, test_examples=512)


_SUMMARIZE = _text("summarize", "TokenSummarize-v0", 48, 24, 40_000, 80_000)
_TRANSLATE = _text("translate", "TokenTranslate-v0", 12, 16, 40_000, 240_000)
_QA = _text("qa", "TokenQA-v0", 80, 8, 20_000, 80_000)
_COPY = _probe("copy", "TokenCopy-v0")
_PROBES = (
    _COPY,
    _probe("delay", "TokenDelay-v0"),
    _probe("needle", "TokenNeedle-v0"),
    _probe("noise", "TokenNoise-v0"),
)


def _brief(task: BenchTask, **other: Any) -> BenchTask:
    return dataclasses.replace(task, looks=3, validation_examples=64, test_examples=128, **other)


def _longer(task: BenchTask, factor: int, **kwargs: Any) -> BenchTask:
    """The task with more tokens, at medium difficulty and the environment's own limits."""
    return dataclasses.replace(
        task,
        env_kwargs=MappingProxyType({"difficulty": "medium", **kwargs}),
        tokens=task.tokens * factor,
        warm_tokens=task.warm_tokens * factor,
        looks=10,
        validation_examples=256,
        test_examples=1000,
        model="small" if task.warm else "tiny",
    )


SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        suite.name: suite
        for suite in (
            Suite(
                "quick",
                "a probe and short translations, in minutes: does it learn at all?",
                (_brief(_COPY, tokens=8_000, warm_tokens=8_000),
                 _brief(_TRANSLATE, tokens=12_000, warm_tokens=30_000, critic_tokens=2_000,
                        conditions=("dense", "constant"))),
            ),
            Suite("probes", "the four decision processes with a known solution, from random weights", _PROBES),
            Suite("core", "summaries, translation, questions (easy, short) and the probes",
                  (_SUMMARIZE, _TRANSLATE, _QA, *_PROBES)),
            Suite(
                "full",
                "the core at medium difficulty, full length and ten to twenty times the tokens: hours to days",
                (*(_longer(task, 20) for task in (_SUMMARIZE, _TRANSLATE, _QA)),
                 *(_longer(task, 10) for task in _PROBES)),
            ),
        )
    }
)  # fmt: skip
