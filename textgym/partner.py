"""Episodes of several turns: the partner who answers, and the conversation that an environment keeps with it."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textgym.tasks.base import Task
from textgym.text.codec import Codec
from textgym.types import Example


class Reply(NamedTuple):
    """What a partner answers to a turn of the agent.

    Attributes:
        text: its words, or None where it leaves.
        feedback: what the turn was worth to it; paid at once by the reward `user`.
    """

    text: str | None
    feedback: float


class Partner(ABC):
    """The other side of a conversation, in one episode. A plain object: what it remembers are its attributes.

    Attributes:
        max_turns: how many turns it lets the agent have at most.
        success: whether, by now, it has got what it came for.
    """

    max_turns: int
    success: bool = False

    @abstractmethod
    def reply(self, text: str) -> Reply:
        """Its answer to the agent's turn `text`."""

    def get_state(self) -> Any:
        """A snapshot: picklable, unaffected by later turns."""
        return copy.deepcopy(self.__dict__)

    def set_state(self, state: Any) -> None:
        """Go back to a snapshot; from there on the same turns get the same answers."""
        self.__dict__.clear()
        self.__dict__.update(copy.deepcopy(state))


class Conversation:
    """One episode with a partner: what was said, and the source that the agent reads of it.

    Attributes:
        feedback: the sum of the partner's so far.
        over: whether the partner has left, or the turns are used up.
        turns: the finished turns, each with its answer ("" after the last).
        tokens: the ids of the finished turns, with the ids of a line break between them.
    """

    def __init__(self, codec: Codec, task: Task, example: Example, partner: Partner, num_source: int) -> None:
        self.codec, self.task, self.example, self.partner, self.num_source = codec, task, example, partner, num_source
        self.separator = codec.encode("\n")
        self.turns: list[tuple[str, str]] = []
        self.tokens: list[int] = []
        self.over = False
        self.feedback = 0.0

    def end_turn(self, ids: NDArray[np.int32]) -> tuple[Reply, bool]:
        """The agent's turn is over: the partner's answer, and whether the episode is over with it."""
        said = self.codec.decode(ids)
        reply = self.partner.reply(said)
        self.feedback += reply.feedback
        self.over = reply.text is None or len(self.turns) + 1 >= self.partner.max_turns
        self.turns.append((said, reply.text or ""))
        self.tokens += ids.tolist()
        if not self.over:
            self.tokens += self.separator
        return reply, self.over

    def source(self) -> list[int]:
        """The ids of persona and history; the oldest turns go first where they do not fit."""
        pieces = self.task.history(self.example, self.turns)
        while True:
            ids = self.codec.encode("".join(pieces))
            if len(ids) <= self.num_source:
                return ids
            if len(pieces) <= 2:
                last = self.codec.encode(pieces[-1])[-self.num_source :]
                return self.codec.encode(pieces[0])[: self.num_source - len(last)] + last
            del pieces[1]

    def get_state(self) -> Any:
        """A snapshot, picklable."""
        return tuple(self.turns), tuple(self.tokens), self.over, self.feedback, self.partner.get_state()

    def set_state(self, state: Any) -> None:
        """Back to a snapshot."""
        turns, tokens, self.over, self.feedback, partner = state
        self.turns, self.tokens = list(turns), list(tokens)
        self.partner.set_state(partner)
