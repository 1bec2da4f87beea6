"""Rows of the Lichess puzzle database: what they hold, which are wanted, and what makes one unusable.

A row's position is the one before the other side's move that makes the puzzle: `moves[0]` is that move, `moves[1]` the
first to find. All of a solver's moves are the only good ones, but that another mate is as good as the last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import chess

from ..faults import Unusable
from ..problem import Split, split_of
from . import outcome
from .boards import how_it_stands
from .positions import BadPosition, checked

COLUMNS = ("PuzzleId", "FEN", "Moves", "Rating", "Themes", "GameUrl")
"""of the database's columns those that are read; the last may be missing"""
_LONGEST_MATE = 5
"""in moves; the theme mateIn5 stands for longer ones too"""


@dataclass(frozen=True, slots=True)
class Row:
    """One puzzle."""

    id: str
    fen: str
    """before the move that sets the puzzle up"""
    moves: tuple[str, ...]
    """in coordinates: the set-up move, then by turns the solver's and the reply, a solver's last"""
    rating: int
    """by Lichess's players, Glicko-2; the easiest have 400"""
    themes: tuple[str, ...]
    """such as "mateIn1" and "fork" """
    url: str = ""
    """the game it is from"""

    @property
    def split(self) -> Split:
        """By the hash of the id alone."""
        return split_of(self.id)

    @property
    def mate(self) -> int:
        """In how many moves it mates; 0 where its themes do not say that it does."""
        return len(self.moves) // 2 if any(theme.startswith("mate") for theme in self.themes) else 0


@dataclass(frozen=True)
class Choice:
    """Which rows are wanted; unless told, all."""

    low: int = 0
    high: int = 9_999
    """ratings, both included"""
    themes: frozenset[str] = field(default_factory=frozenset)
    """one of these; empty: whatever"""
    split: Split | None = None
    mate: tuple[int, int] | None = None
    """mates in so many moves, both included; None: whatever"""

    def admits(self, row: Row) -> bool:
        """Whether a row is wanted."""
        return (
            self.low <= row.rating <= self.high
            and (not self.themes or not self.themes.isdisjoint(row.themes))
            and (self.split is None or row.split == self.split)
            and (self.mate is None or self.mate[0] <= row.mate <= self.mate[1])
        )


def order(id_: str) -> bytes:
    """What rows are chosen by: a hash of the id, unrelated to that of the split."""
    return blake2b(f"lichess {id_}".encode(), digest_size=8).digest()


def row_of(record: dict[str, str]) -> Row:
    """A row by its columns; the moves are not played through.

    Raises:
        Unusable: a column that cannot be read.
    """
    id_, rating, moves = record["PuzzleId"].strip(), record["Rating"].strip(), tuple(record["Moves"].split())
    if not (id_.isascii() and id_.isalnum() and len(id_) <= 32):
        raise Unusable(f"PuzzleId: expected letters and digits, got {_short(id_)}")
    if not (rating.isascii() and rating.isdigit() and len(rating) <= 4):
        raise Unusable(f"Rating: expected a number up to 9999, got {_short(rating)}")
    if len(moves) < 2 or len(moves) % 2:
        raise Unusable(f"Moves: expected an even number of moves, the solver's last, got {len(moves)}")
    themes = tuple(record["Themes"].split())
    return Row(id_, record["FEN"].strip(), moves, int(rating), themes, record.get("GameUrl", "").strip())


def check(row: Row) -> None:
    """See that a row is a puzzle: a position of a game, legal moves, no end before the last, and mate where it says so.

    Raises:
        Unusable: it is not.
    """
    try:
        board = checked(row.fen)
    except BadPosition as error:
        raise Unusable(f"FEN: {error}") from None
    for number, text in enumerate(row.moves, start=1):
        stands = how_it_stands(board, any(board.legal_moves))
        if stands != outcome.RUNNING:
            raise Unusable(f"Moves: the game is over before move {number}, {_short(text)}")
        try:
            board.push(_legal(text, board))
        except ValueError:
            raise Unusable(f"Moves: move {number}, {_short(text)}, is not legal") from None
    _check_mate(row, board)


def _legal(text: str, board: chess.Board) -> chess.Move:
    move = chess.Move.from_uci(text)
    # python-chess also castles by the king's move onto its rook, which has no number and is not what anyone answers.
    if not board.is_legal(move) or board.parse_uci(text) != move:
        raise ValueError
    return move


def _check_mate(row: Row, board: chess.Board) -> None:
    claims = [theme for theme in row.themes if theme == "mate" or theme.startswith("mateIn")]
    if claims and not board.is_checkmate():
        raise Unusable(f"Themes: {claims[0]}, but the line does not end in mate")
    told = f"mateIn{min(len(row.moves) // 2, _LONGEST_MATE)}"
    wrong = next((theme for theme in claims if theme not in ("mate", told)), None)
    if wrong:
        raise Unusable(f"Themes: {wrong}, but the line has {len(row.moves) // 2} moves to find")


def _short(text: str) -> str:
    return ascii(text if len(text) <= 40 else f"{text[:37]}...")
