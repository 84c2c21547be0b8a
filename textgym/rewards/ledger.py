"""From scores to rewards: what is paid at which step, and on whose account.

A term with weight w and score Phi pays, at step t of a dense episode,

    r_t = w * (gamma * Phi(y_1..t) - Phi(y_1..t-1)),        Phi of the empty episode = 0,

so that with gamma = 1 the rewards of an episode add up to w * Phi(final text). With gamma < 1 it is the
potential-based form of Ng, Harada and Russell (1999). The other densities settle the same account less
often: at the end of a word, of a sentence, or once at the end of the episode. Each term may have a density
of its own, and more (`textgym.rewards.terms.Term`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from textgym.errors import check_choice
from textgym.rewards.base import RewardContext
from textgym.rewards.terms import Term, parse_terms
from textgym.text.boundary import Boundary
from textgym.types import DENSITIES, Example

__all__ = ["Ledger", "Term", "parse_terms"]

Shares = dict[str, float]
ShareRows = dict[str, NDArray[np.float64]]


class Ledger:
    """The accounts of `num_rows` episodes: for each term and row, what has been paid so far.

    A step whose reward raises leaves the row's accounts undone: the row must be reset before its next step.
    """

    def __init__(
        self, terms: Sequence[Term], context: RewardContext, num_rows: int, density: str = "dense", gamma: float = 1.0
    ) -> None:
        check_choice("reward_density", density, DENSITIES)
        self.terms = tuple(terms)
        self.names = tuple(term.name for term in terms)
        self.scorers = tuple(term.reward.scorer(context, num_rows) for term in terms)
        self.gamma = gamma
        self.progress = 0.0
        self._densities = tuple(term.density or density for term in terms)
        self._dense = all(density == "dense" for density in self._densities)
        self._boundaries = {
            kind: Boundary(context.codec, kind, num_rows) for kind in ("word", "sentence") if kind in self._densities
        }
        self._texts = context.texts if any(scorer.needs_text for scorer in self.scorers) else None
        self._special = tuple(None if term.plain else _Adjuster(term) for term in terms)
        self._lone = len(terms) == 1 and self._dense and self._special == (None,)
        self._scheduled = any(term.schedule is not None for term in terms)
        self._always = (True,) * len(terms)
        self._now = tuple(term.weight_at(0.0) for term in terms)
        self._weights = [self._now] * num_rows
        self._weight_rows = np.tile(np.array(self._now)[:, None], num_rows)
        self._paid = np.zeros((len(terms), num_rows))
        self._failed: set[int] = set()

    @property
    def weights(self) -> tuple[float, ...]:
        """The weights of the episodes that begin now, in the terms' order."""
        return self._now

    def set_progress(self, progress: float) -> None:
        """How much of the training is done, in [0, 1]; scheduled weights follow in the next episodes."""
        if isinstance(progress, bool) or not isinstance(progress, (int, float)) or not 0.0 <= progress <= 1.0:
            raise ValueError(f"progress: got {progress!r}, allowed is a number in [0, 1]")
        self.progress = float(progress)
        self._now = tuple(term.weight_at(self.progress) for term in self.terms)

    def report(self, row: int, log_prob: float) -> None:
        """The agent's log-probability of the token that row `row` takes next, for rewards that use it (`kl`)."""
        for scorer in self.scorers:
            if hasattr(scorer, "report"):
                scorer.report(row, log_prob)

    def credit(self, row: int, feedback: float) -> None:
        """The partner of row `row` has given feedback, for rewards that pay it (`user`)."""
        for scorer in self.scorers:
            if hasattr(scorer, "credit"):
                scorer.credit(row, feedback)

    def feed(self, row: int, tokens: Sequence[int]) -> None:
        """Put tokens behind the text of row `row` that nobody is paid for: what stands between two turns."""
        for token in tokens:
            if self._texts is not None:
                self._texts.push(row, token)
            for boundary in self._boundaries.values():
                boundary.push(row, token)
            for scorer in self.scorers:
                scorer.push(row, token)

    def reset(self, row: int, example: Example) -> None:
        """Row `row` starts an episode on `example`."""
        self._paid[:, row] = 0.0
        self._open((row,))
        for scorer in self.scorers:
            scorer.reset(row, example)
        self._failed.discard(row)

    def reset_rows(self, rows: NDArray[np.intp], examples: Sequence[Example]) -> None:
        """Each of `rows` (n,) starts an episode on its example."""
        which = rows.tolist()
        self._paid[:, rows] = 0.0
        self._open(which)
        for scorer in self.scorers:
            scorer.reset_rows(which, examples)
        self._failed.difference_update(which)

    def expect(self, examples: Sequence[Example]) -> None:
        """Episodes on these examples may begin soon (`Scorer.expect`)."""
        for scorer in self.scorers:
            scorer.expect(examples)

    def _open(self, rows: Sequence[int]) -> None:
        """Texts and weights for `rows`, which are not usable before their scorers have been reset."""
        self._failed.update(rows)
        for row in rows if self._scheduled else ():
            self._weights[row] = self._weight_rows[:, row] = self._now
        for row in rows if self._texts is not None or self._boundaries else ():
            if self._texts is not None:
                self._texts.reset(row)
            for boundary in self._boundaries.values():
                boundary.reset(row)

    def step(self, row: int, token: int, last: bool) -> tuple[float, Shares, Shares]:
        """One token of one row: its reward, each term's weighted share of it, and the terms' raw values."""
        if self._failed:
            self._check_usable((row,))
        try:
            if self._texts is not None:
                self._texts.push(row, token)
            if self._lone:  # one dense term: what most environments have
                score, paid = self.scorers[0].step(row, token), self._paid
                raw = self.gamma * score - paid.item(0, row)
                paid[0, row] = score
                share = self._weights[row][0] * raw
                return share, {self.names[0]: share}, {self.names[0]: raw}
            settle = self._always if self._dense else self._settled(row, token, last)
            total, shares, raws = 0.0, {}, {}
            gamma, paid, weights, names, special = self.gamma, self._paid, self._weights[row], self.names, self._special
            for k, scorer in enumerate(self.scorers):
                if settle[k]:
                    score = scorer.step(row, token)
                    adjust = special[k]
                    if adjust is not None and last and adjust.potential:
                        score = 0.0
                    raw = gamma * score - paid.item(k, row)
                    paid[k, row] = score
                    share = weights[k] * (raw if adjust is None else adjust(raw))
                else:
                    scorer.push(row, token)
                    raw = share = 0.0
                name = names[k]
                raws[name] = raw
                shares[name] = share
                total += share
        except BaseException:
            self._failed.add(row)
            raise
        return total, shares, raws

    def step_all(
        self, tokens: NDArray[np.int32], last: NDArray[np.bool_], active: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float64], ShareRows, ShareRows]:
        """One token of each (active) row: rewards (N,), each term's weighted shares (N,) and raw values (N,)."""
        num_rows = len(tokens)
        rows = range(num_rows) if active is None else np.flatnonzero(active).tolist()
        if self._failed:
            self._check_usable(rows)
        try:
            if self._texts is not None:
                self._texts.push_all(tokens, rows)
            settle = self._settled_rows(tokens, last, active)
            total, shares, raws = np.zeros(num_rows), {}, {}
            for k, name in enumerate(self.names):
                settled = settle[self._densities[k]]
                raws[name], shares[name] = self._pay_rows(k, tokens, last, active, settled, total)
        except BaseException:
            self._failed.update(rows)
            raise
        return total, shares, raws

    def _pay_rows(
        self,
        k: int,
        tokens: NDArray[np.int32],
        last: NDArray[np.bool_],
        active: NDArray[np.bool_] | None,
        settle: NDArray[np.intp] | None,
        total: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What term k pays each row: raw values, and weighted shares, which are added to the total."""
        scorer, adjust = self.scorers[k], self._special[k]
        if settle is None:
            scores = np.asarray(scorer.step_all(tokens, active), dtype=np.float64)
            if adjust is None:
                raw, shares = np.empty_like(scores), np.empty_like(scores)
                self._pay(scores, self.gamma, self._paid[k], self._weight_rows[k], raw, shares, total)
                return raw, shares
            settle = np.arange(len(tokens))
        else:
            scorer.push_all(tokens, active)
            scores = scorer.score_rows(settle) if len(settle) else np.zeros(0)
        if adjust is not None and adjust.potential:
            scores = np.where(last[settle], 0.0, scores)
        raw = np.zeros(len(tokens))
        raw[settle] = self.gamma * scores - self._paid[k, settle]
        self._paid[k, settle] = scores
        paid = raw
        if adjust is not None:  # normalised and clipped
            paid = np.zeros(len(tokens))
            paid[settle] = [adjust(value) for value in raw[settle].tolist()]
        shares = self._weight_rows[k] * paid
        total += shares
        return raw, shares

    @functools.cached_property
    def _pay(self) -> Callable[..., None]:
        from textgym.kernels import pay  # only here: a single environment may do without

        return pay  # type: ignore[no-any-return]

    def _settled(self, row: int, token: int, last: bool) -> tuple[bool, ...]:
        """For each term, whether this step settles its account."""
        ends: dict[str, bool] = {kind: boundary.push(row, token) or last for kind, boundary in self._boundaries.items()}
        ends["dense"], ends["sparse"] = True, last
        return tuple(ends[density] for density in self._densities)

    def _settled_rows(
        self, tokens: NDArray[np.int32], last: NDArray[np.bool_], active: NDArray[np.bool_] | None
    ) -> dict[str, NDArray[np.intp] | None]:
        """For each density the rows whose account is settled at this step; None for all of them."""
        if self._dense and active is None:
            return {"dense": None}
        ends: dict[str, NDArray[np.bool_]] = {
            kind: boundary.push_all(tokens, active) | last for kind, boundary in self._boundaries.items()
        }
        ends["sparse"] = last
        settle: dict[str, NDArray[np.intp] | None] = {
            kind: np.flatnonzero(mask if active is None else mask & active) for kind, mask in ends.items()
        }
        settle["dense"] = None if active is None else np.flatnonzero(active)
        return settle

    def _check_usable(self, rows: Sequence[int]) -> None:
        failed = sorted(self._failed.intersection(rows))
        if failed:
            raise ResetNeeded(f"a reward failed in the episode of row {failed[0]}: call reset() before going on")

    def get_state(self, row: int) -> dict[str, Any]:
        """A snapshot of row `row`, picklable."""
        self._check_usable((row,))
        return {
            "paid": self._paid[:, row].tolist(),
            "weights": self._weights[row],
            "scorers": [scorer.get_state(row) for scorer in self.scorers],
            "texts": None if self._texts is None else self._texts.get_state(row),
            "boundaries": {kind: boundary.get_state(row) for kind, boundary in self._boundaries.items()},
        }

    def set_state(self, row: int, example: Example, state: dict[str, Any]) -> None:
        """Row `row` goes back to a snapshot taken on `example`."""
        self._paid[:, row] = state["paid"]
        self._weights[row] = state["weights"]
        self._weight_rows[:, row] = state["weights"]
        if self._texts is not None:
            self._texts.set_state(row, state["texts"])
        for kind, boundary in self._boundaries.items():
            boundary.set_state(row, state["boundaries"][kind])
        for scorer, snapshot in zip(self.scorers, state["scorers"], strict=True):
            scorer.set_state(row, example, snapshot)
        self._failed.discard(row)


class _Adjuster:
    """What happens to a term's pay between its raw value and its weight; one for all rows."""

    def __init__(self, term: Term) -> None:
        self.potential, self.normalize = term.potential, term.normalize
        self.low, self.high = (-math.inf, math.inf) if term.clip is None else term.clip
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def __call__(self, raw: float) -> float:
        if self.normalize:
            # Welford's running variance.
            self._count += 1
            delta = raw - self._mean
            self._mean += delta / self._count
            self._squares += delta * (raw - self._mean)
            if self._count > 1 and self._squares > 0.0:
                raw /= math.sqrt(self._squares / self._count)
        return min(max(raw, self.low), self.high)
