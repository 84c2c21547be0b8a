"""Repetition limits as part of the distribution: what the text so far rules out, or makes less likely."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The texts before m places, without a copy for each place.

    Attributes:
        tokens: int64 (n, L).
        rows, columns: int64 (m,); the text before a place is ``tokens[row, :column]``.
    """

    tokens: Tensor
    rows: Tensor
    columns: Tensor

    def __getitem__(self, piece: slice) -> History:
        return History(self.tokens, self.rows[piece], self.columns[piece])

    def texts(self) -> tuple[Tensor, Tensor]:
        """The texts, int64 (m, L), and where they are, bool (m, L)."""
        there = torch.arange(self.tokens.shape[1], device=self.tokens.device) < self.columns.unsqueeze(1)
        return self.tokens[self.rows].long(), there

    def seen(self, size: int) -> Tensor:
        """Bool (m, size): the ids that occur in each text."""
        texts, there = self.texts()
        return _marked(texts, there, size)

    def completing(self, n: int, size: int) -> Tensor:
        """Bool (m, size): the ids after which an n-gram of the text would occur twice."""
        texts, there = self.texts()
        if texts.shape[1] < n:
            return torch.zeros(len(texts), size, dtype=torch.bool, device=texts.device)
        places = (self.columns.unsqueeze(1) - torch.arange(n - 1, 0, -1, device=texts.device)).clamp(min=0)
        last = texts.gather(1, places)  # (m, n - 1)
        grams = texts.unfold(1, n, 1)  # (m, L - n + 1, n), a view
        same = there[:, n - 1 :] & (grams[:, :, : n - 1] == last.unsqueeze(1)).all(dim=2)
        return _marked(texts[:, n - 1 :], same, size)


def _marked(ids: Tensor, chosen: Tensor, size: int) -> Tensor:
    """Bool (m, size): where one of the chosen ids (m, L) is."""
    found = torch.zeros(len(ids), size + 1, dtype=torch.bool, device=ids.device)
    return found.scatter_(1, ids.where(chosen, size), True)[:, :size]


def limit(logits: Tensor, history: History, penalty: float, n: int) -> tuple[Tensor, Tensor | None]:
    """Logits (m, V) with the penalty on ids that have occurred, and the ids that would repeat an n-gram, or None.

    The penalty divides positive logits and multiplies negative ones (Keskar et al. 2019, "CTRL").
    """
    size = logits.shape[1]
    if penalty != 1.0:
        logits = logits * slope(logits, history, penalty)
    return logits, history.completing(n, size) if n else None


def slope(logits: Tensor, history: History, penalty: float) -> Tensor:
    """What the penalty multiplies logits (m, V) by; its derivative too."""
    factor = torch.where(logits < 0, penalty, 1.0 / penalty)
    return factor.where(history.seen(logits.shape[1]), 1.0)
