"""A board to look at: as text, as a drawing, as pixels, in a window."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import chess
import chess.svg
import numpy as np
from numpy.typing import NDArray

from ...tasks.errors import BadConfig

SIZE = 400
"""pixels on a side"""
FRAMES = 4
"""a second: how long a move stays in the window"""
_EXTRA = "pip install 'reason-arena[chess]'"
Arrow = chess.svg.Arrow


def ansi(board: chess.Board, orientation: chess.Color = chess.WHITE) -> str:
    """The board as eight lines of letters between coordinates, White's in capitals, a dot for an empty square.

    Args:
        board: what stands where.
        orientation: whose side is below.

    Returns:
        Ten lines, each of 19 characters, without a last line end.
    """
    ranks = range(7, -1, -1) if orientation else range(8)
    files = range(8) if orientation else range(7, -1, -1)
    edge = "  " + " ".join(chess.FILE_NAMES[file] for file in files) + "  "
    lines = [
        " ".join([chess.RANK_NAMES[rank], *(_letter(board, file, rank) for file in files), chess.RANK_NAMES[rank]])
        for rank in ranks
    ]
    return "\n".join([edge, *lines, edge])


def svg(
    board: chess.Board,
    arrows: Sequence[chess.svg.Arrow] = (),
    last: chess.Move | None = None,
    orientation: chess.Color = chess.WHITE,
    size: int | None = None,
) -> str:
    """The board as an SVG drawing, a king in check on red.

    Args:
        board: what stands where, and who is to move.
        arrows: to be drawn over it.
        last: the move that led here, whose two squares are tinted.
        orientation: whose side is below.
        size: width and height in pixels; unless told, as large as there is room.
    """
    drawn: str = chess.svg.board(
        board,
        orientation=orientation,
        lastmove=last,
        check=board.king(board.turn) if board.is_check() else None,
        arrows=arrows,
        size=size,
    )
    return drawn


def rgb_array(
    board: chess.Board,
    size: int = SIZE,
    arrows: Sequence[chess.svg.Arrow] = (),
    last: chess.Move | None = None,
    orientation: chess.Color = chess.WHITE,
) -> NDArray[np.uint8]:
    """The drawing as pixels: (size, size, 3), red, green and blue.

    Raises:
        BadConfig: resvg-py or Pillow is missing.
    """
    try:
        import resvg_py
        from PIL import Image
    except ImportError:
        raise BadConfig(f"render_mode='rgb_array' needs resvg-py and Pillow; {_EXTRA}") from None
    drawn = svg(board, arrows, last, orientation, size)
    # The drawing has no text, and looking for fonts takes longer than all the rest.
    png = resvg_py.svg_to_bytes(svg_string=drawn, width=size, height=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


class Window:
    """A window that shows one board after the other. It opens with the first one, and closes for good with `close`."""

    def __init__(self, size: int = SIZE, title: str = "Chess") -> None:
        self._size, self._title = size, title
        self._surface: Any = None
        self._clock: Any = None

    def show(self, board: chess.Board, last: chess.Move | None = None, orientation: chess.Color = chess.WHITE) -> None:
        """Draw a board, at most `FRAMES` of them a second.

        Raises:
            BadConfig: pygame or what draws the board is missing, or there is no display.
        """
        try:
            import pygame
        except ImportError:
            raise BadConfig(f"render_mode='human' needs pygame; {_EXTRA}") from None
        pixels = rgb_array(board, self._size, last=last, orientation=orientation)
        if self._surface is None:
            self._open(pygame)
        self._surface.blit(pygame.surfarray.make_surface(pixels.swapaxes(0, 1)), (0, 0))
        pygame.event.pump()
        pygame.display.flip()
        self._clock.tick(FRAMES)

    def _open(self, pygame: Any) -> None:
        try:
            pygame.display.init()
            pygame.display.set_caption(self._title)
            self._surface = pygame.display.set_mode((self._size, self._size))
        except pygame.error as error:
            raise BadConfig(f"render_mode='human': no window can be opened here ({error}); try 'rgb_array'") from None
        self._clock = pygame.time.Clock()

    def close(self) -> None:
        """Close the window if it is open."""
        if self._surface is None:
            return
        import pygame

        self._surface = self._clock = None
        pygame.display.quit()


def _letter(board: chess.Board, file: int, rank: int) -> str:
    piece = board.piece_at(chess.square(file, rank))
    return piece.symbol() if piece else "."
