"""All families, and which of them are held out. The folder `families` is the list."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path

from ..errors import UnknownName
from .family import Family

HELD_OUT: tuple[str, ...] = (
    "cube-divisors",
    "cubic-squared-product",
    "draws-without-replacement",
    "equiangular-hexagon",
    "factorable-quadratics",
    "repdigit-sum",
    "round-table-choice",
    "square-residue-count",
    "squares-in-dot-grid",
    "sum-of-root-floors",
    "waiting-for-a-block",
    "walks-past-holes",
    "words-without-block",
)
"""never posed in training, so that it can be asked what was learnt beyond the families"""


@cache
def families() -> dict[str, Family]:
    """All families by name, sorted."""
    folder = Path(__file__).parent / "families"
    modules = sorted(module.name for module in pkgutil.iter_modules([str(folder)]))
    found = [family for name in modules for family in import_module(f"{__package__}.families.{name}").FAMILIES]
    return {family.name: family for family in sorted(found, key=lambda family: family.name)}


def family(name: str) -> Family:
    """The family by that name; raises UnknownName."""
    if name not in families():
        raise UnknownName("family", name, families())
    return families()[name]


def every() -> tuple[Family, ...]:
    """All families."""
    return tuple(families().values())


def seen() -> tuple[Family, ...]:
    """The families that training poses."""
    return tuple(family for family in every() if family.name not in HELD_OUT)


def held() -> tuple[Family, ...]:
    """The families that only validation and test pose."""
    return tuple(family for family in every() if family.name in HELD_OUT)
