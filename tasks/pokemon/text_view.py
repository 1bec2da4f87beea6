"""The text view: what a player sees, in sections that always come in one order.

CARTRIDGE, STEP and MILESTONES, WHERE, MAP, EXITS, PEOPLE, TEXT, MENU, BATTLE, PARTY, BAG, MONEY, NOTES, LAST; a section
without content is left out. MILESTONES has the numbers of those reached, in the order of the cartridge's way. The map
has the numbers of its columns and rows in squares of the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .parts import GRID_COLUMNS, GRID_ROWS, Creature, Square
from .progress import Progress
from .state import GameState

MARKS = '?#."~N>S@v()To'
"""signs of the map by the codes of `Square`; a free square where the player has been is `,` """
VISITED = ","
_BEEN = len(MARKS)
_SIGNS = (MARKS + VISITED).encode("ascii").ljust(256, b"?")
LEGEND = (
    '@ you, . free, , free and visited, # wall, " tall grass, ~ water, > exit, N someone, '
    "o something lying there, S sign, v ( ) ledges to jump down, left and right, T tree to cut, ? unseen"
)
LIMIT = 1300
"""most characters of what the game shows; long sections are cut with an ellipsis"""
NOTES_LIMIT, LAST_LIMIT = 400, 160
MAX_LENGTH = LIMIT + NOTES_LIMIT + LAST_LIMIT + 20
"""no text view is longer"""
_TERSE_TEXT, _TERSE_LAST, _TERSE_NOTES = 24, 60, 60
_MOST_PEOPLE, _MOST_EXITS, _MOST_TEXT = 8, 6, 320
_CUTTABLE = ("BAG", "TEXT", "PARTY", "MENU", "PEOPLE", "EXITS")
"""what is cut first where there is too much"""
_MOST_CUT = 24
_TRAVEL = ("", ", riding", ", on the water")


@dataclass(frozen=True)
class TextSettings:
    """What the text view shows besides the game."""

    notes: bool = True
    """the agent's own notes"""
    hints: bool = True
    """what the next milestone asks for"""
    terse: bool = False
    """a few lines, see `terse_view`, in place of all sections"""


def text_view(state: GameState, progress: Progress, settings: TextSettings | None = None) -> str:
    """A moment in words, at most `MAX_LENGTH` characters.

    Args:
        state: the moment.
        progress: of the episode, up to this moment.
        settings: what else to show.
    """
    settings = settings or TextSettings()
    if settings.terse:
        return terse_view(state, progress, settings)
    sections = {
        "CARTRIDGE": state.profile.title,
        "STEP": _step(progress),
        "MILESTONES": _milestones(progress, settings.hints),
        "WHERE": _where(state),
        "MAP": _map(state, progress),
        "EXITS": _exits(state),
        "PEOPLE": _people(state),
        "TEXT": _text(state),
        "MENU": _menu(state),
        "BATTLE": _battle(state),
        "PARTY": "; ".join(map(_creature, state.team)),
        "BAG": ", ".join(f"{item.name} x{item.count}" for item in state.bag),
        "MONEY": _money(state),
    }
    text = _joined(_fitted({name: body for name, body in sections.items() if body}))
    if settings.notes and progress.notes:
        text += "\nNOTES " + _one_line(progress.notes)[-NOTES_LIMIT:]
    if progress.last:
        text += "\nLAST " + _one_line(progress.last)[:LAST_LIMIT]
    return text


def terse_view(state: GameState, progress: Progress, settings: TextSettings) -> str:
    """The same moment in a hundred characters or two, for readers of little memory.

    How many milestones, WHERE, NEAR (the squares above, below, left and right), TEXT, MENU, BATTLE (foe, level, bar),
    PARTY (levels and hp), NOTES and LAST; the rest of the map, moves, bag and money are left out.
    """
    battle = state.battle
    sections = {
        "MILESTONES": str(len(progress.milestones.first)),
        "WHERE": _where(state),
        "NEAR": _near(state),
        "TEXT": _cut(_text(state), _TERSE_TEXT),
        "MENU": _menu(state),
        "BATTLE": f"{battle.foe.name} L{battle.foe.level} {battle.foe.bar}/48" if battle else "",
        "PARTY": ", ".join(f"{each.name} L{each.level} {each.hp}/{each.max_hp}" for each in state.team),
        "NOTES": _one_line(progress.notes)[-_TERSE_NOTES:] if settings.notes else "",
        "LAST": _cut(_one_line(progress.last), _TERSE_LAST),
    }
    return _joined({name: body for name, body in sections.items() if body})


def _near(state: GameState) -> str:
    """Signs of the squares above, below, left and right; empty where no map is seen."""
    place, grid = state.position, state.grid
    if not any(grid.squares):
        return ""
    return "".join(MARKS[grid.at(place.x + dx, place.y + dy)] for dx, dy in ((0, -1), (0, 1), (-1, 0), (1, 0)))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _fitted(sections: dict[str, str]) -> dict[str, str]:
    long = len(_joined(sections))
    for name in _CUTTABLE:
        over = long - LIMIT
        if over <= 0:
            break
        body = sections.get(name, "")
        keep = max(len(body) - over - 1, _MOST_CUT)
        if keep < len(body):
            sections[name] = body[:keep] + "…"
            long += keep + 1 - len(body)
    return sections


def _joined(sections: dict[str, str]) -> str:
    return "\n".join(f"{name} {body}" for name, body in sections.items())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _step(progress: Progress) -> str:
    return f"{progress.step} of {progress.max_steps}" if progress.max_steps else str(progress.step)


def _milestones(progress: Progress, hints: bool) -> str:
    reached = progress.milestones.first
    line = f"{len(reached)} of {len(progress.milestones.all)}"
    if reached:
        line += f" ({_runs(sorted(index + 1 for index in reached))})"
    goal = progress.milestones.next
    return f"{line}, next: {goal.goal}" if hints and goal else line


def _runs(numbers: Sequence[int]) -> str:
    """Rising numbers, neighbours together: "1-4, 7"."""
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def _where(state: GameState) -> str:
    if state.title:
        return "the game has not begun"
    place = state.position
    line = f"{place.name} ({place.x},{place.y}) facing {place.facing.name.lower()}"
    line += _TRAVEL[state.travel]
    return line if state.control else f"{line}, control taken away"


def _map(state: GameState, progress: Progress) -> str:
    grid = state.grid
    if not any(grid.squares):
        return ""
    cells = bytearray(grid.squares)
    for place, visits in enumerate(progress.atlas.visits(state).tobytes()):
        if visits and cells[place] == Square.FREE:
            cells[place] = _BEEN
    signs = cells.translate(_SIGNS).decode("ascii")
    columns = "".join(str(x % 10) if x >= 0 else "-" for x in range(grid.left, grid.left + GRID_COLUMNS))
    rows = [f"{grid.top + row:>3} {signs[row * GRID_COLUMNS : (row + 1) * GRID_COLUMNS]}" for row in range(GRID_ROWS)]
    return "\n".join([f"from x={grid.left}, y={grid.top}", f"    {columns}", *rows])


def _exits(state: GameState) -> str:
    grid = state.grid
    doors = [
        f"({warp.x},{warp.y}) to {warp.name}"
        for warp in state.warps
        if grid.at(warp.x, warp.y) in (Square.WARP, Square.YOU, Square.PERSON)
    ]
    if state.title or state.in_battle:
        return ""
    sides = [f"{side} edge" for side in state.position.edges]
    return ", ".join(doors[:_MOST_EXITS] + sides)


def _people(state: GameState) -> str:
    if state.title or state.in_battle:
        return ""
    grid = state.grid
    seen = [
        f"({each.x},{each.y}) {each.facing.name.lower()}"
        for each in state.people
        if grid.at(each.x, each.y) == Square.PERSON
    ]
    return ", ".join(seen[:_MOST_PEOPLE])


def _text(state: GameState) -> str:
    labels = state.menu.labels if state.menu else ()
    words = " / ".join(line for line in state.text if not _only(line, labels))
    if len(words) > _MOST_TEXT:
        words = words[:_MOST_TEXT] + "…"
    return f"{words} (more)" if state.waiting else words


def _only(line: str, labels: tuple[str, ...]) -> bool:
    """Whether a line of the screen says nothing but labels of the menu, which has its own section."""
    for label in labels:
        line = line.replace(label, "", 1)
    return not line.strip()


def _menu(state: GameState) -> str:
    if state.menu is None:
        return ""
    return " | ".join(f">{label}" if n == state.menu.index else label for n, label in enumerate(state.menu.labels))


def _battle(state: GameState) -> str:
    battle = state.battle
    if battle is None:
        return ""
    foe, own = battle.foe, battle.own
    kind = f"{battle.kind} in the safari" if battle.safari else battle.kind
    line = f"{kind}, opponent {battle.opponent}: {foe.name} #{foe.species} L{foe.level} {foe.status} bar {foe.bar}/48"
    return f"{line}; yours: {own.slot + 1}" if own else line


def _creature(creature: Creature) -> str:
    moves = "".join(
        f", {move.name if not move.name.startswith('unknown') else f'm{move.id}'} {move.pp}" for move in creature.moves
    )
    return (
        f"{creature.slot + 1} {creature.name} #{creature.species} L{creature.level} {creature.status} "
        f"{creature.hp}/{creature.max_hp} exp {creature.experience}{moves}"
    )


def _money(state: GameState) -> str:
    if state.title:
        return ""
    badges = ", ".join(state.badge_names) or "none"
    home = state.profile.map_name(state.blackout_map)
    return (
        f"{state.money}; badges: {badges}; species seen {state.seen}, caught {state.owned}; home after defeat: {home}"
    )
