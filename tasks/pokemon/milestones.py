"""The steps of a game's way, and who has got how far: furthest one, count, and when each was first reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from . import addresses as at
from .memory import STATUS_FROM, Raw

_DEX = slice(at.DEX_OWNED - STATUS_FROM, at.DEX_OWNED - STATUS_FROM + at.DEX_SIZE)
_MAP, _WIDTH, _BADGES = (address - STATUS_FROM for address in (at.MAP, at.MAP_WIDTH, at.BADGES))
Kind = Literal["event", "map", "badge", "owned", "bit", "equal"]


@dataclass(frozen=True)
class Milestone:
    """A step that can be told from memory."""

    goal: str
    """what to do, as the text view tells it: "deliver the parcel" """
    kind: Kind
    where: tuple[int, ...]
    """any one of these: indices of events, ids of maps, bits of badges; how many species for "owned"; one address for
    "bit" and "equal" """
    value: int = 0
    """of "bit": its number, of "equal": what the cell has to hold"""

    @property
    def cells(self) -> tuple[int, ...]:
        """Addresses beyond events, maps and badges that have to be read for it."""
        return self.where[:1] if self.kind in ("bit", "equal") else ()

    def reached(self, raw: Raw, watched: Sequence[int]) -> bool:
        """Whether memory shows it now; `watched` are the addresses of `raw.watched`."""
        if self.kind == "event":
            return any(raw.events[index >> 3] >> (index & 7) & 1 for index in self.where)
        if self.kind == "map":
            return raw.cell(at.MAP) in self.where and raw.cell(at.MAP_WIDTH) > 0
        if self.kind == "badge":
            return any(raw.cell(at.BADGES) >> bit & 1 for bit in self.where)
        if self.kind == "owned":
            return int.from_bytes(raw.span(at.DEX_OWNED, at.DEX_SIZE), "little").bit_count() >= self.where[0]
        cell = raw.watched[watched.index(self.where[0])]
        return bool(cell >> self.value & 1) if self.kind == "bit" else cell == self.value


@dataclass(frozen=True)
class Reached:
    """A milestone that was reached, and when first."""

    index: int
    step: int


class Milestones:
    """Which milestones an episode has reached: what was reached once stays so.

    Args:
        milestones: in the order of the way.
        until: number of the one that the game is until, 0 for the last; what lies beyond it is no part of the way.
    """

    def __init__(self, milestones: Sequence[Milestone], until: int = 0) -> None:
        self.all = tuple(milestones)
        self._until = until or len(self.all)
        self._watched = tuple(dict.fromkeys(cell for each in self.all for cell in each.cells))
        self.first: dict[int, int] = {}
        """the step of first reach, by index"""
        self.before: frozenset[int] = frozenset()
        """those that the episode began with, at step 0"""
        self._seen: tuple[object, ...] = ()

    @property
    def count(self) -> int:
        """How many were reached, those that the episode began with among them."""
        return len(self.first)

    @property
    def on_the_way(self) -> int:
        """How many were reached of those that the game is until."""
        if self._until == len(self.all):
            return len(self.first)
        return sum(index < self._until for index in self.first)

    @property
    def furthest(self) -> int:
        """Number of the furthest one reached, from 1 on; 0 for none."""
        return max(self.first, default=-1) + 1

    @property
    def next(self) -> Milestone | None:
        """The first one in order that is not reached yet."""
        return next((each for index, each in enumerate(self.all) if index not in self.first), None)

    @property
    def done(self) -> bool:
        """Whether the last one is reached."""
        return bool(self.all) and len(self.all) - 1 in self.first

    def begin(self, raw: Raw) -> None:
        """Forget what was, and take what memory shows now as given."""
        self.first, self._seen = {}, ()
        self.update(raw, 0)
        self.before = frozenset(self.first)

    def update(self, raw: Raw, step: int) -> tuple[Reached, ...]:
        """Look again. Returns what is new, in order."""
        cells = raw.status
        seen = (raw.events, cells[_DEX], cells[_BADGES], cells[_MAP], cells[_WIDTH], raw.watched)
        if seen == self._seen:
            return ()
        self._seen = seen
        new = tuple(
            Reached(index, step)
            for index, each in enumerate(self.all)
            if index not in self.first and each.reached(raw, self._watched)
        )
        self.first |= {each.index: each.step for each in new}
        return new
