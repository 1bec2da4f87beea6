"""What was worth telling of an episode, and how its maps hang together: a pure look at one state after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .parts import Facing, Position
from .progress import Progress
from .state import GameState

KINDS = ("milestone", "end", "defeat", "map", "battle", "back", "step")
"""from what matters most to what matters least"""
_AHEAD = {Facing.UP: (0, -1), Facing.DOWN: (0, 1), Facing.LEFT: (-1, 0), Facing.RIGHT: (1, 0)}
_SIDES = {Facing.UP: "north", Facing.DOWN: "south", Facing.LEFT: "west", Facing.RIGHT: "east"}


@dataclass(frozen=True)
class Moment:
    """A step that is worth a picture."""

    step: int
    kind: str
    """out of `KINDS`"""
    told: str
    button: str
    """pressed in this step; empty for none"""
    state: GameState
    milestones: tuple[int, ...] = ()
    """numbers of those that were reached here, from 1 on"""


@dataclass(frozen=True)
class Join:
    """Two maps that are one land: `to` lies (x, y) squares right of and below `map`."""

    map: int
    to: int
    x: int
    y: int


@dataclass(frozen=True)
class Mark:
    """Where a milestone was reached."""

    number: int
    step: int
    map: int
    x: int
    y: int


class Chronicle:
    """Watches an episode.

    Args:
        state: at its beginning.
        progress: of the episode; it is looked at, never changed.
        every: an ordinary step is told of when so many have gone by.
    """

    def __init__(self, state: GameState, progress: Progress, every: int) -> None:
        self._progress, self._every = progress, every
        self._before, self._reached = state, set(progress.milestones.first)
        self._blackouts = progress.measures.blackouts
        self._been = set[int]() if state.title else {state.position.map}
        self.moments: list[Moment] = []
        self.joins: dict[tuple[int, int], Join] = {}
        self.doors: dict[int, frozenset[tuple[int, int]]] = {}
        """squares that lead to other maps, by map"""
        self.marks: list[Mark] = []
        self._tell("step", self.place(state), "", state)

    def see(self, state: GameState, button: str) -> Moment | None:
        """Look at the state after a step. Returns the moment, if it is one to be told of."""
        before, self._before = self._before, state
        if not state.title and state.position.map not in self.doors:
            self.doors[state.position.map] = frozenset((warp.x, warp.y) for warp in state.warps)
        found = [*self._milestones(state), *self._losses(), *self._changes(before, state)]
        if not found and self._progress.step % self._every == 0:
            found.append(("step", self.place(state)))
        if not found:
            return None
        kind = min((kind for kind, _ in found), key=KINDS.index)
        new = tuple(sorted(index + 1 for index in self._progress.milestones.first if index not in self._reached))
        self._reached |= set(self._progress.milestones.first)
        return self._tell(kind, "; ".join(told for _, told in found), button, state, new)

    def close(self, told: str) -> Moment:
        """The episode is over: its last moment says so."""
        last = self.moments[-1]
        if last.step == self._progress.step:
            end = replace(last, kind=min("end", last.kind, key=KINDS.index), told=f"{last.told}; {told}")
            self.moments[-1] = end
            return end
        return self._tell("end", told, "", self._before)

    @staticmethod
    def place(state: GameState) -> str:
        """Where the player is, in words."""
        if state.title:
            return "the title"
        return f"{state.position.name} ({state.position.x},{state.position.y})"

    def _tell(self, kind: str, told: str, button: str, state: GameState, milestones: tuple[int, ...] = ()) -> Moment:
        moment = Moment(self._progress.step, kind, told, button, state, milestones)
        self.moments.append(moment)
        return moment

    def _milestones(self, state: GameState) -> list[tuple[str, str]]:
        of, place = self._progress.milestones, state.position
        new = sorted(index for index in of.first if index not in self._reached)
        self.marks += [Mark(index + 1, of.first[index], place.map, place.x, place.y) for index in new]
        return [("milestone", f"milestone {index + 1}: {of.all[index].goal}") for index in new]

    def _losses(self) -> list[tuple[str, str]]:
        before, self._blackouts = self._blackouts, self._progress.measures.blackouts
        return [("defeat", "all creatures fainted")] if self._blackouts > before else []

    def _changes(self, before: GameState, state: GameState) -> list[tuple[str, str]]:
        found = []
        if state.in_battle and not before.in_battle and state.battle:
            foe = state.battle.foe
            kind = "a wild" if state.battle.kind == "wild" else "someone’s"
            found.append(("battle", f"{kind} {foe.name}, level {foe.level}"))
        if not state.title and (before.title or before.position.map != state.position.map):
            kind = "back" if state.position.map in self._been else "map"
            self._been.add(state.position.map)
            found.append((kind, f"came {'back ' * (kind == 'back')}to {state.position.name}"))
            if not before.title:
                self._join(before.position, state.position)
        return found

    def _join(self, before: Position, after: Position) -> None:
        """Over an edge of the map to the edge of its neighbour: the two are drawn side by side."""
        x, y = _AHEAD[after.facing]
        there = before.x + x, before.y + y
        outside = not (0 <= there[0] < before.width and 0 <= there[1] < before.height)
        behind = after.x - x, after.y - y
        entered = not (0 <= behind[0] < after.width and 0 <= behind[1] < after.height)
        if outside and entered and _SIDES[after.facing] in before.edges:
            key = before.map, after.map
            self.joins.setdefault(key, Join(*key, there[0] - after.x, there[1] - after.y))


def thinned(moments: Sequence[Moment], most: int) -> list[Moment]:
    """At most so many of them in their order: what matters most, and of the kind that is too many every so-manieth.

    The first and the last one always stay.
    """
    if len(moments) <= most:
        return list(moments)
    kept = {0, len(moments) - 1}
    for kind in KINDS:
        places = [place for place, each in enumerate(moments) if each.kind == kind and place not in kept]
        left = most - len(kept)
        if left < len(places):
            kept |= {places[(2 * n + 1) * len(places) // (2 * left)] for n in range(left)}
            break
        kept |= set(places)
    return [moments[place] for place in sorted(kept)]
