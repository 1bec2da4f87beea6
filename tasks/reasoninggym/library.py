"""reasoning-gym as a function: an item is what `create_dataset(task, seed=number, size=1, **config)[0]` yields.

Its datasets are functions of a seed with a few exceptions, which are mended here: two draw from the global random
state of Python and numpy (it is put back), one prints, and four go through sets, whose order differs from process to
process (they are sorted). Two are left out, see `REFUSED`. What cannot be mended: of several right answers
`knight_swap` and, once in fifty, `intermediate_integration` name another one in another process; the questions are the
same.

Nothing of the library is imported before it is asked for: it is the extra `reasoning-gym`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from copy import copy
from dataclasses import fields
from functools import lru_cache
from importlib import import_module
from io import StringIO
from threading import Lock, RLock
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import BadConfig

PACKAGE = "reasoning_gym"
EXTRA = "reasoning-gym"
SEEDS = 1 << 32
"""items are drawn by numbers below it: some datasets seed numpy's old generator, which takes no more"""
REFUSED = {
    "codeio": "it runs programs that nobody has vetted, some of which draw other numbers in every process",
    "composite": "it is a mixture of others; ask for those",
}
_BUILT_BY_SEED = frozenset({"acre", "gsm_symbolic", "list_functions", "survo"})
"""their seed decides when they are made; of all others one is made and handed seed after seed"""
_GLOBAL = frozenset({"bf", "list_functions", "pool_matrix", "rectangle_count", "tower_of_hanoi"})
"""they print, or draw from global random states"""
_LOCK = RLock()
_KEPT = 1024
_ITEMS: dict[tuple[str, str, int], dict[str, Any]] = {}
"""the items of the last problems"""
_SHELF = Lock()


def package() -> ModuleType:
    """The library. Raises BadConfig, which says how to install it, where it is not."""
    try:
        return import_module(PACKAGE)
    except ImportError:
        raise BadConfig(
            f"reasoning-gym, whose problems these are, is missing; pip install 'reason-arena[{EXTRA}]'"
        ) from None


def names() -> tuple[str, ...]:
    """All tasks that can be asked, sorted. Raises BadConfig without the library."""
    package()
    found = import_module(f"{PACKAGE}.factory").DATASETS
    return tuple(sorted(set(found) - set(REFUSED)))


def options(name: str) -> dict[str, Any]:
    """What can be set about a task, with its default where it has one."""
    package()
    _, config = import_module(f"{PACKAGE}.factory").DATASETS[name]
    return {field.name: field.default for field in fields(config) if field.name not in ("seed", "size")}


@lru_cache(32)
def dataset(name: str, config: str, seed: int = 0) -> Any:
    """A dataset. It is shared and must not be changed.

    Args:
        name: of a task.
        config: settings that differ from its defaults, as JSON.
        seed: of its items.
    """
    return _make(name, config, seed)


def _make(name: str, config: str, seed: int) -> Any:
    made = package().create_dataset(name, seed=seed, size=1, **_settings(name, json.loads(config)))
    if name in ("ransom_note", "isomorphic_strings"):
        made.letters = _Sorted(made.letters)
    elif name == "word_ladder":
        made._get_neighbors = _in_order(made._get_neighbors)
    elif name == "polynomial_multiplication":
        made._get_monomials = _in_order(made._get_monomials)
    return made


def _settings(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no tuples: a list becomes one where the default is one."""
    defaults = options(name)
    return {
        key: tuple(value) if isinstance(value, list) and isinstance(defaults.get(key), tuple) else value
        for key, value in given.items()
    }


class _Sorted(set[str]):
    """A set that goes through its members in their order, and so do its differences."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__()))

    def __sub__(self, other: Any) -> _Sorted:
        return _Sorted(super().__sub__(other))


def _in_order(method: Any) -> Any:
    def ordered(*arguments: Any) -> list[Any]:
        return sorted(method(*arguments), key=str)

    return ordered


def item(name: str, config: str, number: int) -> dict[str, Any]:
    """As `draw`, or out of memory. It is shared and must not be changed."""
    found = _ITEMS.get((name, config, number))
    if found is None:
        found = draw(name, config, number)
        keep(name, config, number, found)
    return found


def keep(name: str, config: str, number: int, entry: dict[str, Any]) -> None:
    """Remember an item that is likely to be asked for again; the oldest is forgotten."""
    with _SHELF:
        _ITEMS[name, config, number] = entry
        while len(_ITEMS) > _KEPT:
            del _ITEMS[next(iter(_ITEMS))]


def draw(name: str, config: str, number: int) -> dict[str, Any]:
    """An item: "question", "answer" and "metadata".

    Args:
        name: of a task.
        config: settings that differ from its defaults, as JSON.
        number: which, from 0 to `SEEDS` - 1.
    """
    with _kept_apart(number) if name in _GLOBAL else nullcontext():
        if name in _BUILT_BY_SEED:
            made = _make(name, config, number)
        else:
            made = copy(dataset(name, config))
            made.seed = number
        found: dict[str, Any] = made[0]
        return found


@contextmanager
def _kept_apart(seed: int) -> Iterator[None]:
    """Global random states seeded for a block and put back after it; what it prints goes nowhere."""
    with _LOCK:
        states = random.getstate(), np.random.get_state()  # noqa: NPY002 - it is theirs
        try:
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            with redirect_stdout(StringIO()):
                yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


def score(name: str, config: str, entry: Mapping[str, Any], text: str) -> float:
    """What the library itself gives for an answer, from 0 to 1. It may raise, evaluate the text, or never return."""
    lent = {**entry, "metadata": dict(entry["metadata"])}  # one scorer takes notes in it
    with _kept_apart(0) if name in _GLOBAL else nullcontext():
        return float(dataset(name, config).score_answer(text, lent))


def has_own_scorer(name: str) -> bool:
    """Whether a task has a scorer of its own; otherwise an answer has to contain the right text."""
    package()
    base = import_module(f"{PACKAGE}.dataset").ProceduralDataset
    cls, _ = import_module(f"{PACKAGE}.factory").DATASETS[name]
    return cls.score_answer is not base.score_answer
