"""Openings of small stories, words that must occur, and a continuation: the built-in corpus of the story task.

A plot has a hero, a goal, one or two troubles with the turn that ends each, and an ending: see `compose`.
"""

from textgym.corpora.plots.compose import draw

__all__ = ["draw"]
