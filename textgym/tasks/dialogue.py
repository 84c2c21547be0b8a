"""Dialogue: play a persona, for several turns, with a user who has questions and wishes of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from textgym.corpora.base import Corpus, ProceduralCorpus
from textgym.partner import Partner
from textgym.tasks.base import HubSource, Task
from textgym.types import Example


@dataclass(frozen=True)
class Dialogue(Task):
    """The agent reads a persona and what the user says, and answers; the user answers back, or leaves.

    Built-in dialogues have a simulated user. Data sets (PersonaChat, DailyDialog, tables) have one reply an
    episode, the history in the source; there is nobody to give feedback, so the default reward is BLEU.
    """

    name: ClassVar[str] = "dialogue"
    default_reward: ClassVar[str | Mapping[str, float]] = {"user": 0.8, "persona": 0.2}
    data_reward: ClassVar[str | Mapping[str, float]] = "bleu"
    metrics: ClassVar[tuple[str, ...]] = ("bleu", "diversity", "persona")
    corpus_metrics: ClassVar[tuple[str, ...]] = ("distinct1", "distinct2")
    max_source_tokens: ClassVar[int] = 192
    max_new_tokens: ClassVar[int] = 24
    max_turns: ClassVar[int] = 9
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "source": ("source", "history", "context", "dialogue"),
        "references": ("references", "reference", "response", "reply", "utterance"),
        "id": ("id",),
        "persona": ("persona", "personality"),
    }
    hub: ClassVar[Mapping[str, HubSource]] = {
        "personachat": HubSource("AlekseyKorshuk/persona-chat", splits={"test": "validation"}),
        "daily_dialog": HubSource("OpenRL/daily_dialog"),
    }

    def builtin(self, split: str, difficulty: str) -> Corpus:
        """Ten families of dialogues, see `textgym.corpora.dialogues`."""
        from textgym.corpora.dialogues import draw
        from textgym.corpora.dialogues.viable import replies

        return ProceduralCorpus("dialogue", draw, split, difficulty, grammar=replies)

    def read(self, path: Path, split: str, fields: Any) -> Corpus | None:
        """PersonaChat in ParlAI's text format or as JSON, DailyDialog as text."""
        from textgym.corpora.dialogues.published import read_published

        return None if fields is not None else read_published(path, split)

    def convert(self, row: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """A dialogue of PersonaChat ("personality", "utterances") or DailyDialog ("dialog"): a row for each reply."""
        from textgym.corpora.dialogues.published import read_row

        return read_row(row)

    def partner(self, example: Example, rng: np.random.Generator) -> Partner | None:
        """The simulated user of a built-in dialogue."""
        from textgym.corpora.dialogues.user import SimulatedUser

        beats = example.meta.get("beats")
        return SimulatedUser(beats, example.meta["lines"], rng) if beats else None

    def history(self, example: Example, turns: Sequence[tuple[str, str]]) -> list[str]:
        """The persona, which stays, and what was said since."""
        persona, break_, opening = self.prompt(example).partition("\n")
        return [persona, break_ + opening, *(f"\nYou: {said}\nUser: {answer}" for said, answer in turns)]
