"""The folder for what is cheaper to read again than to make again. All of it can be deleted at any time."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path


def cache_folder() -> Path:
    """$TEXTGYM_CACHE, or `textgym` in the platform's folder for caches."""
    chosen = os.environ.get("TEXTGYM_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "textgym" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "textgym"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "textgym"


def write_whole(path: Path, content: bytes) -> bool:
    """Write all or nothing: a reader sees the old file or the new one. Returns whether that was possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError:
        return False
    return True


def remove_unread(paths: Iterable[Path], days: float) -> None:
    """Remove those files that were neither read nor written for so many days, by what the file system notes of it."""
    limit = time.time() - days * 86400
    for path in paths:
        with contextlib.suppress(OSError):  # gone by now, or not ours to remove
            status = path.stat()
            if max(status.st_atime, status.st_mtime) < limit:
                path.unlink()
