"""Where things are kept that took long to make and can be made again: the user's cache folder."""

from __future__ import annotations

import os
from pathlib import Path


def folder() -> Path:
    """`$REASON_CACHE`, or `reason-arena` in `$XDG_CACHE_HOME`, by default ~/.cache; it need not be there yet.

    Raises:
        RuntimeError: neither is set, and the user has no home.
    """
    if own := os.environ.get("REASON_CACHE"):
        return Path(own).expanduser()
    shared = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG specification has relative paths ignored.
    return (shared if shared.is_absolute() else Path.home() / ".cache") / "reason-arena"
