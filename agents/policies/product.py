"""Linear maps as a cache applies them: one matrix product, its weight laid out for few rows."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Product(NamedTuple):
    """A linear map of states (m, D), its weight laid out (D, D')."""

    bias: Tensor
    weight: Tensor

    def __call__(self, states: Tensor) -> Tensor:
        """(m, D')."""
        return torch.addmm(self.bias, states, self.weight)


def product(*parts: nn.Linear) -> Product:
    """Several linear layers as one, their results side by side."""
    bias, weight = (torch.cat([getattr(part, name).detach() for part in parts]) for name in ("bias", "weight"))
    return Product(bias, weight.t().contiguous())
