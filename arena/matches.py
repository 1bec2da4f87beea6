"""Games of chess between two players, many at once, in pairs that begin alike with the colours swapped.

An opening is a few random plies; keys of openings and of players come from the seed, the two names and the number of
the pair, so that a match is the same games wherever and whenever it is played. Draw rules are those of the
environments, and a game that has not ended after 400 plies is a draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..envs.chess.uci import EngineError
from ..tasks.chess.boards import Boards, boards
from ..tasks.chess.draws import Keys
from ..tasks.chess.outcome import CHECKMATE, RUNNING
from ..tasks.chess.players import Player, RandomPlayer
from ..tasks.stream import first_words
from .ratings import Pair

Ints = NDArray[np.int64]
OPENING, MOST = 4, 400
"""random plies that a game begins with; plies after which it is broken off"""


@dataclass(frozen=True)
class Game:
    """A game that was played."""

    white: str
    black: str
    moves: tuple[int, ...]
    """ids, those of the opening among them"""
    end: int
    """how it stands, by `tasks.chess.outcome`; RUNNING where it was broken off"""

    @property
    def points(self) -> float:
        """White's: 1, 0.5 or 0."""
        return 0.5 if self.end != CHECKMATE else float(len(self.moves) % 2)


def match(one: Player, other: Player, pairs: int, seed: int) -> list[Game]:
    """Play a match.

    Args:
        one: has White in games 0, 2, 4, ...
        other: has White in the others; games 2 k and 2 k + 1 have the same opening.
        pairs: half the number of games.
        seed: says, with the players' names, all that is random.

    Raises:
        EngineError: a player gave no move.
    """
    key = f"chess match {seed} {one.name} {other.name}"
    games = boards(2 * pairs)
    lines = _open(games, [f"{key} opening {pair}" for pair in range(pairs) for _ in range(2)])
    keys = first_words(f"{key} game {game}" for game in range(2 * pairs))[:, 0]
    first = np.arange(2 * pairs) % 2 == 0
    for ply in range(OPENING, MOST):
        running = games.ends == RUNNING
        if not running.any():
            break
        for player, moves_now in ((one, first == (ply % 2 == 0)), (other, first != (ply % 2 == 0))):
            rows = np.flatnonzero(running & moves_now)
            if len(rows):
                _move(games, player, rows, keys[rows], lines)
    names = (one.name, other.name)
    return [
        Game(names[game % 2], names[1 - game % 2], tuple(line), int(games.ends[game]))
        for game, line in enumerate(lines)
    ]


def results(games: Sequence[Game]) -> list[Pair]:
    """What came of a match's pairs of games."""
    return [
        Pair(first.white, first.black, first.points + 1 - second.points)
        for first, second in zip(games[::2], games[1::2], strict=True)
    ]


def _open(games: Boards, texts: Sequence[str]) -> list[list[int]]:
    """Play each board's opening; one that ends the game is drawn again."""
    lines: list[list[int]] = [[] for _ in texts]
    left, attempt = np.arange(len(texts)), 0
    while len(left):
        keys = first_words(f"{texts[row]} {attempt}" for row in left.tolist())[:, 0]
        for row in left.tolist():
            games.place(row)
            lines[row].clear()
        running = np.ones(len(left), np.bool_)
        for _ in range(OPENING):
            _move(games, RandomPlayer(), left[running], keys[running], lines)
            running = games.ends[left] == RUNNING
        left, attempt = left[~running], attempt + 1
    return lines


def _move(games: Boards, player: Player, rows: Ints, keys: Keys, lines: Sequence[list[int]]) -> None:
    moves = player.choose(games, rows, keys)
    if (moves < 0).any():
        row = int(rows[np.argmin(moves)])
        raise EngineError(f"{player.name} gave no move for {games.fen(row)!r}; see whether its engine runs")
    games.push(rows, moves)
    for row, move in zip(rows.tolist(), moves.tolist(), strict=True):
        lines[row].append(move)
