"""Published formats with a row for each reference: neighbouring rows of one example taken together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textgym.corpora.table import RowSource

GROUP = "example_group"
"""Column that `Task.convert` may add to a row: neighbours with the same value are one example, their `references` (a
list in each) one after the other, everything else as in the first."""


def merged(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Numbered rows, those of a group as one; rows without a group as they are.

    >>> rows = [{"example_group": 0, "references": ["a"]}, {"example_group": 0, "references": ["b"]}]
    >>> list(merged(enumerate(rows)))
    [(0, {'references': ['a', 'b']})]
    """
    held: list[Mapping[str, Any]] = []
    first = 0
    for number, row in rows:
        if held and not _same(held[-1].get(GROUP), row.get(GROUP)):
            yield first, _joined(held)
            held = []
        if not held:
            first = number
        held.append(row)
    if held:
        yield first, _joined(held)


class GroupedRows:
    """The same for rows that stay on disk.

    Args:
        rows: with the column `GROUP`.
        groups: that column.
    """

    def __init__(self, rows: RowSource, groups: Sequence[Any]) -> None:
        self.rows = rows
        groups = list(groups)
        begins = [i for i in range(len(groups)) if not i or not _same(groups[i - 1], groups[i])]
        self._bounds = [*begins, len(groups)]

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def __getitem__(self, index: int) -> Mapping[str, Any]:
        return _joined([self.rows[i] for i in range(self._bounds[index], self._bounds[index + 1])])


def _same(one: Any, other: Any) -> bool:
    return one is not None and bool(one == other)


def _joined(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    if GROUP not in rows[0]:
        return rows[0]
    joined = {name: value for name, value in rows[0].items() if name != GROUP}
    if len(rows) > 1:
        joined["references"] = [text for row in rows for text in row["references"]]
    return joined
