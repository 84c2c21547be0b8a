"""Ctrl-C, taken up between two updates."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any


class Interrupted(Exception):
    """The run was asked to stop, and its state is saved."""


class Interruption:
    """While entered, the first SIGINT or SIGTERM is noted in `requested`; the second SIGINT aborts.

    Args:
        announce: called at the first signal, to say what happens now.
    """

    def __init__(self, announce: Callable[[], None]) -> None:
        self.requested = False
        self._announce = announce
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise `Interrupted` if a stop was asked for."""
        if self.requested:
            raise Interrupted

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        if not self.requested:
            self.requested = True
            self._announce()


class Interruptible:
    """A policy whose `predict` heeds an interruption, for evaluations that can simply be begun again."""

    def __init__(self, policy: Any, interruption: Interruption) -> None:
        self.policy, self.interruption = policy, interruption

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> Any:
        """As the policy's, unless a stop was asked for."""
        self.interruption.check()
        return self.policy.predict(observation, state, episode_start, deterministic)
