"""Names of sets of men, such as KQK and KPKR, and what becomes of one by captures and promotions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from ..errors import ReasonError
from .geometry import KING_PLACES, PAWN
from .retrograde import Plan, Values

MOST = 4
"""men, both kings among them"""
_LETTERS = "PNBRQK"
"""by kind, from 1"""
PROMOTIONS = (2, 3, 4, 5)


class BadMaterial(ReasonError, ValueError):
    """A set of men that is none, or one that no table is made of."""


class Man(NamedTuple):
    """One of a set: side 0 or 1, kind 1 (pawn) to 6 (king)."""

    side: int
    kind: int


def read(text: str) -> tuple[str, bool]:
    """The name under which a set of men is solved, and whether its sides change places for it.

    A side with pawns comes first, or else the stronger one, each with its men in falling order.

    Raises:
        BadMaterial: not two sides of a king and up to two men more in all, or both have pawns.

    >>> read("KQK"), read("KKR"), read("KBKP")
    (('KQK', False), ('KRK', True), ('KPKB', True))
    """
    match = re.fullmatch(r"K([QRBNP]*)K([QRBNP]*)", text)
    if match is None or len(text) > MOST:
        raise BadMaterial(
            f"material {text!r}: expected the men of the two sides, up to {MOST} in all, such as KQK, KRK, KPK or KQKR"
        )
    men = [Man(side, _LETTERS.index(letter) + 1) for side in (0, 1) for letter in match[side + 1]]
    if {Man(0, PAWN), Man(1, PAWN)} <= set(men):
        raise BadMaterial(f"material {text!r}: expected pawns on one side at most")
    swapped = _strength(men, 1) > _strength(men, 0)
    return name_of([Man(man.side ^ swapped, man.kind) for man in men]), swapped


def _strength(men: list[Man], side: int) -> tuple[bool, int, list[int]]:
    kinds = sorted((man.kind for man in men if man.side == side), reverse=True)
    return PAWN in kinds, len(kinds), kinds


def name_of(men: list[Man]) -> str:
    """The name of two sides with kings and these men besides, first side first.

    >>> name_of([Man(0, 3), Man(1, 2), Man(0, 5)])
    'KQBKN'
    """
    sides = (sorted((man.kind for man in men if man.side == side), reverse=True) for side in (0, 1))
    return "".join("K" + "".join(_LETTERS[kind - 1] for kind in kinds) for kinds in sides)


@cache
def men_of(name: str) -> tuple[Man, ...]:
    """The men in the order in which a table has them: both kings, the first side's others, the second's.

    >>> men_of("KPK")
    (Man(side=0, kind=6), Man(side=1, kind=6), Man(side=0, kind=1))
    """
    first, second = name[1:].split("K")
    others = [
        Man(side, _LETTERS.index(letter) + 1) for side, letters in enumerate((first, second)) for letter in letters
    ]
    return (Man(0, 6), Man(1, 6), *others)


def shape(name: str) -> tuple[int, int]:
    """Of the values of a set: by side to move, and by number of the position."""
    return 2, KING_PLACES["P" in name] * 64 ** (len(name) - 1)


class _Route(NamedTuple):
    gone: int
    """the man captured, or -1"""
    mover: int
    promoted: int
    name: str
    """what is left"""
    swapped: bool
    order: list[int]
    """its men as men of before"""


def _routes(name: str) -> Iterator[_Route]:
    men = men_of(name)
    for mover in range(len(men)):
        for gone in (-1, *range(2, len(men))):
            if gone >= 0 and men[gone].side == men[mover].side:
                continue
            for promoted in (0, *(PROMOTIONS if men[mover].kind == PAWN else ())):
                if gone >= 0 or promoted:
                    yield _route(men, gone, mover, promoted)


def _route(men: tuple[Man, ...], gone: int, mover: int, promoted: int) -> _Route:
    left = {k: man for k, man in enumerate(men) if k != gone}
    if promoted:
        left[mover] = Man(men[mover].side, promoted)
    name, swapped = read(name_of([man for k, man in left.items() if k > 1]))
    order = [_taken(left, Man(man.side ^ swapped, man.kind)) for man in men_of(name)]
    return _Route(gone, mover, promoted, name, swapped, order)


def _taken(left: dict[int, Man], wanted: Man) -> int:
    """Take a man like this out of those that are left, and say which it was."""
    found = next(k for k, man in left.items() if man == wanted)
    del left[found]
    return found


@cache
def smaller(name: str) -> tuple[str, ...]:
    """All sets that captures and promotions lead to, sooner or later, each after those that it leads to itself.

    >>> smaller("KQK"), smaller("KPK")
    (('KK',), ('KK', 'KNK', 'KBK', 'KRK', 'KQK'))
    """
    found: dict[str, None] = {}
    for route in _routes(name):
        found.update(dict.fromkeys((*smaller(route.name), route.name)))
    return tuple(found)


def plan(name: str, solved: Mapping[str, Values]) -> Plan:
    """What the solver needs to know of a set, given the values of the smaller ones."""
    men, parts, starts, start = men_of(name), smaller(name), dict[str, int](), 0
    for part in parts:
        starts[part] = start
        start += solved[part].size
    routes = list(_routes(name))
    numbers, orders = np.full((len(men) + 1, len(men), 6), -1), np.zeros((len(routes) + 1, MOST), np.int64)
    about = np.zeros((len(routes) + 1, 5), np.int64)
    for n, route in enumerate(routes):
        numbers[route.gone + 1, route.mover, route.promoted] = n
        orders[n, : len(route.order)] = route.order
        half = shape(route.name)[1]
        about[n] = len(route.order), "P" in route.name, route.swapped, starts[route.name], half
    values = [solved[part].ravel() for part in parts]
    return Plan(
        np.array([man.kind for man in men]),
        np.array([man.side for man in men]),
        int("P" in name),
        numbers,
        orders,
        about,
        np.concatenate([*values, np.zeros(0, np.uint8)]),
    )


def names() -> tuple[str, ...]:
    """All sets that a table can be made of."""
    sides = ["".join(men) for count in range(MOST - 1) for men in combinations_with_replacement("QRBNP", count)]
    pairs = [(a, b) for a in sides for b in sides if len(a) + len(b) <= MOST - 2 and not ("P" in a and "P" in b)]
    return tuple(sorted({read(f"K{a}K{b}")[0] for a, b in pairs}))
