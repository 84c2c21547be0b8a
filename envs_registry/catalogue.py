"""The catalogue: one row for each environment id. Data only; a new environment is one more row here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

ENTRY_POINT = "textgym.env:TokenEnv"
VECTOR_ENTRY_POINT = "textgym.vector:TokenVectorEnv"


@dataclass(frozen=True, slots=True)
class Row:
    """An environment of the catalogue.

    Attributes:
        id: the Gymnasium id, with its version.
        task: "module:Class" of the task.
        summary: one line for `textgym list`.
        kwargs: frozen arguments of the environment besides the task.
        tags: what the environment is for.
        random_return: mean return of uniformly random allowed tokens on the default test split.
        oracle_return: return of emitting the first reference.
        baselines: mean returns of simple baselines by their names in `textgym.tasks.baselines`.
    """

    id: str
    task: str
    summary: str
    tags: tuple[str, ...]
    random_return: float
    oracle_return: float
    kwargs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    baselines: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


CATALOGUE: tuple[Row, ...] = (
    Row(
        id="TokenSummarize-v0",
        task="textgym.tasks.summarize:Summarize",
        summary="a report in, its summary out; dense ROUGE",
        tags=("summarisation", "rouge"),
        random_return=0.014,
        oracle_return=1.0,
        baselines=MappingProxyType({"lead_sentence": 0.219, "copy_source": 0.264}),
    ),
    Row(
        id="TokenTranslate-v0",
        task="textgym.tasks.translate:Translate",
        summary="an English sentence in, a German one out (or the other way round); dense BLEU",
        tags=("translation", "bleu"),
        random_return=0.001,
        oracle_return=1.0,
        baselines=MappingProxyType({"copy_source": 0.04, "most_frequent": 0.041}),
    ),
    Row(
        id="TokenCopy-v0",
        task="textgym.tasks.copy:Copy",
        summary="repeat a short string of letters; solvable in seconds",
        tags=("probe", "debugging"),
        random_return=0.023,
        oracle_return=1.0,
    ),
    Row(
        id="TokenQA-v0",
        task="textgym.tasks.qa:QA",
        summary="a question and a passage in, a short answer out; dense token F1",
        tags=("question answering", "f1"),
        random_return=0.0,
        oracle_return=1.0,
        baselines=MappingProxyType({"most_frequent": 0.16, "copy_source": 0.026}),
    ),
    Row(
        id="TokenClassify-v0",
        task="textgym.tasks.classify:Classify",
        summary="a review in, its label as text out; log-likelihood of the label",
        tags=("classification", "log-likelihood"),
        random_return=-9.19,
        oracle_return=-0.105,
        baselines=MappingProxyType({"most_frequent": -2.61}),
    ),
    Row(
        id="TokenStory-v0",
        task="textgym.tasks.story:Story",
        summary="an opening and words to use in, a continuation out; fluency, grammar, words used, less repetition",
        tags=("story", "open-ended", "constraints"),
        random_return=0.139,
        oracle_return=0.77,
        baselines=MappingProxyType({"copy_source": 0.497, "keywords": 0.434, "most_frequent": 0.379}),
    ),
    Row(
        id="TokenDataToText-v0",
        task="textgym.tasks.data_to_text:DataToText",
        summary="a table of facts in, sentences that tell it out; dense BLEU",
        tags=("data to text", "bleu"),
        random_return=0.004,
        oracle_return=1.0,
        baselines=MappingProxyType({"copy_source": 0.087, "most_frequent": 0.074}),
    ),
    Row(
        id="TokenDialogue-v0",
        task="textgym.tasks.dialogue:Dialogue",
        summary="a persona to play for several turns with a simulated user; its feedback, and persona consistency",
        tags=("dialogue", "multi-turn", "simulated user"),
        random_return=-0.114,
        oracle_return=1.0,
        baselines=MappingProxyType({"most_frequent": -0.126}),
    ),
    Row(
        id="TokenCaption-v0",
        task="textgym.tasks.caption:Caption",
        summary="a picture in, a sentence that describes it out; dense BLEU and ROUGE-L",
        tags=("captioning", "image", "bleu", "rouge"),
        random_return=0.066,
        oracle_return=1.0,
        baselines=MappingProxyType({"most_frequent": 0.367}),
    ),
    Row(
        id="TokenDelay-v0",
        task="textgym.tasks.probes:Delay",
        summary="the first letter counts, and is paid k letters later; known solution",
        tags=("probe", "credit assignment"),
        random_return=0.043,
        oracle_return=1.0,
    ),
    Row(
        id="TokenNeedle-v0",
        task="textgym.tasks.probes:Needle",
        summary="one text of V**k is paid, and nothing points to it; known solution",
        tags=("probe", "exploration"),
        random_return=0.0004,
        oracle_return=1.0,
    ),
    Row(
        id="TokenNoise-v0",
        task="textgym.tasks.probes:Noise",
        summary="repeat letters for rewards with noise on every one; known solution",
        tags=("probe", "noise", "noisy"),
        random_return=0.084,
        oracle_return=1.0,
    ),
    Row(
        id="TokenMix-v0",
        task="textgym.tasks.mix:Mix",
        summary="several tasks in one environment, named in the observation, each with its own reward",
        tags=("multi-task",),
        random_return=-0.028,
        oracle_return=1.0,
        baselines=MappingProxyType({"copy_source": 0.184}),
    ),
)
