"""A simulated user: has something on its mind, hears what is said, and leaves when content or fed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from textgym.corpora.dialogues.judge import Beat, judge, plain
from textgym.partner import Partner, Reply

WORTH: Mapping[str, float] = {
    "good": 1.0, "terse": 0.7, "vague": 0.1, "evasive": -0.2, "off-topic": -0.2, "silent": -0.3, "repeated": -0.3,
    "wrong": -0.5,
}  # fmt: skip
"""What a reply is worth, as a share of what a turn can earn; half of it where the user had to ask again."""

COST: Mapping[str, int] = {"vague": 1, "evasive": 2, "off-topic": 2, "silent": 2, "repeated": 2, "wrong": 3}
"""What a reply costs of the user's patience."""

PATIENCE = 5
SPARE_TURNS = 3

REACTIONS: Mapping[str, tuple[str, ...]] = {
    "vague": ("Could you be more precise?", "Yes, but what exactly?", "I still need the detail."),
    "evasive": ("That does not help me.", "You must know that.", "I was hoping for an answer."),
    "off-topic": ("That is not what I asked.", "I am afraid I do not follow.", "Sorry, that is something else."),
    "silent": ("Are you still there?", "Hello?", "Did you hear me?"),
    "repeated": ("You said that already.", "You are repeating yourself.", "Yes, I heard that."),
    "wrong": ("That cannot be right.", "That is not what I was told.", "Are you sure? I have read something else."),
}
UNHEARD: tuple[str, ...] = ("Is that noted?", "Did you get that?", "Have you heard me?")
NOT_ASKED: tuple[str, ...] = ("Is there nothing you need to know?", "Do you not want to ask me something?")


class SimulatedUser(Partner):
    """Goes through its beats one by one, and does not go on before it has heard what it wants.

    A full reply earns 1/n, n the number of beats, so that a perfect conversation earns 1.

    Args:
        beats: what it wants to hear.
        lines: its words before each.
        rng: for the choice of words when it is not content.
    """

    def __init__(self, beats: Sequence[Beat], lines: Sequence[str], rng: np.random.Generator) -> None:
        self.beats, self.lines = tuple(beats), tuple(lines)
        self.max_turns = len(self.beats) + SPARE_TURNS
        self.success = False
        self.patience = PATIENCE
        self.place = 0
        self.asked_again = False
        self.earlier: list[str] = []
        self.judgements: list[str] = []
        self.rng = rng

    def reply(self, text: str) -> Reply:
        """Its answer, and what the turn was worth to it."""
        beat = self.beats[self.place]
        verdict = judge(text, beat, self.earlier)
        self.judgements.append(verdict)
        self.earlier.append(plain(text))
        worth = WORTH[verdict] / len(self.beats)
        if verdict in ("good", "terse"):
            worth = worth / 2 if self.asked_again else worth
            self.asked_again = False
            self.place += 1
            if self.place == len(self.beats):
                self.success = True
                return Reply(None, worth)
            return Reply(self.lines[self.place], worth)
        self.asked_again = True
        self.patience -= COST[verdict]
        if self.patience <= 0:
            return Reply(None, worth)
        if beat.kind == "confirm" and verdict in ("vague", "evasive", "off-topic"):
            return Reply(f"{beat.line} {self._pick(UNHEARD)}", worth)
        if beat.kind == "ask" and verdict == "vague":
            return Reply(f"{beat.line} {self._pick(NOT_ASKED)}", worth)
        return Reply(f"{self._pick(REACTIONS[verdict])} {beat.line}", worth)

    def _pick(self, options: Sequence[str]) -> str:
        return options[int(self.rng.integers(len(options)))]
