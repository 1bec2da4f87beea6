"""What the chess tasks need beside this package."""

from __future__ import annotations

from importlib.util import find_spec

from ..errors import BadConfig

PACKAGE = EXTRA = "chess"
"""the package that the tasks need, and the extra that brings it"""


def needed() -> None:
    """Raises BadConfig, which says how to install it, where python-chess is missing."""
    if find_spec(PACKAGE) is None:
        raise BadConfig(f"python-chess, which knows the rules, is missing; pip install 'reason-arena[{EXTRA}]'")
