"""A stream of torch's random numbers that belongs to one object and leaves everybody else's alone."""

from __future__ import annotations

from types import TracebackType

import numpy as np
import torch
from torch import Tensor


class TorchStream:
    """Torch's generators, seeded for one owner: inside `with stream:` they are the owner's, outside the user's again.

    Policies sample, drop out and draw their first weights from torch's global generators. An algorithm that seeded
    those would change the random numbers of the program around it. Entering twice is harmless.

    Args:
        seed: None takes a fresh one from the operating system.
        device: whose generator is used beside that of the CPU.
    """

    def __init__(self, seed: int | None, device: torch.device) -> None:
        self.device = device
        self._depth = 0
        self._outer: dict[str, Tensor] = {}
        self._inner: dict[str, Tensor] = {}
        entropy = np.random.SeedSequence(seed).generate_state(2, np.uint32)
        with self:
            torch.default_generator.manual_seed(int(entropy[0]) << 31 ^ int(entropy[1]))
            if self._on_cuda:
                with torch.cuda.device(self.device):
                    torch.cuda.manual_seed(int(entropy[0]) << 31 ^ int(entropy[1]))

    @property
    def _on_cuda(self) -> bool:
        return self.device.type == "cuda"

    def _read(self) -> dict[str, Tensor]:
        states = {"cpu": torch.get_rng_state()}
        if self._on_cuda:
            states["cuda"] = torch.cuda.get_rng_state(self.device)
        return states

    def _write(self, states: dict[str, Tensor]) -> None:
        torch.set_rng_state(states["cpu"])
        if self._on_cuda and "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"], self.device)

    def __enter__(self) -> TorchStream:
        if self._depth == 0:
            self._outer = self._read()
            if self._inner:
                self._write(self._inner)
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._inner = self._read()
            self._write(self._outer)

    def get_state(self) -> dict[str, Tensor]:
        """The owner's states, uint8 tensors by device type."""
        states = self._read() if self._depth else self._inner
        return {name: state.clone() for name, state in states.items()}

    def set_state(self, states: dict[str, Tensor]) -> None:
        """Go on from `states`."""
        if self._depth:
            self._write(states)
        else:
            self._inner = {**self._inner, **{name: state.clone() for name, state in states.items()}}
