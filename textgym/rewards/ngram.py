"""A small language model that needs no more than Python: interpolated Kneser-Ney over token ids."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from textgym.errors import check_int

Gram = tuple[int, ...]


class NgramModel:
    """Probabilities of the next id given the last `order - 1` ids.

    For a history h and a word w, with c the count at the highest order and the number of different left
    neighbours below it,

        p(w | h) = max(c(hw) - D, 0) / c(h.) + D * types(h.) / c(h.) * p(w | h without its first id)

    down to the uniform distribution over `size` ids; D = n1 / (n1 + 2 n2) for each order. The probabilities
    of all ids add up to 1 for every history. Source: Kneser and Ney (1995); Chen and Goodman (1999), section 2.

    Args:
        sequences: ids to learn from; each is a whole text and is preceded by a start mark.
        size: V, the number of ids.
        order: the longest n-gram.

    >>> model = NgramModel([[1, 2, 3], [1, 2, 2]], size=4, order=2)
    >>> round(math.exp(model.log_prob((1,), 2)), 3), round(math.exp(model.log_prob((1,), 3)), 3)
    (0.911, 0.036)
    >>> round(sum(math.exp(model.log_prob((1,), token)) for token in range(4)), 12)
    1.0
    """

    start = -1
    """The mark before the first id of a text."""

    def __init__(self, sequences: Iterable[Sequence[int]], size: int, order: int = 3) -> None:
        self.size = check_int("size", size, 1)
        self.order = check_int("order", order, 1, 8)
        highest: Counter[Gram] = Counter()
        for sequence in sequences:
            marked = (self.start,) * (self.order - 1) + tuple(sequence)
            highest.update(marked[i : i + self.order] for i in range(len(marked) - self.order + 1))
        counts = [dict(highest)]
        for _ in range(1, self.order):
            # Below the top, what counts is in how many different places an n-gram continues.
            counts.append(dict(Counter(gram[1:] for gram in counts[-1])))
        self._tables = [_Table(table) for table in reversed(counts)]

    def __deepcopy__(self, memo: dict[int, Any]) -> NgramModel:
        return self

    def log_prob(self, history: Sequence[int], token: int) -> float:
        """ln p(token | history); of the history only the last `order - 1` ids matter."""
        return math.log(self.prob(history, token))

    def prob(self, history: Sequence[int], token: int) -> float:
        """p(token | history), above 0 for every id in 0..V-1."""
        keep = self.order - 1
        context = tuple(history[-keep:]) if keep else ()
        context = (self.start,) * (keep - len(context)) + context
        p = 1.0 / self.size
        for n, table in enumerate(self._tables):
            tail = context[keep - n :]
            total = table.totals.get(tail)
            if total is None:
                break
            count = table.counts.get((*tail, token), 0)
            p = (max(count - table.discount, 0.0) + table.discount * table.types[tail] * p) / total
        return p


class _Table:
    """The counts of one order, with what a history needs: how often, and with how many ids it continues."""

    def __init__(self, counts: dict[Gram, int]) -> None:
        self.counts = counts
        self.totals: dict[Gram, int] = defaultdict(int)
        self.types: dict[Gram, int] = defaultdict(int)
        for gram, count in counts.items():
            self.totals[gram[:-1]] += count
            self.types[gram[:-1]] += 1
        spread = Counter(counts.values())
        once, twice = spread[1], spread[2]
        # Corpora without a single (or a double) occurrence leave the estimate undefined.
        self.discount = once / (once + 2 * twice) if once and twice else 0.5
