"""Passages with a question and its short answer: the built-in corpus of the question answering task.

A passage tells of a few entities of one kind and, from medium on, of a person behind each. Everything it
says is marked as a fact, and every answer follows from the facts: see `compose`.
"""

from textgym.corpora.questions.compose import draw

__all__ = ["draw"]
