"""Compiles the chess kernel where numba is installed; without it the same functions run as they stand, slowly.

So they do where `NUMBA_DISABLE_JIT` is set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba

    COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]  # it fills itself as it is loaded
except ImportError:
    COMPILED = False


def njit(function: Function) -> Function:
    """The function, made machine code at its first call and kept on disk where it can be; unchanged without numba."""
    if not COMPILED:
        return function
    try:
        compiled: Any = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither beside the source nor at home can anything be kept: each process compiles anew
        return cast(Function, numba.njit(nogil=True)(function))
    # numba looks for changes in the function's own file alone, and would keep what it has inlined from other files.
    compiled._cache._cache_file._source_stamp = _stamp()
    return cast(Function, compiled)


@cache
def _stamp() -> str:
    """What changes with any source of the chess tasks."""
    seen = hashlib.sha256()
    for file in sorted(Path(__file__).parent.parent.glob("chess*/*.py")):
        seen.update(file.read_bytes())
    return seen.hexdigest()
