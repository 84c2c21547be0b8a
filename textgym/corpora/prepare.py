"""Draw built-in corpora ahead of time, so that episodes only read them: `python -m textgym.corpora.prepare`.

Those of the default difficulty, whose texts are worth keeping. A corpus that is on disk already is left alone, and so
are files of other versions: each has its own, by a hash of sources and versions in the file's name. Once corpora or
versions have changed, run it again.
"""

from __future__ import annotations

import importlib
import os
import time
from concurrent.futures import ProcessPoolExecutor

from envs_registry.catalogue import CATALOGUE
from textgym.corpora.store import StoredCorpus, stored
from textgym.types import SPLITS

DIFFICULTY = "medium"


def prepare(entry: str, split: str) -> tuple[str, int]:
    """Prepare one corpus of a task, "module:Class": (its file, bytes there), or ("", 0) if none is kept."""
    module, _, attribute = entry.partition(":")
    task = getattr(importlib.import_module(module), attribute)().at(DIFFICULTY)
    corpus = stored(task.builtin(split, DIFFICULTY))
    if not isinstance(corpus, StoredCorpus):
        return "", 0
    corpus.prepare()
    path, _ = corpus.place()
    return str(path), path.stat().st_size if path.is_file() else 0


def main() -> None:
    """Prepare the corpora of all environments, several at once."""
    start = time.perf_counter()
    wanted = [(row.task, split) for row in CATALOGUE for split in SPLITS]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = {path: size for path, size in pool.map(prepare, *zip(*wanted, strict=True)) if path}
    kept = sum(size > 0 for size in found.values())
    megabytes = sum(found.values()) / 1e6
    print(f"corpora: {kept} of {len(found)} on disk, {megabytes:.0f} MB, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
