"""Keeping to the protocol and playing well, apart: an agent that cannot write a move down may still know a good one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from .data import Episode, Run, number, text
from .tables import MISSING, Cell, Column, Table, plain

DRAWS = ("stalemate", "insufficient_material", "fifty_moves", "threefold_repetition")
BROKEN_OFF = ("", "illegal", "unparsable", "opponent_error", "length")
"""ends that tell nothing of strength: the protocol's, the opponent's, and none"""


def protocol_table(run: Run) -> Table:
    """Rates of readable and of legal tries, and results of finished games, by agent and level.

    Only of episodes on a board whose environment counts tries, without any the table has no rows. Training seeds are
    pooled.
    """
    rows = []
    for agent in run.agents:
        for level in run.levels:
            episodes = [
                episode
                for episode in run.episodes
                if (episode.agent, episode.level) == (agent.name, level.level)
                and counted(episode)
                and on_a_board(episode)
            ]
            if episodes:
                head = Cell(agent.label, agent=agent.name), Cell(level.short)
                rows.append((*head, *map(Cell, _rates(episodes)), *_results(episodes)))
    columns = (
        Column("Agent", False),
        Column("At level", False),
        Column("Tries"),
        Column("Readable"),
        Column("Legal"),
        Column("Games"),
        Column("Finished"),
        Column("Won"),
        Column("Drawn"),
        Column("Lost"),
        Column("Ended by", False),
    )
    return Table(f"Protocol and strength apart{run.where}", columns, tuple(rows))


def counted(episode: Episode) -> Mapping[str, object]:
    """What the environment counted in an episode; empty if it counts nothing."""
    counts = episode.scores.get("counts")
    return counts if isinstance(counts, Mapping) else {}


def on_a_board(episode: Episode) -> bool:
    """Whether what the environment counted is of a game with moves, and not of presses of a console's buttons."""
    return "presses" not in counted(episode) and not text(episode.scores.get("record")).startswith("{")


def termination(episode: Episode) -> str:
    """How an episode ended in the words of its environment, or empty."""
    return text(episode.scores.get("termination"))


def _rates(episodes: Sequence[Episode]) -> tuple[str, str, str]:
    """Tries, the share that could be read as a move, and the share of those that were legal."""
    legal, illegal, unreadable = (_total(episodes, name) for name in ("moves", "illegal", "unparsable"))
    tries = legal + illegal + unreadable
    return plain(tries), _share(tries - unreadable, tries), _share(legal, legal + illegal)


def _results(episodes: Sequence[Episode]) -> tuple[Cell, ...]:
    """Games, those that were finished, wins, draws and losses among these, and how all of them ended."""
    done = [episode for episode in episodes if termination(episode) not in BROKEN_OFF]
    drawn = sum(termination(episode) in DRAWS for episode in done)
    won = sum(bool(episode.scores.get("correct")) and termination(episode) not in DRAWS for episode in done)
    ends = Counter(termination(episode).replace("_", " ") or episode.verdict for episode in episodes)
    said = ", ".join(f"{end} {count}" for end, count in sorted(ends.items(), key=lambda item: (-item[1], item[0])))
    lost = len(done) - won - drawn
    parts = [
        Cell(plain(count), note=_share(count, len(done))) if done else Cell(MISSING) for count in (won, drawn, lost)
    ]
    return (Cell(plain(len(episodes))), Cell(_share(len(done), len(episodes))), *parts, Cell(said))


def _total(episodes: Sequence[Episode], name: str) -> float:
    values = (number(counted(episode).get(name, 0)) for episode in episodes)
    return sum(value for value in values if math.isfinite(value))


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else MISSING
