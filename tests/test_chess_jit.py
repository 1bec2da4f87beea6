"""The chess kernel where numba can keep nothing on disk, as in a folder of another user and without a home."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

NO_CACHE = """
import numba
try:
    numba.njit(cache=True)(lambda x: x)
except RuntimeError:
    print("nothing is kept")
from reason_arena.tasks.chess import jit, kernel
assert jit.COMPILED
more = jit.njit(lambda x: x + 1)
print(more(1), len(more.signatures))
"""


def test_where_no_compiled_code_can_be_kept_it_is_compiled_anew() -> None:
    env = {**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "IPythonCacheLocator"}  # for code typed into a notebook
    done = subprocess.run([sys.executable, "-c", NO_CACHE], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["nothing is kept", "2 1"]
