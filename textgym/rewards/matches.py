"""The matches of a pattern in a growing text, kept up to date token by token."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textgym.text.words import small


class Matches:
    """Where a pattern matches. A token costs the same whatever the length of the text.

    A token may lengthen the text, or rewrite its end. The matches that it can have touched are taken back, and what is
    behind the others is read again, from no further back than it takes.

    Args:
        pattern: what matches; never the empty string.
        lookahead: a match is settled once the text goes on more characters than this behind it.
        reach: a match that the last character completes begins at most so many characters before it, or where
            another one was taken back; 0 where all beginnings of matches match, too. None if nothing is known: then
            all that is behind the last match is read again.
        small: whether the text is read in small letters, as `textgym.text.words.small` has them.
    """

    def __init__(self, pattern: re.Pattern[str], lookahead: int, reach: int | None = None, small: bool = False) -> None:
        self.pattern, self.lookahead, self.reach, self.small = pattern, lookahead, reach, small
        self.spans: list[tuple[int, int]] = []
        self._length = 0

    def clear(self) -> None:
        """An empty text."""
        self.spans.clear()
        self._length = 0

    def update(self, text: str, start: int) -> tuple[int, Sequence[re.Match[str]]]:
        """The text now is `text`, its characters before `start` are as they were.

        Returns:
            How many of the last matches are taken back, and the matches that come in their place.
        """
        length, spans = len(text), self.spans
        if start == length == self._length:
            return 0, ()
        self._length = length
        gone, settled = 0, start - self.lookahead
        first = 0 if self.reach is None else start - self.reach
        while spans and spans[-1][1] >= settled:
            begin, _ = spans.pop()
            gone += 1
            if begin < first:
                first = begin
        behind = spans[-1][1] if spans else 0
        first = first if first > behind else behind
        if self.small:
            return gone, self._read_small(text, first)
        found = [*self.pattern.finditer(text, first)]
        for match in found:
            spans.append(match.span())
        return gone, found

    def _read_small(self, text: str, first: int) -> list[re.Match[str]]:
        """The matches from `first` on, in small letters; the character before may have a say."""
        begin = first - 1 if first else 0
        found = [*self.pattern.finditer(small(text[begin:]), first - begin)]
        self.spans += [(begin + match.start(), begin + match.end()) for match in found]
        return found
