"""Dialogues with a persona to play, a user with questions and wishes, and the best reply to each of its turns."""

from textgym.corpora.dialogues.compose import draw

__all__ = ["draw"]
