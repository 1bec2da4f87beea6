"""Pickles that are read without running what they name: arrays, plain values, and records of tasks and environments.

An ordinary pickle is a program: whoever wrote it chooses which functions are called when it is read. A training state
holds whatever an environment keeps of its episodes, which no format of arrays has room for; so it is a pickle, and its
reader makes values of the kinds below and refuses every other name before it is looked up.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from ...tasks.errors import BadCheckpoint

_TASKS = "reason_arena.tasks."
_NAMED = frozenset(
    {
        ("builtins", "bytearray"),
        ("builtins", "complex"),
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("collections", "Counter"),
        ("collections", "OrderedDict"),
        ("collections", "deque"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("reason_arena.envs.desk", "Desk"),
        ("reason_arena.envs.pokemon.runups", "RunUps"),
        ("reason_arena.tasks.aime.catalogue", "family"),
    }
)


def loads(content: bytes) -> Any:
    """The value of a pickle.

    Raises:
        BadCheckpoint: it names something else than a value's class; nothing of it has been called.
    """
    return _Reader(io.BytesIO(content)).load()


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """A class of values. With a dot in it, a name could reach anything that its module imports."""
        if (module, name) in _NAMED:
            return super().find_class(module, name)
        if module.startswith(_TASKS) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise BadCheckpoint(
            f"a training state names {module}.{name}, which is no value of ours: it may have been made to run a "
            "program here, and was not read; take it from whom you trust, or begin anew in another folder"
        )
