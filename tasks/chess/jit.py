"""Compiles the chess kernel where numba is installed; without it the same functions run as they stand, slowly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba

    COMPILED = True
except ImportError:
    COMPILED = False


def njit(function: Function) -> Function:
    """The function, compiled to machine code at its first call and kept on disk; unchanged without numba."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function)) if COMPILED else function
