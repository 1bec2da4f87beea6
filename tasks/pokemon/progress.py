"""How far an episode has got: measures that never fall, from which rewards are made, and what the views show of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from . import addresses as at
from .atlas import Atlas
from .memory import STATUS_FROM, Raw
from .milestones import Milestone, Milestones
from .parts import Facing
from .state import GameState

LEVELS_IN_FULL = 15
"""of the sum of levels; above, four count as one"""


class Measures(NamedTuple):
    """What an episode has done so far. None of them ever falls, so their increases sum to last less first."""

    milestones: float = 0
    """of those that the game is until"""
    badges: float = 0
    events: float = 0
    """other events than those of milestones, each counted once"""
    squares: float = 0
    maps: float = 0
    levels: float = 0
    """the highest sum of the party's levels, what is above 15 counted a quarter"""
    seen: float = 0
    caught: float = 0
    healed: float = 0
    """shares of the party's hp that were given back after damage, see `Healing`"""
    blackouts: float = 0
    blocked: float = 0
    """presses of a direction that led nowhere"""
    talks: float = 0
    """people who were talked to, each counted once between two milestones"""


_COSTS = Measures._fields.index("blackouts")
"""from here on, measures of what is no progress"""
_DEX = slice(at.DEX_OWNED - STATUS_FROM, at.DEX_OWNED - STATUS_FROM + 2 * at.DEX_SIZE)
_AHEAD = {Facing.DOWN: (0, 1), Facing.UP: (0, -1), Facing.LEFT: (-1, 0), Facing.RIGHT: (1, 0)}


class Healing:
    """Shares of hp given back, no more than were taken, and no more than one whole party between two advances.

    What counts is the party as it is: where its creatures change, as in the box, nothing is healed and old damage is
    forgotten; where its total hp grows, as with a level, nothing is healed by that; after a blackout neither.
    Without the limit a walk between the tall grass and a free bed would pay for ever.
    """

    def __init__(self) -> None:
        self.total = 0.0
        self._debt, self._allowance = 0.0, 1.0
        self._last: tuple[bytes, int, int] | None = None

    def advance(self) -> None:
        """A milestone or a level that is new: a whole party may be healed again."""
        self._allowance = 1.0

    def update(self, species: bytes, hp: int, top: int) -> None:
        """Look at the party: species in order, sum of hp, sum of what it could be."""
        before, self._last = self._last, (species, hp, top)
        if before is None or before[0] != species or not hp or not before[1]:
            self._debt = 0.0
        elif before[2] == top:
            change = (hp - before[1]) / top
            paid = max(min(change, self._debt, self._allowance), 0.0)
            self._debt = max(self._debt - change, 0.0)
            self._allowance -= paid
            self.total += paid


class Progress:
    """What an episode has done and seen so far.

    Args:
        milestones: of the cartridge.
        unpaid: events that count for nothing, besides those of milestones.
        max_steps: when the episode is broken off, which both views show; 0 for never.
        until: number of the milestone that the game is until, 0 for the last; those beyond it are not measured.
    """

    def __init__(
        self, milestones: Sequence[Milestone], unpaid: Collection[int] = (), max_steps: int = 0, until: int = 0
    ) -> None:
        self.milestones = Milestones(milestones, until)
        self.max_steps = max_steps
        own = {index for each in milestones if each.kind == "event" for index in each.where}
        self._paid = ~sum(1 << index for index in own | set(unpaid))
        self._clear()

    def _clear(self) -> None:
        self.step = self.advanced = 0
        self.atlas, self.healing = Atlas(), Healing()
        self.measures = Measures()
        self.notes = ""
        """the agent's own"""
        self.last = ""
        """what became of the last action"""
        self._events, self._raw_events = 0, b""
        self._owned, self._seen, self._raw_dex = 0, 0, b""
        self._badges, self._levels = 0, 0.0
        self._party: tuple[int, bytes] = (0, b"")
        self._lost = False
        self._blackouts = 0
        self._talking = False
        self._talked: set[tuple[int, int, int]] = set()

    @property
    def idle(self) -> int:
        """Steps since a measure of progress last grew."""
        return self.step - self.advanced

    def begin(self, state: GameState) -> None:
        """Forget everything; what memory shows now is where the episode starts from."""
        self._clear()
        self.milestones.begin(state.raw)
        self._measure(state, 0)

    def update(self, state: GameState, blocked: int = 0) -> Measures:
        """A step was done.

        Args:
            state: after it.
            blocked: presses of a direction in it that led nowhere.

        Returns:
            the measures now; they are never less than before.
        """
        self.step += 1
        self.milestones.update(state.raw, self.step)
        self._measure(state, blocked)
        return self.measures

    def _measure(self, state: GameState, blocked: int) -> None:
        raw, before = state.raw, self.measures
        self.atlas.see(state)
        if raw.events != self._raw_events:
            self._raw_events = raw.events
            self._events |= int.from_bytes(raw.events, "little") & self._paid
        dex = raw.status[_DEX]
        if dex != self._raw_dex:
            self._raw_dex = dex
            self._owned |= int.from_bytes(dex[: at.DEX_SIZE], "little")
            self._seen |= int.from_bytes(dex[at.DEX_SIZE :], "little")
        self._badges |= raw.cell(at.BADGES)
        if (raw.in_battle, raw.party) != self._party:
            self._party = raw.in_battle, raw.party
            self._look_at_party(raw)
        talking = bool(raw.font) and not raw.in_battle
        if talking and not self._talking:
            self._look_at_partner(state)
        self._talking = talking
        now = Measures(
            self.milestones.on_the_way,
            self._badges.bit_count(),
            self._events.bit_count(),
            self.atlas.squares,
            self.atlas.maps,
            self._levels,
            self._seen.bit_count(),
            self._owned.bit_count(),
            self.healing.total,
            self._blackouts,
            before.blocked + blocked,
            len(self._talked),
        )
        if now == before:
            return
        if now.milestones > before.milestones:
            self.healing.advance()
        if now[:_COSTS] != before[:_COSTS]:
            self.advanced = self.step
        self.measures = now

    def _look_at_partner(self, state: GameState) -> None:
        """A text has just opened: count whom it is with, if it is no sign and no menu."""
        if state.title or state.menu:
            return
        where, people = state.position, {(person.x, person.y): person.slot for person in state.people}
        x, y = _AHEAD[where.facing]
        # One who stands behind a counter is two squares away.
        for far in (1, 2):
            if (slot := people.get((where.x + far * x, where.y + far * y))) is not None:
                self._talked.add((self.milestones.count, where.map, slot))
                return

    def _look_at_party(self, raw: Raw) -> None:
        species, hp, top, levels = b"", 0, 0, 0
        for start in range(0, len(raw.party), at.RECORD_SIZE):
            record = raw.party[start : start + at.RECORD_SIZE]
            most = record[34] << 8 | record[35]
            species += record[:1]
            top += most
            hp += min(record[1] << 8 | record[2], most)
            levels += min(record[33], 100)
        counted = min(levels, LEVELS_IN_FULL) + max(levels - LEVELS_IN_FULL, 0) / 4
        if counted > self._levels:
            self._levels = counted
            self.healing.advance()
        self.healing.update(species, hp, top)
        lost = bool(species) and (not hp or raw.in_battle == 0xFF)
        self._blackouts += lost and not self._lost
        self._lost = lost
