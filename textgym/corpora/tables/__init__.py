"""Tables of facts and texts that tell them: the built-in corpus of the data-to-text task.

The first reference of a table follows from it by rule; the others say the same in other words: see `compose`.
"""

from textgym.corpora.tables.compose import draw

__all__ = ["draw"]
