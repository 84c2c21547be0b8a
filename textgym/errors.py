"""Messages for bad input: the field, what came, what is allowed, the nearest match."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(field: str, got: object, allowed: Iterable[object]) -> ValueError:
    """A `ValueError` for a value that is not one of `allowed`, with the nearest match.

    >>> str(unknown("split", "tran", ["train", "test"]))
    "split: got 'tran', allowed are 'train', 'test'; did you mean 'train'?"
    """
    names = [str(a) for a in allowed]
    near = difflib.get_close_matches(str(got), names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return ValueError(f"{field}: got {got!r}, allowed are {', '.join(map(repr, names))}{hint}")


def check_choice(field: str, got: object, allowed: Iterable[object]) -> None:
    """Raise `unknown(...)` unless `got` is one of `allowed`."""
    options = list(allowed)
    if not isinstance(got, str) or got not in options:
        raise unknown(field, got, options)


def check_int(field: str, got: object, minimum: int, maximum: int | None = None) -> int:
    """`got` as a Python int in [minimum, maximum], or a `ValueError`; bools are refused."""
    import operator

    limits = f"an integer of at least {minimum}" + ("" if maximum is None else f" and at most {maximum}")
    try:
        value = operator.index(got)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"{field}: got {got!r} ({type(got).__name__}), allowed is {limits}") from None
    if isinstance(got, bool) or value < minimum or (maximum is not None and value > maximum):
        raise ValueError(f"{field}: got {got!r}, allowed is {limits}")
    return value
