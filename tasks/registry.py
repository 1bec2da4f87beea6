"""Tasks by name. The folder is the registry: a module or package here that has a `generate` is a task."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import cast

from .errors import UnknownName
from .problem import Task

_NOT_TASKS = {"answer", "errors", "latex", "problem", "registry", "stream"}


@cache
def names() -> tuple[str, ...]:
    """All task names, sorted."""
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return tuple(sorted(name for name in found if name not in _NOT_TASKS))


def load(name: str) -> Task:
    """The task by that name.

    Raises:
        UnknownName: no task is called that.
    """
    if name not in names():
        raise UnknownName("task", name, names())
    return cast(Task, import_module(f"{__package__}.{name}"))
