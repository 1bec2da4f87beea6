"""Tasks by name. The folder is the registry: a module or package here that has a `generate` is a task."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from .errors import BadConfig, UnknownName
from .problem import Level, Styled, Task


@cache
def _tasks() -> dict[str, Task]:
    modules = (
        module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name != "registry"
    )
    found = {name: import_module(f"{__package__}.{name}") for name in sorted(modules)}
    return {name: cast(Task, module) for name, module in found.items() if hasattr(module, "generate")}


def names() -> tuple[str, ...]:
    """All task names, sorted."""
    return tuple(_tasks())


def task_of(env_id: str) -> str:
    """The name of the task behind an environment: "Reason-Arithmetic-v0" poses "arithmetic"."""
    parts = env_id.rpartition(":")[2].split("-")
    return parts[min(1, len(parts) - 1)].lower()


def load(name: str) -> Task:
    """The task by that name. One of games is a `World` only; whoever needs answers of problems asks `solved` for it.

    Raises:
        UnknownName: no task is called that.
    """
    if name not in _tasks():
        raise UnknownName("task", name, names())
    return _tasks()[name]


def solved(name: str) -> Task:
    """The task by that name, whose problems have answers and worked solutions.

    Raises:
        UnknownName: no task is called that.
        BadConfig: it has games, which have neither.
    """
    task = load(name)
    if not isinstance(task, Task):
        raise BadConfig(f"task {name!r} has games, without right answers and worked solutions; let an agent show some")
    return task


def extra(name: str) -> str:
    """The extra that brings a task's problems, empty if they are ours; see `ready`. Raises UnknownName."""
    return str(getattr(load(name), "EXTRA", ""))


def world(name: str, level: Level) -> str:
    """What a level of a task is called after, empty if after nothing: HEARTHWAY. Raises UnknownName, BadLevel."""
    named = getattr(load(name), "world", None)
    return str(named(level)) if named else ""


def ready(name: str) -> bool:
    """Whether a task has its problems: they are ours, or the package of its extra is there. Raises UnknownName."""
    return not extra(name) or find_spec(load(name).PACKAGE) is not None  # type: ignore[attr-defined]


def styled(name: str, styles: Sequence[str]) -> Styled:
    """The task by that name, whose worked solutions can be written in all of these styles.

    Raises:
        UnknownName: no such task, or it has no such style.
    """
    task = load(name)
    known = getattr(task, "STYLES", ())
    for style in styles:
        if style not in known:
            raise UnknownName(f"style of {name}", style, known)
    return cast(Styled, task)
