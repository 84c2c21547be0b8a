"""Where words and sentences end, token by token: when the densities "word" and "sentence" settle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textgym.errors import check_choice
from textgym.text.codec import Codec
from textgym.text.detokenize import Detokenizer
from textgym.text.words import SentenceEnds, WordEnds, Words

KINDS: dict[str, type[Words]] = {"word": WordEnds, "sentence": SentenceEnds}


class Boundary:
    """Whether a token completed a word, or a sentence, for `num_rows` texts.

    A word is complete once white space follows it. A sentence is complete once white space follows its . ! or ?
    and the closing quotes and brackets behind that. Mostly it is the first token of the next word that tells.

    Args:
        source: a codec, or a detokenizer.
        kind: "word" or "sentence".
        num_rows: N.
    """

    def __init__(self, source: Codec | Detokenizer, kind: str, num_rows: int) -> None:
        check_choice("kind", kind, KINDS)
        # Only here, so that numba is not loaded before there is something to run.
        from textgym import kernels
        from textgym.text.stream import START, word_stream

        codec = source.codec if isinstance(source, Detokenizer) else source
        self.codec, self.kind, self.num_rows = codec, kind, num_rows
        self.stream = word_stream(codec, KINDS[kind]())
        self._cross, self._first = kernels.cross, START
        self._states = np.full(num_rows, START, dtype=np.int64)
        self._all_active = np.ones(num_rows, dtype=np.bool_)
        self._one, self._flag = np.ones(1, dtype=np.bool_), np.zeros(1, dtype=np.bool_)
        self.stream.register(self)

    def states(self) -> NDArray[np.int64]:
        """The stream states of all rows (N,), itself."""
        return self._states

    def reset(self, row: int) -> None:
        """Row `row` is empty again."""
        self._states[row] = self._first

    def push(self, row: int, token: int) -> bool:
        """Row `row` grows by one token: whether it completed a word (a sentence)."""
        tokens = np.array([token], dtype=np.int64)
        self._run(self._states[row : row + 1], tokens, self._one, self._flag)
        return bool(self._flag[0])

    def push_all(self, tokens: NDArray[np.int32], active: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Each (active) row grows by its token: whether it completed one, bool (N,)."""
        flags = np.zeros(self.num_rows, dtype=np.bool_)
        mask = self._all_active if active is None else np.ascontiguousarray(active, dtype=np.bool_)
        self._run(self._states, np.ascontiguousarray(tokens, dtype=np.int64), mask, flags)
        return flags

    def _run(
        self, states: NDArray[np.int64], tokens: NDArray[np.int64], active: NDArray[np.bool_], flags: NDArray[np.bool_]
    ) -> None:
        stream, done = self.stream, 0
        while True:
            done = self._cross(stream.table, stream.info, stream.breaks, states, tokens, active, done, flags)
            if done == len(states):
                return
            stream.resolve(states.item(done), tokens.item(done))

    def get_state(self, row: int) -> Any:
        """A snapshot of row `row`, picklable."""
        return self.stream.key(self._states.item(row))

    def set_state(self, row: int, state: Any) -> None:
        """Row `row` goes back to a snapshot."""
        self._states[row] = self.stream.state(state)

    def __getstate__(self) -> dict[str, Any]:
        rows = [self.get_state(row) for row in range(self.num_rows)]
        return {"codec": self.codec, "kind": self.kind, "num_rows": self.num_rows, "rows": rows}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Boundary.__init__(self, state["codec"], state["kind"], state["num_rows"])
        for row, key in enumerate(state["rows"]):
            self.set_state(row, key)
