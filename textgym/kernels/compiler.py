"""How the kernels are compiled: by numba where it is installed, into a cache that knows all their sources."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMPILED = os.environ.get("TEXTGYM_NO_JIT", "") in ("", "0")
"""Whether the kernels are compiled in this process."""
if COMPILED:
    try:
        import numba
    except ImportError:
        COMPILED = False


def _fingerprint() -> str:
    """Of the sources of all kernels."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


_SOURCES = _fingerprint() if COMPILED else ""


def _compiled(function: Callable[..., Any], **options: Any) -> Any:
    # Numba's cache looks at the file of a function, not at those of the functions compiled into it. It goes by the
    # qualified name, too: with all sources in that, nothing stale is ever found.
    function.__qualname__ += "_" + _SOURCES
    return numba.njit(cache=True, error_model="numpy", **options)(function)


def jit(function: Callable[..., Any]) -> Any:
    """`function`, compiled if numba is there.

    Without numba's reference counts, which took three quarters of the time: so it may not make arrays.
    """
    return _compiled(function, _nrt=False) if COMPILED else function


def making(function: Callable[..., Any]) -> Any:
    """`jit` of a function that makes arrays."""
    return _compiled(function) if COMPILED else function


def part(function: Callable[..., Any]) -> Any:
    """`function`, compiled into those that call it: passing six arrays on costs more than most of these do."""
    return numba.njit(forceinline=True, error_model="numpy", _nrt=False)(function) if COMPILED else function
