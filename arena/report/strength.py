"""How strong an agent is at chess: an Elo rating from its games against opponents whose ratings are given."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..ratings import LADDER, Pair, Rating, rate
from .boards import record
from .data import Episode, Run
from .protocol import DRAWS, termination
from .tables import MISSING, Cell, Column, Table, plain

ENVIRONMENT = "Reason-Chess-v0"
FEWEST = 100
"""games below which there is no rating"""
RULE = (
    "Elo on the scale of the ladder of opponents (reason bench ladder), whose random player is 0; the ratings that it "
    "gives opponents are taken as they are. Counted are games that begin and end as they do there, in pairs from one "
    "opening with the colours swapped: a win is a point, a draw or a game broken off after 400 plies half of one, a "
    "defeat or a forfeit nothing. Intervals draw such pairs anew, with training seeds pooled, so they cover the games "
    f"alone; small print: the rating of each training seed. Below {FEWEST} games there is none."
)
LIKE_THE_LADDER = {"opening": "4", "plies": "400", "colour": "both"}
"""what a level may say of how games begin and end"""
_AGENT = "agent"
"""how records name who is tested"""
_SEED = 0


@dataclass(frozen=True)
class Played:
    """The games of one agent that count."""

    pairs: tuple[Pair, ...]
    by_seed: tuple[tuple[Pair, ...], ...]
    """the same by training seed"""
    left_out: int
    """games of other rules, and those whose twin is missing, had the same colours, or counts for nobody"""

    @property
    def games(self) -> int:
        """How many there are."""
        return 2 * len(self.pairs)


def ratings_table(run: Run) -> Table:
    """A row for every agent that played pairs of games against rungs of the ladder; none in other environments."""
    rows = []
    for agent in run.agents:
        found = played(run, agent.name)
        if not found.pairs:
            continue
        rungs = sorted({pair.other for pair in found.pairs}, key=LADDER.__getitem__)
        points = sum(pair.points for pair in found.pairs)
        elo, interval = _rated(found)
        left = f"{found.left_out} left out" if found.left_out else ""
        rows.append(
            (
                Cell(agent.label, agent=agent.name),
                elo,
                interval,
                Cell(f"{100 * points / found.games:.1f} %"),
                Cell(plain(found.games), note=left),
                Cell(", ".join(f"{name} ({LADDER[name]:.0f})" for name in rungs)),
            )
        )
    columns = (
        Column("Agent", False),
        Column("Elo"),
        Column("95 % interval"),
        Column("Points"),
        Column("Games"),
        Column("Against", False),
    )
    return Table(f"Ratings{run.where}", columns, tuple(rows))


def played(run: Run, agent: str) -> Played:
    """The pairs of games of an agent, on all levels that begin as games do and with all training seeds."""
    if run.env_id != ENVIRONMENT:
        return Played((), (), 0)
    twins: dict[tuple[int, str, int, int], list[Episode]] = {}
    left_out = 0
    for episode in run.episodes:
        if episode.agent != agent or not _rung(episode):
            continue
        if not _as_on_the_ladder(episode.level) or not episode.seed.isdecimal():
            left_out += 1
            continue
        twin = episode.training_seed, episode.level, episode.sample, int(episode.seed) // 2
        twins.setdefault(twin, []).append(episode)
    pairs: dict[int, list[Pair]] = {}
    for (training_seed, *_), games in sorted(twins.items()):
        points = [_points(game) for game in games]
        swapped = len(games) == 2 and len({_white(game) for game in games}) == 2
        rungs = {_rung(game) for game in games}
        if not swapped or len(rungs) != 1 or any(map(math.isnan, points)):
            left_out += len(games)
            continue
        pairs.setdefault(training_seed, []).append(Pair(_AGENT, rungs.pop(), sum(points)))
    by_seed = tuple(tuple(each) for each in pairs.values())
    return Played(tuple(pair for each in by_seed for pair in each), by_seed, left_out)


def rated(pairs: Sequence[Pair]) -> Rating | None:
    """The rating that such games make likeliest; None where they are too few."""
    return rate(pairs, LADDER, _SEED)[_AGENT] if 2 * len(pairs) >= FEWEST else None


def _rated(found: Played) -> tuple[Cell, Cell]:
    rating = rated(found.pairs)
    if rating is None:
        return Cell(MISSING, note=f"fewer than {FEWEST} games"), Cell(MISSING)
    each = [rated(pairs) for pairs in found.by_seed] if len(found.by_seed) > 1 else []
    seeds = ", ".join(_elo(one) for one in each if one is not None)
    if rating.mark:
        return Cell(_elo(rating), note=seeds), Cell("no upper end" if rating.mark == ">" else "no lower end")
    ends = f"{rating.low:.0f} to {rating.high:.0f}".replace("-", "−").replace("inf", "∞")
    return Cell(_elo(rating), note=seeds), Cell(ends)


def _elo(rating: Rating) -> str:
    return f"{rating.mark} {rating.elo:.0f}".strip().replace("-", "−")


def _points(game: Episode) -> float:
    """Of the agent, 0 to 1; not a number where the game counts for nobody."""
    end, correct = termination(game), game.number("correct")
    if end == "opponent_error" or math.isnan(correct):
        return math.nan
    return 0.5 if end in (*DRAWS, "length") else correct


def _as_on_the_ladder(level: str) -> bool:
    told = dict(part.partition("=")[::2] for part in level.split(","))
    return "fen" not in told and all(told.get(name, usual) == usual for name, usual in LIKE_THE_LADDER.items())


def _rung(game: Episode) -> str:
    """The opponent, if it is one of the ladder; else empty."""
    names = {_tag(game, "White"), _tag(game, "Black")} & set(LADDER)
    return names.pop() if len(names) == 1 else ""


def _white(game: Episode) -> bool:
    return _tag(game, "Black") in LADDER


def _tag(game: Episode, name: str) -> str:
    found = re.search(rf'^\[{name} "([^"\n]*)"\]', record(game), re.MULTILINE)
    return found[1] if found else ""
