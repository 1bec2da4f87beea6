"""The board as letters, as a drawing and as pixels that are looked at square by square; a window without a screen."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import chess
import numpy as np
import pytest
from numpy.typing import NDArray

from reason_arena.envs.chess import picture
from reason_arena.envs.chess.picture import Arrow, Window, ansi, rgb_array, svg
from reason_arena.tasks.errors import BadConfig

PLAIN = 390
"""pixels on a side so that one is a unit of the drawing: 15 of margin, eight squares of 45, 15 of margin"""
CHECK = "4k3/8/8/8/8/8/4R3/4K3 b - - 0 1"


def square(pixels: NDArray[np.uint8], name: str, white_below: bool = True) -> NDArray[np.uint8]:
    """The 45 x 45 pixels of a square."""
    file, rank = "abcdefgh".index(name[0]), int(name[1]) - 1
    column, row = (file, 7 - rank) if white_below else (7 - file, rank)
    return pixels[15 + 45 * row : 60 + 45 * row, 15 + 45 * column : 60 + 45 * column]


def drawn(fen: str, **how: object) -> NDArray[np.uint8]:
    return rgb_array(chess.Board(fen), PLAIN, **how)  # type: ignore[arg-type]


def test_the_board_in_letters_from_either_side() -> None:
    board = chess.Board("r3k2r/8/8/3pP3/8/8/8/4K2Q w kq d6 0 1")
    assert ansi(board).split("\n") == [
        "  a b c d e f g h  ",
        "8 r . . . k . . r 8",
        "7 . . . . . . . . 7",
        "6 . . . . . . . . 6",
        "5 . . . p P . . . 5",
        "4 . . . . . . . . 4",
        "3 . . . . . . . . 3",
        "2 . . . . . . . . 2",
        "1 . . . . K . . Q 1",
        "  a b c d e f g h  ",
    ]
    turned = ansi(board, chess.BLACK).split("\n")
    assert turned[0] == "  h g f e d c b a  "
    assert turned[1] == "1 Q . . K . . . . 1"
    assert turned == [line[::-1] for line in reversed(ansi(board).split("\n"))]


@pytest.mark.parametrize("size", [1, 64, 400, 401])
def test_pixels_have_the_size_asked_for(size: int) -> None:
    pixels = rgb_array(chess.Board(), size)
    assert (pixels.shape, pixels.dtype) == ((size, size, 3), np.uint8)
    assert (rgb_array(chess.Board(), size) == pixels).all()


def test_a_move_changes_its_two_squares_and_no_other() -> None:
    board = chess.Board()
    before = rgb_array(board, PLAIN)
    board.push_san("Nf3")
    after = rgb_array(board, PLAIN)
    changed = {name for name in chess.SQUARE_NAMES if (square(before, name) != square(after, name)).any()}
    assert changed == {"g1", "f3"}
    assert len(np.unique(square(after, "g1").reshape(-1, 3), axis=0)) == 1, "the square that was left is of one colour"
    assert (square(after, "g1") == square(after, "e3")).all(), "dark, as any other dark square"


def test_white_is_white_and_black_is_black() -> None:
    pixels = drawn("7k/8/8/8/8/8/8/QK6 w - - 0 1")
    white, black = square(pixels, "b1"), square(pixels, "h8")
    assert (white == 255).all(axis=2).sum() > 200
    assert (black == 0).all(axis=2).sum() > 200
    assert (white == 255).all(axis=2).sum() > (black == 255).all(axis=2).sum()


def test_seen_from_the_other_side_the_squares_are_turned_and_the_pieces_are_not() -> None:
    fen = "7k/8/8/8/8/8/8/QK6 w - - 0 1"
    ours, theirs = drawn(fen), drawn(fen, orientation=chess.BLACK)
    for name in chess.SQUARE_NAMES:
        same = square(ours, name).astype(int), square(theirs, name, white_below=False).astype(int)
        assert abs(same[0] - same[1]).max() <= 32, name  # edges of pieces are rounded elsewhere
    assert (ours != theirs).any()


def test_a_last_move_a_check_and_an_arrow_can_be_seen() -> None:
    board = chess.Board(CHECK)
    plain = rgb_array(chess.Board(CHECK.replace(" b ", " w ")), PLAIN)
    shown = rgb_array(board, PLAIN, [Arrow(chess.A1, chess.A4, color="blue")], chess.Move.from_uci("e3e2"))
    changed = {name for name in chess.SQUARE_NAMES if (square(plain, name) != square(shown, name)).any()}
    assert changed == {"e8", "e2", "e3", "a1", "a2", "a3", "a4"}
    change = square(shown, "e8")[10, 10].astype(int) - square(plain, "e8")[10, 10]  # beside the king's cross
    assert change[1] < -50, "less green"
    assert change[1] < 2 * change[0], "and not for being darker"


def test_the_drawing_is_one_svg_without_a_foreign_address() -> None:
    drawing = svg(chess.Board(), size=200)
    assert ElementTree.fromstring(drawing).get("width") == "200"
    assert drawing.count("://") == 2  # the names of SVG and XLink


@pytest.mark.parametrize("missing", ["resvg_py", "PIL"])
def test_what_draws_is_of_an_extra(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # what Python itself writes for a module that is not there
    with pytest.raises(BadConfig, match=r"needs resvg-py and Pillow; pip install 'reason-arena\[chess\]'"):
        rgb_array(chess.Board())


def test_what_opens_a_window_is_of_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(BadConfig, match=r"needs pygame; pip install 'reason-arena\[chess\]'"):
        Window().show(chess.Board())


def test_a_window_shows_what_is_drawn_and_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr(picture, "FRAMES", 0)  # no waiting
    board, window = chess.Board(), Window(size=200)
    window.close()
    for _ in range(2):
        for move in ("e2e4", "e7e5"):
            board.push_uci(move)
            window.show(board, board.peek(), chess.BLACK)
        on_screen = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
        assert (on_screen == rgb_array(board, 200, last=board.peek(), orientation=chess.BLACK)).all()
        window.close()
        window.close()
        assert not pygame.display.get_init()
        board.reset()


def test_without_a_display_the_other_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "nosuch")
    with pytest.raises(BadConfig, match=r"no window can be opened here \(.*\); try 'rgb_array'"):
        Window().show(chess.Board())
