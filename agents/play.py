"""`textgym play`: a person writes the text, and sees what each token earns."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from textgym.render import image_to_ansi, pieces, to_ansi

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
        self._states: list[tuple[Any, int]] = []  # before each token, with where its turn began
        self._turn = 0
        self._info: dict[str, Any] = {}

    def play(self, episodes: int | None = None, example: int | None = None, seed: int | None = None) -> None:
        """Play until the person quits, or that many texts are written."""
        self.console.print(HELP, style="dim", markup=False)
        played = 0
        while episodes is None or played < episodes:
            options = None if example is None else {"example": example}
            observation, _ = self.env.reset(seed=seed if played == 0 else None, options=options)
            self._reset_records()
            self._show_source(observation)
            if not self._episode():
                return
            played += 1

    def _show_source(self, observation: Any) -> None:
        self.console.print()
        self.console.print(Text("source   ", "bold"), self.env.mdp.task.prompt(self.env.example), markup=False, sep="")
        if "image" in observation:
            coloured = self.console.color_system is not None and not self.console.no_color
            shown = image_to_ansi(observation["image"], min(64, self.console.width), coloured)
            self.console.print(Text.from_ansi(shown), soft_wrap=True)

    def _episode(self) -> bool:
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
            joined = len(self.tokens) > self._turn and not command.startswith(_CLOSING)
            self._emit(self.codec.encode((" " if joined else "") + command))

    def _emit(self, tokens: list[int]) -> None:
        """Give the tokens to the environment one by one; show what each earned."""
        for place, token in enumerate(tokens):
            if self.done:
                self.console.print("the text is full; the rest is left out", style="dim")
                break
            self._states.append((self.env.get_state(), self._turn))
            observation, reward, self.done, _, self._info = self.env.step(token)
            self.tokens.append(token)
            self.rewards.append(float(reward))
            if "turn_text" in self._info and not self.done:
                self._show_text(len(self.tokens) - self._turn)
                self._turn = len(self.tokens)
                heard = self.codec.decode(observation["source"]).rpartition("\n")[2]
                self.console.print(Text("answer   ", "bold"), heard, markup=False, sep="")
                if place + 1 < len(tokens):
                    self.console.print("the turn is full; the rest is left out", style="dim")
                return
        self._show_text(len(tokens))

    def _undo(self) -> None:
        if self._states:
            state, self._turn = self._states.pop()
            self.env.set_state(state)
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
        """The text, or that of this turn, and what the last `fresh` tokens earned."""
        tokens, rewards = self.tokens[self._turn :], self.rewards[self._turn :]
        self.console.print(Text("text     ", "bold"), Text.from_ansi(to_ansi(self.codec, tokens, rewards)), sep="")
        latest = list(zip(pieces(self.codec, tokens), rewards, strict=True))[max(0, len(tokens) - fresh) :]
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
        self._turn = 0


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
