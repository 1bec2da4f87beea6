"""Chess boards for the page: games read from records, and drawings that share their parts.

A drawing names the ranks it is made of, `<use href="#rank-4P3">`, and `shared` draws every rank and piece that a page
refers to once. A move changes two ranks, so a game costs little more than its list of moves. The pieces are those of
python-chess, which this module imports; everything else of the report does without.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import chess
import chess.pgn
import chess.svg

SIDE = 45
"""units of the drawing across a square"""
LONGEST = 20_000
"""characters of a record that are read; 600 moves with all tags are half of that"""
_GAME = re.compile(r"\s*(?:\[\w+ \"|\d)")
"""how a PGN begins: python-chess takes any text for a game, if need be without moves"""
_RANK = re.compile(r'href="#rank-([pnbrqkPNBRQK1-8]{1,8})"')
_BOARD = re.compile(r'href="#squares-([wb])"')


@dataclass(frozen=True)
class Game:
    """A game as it was played: n moves and the n + 1 positions around them."""

    boards: tuple[chess.Board, ...]
    """without their histories"""
    moves: tuple[chess.Move, ...]
    names: tuple[str, ...]
    """of the moves in standard algebraic notation"""
    result: str

    def title(self, ply: int) -> str:
        """A position by the move that led to it, such as "12... Nf6"; the first is the start."""
        if not ply:
            return "start"
        before = self.boards[ply - 1]
        return f"{before.fullmove_number}{'.' if before.turn else '...'} {self.names[ply - 1]}"


class _Builder(chess.pgn.GameBuilder[chess.pgn.Game]):
    """Keeps errors to itself: a record that cannot be read is shown as text, not logged."""

    def handle_error(self, error: Exception) -> None:
        self.game.errors.append(error)


def read(record: str) -> Game | None:
    """The game of a PGN; None if it is none, is longer than `LONGEST` or has a move that cannot be played."""
    if len(record) > LONGEST or not _GAME.match(record):
        return None
    try:
        found = chess.pgn.read_game(io.StringIO(record), Visitor=lambda: _Builder(Game=chess.pgn.Game))
        board = found.board() if found else None
    except ValueError:  # a FEN or a variant that there is not
        return None
    if found is None or board is None or found.errors or type(board) is not chess.Board or not board.is_valid():
        return None
    boards, moves, names = [board.copy(stack=False)], [], []
    for move in found.mainline_moves():
        if not board.is_legal(move):  # a null move, "--"
            return None
        moves.append(move)
        names.append(board.san(move))
        board.push(move)
        boards.append(board.copy(stack=False))
    return Game(tuple(boards), tuple(moves), tuple(names), found.headers.get("Result", "*"))


def parting(first: Game, second: Game) -> int | None:
    """The ply of the last position that both games reached by the same moves; None if they began apart."""
    if first.boards[0].fen() != second.boards[0].fen():
        return None
    ply = 0
    for one, other in zip(first.moves, second.moves, strict=False):
        if one != other:
            break
        ply += 1
    return ply


@dataclass(frozen=True)
class Arrow:
    """A move drawn over a board."""

    move: chess.Move
    colour: str
    hollow: bool = False
    """an outline, so that two arrows can be told apart without colours"""


def diagram(
    board: chess.Board, white_below: bool, label: str, arrows: Sequence[Arrow] = (), last: chess.Move | None = None
) -> str:
    """A board as inline SVG that refers to parts which `shared` draws.

    Args:
        board: what stands where.
        white_below: whose side is below.
        label: what a screen reader says.
        arrows: drawn over it, the first one lowest.
        last: a move whose two squares are tinted.
    """
    parts = [f'<use href="#squares-{"w" if white_below else "b"}"/>']
    if last:
        parts.append(f'<path class="last" d="{"".join(_square(s, white_below) for s in _ends(last))}"/>')
    ranks = board.board_fen().split("/")
    for row, rank in enumerate(ranks if white_below else [rank[::-1] for rank in reversed(ranks)]):
        if rank != "8":
            parts.append(f'<use href="#rank-{rank}"' + (f' y="{SIDE * row}"/>' if row else "/>"))
    parts += [_arrow(arrow, white_below) for arrow in arrows]
    head = f'<svg class="board" viewBox="0 0 {8 * SIDE} {8 * SIDE}" role="img" aria-label="{escape(label)}">'
    return head + "".join(parts) + "</svg>"


def spoken(board: chess.Board) -> str:
    """A position in words: "White: king e1, pawn e2. Black: king e8. White to move."."""
    sides = []
    for colour, name in ((chess.WHITE, "White"), (chess.BLACK, "Black")):
        pieces = [
            f"{chess.piece_name(kind)} {chess.square_name(square)}"
            for kind in reversed(chess.PIECE_TYPES)
            for square in board.pieces(kind, colour)
        ]
        sides.append(f"{name}: {', '.join(pieces)}.")
    return " ".join([*sides, f"{'White' if board.turn else 'Black'} to move."])


def shared(html: str) -> str:
    """The ranks, squares and pieces that drawings in a page refer to, each drawn once; empty if it has no drawing."""
    ranks = sorted(set(_RANK.findall(html)))
    squares = sorted(set(_BOARD.findall(html)))
    if not squares:
        return ""
    pieces = sorted({letter for rank in ranks for letter in rank if letter.isalpha()})
    drawn = (
        [_piece(letter) for letter in pieces] + [_rank(rank) for rank in ranks] + [_squares(side) for side in squares]
    )
    return f'<svg class="shared" aria-hidden="true"><defs>{"".join(drawn)}</defs></svg>\n'


def _piece(letter: str) -> str:
    """python-chess's drawing under an id of ours."""
    drawn = chess.svg.piece(chess.Piece.from_symbol(letter))
    inner = re.sub(r"^<svg[^>]*>|</svg>$", "", drawn)
    return re.sub(r'^<g id="[^"]*" class="[^"]*"', f'<g id="piece-{letter}"', inner)


def _rank(rank: str) -> str:
    parts, file = [], 0
    for letter in rank:
        if letter.isdigit():
            file += int(letter)
            continue
        parts.append(f'<use href="#piece-{letter}"' + (f' x="{SIDE * file}"/>' if file else "/>"))
        file += 1
    return f'<g id="rank-{rank}">{"".join(parts)}</g>'


def _squares(side: str) -> str:
    """The empty board with its coordinates."""
    white = side == "w"
    whole = 8 * SIDE
    dark = "".join(_square(square, white) for square in chess.SquareSet(chess.BB_DARK_SQUARES))
    files, ranks = ("abcdefgh", "87654321") if white else ("hgfedcba", "12345678")
    letters = [
        f'<text x="{SIDE * place + 43}" y="357" text-anchor="end">{name}</text>' for place, name in enumerate(files)
    ]
    letters += [f'<text x="2" y="{SIDE * place + 9}">{name}</text>' for place, name in enumerate(ranks)]
    return (
        f'<g id="squares-{side}"><path class="light" d="M0 0h{whole}v{whole}h-{whole}z"/>'
        f'<path class="dark" d="{dark}"/>{"".join(letters)}</g>'
    )


def _ends(move: chess.Move) -> tuple[chess.Square, chess.Square]:
    return move.from_square, move.to_square


def _corner(square: chess.Square, white_below: bool) -> tuple[int, int]:
    file, rank = chess.square_file(square), chess.square_rank(square)
    return (SIDE * file, SIDE * (7 - rank)) if white_below else (SIDE * (7 - file), SIDE * rank)


def _square(square: chess.Square, white_below: bool) -> str:
    x, y = _corner(square, white_below)
    return f"M{x} {y}h{SIDE}v{SIDE}h-{SIDE}z"


def _arrow(arrow: Arrow, white_below: bool) -> str:
    """From the middle of a square to the middle of another: a shaft with a head, as one outline."""
    (x0, y0), (x1, y1) = (_corner(square, white_below) for square in _ends(arrow.move))
    length, angle = math.hypot(x1 - x0, y1 - y0), math.degrees(math.atan2(y1 - y0, x1 - x0))
    neck = length - 20
    outline = f"M8-4H{neck:.1f}V-12L{length:.1f} 0 {neck:.1f} 12V4H8z"
    paint = f'fill="{"#fff" if arrow.hollow else arrow.colour}" stroke="{arrow.colour if arrow.hollow else "#fff"}"'
    middle = SIDE / 2
    place = f"translate({x0 + middle:g} {y0 + middle:g})rotate({angle:.1f})"
    return f'<path class="arrow" transform="{place}" {paint} d="{outline}"/>'
