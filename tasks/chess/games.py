"""Where a game of a level begins: opening, side, opponent, and the key of its opponent's random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import chess
import numpy as np

from ..errors import BadLevel
from ..problem import Level, Problem, Split, split_of
from ..stream import Stream
from . import NAME, VERSION
from .boards import Boards, boards, move_of
from .draws import key_of
from .outcome import RUNNING
from .positions import checked
from .setting import read
from .view import describe

_TRIES = 2_000
"""a tenth of all openings is for the test"""


def posed(split: Split, level: Level, seed: int) -> Problem:
    """The game of a seed. Raises BadLevel, BadPosition."""
    game = read(level)
    origin = f"{NAME} {VERSION} {split}"
    if game.fen:
        _check_begins(game.fen, "" if game.opening else game.colour)
    moves, content = _opening(split, game.opening, game.fen, seed // 2)
    white = seed % 2 == 0 if game.colour == "both" else game.colour == "white"
    key = key_of(f"{origin} {'+'.join(game.opponent)} {content} {seed}")
    board = checked(game.fen or chess.STARTING_FEN)
    for move in moves:
        board.push(move_of(move, board))
    lead = f"You play {'White' if white else 'Black'} in a game of chess."
    facts = {
        "fen": game.fen or chess.STARTING_FEN,
        "moves": moves,
        "white": white,
        "opponent": game.opponent[key % len(game.opponent)],
        "key": key,
        "plies": game.plies,
        "lead": lead,
        "view": game.view,
        **({"family": content} if moves else {}),  # two games of an opening are no independent tries
    }
    return Problem(NAME, VERSION, split, level, seed, describe(board, game.view, lead), "", facts)


@lru_cache(4096)
def _opening(split: Split, plies: int, fen: str, pair: int) -> tuple[tuple[int, ...], str]:
    """Random legal moves that lead to a position of the split and not to the end of the game, and that position."""
    if not plies:
        return (), str(pair)
    stream = Stream(f"{NAME} opening {VERSION} {split} {plies} {fen} {pair}")
    for moves, content in _lines(stream, plies, fen):
        if split_of(content) == split:
            return moves, content
    raise BadLevel(f"opening={plies}: no position of the split {split!r} in {_TRIES} random lines; expected more plies")


def _lines(stream: Stream, plies: int, fen: str) -> Iterator[tuple[tuple[int, ...], str]]:
    row, line = np.array([0]), boards(1)
    for _ in range(_TRIES):
        line.place(0, fen or chess.STARTING_FEN)
        moves: list[int] = []
        while len(moves) < plies and line.ends[0] == RUNNING:
            moves.append(int(line.legal[0, stream.below(int(line.counts[0]))]))
            line.push(row, np.array(moves[-1:]))
        if line.ends[0] == RUNNING and not _ends_at_once(line):
            # Openings that differ in the order of their moves alone lead to one game.
            yield tuple(moves), " ".join(line.fen(0).split()[:4])


@lru_cache(256)
def _check_begins(fen: str, colour: str) -> None:
    """See that a position is not over and, with a colour, that the agent of that side, or of both, gets to move in it.

    Raises:
        BadLevel: it is, or may not.
    """
    line = boards(1)
    line.place(0, fen)
    if line.ends[0] != RUNNING:
        raise BadLevel(f"fen={fen}: expected a position in which the game goes on, got one in which it is over")
    mover = "white" if line.white(np.array([0]))[0] else "black"
    if colour not in ("", mover) and _ends_at_once(line):
        raise BadLevel(f"fen={fen}: the other side, {mover}, can end the game with its first move; use colour={mover}")


def _ends_at_once(line: Boards) -> bool:
    """Whether a move can end the game: it would be over before the agent of the other side had moved."""
    row, state = np.array([0]), line.get_state()
    for move in state["legal"][0, : state["counts"][0]]:
        line.push(row, np.array([move], np.int64))
        over = line.ends[0] != RUNNING
        line.set_state(state)
        if over:
            return True
    return False
