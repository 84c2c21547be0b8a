"""A dynamic oracle for text: the best next token after *any* prefix, right or wrong.

Goldberg and Nivre (2012), "A dynamic oracle for arc-eager dependency parsing", ask of an oracle that it answers in
every state, not only on the reference's own path. Here the cost of a finished text is its edit distance to the
reference r (insertions, deletions and substitutions of tokens, each 1). After a prefix g, the least cost that is
still within reach is min_j D(g, r[:j]), and it is reached by going on with r[j:] for a j at which the minimum is taken
(Sabour et al. 2019, "Optimal completion distillation for sequence learning", section 3.1). The oracle's tokens are
r[j] for all such j; on the reference's own path there is one, the reference's next token. Where one has to be said,
it is that of the j nearest to len(g), then the smaller. The end token is the last one of r.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class EditOracle:
    """The oracle of one reference, as a text grows.

    Args:
        reference: r, token ids with the end token last; at least one.

    >>> oracle = EditOracle([5, 6, 7, 0])
    >>> oracle.token
    5
    >>> oracle.push(9)  # a wrong one in place of 5
    >>> oracle.token, oracle.distance
    (6, 1)
    """

    def __init__(self, reference: Sequence[int] | NDArray[np.int32]) -> None:
        self.reference = np.asarray(reference, dtype=np.int64)
        if not len(self.reference):
            raise ValueError("reference: got an empty one, allowed is at least the end token")
        self._places = np.arange(len(self.reference) + 1)
        self._costs = self._places.copy()  # D(g, r[:j]), j from 0 to m
        self._length = 0
        self._ended = False

    @property
    def distance(self) -> int:
        """The least edit distance that a completion can still have; the text's own once it has ended."""
        return int(self._costs[-1] if self._ended else self._costs[:-1].min())

    @property
    def tokens(self) -> NDArray[np.int64]:
        """The next tokens (k,) of all completions with that distance, in rising order."""
        return np.unique(self.reference[self._best])

    @property
    def _best(self) -> NDArray[np.int64]:
        costs = self._costs[:-1]  # something of the reference is left to say
        found: NDArray[np.int64] = np.flatnonzero(costs == costs.min())
        return found

    @property
    def token(self) -> int:
        """The one of them that is said."""
        best = self._best
        return int(self.reference[best[np.argmin(np.abs(best - self._length))]])

    def push(self, token: int) -> None:
        """The text goes on with `token`."""
        before = self._costs
        costs = before + 1  # the token is one too many
        costs[1:] = np.minimum(costs[1:], before[:-1] + (self.reference != token))
        # A missing token costs 1 from the place to the left: a running minimum of costs[j] - j.
        self._costs = np.minimum.accumulate(costs - self._places) + self._places
        self._length += 1
        self._ended = token == self.reference[-1]
