"""`textgym play`: a person writes the text, and sees what each token earns."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from textgym.render import pieces, to_ansi

HELP = "type text · :1 to :9 take a suggestion · Enter ends the text · :u undoes a token · :n next example · :q quits"
SUGGESTIONS = 6
_CLOSING = tuple(".,;:!?)]}'’”…%")

Suggest = Callable[[Any], list[tuple[int, str]]]


class Game:
    """Episodes of an environment with a person as the policy.

    Args:
        env: from `gym.make`.
        console: where it is shown.
        read: gives the next line, or raises EOFError.
        suggest: (token, remark) pairs for the position the environment is in.
    """

    def __init__(self, env: Any, console: Console, read: Callable[[], str], suggest: Suggest) -> None:
        self.env: Any = env.unwrapped
        self.console, self.read, self.suggest = console, read, suggest
        self.codec = self.env.mdp.codec
        self.tokens: list[int] = []
        self.rewards: list[float] = []
        self.done = False
        self._states: list[Any] = []
        self._info: dict[str, Any] = {}

    def play(self, episodes: int | None = None, example: int | None = None, seed: int | None = None) -> None:
        """Play until the person quits, or that many texts are written."""
        self.console.print(HELP, style="dim", markup=False)
        played = 0
        while episodes is None or played < episodes:
            options = None if example is None else {"example": example}
            self.env.reset(seed=seed if played == 0 else None, options=options)
            if not self._episode():
                return
            played += 1

    def _episode(self) -> bool:
        self._reset_records()
        self.console.print()
        self.console.print(Text("source   ", "bold"), self.env.mdp.task.prompt(self.env.example), markup=False, sep="")
        while not self.done:
            offers = self._offer()
            try:
                line = self.read()
            except EOFError:
                self._finish()
                return False
            if line.strip() == ":q":
                return False
            if line.strip() == ":n":
                return True
            self._obey(line, offers)
        self._show_outcome()
        return True

    def _obey(self, line: str, offers: list[int]) -> None:
        command = line.strip()
        if command == "":
            self._emit([self.codec.eos_id])
        elif command == ":u":
            self._undo()
        elif command.startswith(":") and command[1:].isdigit() and 0 < int(command[1:]) <= len(offers):
            self._emit([offers[int(command[1:]) - 1]])
        elif command.startswith(":") and len(command) > 1:
            self.console.print(f"{command!r} is no command. {HELP}", style="dim", markup=False)
        else:
            joined = self.tokens and not command.startswith(_CLOSING)
            self._emit(self.codec.encode((" " if joined else "") + command))

    def _emit(self, tokens: list[int]) -> None:
        """Give the tokens to the environment one by one; show what each earned."""
        for token in tokens:
            if self.done:
                self.console.print("the text is full; the rest is left out", style="dim")
                break
            self._states.append(self.env.get_state())
            _, reward, self.done, _, self._info = self.env.step(token)
            self.tokens.append(token)
            self.rewards.append(float(reward))
        self._show_text(len(tokens))

    def _undo(self) -> None:
        if self._states:
            self.env.set_state(self._states.pop())
            self.tokens.pop()
            self.rewards.pop()
        self._show_text(0)

    def _offer(self) -> list[int]:
        found = self.suggest(self.env)
        shown = Text()
        for number, (token, remark) in enumerate(found, start=1):
            piece = "end" if token == self.codec.eos_id else repr(self.codec.decode([token]))
            shown.append(f":{number} ", "dim").append(piece).append(f" {remark}   ", "dim")
        if found:
            self.console.print(shown)
        return [token for token, _ in found]

    def _finish(self) -> None:
        """The input ended: so does the text, if there is one."""
        if self.tokens and not self.done:
            self._emit([self.codec.eos_id])
        if self.done:
            self._show_outcome()

    def _show_text(self, fresh: int) -> None:
        self.console.print(
            Text("text     ", "bold"), Text.from_ansi(to_ansi(self.codec, self.tokens, self.rewards)), sep=""
        )
        latest = list(zip(pieces(self.codec, self.tokens), self.rewards, strict=True))[len(self.tokens) - fresh :]
        shown = Text("rewards  ", "bold")
        for piece, reward in latest:
            style = "green" if reward > 0 else "red" if reward < 0 else "dim"
            shown.append(repr(piece) if piece else "end").append(f" {reward:+.4f}  ", style)
        self.console.print(shown.append(f"sum {math.fsum(self.rewards):.4f}", "bold"))

    def _show_outcome(self) -> None:
        metrics = ", ".join(f"{name} {value:.3f}" for name, value in self._info["metrics"].items())
        self.console.print(
            f"return {math.fsum(self.rewards):.4f} ({metrics}; {self._info['finish_reason']})", style="bold"
        )
        for reference in self.env.example.references:
            self.console.print(Text("reference  ", "bold"), reference, markup=False, sep="")

    def _reset_records(self) -> None:
        self.tokens, self.rewards, self._states, self._info, self.done = [], [], [], {}, False


def by_reward(env: Any) -> list[tuple[int, str]]:
    """The tokens that earn most at once, among those of the source and the references."""
    codec, example = env.mdp.codec, env.example
    texts = [env.mdp.task.prompt(example), *example.references]
    ids = {token for text in texts for lead in ("", " ") for token in codec.encode(lead + text)}
    here = env.get_state()
    found = []
    for token in sorted({*ids, codec.eos_id}):
        if codec.allowed[token]:
            reward = float(env.step(token)[1])
            env.set_state(here)
            found.append((reward, token))
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return [(token, f"{reward:+.3f}") for reward, token in found[:SUGGESTIONS]]


def by_model(policy: Any) -> Suggest:
    """The tokens that a policy finds most likely."""

    def suggest(env: Any) -> list[tuple[int, str]]:
        state = env.get_state()
        observation, _ = policy.obs_to_tensor(env.set_state(state))
        probabilities = np.exp(policy.get_distribution(observation).log_probs.detach().cpu().numpy()[0])
        best = np.argsort(-probabilities, kind="stable")[:SUGGESTIONS].tolist()
        return [(token, f"{probabilities[token]:.0%}") for token in best]

    return suggest


def read_line(console: Console) -> Callable[[], str]:
    """Lines from the terminal with a prompt, or from a pipe without one."""

    def read() -> str:
        if sys.stdin.isatty():
            return console.input("[bold]> [/]")
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    return read
