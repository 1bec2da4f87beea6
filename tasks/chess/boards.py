"""Many chess boards side by side: legal moves, ends of games, planes and masks.

`boards(n)` gives the numba kernel where numba is installed, else python-chess behind the same face, many times slower
the more boards there are: both walk the same trajectories, since moves are ids and legal ids are in order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import chess
import numpy as np
from numpy.typing import NDArray

from ..errors import BadCheckpoint
from . import batch, outcome
from .batch import SHAPE
from .jit import COMPILED
from .kernel import CASTLE, CLOCK, COLUMNS, EP, LEGAL_EP, PLY, WHITE
from .moves import COMPACT, COMPACT_OF, MOST, MOVES, move_id, squares
from .outcome import HISTORY
from .positions import checked

Ints = NDArray[np.int64]
_Arrays = tuple[NDArray[np.int8], Ints, NDArray[np.uint64], NDArray[np.int16], NDArray[np.int16], NDArray[np.int8]]
Backend = Literal["numba", "python-chess"]
BACKENDS: tuple[Backend, ...] = ("numba", "python-chess")
NUMBERS: dict[bool, Ints] = {False: np.arange(MOVES), True: COMPACT_OF}
"""action of an id, without and with `compact`"""
ACTIONS: dict[bool, int] = {False: MOVES, True: COMPACT}
_CORNERS = (chess.H1, chess.A1, chess.H8, chess.A8)


class Boards(ABC):
    """n games side by side. A row is reset by `place`, and goes on by `push`; everything else reads."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.legal: NDArray[np.int16] = np.full((count, MOST), -1, np.int16)
        """ids of the legal moves of each board, ascending, then -1: (n, 218)"""
        self.counts: NDArray[np.int16] = np.zeros(count, np.int16)
        """how many there are: (n,)"""
        self.ends: NDArray[np.int8] = np.zeros(count, np.int8)
        """how each game stands, `outcome.RUNNING` to `outcome.THREEFOLD`: (n,)"""

    @abstractmethod
    def place(self, row: int, fen: str = chess.STARTING_FEN, moves: Sequence[int] = ()) -> None:
        """Set a board up and play moves on it, which count for repetition. Raises BadPosition."""

    @abstractmethod
    def push(self, rows: Ints, moves: Ints) -> None:
        """Play a legal move, given by its id, on each of some boards: (k,), (k,)."""

    @abstractmethod
    def planes(self, rows: Ints) -> NDArray[np.uint8]:
        """What the movers see: (k, 18, 8, 8).

        Row 0 of a plane is the mover's first rank. Planes 0 to 5 hold the mover's pawns, knights, bishops, rooks,
        queens and king, 6 to 11 the other side's, 12 the square on which a pawn can legally be captured in passing;
        13 to 16 are full where the mover may still castle on the king's and on the queen's side, and the other; 17
        holds the plies since the last capture or pawn move, at most 100.
        """

    @abstractmethod
    def positions(self, rows: Ints) -> tuple[NDArray[np.int8], Ints]:
        """Copies of the boards as the kernel keeps them, without their histories: (k, 64), (k, 8)."""

    @abstractmethod
    def white(self, rows: Ints) -> NDArray[np.bool_]:
        """Whether White moves: (k,)."""

    @abstractmethod
    def board(self, row: int) -> chess.Board:
        """The position as python-chess has it, without the moves that led to it."""

    @abstractmethod
    def get_state(self) -> dict[str, Any]:
        """All boards and their histories, as a copy."""

    @abstractmethod
    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to what `get_state` returned. Raises BadCheckpoint for the state of another kind of boards."""

    def mask(self, rows: Ints, compact: bool = False) -> NDArray[np.int8]:
        """1 for each action that is a legal move: (k, 4672), or (k, 1858) with `compact`."""
        mask = np.zeros((len(rows), ACTIONS[compact]), np.int8)
        places = np.repeat(np.arange(len(rows)), self.counts[rows])
        ids = self.legal[rows]
        mask[places, NUMBERS[compact][ids[ids >= 0]]] = 1
        return mask

    def fen(self, row: int) -> str:
        """The position in Forsyth-Edwards notation; an en-passant square only where the capture is legal."""
        return self.board(row).fen()


def boards(count: int, backend: Backend | None = None) -> Boards:
    """Boards in the opening position.

    Args:
        count: how many.
        backend: "numba" or "python-chess"; unless told, numba where it is installed.
    """
    made = KernelBoards if (backend or ("numba" if COMPILED else "python-chess")) == "numba" else PythonBoards
    return made(count)


class KernelBoards(Boards):
    """Boards of our own kernel: arrays throughout."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.cells: NDArray[np.int8] = np.zeros((count, 64), np.int8)
        """see `kernel`: (n, 64)"""
        self.states: Ints = np.zeros((count, COLUMNS), np.int64)
        self.histories: NDArray[np.uint64] = np.zeros((count, HISTORY), np.uint64)
        for row in range(count):
            self.place(row)

    def place(self, row: int, fen: str = chess.STARTING_FEN, moves: Sequence[int] = ()) -> None:
        """See Boards."""
        if fen == chess.STARTING_FEN:
            self.cells[row], self.states[row] = _START
        else:
            self.cells[row], self.states[row] = arrays(checked(fen))
        rows = np.array([row])
        batch.refresh_all(*self._arrays(), rows)
        for move in moves:
            self.push(rows, np.array([move]))

    def push(self, rows: Ints, moves: Ints) -> None:
        """See Boards."""
        batch.push_all(*self._arrays(), rows, moves)

    def planes(self, rows: Ints) -> NDArray[np.uint8]:
        """See Boards."""
        planes = np.empty((len(rows), SHAPE[0] * 64), np.uint8)
        batch.encode_all(self.cells, self.states, rows, planes)
        return planes.reshape(-1, *SHAPE)

    def mask(self, rows: Ints, compact: bool = False) -> NDArray[np.int8]:
        """See Boards."""
        mask = np.empty((len(rows), ACTIONS[compact]), np.int8)
        batch.mask_all(self.legal, self.counts, rows, NUMBERS[compact], mask)
        return mask

    def positions(self, rows: Ints) -> tuple[NDArray[np.int8], Ints]:
        """See Boards."""
        return self.cells[rows], self.states[rows]

    def white(self, rows: Ints) -> NDArray[np.bool_]:
        """See Boards."""
        white: NDArray[np.bool_] = self.states[rows, WHITE] == 1
        return white

    def board(self, row: int) -> chess.Board:
        """See Boards."""
        cells, state = self.cells[row], self.states[row]
        board, flip = chess.Board(None), 0 if state[WHITE] else 56
        for square in np.flatnonzero(cells).tolist():
            piece = int(cells[square])
            board.set_piece_at(square ^ flip, chess.Piece(abs(piece), (piece > 0) == bool(state[WHITE])))
        board.turn = bool(state[WHITE])
        rights = int(state[CASTLE]) if board.turn else int(state[CASTLE]) >> 2 | (int(state[CASTLE]) & 3) << 2
        board.castling_rights = sum(1 << corner for bit, corner in enumerate(_CORNERS) if rights >> bit & 1)
        board.ep_square = int(state[EP]) ^ flip if state[LEGAL_EP] else None
        board.halfmove_clock, board.fullmove_number = int(state[CLOCK]), 1 + int(state[PLY]) // 2
        return board

    def get_state(self) -> dict[str, Any]:
        """See Boards."""
        return {name: getattr(self, name).copy() for name in _KEPT}

    def set_state(self, state: dict[str, Any]) -> None:
        """See Boards."""
        _check_kept(state, "cells", "numba")
        for name in _KEPT:
            getattr(self, name)[:] = state[name]

    def _arrays(self) -> _Arrays:
        return self.cells, self.states, self.histories, self.legal, self.counts, self.ends


_KEPT = ("cells", "states", "histories", "legal", "counts", "ends")


class PythonBoards(Boards):
    """Boards of python-chess."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.games = [chess.Board() for _ in range(count)]
        for row in range(count):
            self._refresh(row)

    def place(self, row: int, fen: str = chess.STARTING_FEN, moves: Sequence[int] = ()) -> None:
        """See Boards."""
        self.games[row] = checked(fen)
        for move in moves:
            self.games[row].push(move_of(move, self.games[row]))
        self._refresh(row)

    def push(self, rows: Ints, moves: Ints) -> None:
        """See Boards."""
        for row, move in zip(rows.tolist(), moves.tolist(), strict=True):
            self.games[row].push(move_of(move, self.games[row]))
            self._refresh(row)

    def planes(self, rows: Ints) -> NDArray[np.uint8]:
        """See Boards."""
        planes = np.zeros((len(rows), SHAPE[0] * 64), np.uint8)
        for into, cells, state in zip(planes, *self.positions(rows), strict=True):
            batch.encode(cells, state, into)
        return planes.reshape(-1, *SHAPE)

    def positions(self, rows: Ints) -> tuple[NDArray[np.int8], Ints]:
        """See Boards."""
        cells, states = zip(*(arrays(self.games[row]) for row in rows.tolist()), strict=True)
        return np.stack(cells), np.stack(states)

    def white(self, rows: Ints) -> NDArray[np.bool_]:
        """See Boards."""
        return np.array([self.games[row].turn for row in rows.tolist()], np.bool_)

    def board(self, row: int) -> chess.Board:
        """See Boards."""
        board = self.games[row].copy(stack=False)
        if not board.has_legal_en_passant():
            board.ep_square = None
        return board

    def get_state(self) -> dict[str, Any]:
        """See Boards."""
        kept = {name: getattr(self, name).copy() for name in ("legal", "counts", "ends")}
        return {**kept, "games": [game.copy() for game in self.games]}

    def set_state(self, state: dict[str, Any]) -> None:
        """See Boards."""
        _check_kept(state, "games", "python-chess")
        for name in ("legal", "counts", "ends"):
            getattr(self, name)[:] = state[name]
        self.games = [game.copy() for game in state["games"]]

    def _refresh(self, row: int) -> None:
        game = self.games[row]
        ids = sorted(id_of(move, game) for move in game.legal_moves)
        self.legal[row, : len(ids)], self.legal[row, len(ids) :] = ids, -1
        self.counts[row], self.ends[row] = len(ids), how_it_stands(game, bool(ids))


def _check_kept(state: dict[str, Any], name: str, backend: Backend) -> None:
    if name not in state:
        raise BadCheckpoint(f"the boards of the state are not those of {backend}; restore it where they are in use")


def how_it_stands(game: chess.Board, can_move: bool) -> int:
    """How a game stands by python-chess: the third occurrence ends it, not the claim of one."""
    if not can_move and game.is_check():
        return outcome.CHECKMATE
    if game.is_insufficient_material():
        return outcome.INSUFFICIENT
    if not can_move:
        return outcome.STALEMATE
    if game.halfmove_clock >= outcome.CLOCK_MOST:
        return outcome.FIFTY
    # Twice four plies at least lie between three occurrences, and python-chess would look through the whole game.
    repeated = game.halfmove_clock >= 8 and game.is_repetition(3)
    return outcome.THREEFOLD if repeated else outcome.RUNNING


def move_of(move: int, board: chess.Board) -> chess.Move:
    """The move of an id on a board."""
    start, end, promotion = squares(move, board.turn)
    if not promotion and chess.square_rank(end) in (0, 7) and board.piece_type_at(start) == chess.PAWN:
        promotion = chess.QUEEN
    return chess.Move(start, end, promotion or None)


def id_of(move: chess.Move, board: chess.Board) -> int:
    """The id of a move on a board. Raises KeyError for one that no piece can make, such as the null move."""
    return move_id(move.from_square, move.to_square, move.promotion or 0, board.turn)


def arrays(board: chess.Board) -> tuple[NDArray[np.int8], Ints]:
    """A position as the kernel keeps it: (64,), (8,). Histories begin with it."""
    cells, flip = np.zeros(64, np.int8), 0 if board.turn else 56
    for square, piece in board.piece_map().items():
        cells[square ^ flip] = piece.piece_type if piece.color == board.turn else -piece.piece_type
    state = np.zeros(COLUMNS, np.int64)
    rights = board.clean_castling_rights()
    own, other = (_CORNERS[:2], _CORNERS[2:]) if board.turn else (_CORNERS[2:], _CORNERS[:2])
    state[WHITE] = board.turn
    state[CASTLE] = sum(1 << bit for bit, corner in enumerate((*own, *other)) if rights >> corner & 1)
    state[EP] = -1 if board.ep_square is None else board.ep_square ^ flip
    state[CLOCK], state[PLY] = board.halfmove_clock, 2 * (board.fullmove_number - 1) + (not board.turn)
    state[LEGAL_EP] = board.has_legal_en_passant()
    return cells, state


def board_of(planes: NDArray[np.uint8], move_number: int = 1) -> chess.Board:
    """The position that planes show, with the mover as White: see `Boards.planes`.

    Args:
        planes: (18, 8, 8).
        move_number: which the planes do not tell.
    """
    board = chess.Board(None)
    for plane, square in zip(*np.nonzero(planes[:12].reshape(12, 64)), strict=True):
        board.set_piece_at(int(square), chess.Piece(int(plane) % 6 + 1, bool(plane < 6)))
    rights = (corner for corner, plane in zip(_CORNERS, planes[13:17], strict=True) if plane[0, 0])
    board.castling_rights = sum(1 << corner for corner in rights)
    passing = np.flatnonzero(planes[12])
    board.ep_square = int(passing[0]) if len(passing) else None
    board.halfmove_clock, board.fullmove_number = int(planes[17, 0, 0]), move_number
    return board


_START = arrays(chess.Board())
