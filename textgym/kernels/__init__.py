"""The inner loops of the metrics: restricted Python over int32 arrays, compiled by numba where it is installed.

With the environment variable TEXTGYM_NO_JIT=1, or without numba, the same functions run as plain Python and give the
same numbers. Nothing here is imported before the first scorer or vector environment is made; `python -m
textgym.kernels` compiles everything ahead of time into numba's cache.

`chunks` reads whole texts, `transitions` goes from tokens to words, `index` keeps the n-grams of references, `rows` the
counts of texts, `scores` makes metrics of these, and `calls` is what the scorers use of them. `ter`, with `ter_rows`,
`ter_path`, `ter_weigh` and `ter_shifts`, `forms`, with `lexer`, `pieces` and `episodes` stand on their own.
"""

from textgym.kernels.calls import (
    build_entries,
    enter_all,
    enter_row,
    entries_size,
    push_row,
    push_rows,
    push_texts,
    push_tokens,
    reset_row,
    reset_rows,
    score_pair_row,
    score_pairs,
    score_row,
    score_rows,
    step,
    step_rows,
)
from textgym.kernels.compiler import COMPILED
from textgym.kernels.episodes import advance, begin, follow, observe, pay
from textgym.kernels.index import BITS, LCS, PREFIX, build_entry, entry_size
from textgym.kernels.pieces import BYTE, CHUNK, PARTED, PARTING, PIECE, SILENT, join
from textgym.kernels.rows import ENTRY, HEAD, STATE, sizes
from textgym.kernels.scores import BEGINNING, BLEU, CHRF, EXACT, F1, ROUGE
from textgym.kernels.transitions import (
    BREAK,
    BREAKS,
    EMPTY,
    ENDS,
    FOREIGN,
    GOAL,
    HANGING,
    HANGS,
    LETTERS,
    MOST_HANGING,
    MOST_LETTERS,
    NEVER,
    NOTHING,
    NOWHERE,
    OTHER,
    SPELLED,
    STRANGE,
    STRANGE_HELD,
    UNKNOWN,
    cross,
    insert,
    known,
    plant,
    rehash,
    rename,
)

__all__ = [
    "BEGINNING", "BITS", "BLEU", "BREAK", "BREAKS", "BYTE", "CHRF", "CHUNK", "COMPILED", "EMPTY", "ENDS", "ENTRY",
    "EXACT", "F1", "FOREIGN", "GOAL", "HANGING", "HANGS", "HEAD", "LCS", "LETTERS", "MOST_HANGING", "MOST_LETTERS",
    "NEVER", "NOTHING", "NOWHERE", "OTHER", "PARTED", "PARTING", "PIECE", "PREFIX", "ROUGE", "SILENT", "SPELLED",
    "STATE", "STRANGE", "STRANGE_HELD", "UNKNOWN", "advance", "begin", "build_entries", "build_entry", "cross",
    "enter_all", "enter_row", "entries_size", "entry_size", "follow", "insert", "join", "known", "observe", "pay",
    "plant", "push_row", "push_rows", "push_texts", "push_tokens", "rehash", "rename", "reset_row", "reset_rows",
    "score_pair_row", "score_pairs", "score_row", "score_rows", "sizes", "step", "step_rows",
]  # fmt: skip
