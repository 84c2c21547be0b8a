"""A person's rating as the reward: asked for at the terminal or on a local web page, logged, replayed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Protocol

from textgym.rewards import ratings
from textgym.rewards.base import Reward, RewardContext, TokenStep
from textgym.rewards.shared import Shared
from textgym.types import Example


class Rater(Protocol):
    """Somebody who can be asked."""

    def rate(self, example: Example, text: str) -> float:
        """What the text is worth, in [0, 1]."""

    def prefer(self, example: Example, first: str, second: str) -> bool:
        """Whether the first text is the better one."""


class TerminalRater:
    """Asks at the terminal: a number from 1 to `points`, which becomes 0 to 1.

    Args:
        points: the best grade; 1 is the worst.
        read, write: where answers come from and questions go to.

    >>> rater = TerminalRater(points=5, read=lambda prompt: "4", write=lambda line: None)
    >>> rater.rate(Example("a", "source", ("reference",)), "text")
    0.75
    """

    def __init__(
        self, points: int = 5, read: Callable[[str], str] = input, write: Callable[[str], Any] = print
    ) -> None:
        if isinstance(points, bool) or not isinstance(points, int) or points < 2:
            raise ValueError(f"points: got {points!r}, allowed is an integer of at least 2")
        self.points, self.read, self.write = points, read, write

    def rate(self, example: Example, text: str) -> float:
        """Ask until the answer is a grade."""
        self.write(f"\nSource: {example.source}\nText:   {text}")
        grades = [str(n) for n in range(1, self.points + 1)]
        return (int(self._ask(f"How good is it, 1 (bad) to {self.points} (good)? ", grades)) - 1) / (self.points - 1)

    def prefer(self, example: Example, first: str, second: str) -> bool:
        """Ask which of two texts is better."""
        self.write(f"\nSource: {example.source}\n1: {first}\n2: {second}")
        return self._ask("Which one is better, 1 or 2? ", ["1", "2"]) == "1"

    def _ask(self, prompt: str, allowed: list[str]) -> str:
        while True:
            answer = self.read(prompt).strip()
            if answer in allowed:
                return answer
            self.write(f"got {answer!r}, allowed are {', '.join(allowed)}")


class ReplayRater:
    """Answers from a log, by source and text; the last rating of a text counts.

    Raises:
        ValueError: when asked for a text that the log does not have, unless `missing` says what it is worth.
    """

    def __init__(self, log: str | Path, missing: float | None = None) -> None:
        self.missing, judgements = missing, ratings.read(log)
        self._ratings = {(j.source, j.text): j.rating for j in judgements if isinstance(j, ratings.Rating)}
        self._pairs = {(j.source, j.chosen, j.rejected) for j in judgements if isinstance(j, ratings.Pair)}

    def rate(self, example: Example, text: str) -> float:
        """The rating in the log."""
        value = self._ratings.get((example.source, text), self.missing)
        if value is None:
            raise ValueError(f"the log has no rating of {text!r} for example {example.id!r}; give missing= a number")
        return value

    def prefer(self, example: Example, first: str, second: str) -> bool:
        """The preference in the log."""
        for chosen, rejected in ((first, second), (second, first)):
            if (example.source, chosen, rejected) in self._pairs:
                return chosen == first
        raise ValueError(f"the log does not compare {first!r} and {second!r} for example {example.id!r}")


class Human(Reward):
    """What a person says the finished text is worth: asked once, at the end of the episode.

        score = 0 before the end, then (grade - 1) / (points - 1)

    Range [0, 1]. The question comes with the token that ends the episode, whatever the density. The same text on the
    same source is asked for once; each answer is appended to the log, and `replay` reads such a log in place of
    asking. Source: human ratings as rewards, Ziegler et al. (2019).

    Args:
        rater: "terminal", "web" (a page on this machine, see `textgym.rewards.webpage`), or a `Rater`.
        log: a JSON Lines file to which answers are appended.
        replay: a log that answers; there is nobody to ask then.
        missing: what a text is worth that `replay` lacks; None raises.
        points: the best grade.

    >>> from textgym.rewards.human import Human, TerminalRater
    >>> human = Human(TerminalRater(points=5, read=lambda prompt: "5", write=lambda line: None))
    >>> human.reset(Example("a", "source", ("reference",)))
    >>> human.push(TokenStep(token=7, position=0, text="text", start=0))
    >>> human.score()                                                       # not the end yet
    0.0
    >>> human.finish()
    >>> human.score()
    1.0
    """

    name: ClassVar[str] = "human"

    def __init__(
        self,
        rater: str | Rater = "terminal",
        log: str | Path | None = None,
        replay: str | Path | None = None,
        missing: float | None = None,
        points: int = 5,
    ) -> None:
        if replay is not None:
            rater = ReplayRater(replay, missing)
        elif rater == "terminal":
            rater = TerminalRater(points)
        elif rater == "web":
            from textgym.rewards.webpage import WebRater

            rater = WebRater(points)
        elif isinstance(rater, str) or not hasattr(rater, "rate"):
            raise ValueError(
                f"rater: got {rater!r}, allowed are 'terminal', 'web' or an object with rate(example, text)"
            )
        self.rater: Shared[Any] = Shared(rater)
        self.log = log if replay is None else None
        self._answers: Shared[dict[tuple[str, str], float]] = Shared({})
        self._end, self._budget = -1, 0
        self._example: Shared[Example | None] = Shared(None)
        self._text, self._finished = "", False

    def bind(self, context: RewardContext) -> None:
        self._end, self._budget = context.codec.eos_id, context.max_new_tokens

    def reset(self, example: Example) -> None:
        self._example, self._text, self._finished = Shared(example), "", False

    def push(self, step: TokenStep) -> None:
        self._text = step.text
        if step.token == self._end or step.position + 1 == self._budget:
            self.finish()

    def finish(self) -> None:
        """The text is complete and may be asked about."""
        self._finished = True

    def score(self) -> float:
        example = self._example.value
        if not self._finished or example is None:
            return 0.0
        key, answers = (example.source, self._text), self._answers.value
        if key not in answers:
            value = self.rater.value.rate(example, self._text)
            judgement = ratings.Rating(example.id, example.source, self._text, value)
            if self.log is not None:
                ratings.append(self.log, judgement)
            answers[key] = judgement.rating
        return answers[key]
