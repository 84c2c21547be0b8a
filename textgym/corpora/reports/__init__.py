"""English reports with reference summaries: the built-in corpus of the summarisation task.

A report tells one event of one of eight domains (two, at hard), with background that a summary leaves
out. What the summary keeps follows from cues in the report, not from chance: see `compose`.
"""

from textgym.corpora.reports.compose import draw, plan

__all__ = ["draw", "plan"]
