"""Reviews with the label of their judgement, written out: the built-in corpus of the classification task.

The label follows from the wording: negation turns a word around, of two clauses the one after "but"
counts, and praise for a mishap is irony. See `compose` for the rules.
"""

from textgym.corpora.reviews.compose import LABELS, draw

__all__ = ["LABELS", "draw"]
