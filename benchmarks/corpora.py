"""The built-in corpora: how fast they are drawn, how many examples differ, and that no split shares one.

    python -m benchmarks.corpora [ID ...]

For each environment and difficulty: processor seconds for 10,000 examples of the training split (bar: 10), the number
of different examples (source and references) among all of training, validation and test (bar: 5,000, the probes aside,
whose size is their point), and the number that two splits share (bar: 0; of a probe, whose sources are few by design,
it is told as it is).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import gymnasium as gym

import textgym  # noqa: F401  (registers the ids)
from envs_registry import CATALOGUE, Row, find
from textgym.corpora.base import Corpus
from textgym.corpora.store import StoredCorpus
from textgym.errors import unknown
from textgym.types import DIFFICULTIES, SPLITS

DRAWN, SECONDS, DISTINCT = 10_000, 10.0, 5_000


class Measured(NamedTuple):
    """A corpus at a difficulty: seconds for `DRAWN` examples, different ones by split, and shared ones."""

    id: str
    difficulty: str
    seconds: float
    distinct: tuple[int, ...]
    shared: int

    def holds(self, row: Row) -> bool:
        """Whether it is within the bars."""
        probe = "probe" in row.tags
        return self.seconds < SECONDS and (probe or (min(self.distinct) >= DISTINCT and not self.shared))


def measure(row: Row, difficulty: str, most: int | None = None) -> Measured:
    """Draw the corpus; at most `most` examples of each split, if given."""
    corpora: list[Corpus] = [
        drawn(gym.make(row.id, split=split, difficulty=difficulty).unwrapped.mdp.corpus)  # type: ignore[attr-defined]
        for split in SPLITS
    ]
    train = corpora[0]
    count = min(DRAWN, most or DRAWN)
    start = time.process_time()
    for index in range(count):
        train[index % len(train)]
    seconds = (time.process_time() - start) * DRAWN / count
    found = [set(_texts(corpus, most)) for corpus in corpora]
    shared = sum(len(one & other) for one, other in combinations(found, 2))
    return Measured(row.id, difficulty, seconds, tuple(map(len, found)), shared)


def drawn(corpus: Corpus) -> Corpus:
    """The corpus without what is kept of it on disk."""
    return corpus.corpus if isinstance(corpus, StoredCorpus) else corpus


def _texts(corpus: Corpus, most: int | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    for index in range(min(len(corpus), most or len(corpus))):
        example = corpus[index]
        yield example.source, example.references


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("ids", nargs="*", metavar="ID", help="environments; all by default")
    arguments = parser.parse_args()
    print(f"{'id':22} {'difficulty':10} {'s / 10,000':>10} {'train':>7} {'valid.':>7} {'test':>7} {'shared':>7}")
    for env_id in arguments.ids or [row.id for row in CATALOGUE]:
        row = find(env_id)
        if row is None:
            raise SystemExit(str(unknown("id", env_id, [row.id for row in CATALOGUE])))
        for difficulty in DIFFICULTIES:
            found = measure(row, difficulty)
            counts = " ".join(f"{n:7}" for n in (*found.distinct, found.shared))
            mark = "" if found.holds(row) else "  beyond the bars"
            print(f"{row.id:22} {difficulty:10} {found.seconds:10.2f} {counts}{mark}", flush=True)


if __name__ == "__main__":
    main()
