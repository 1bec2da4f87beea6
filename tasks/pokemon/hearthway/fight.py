"""How the solver fights: run from what wears it down, snare what it wants, else hit with the best move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .beings import ITEMS

if TYPE_CHECKING:
    from .solver import Solver


def _main_menu(solver: Solver) -> bool:
    return solver.look.reads(10, 14, "FIGHT") and solver.look.reads(16, 16, "RUN")


def _choose(solver: Solver, column: int, row: int) -> Iterator[str]:
    """One of fight (0,0), team (1,0), bag (0,1), run (1,1)."""
    while solver.look.memory[0xCC25] != (15 if column else 9):
        yield "right" if column else "left"
    while solver.look.memory[0xCC26] != row:
        yield "down" if row else "up"
    yield "a"


def _use(solver: Solver, key: str) -> Iterator[str]:
    """An item of the bag; a cure goes to the creature that fights."""
    number = ITEMS[key].number
    yield from _choose(solver, 0, 1)
    yield from solver.list_to([item for item, _ in solver.look.bag].index(number))
    yield "a"
    if key != "SNARE":
        yield from solver.cursor_to(solver.look.memory[0xCC2F])
        yield "a"


def _hit(solver: Solver) -> Iterator[str]:
    """The strongest move there is strength for."""
    yield from _choose(solver, 0, 0)
    moves = solver.look.own_moves
    best = max(range(len(moves)), key=lambda i: solver.strength(moves[i][0]) * bool(moves[i][1]))
    yield from solver.cursor_to(best)
    yield "a"


def _catch(solver: Solver, weak: bool) -> Iterator[str]:
    """A snare at once where a hit might be the foe's end or ours, else a hit to tire it first."""
    look = solver.look
    heavy = look.level(look.memory[0xCC2F]) > look.foe_level + 3
    yield from _use(solver, "SNARE") if weak or heavy or look.foe_health < 0.7 else _hit(solver)


def _able(solver: Solver) -> int:
    look = solver.look
    return max(range(look.size), key=look.health)


def fight(solver: Solver) -> Iterator[str]:
    """One decision, or one press that brings the next nearer."""
    look = solver.look
    if look.fighting == 1 or look.fighting == 2:
        active = look.memory[0xCC2F]
        if look.reads(1, 14, "Choose a creature."):
            yield from solver.cursor_to(_able(solver))
            yield "a"
            return
        if _main_menu(solver):
            weak = look.health(active) < 0.4
            if look.fighting == 2:
                use = weak and look.count(ITEMS["SALVE"].number)
                yield from _use(solver, "SALVE") if use else _hit(solver)
            elif look.foe == solver.wanted and look.slot_of(look.foe) is None and look.count(ITEMS["SNARE"].number):
                yield from _catch(solver, weak)
            elif weak or look.spent(active) or solver.wanted is not None:
                yield from _choose(solver, 1, 1)
            else:
                yield from _hit(solver)
            return
    yield "b"
