"""Levels of the chess tasks, and a position in words."""

from __future__ import annotations

import pytest

chess = pytest.importorskip("chess")

from reason_arena.tasks import spec  # noqa: E402
from reason_arena.tasks.chess.view import View, describe, diagram, position_in, view_of  # noqa: E402
from reason_arena.tasks.errors import BadLevel  # noqa: E402

TABLE = {0: "opponent=random", 1: "opponent=greedy,plies=80"}
READERS = {
    "opponent": spec.names,
    "plies": spec.whole(2, 400),
    "mate": spec.span(1, 3),
    "board": spec.flag,
    "dataset": str,
    "hint": spec.one_of("none", "list"),
}


@pytest.mark.parametrize(
    ("level", "values"),
    [
        (1, {"opponent": ("greedy",), "plies": 80}),
        ("1", {"opponent": ("greedy",), "plies": 80}),
        ("1,plies=90,board=false", {"opponent": ("greedy",), "plies": 90, "board": False}),
        ("opponent=random+greedy,mate=1-3", {"opponent": ("random", "greedy"), "mate": (1, 3)}),
        ("mate=2, hint=list", {"mate": (2, 2), "hint": "list"}),
        ("hint=list,dataset=a,b=c.csv", {"hint": "list", "dataset": "a,b=c.csv"}),
    ],
)
def test_settings_are_read_over_those_of_the_table(level: int | str, values: dict[str, object]) -> None:
    assert spec.read(level, TABLE, READERS) == values


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (2, "expected 0 to 1, or settings out of opponent, plies"),
        (True, "expected 0 to 1"),
        (1.0, "expected 0 to 1"),
        ("²", "got '²'"),
        ("", "got ''"),
        ("plies=1", "expected plies=an integer from 2 to 400, got '1'"),
        ("plies=٣", "an integer from 2 to 400"),
        ("mate=3-1", "a range of them such as 1-3, got '3-1'"),
        ("board=yes", "expected board=true or false, got 'yes'"),
        ("opponent=random+", "a name, or several"),
        ("plies=3,plies=4", "expected each setting once, got plies twice"),
        ("1,2", "got '2'"),
        ("colour=white", "got 'colour=white'"),
    ],
)
def test_what_is_no_level_is_refused_with_what_was_expected(level: object, said: str) -> None:
    with pytest.raises(BadLevel, match=said.replace("(", r"\(")):
        spec.read(level, TABLE, READERS)  # type: ignore[arg-type]


def test_a_level_takes_further_settings() -> None:
    assert spec.combine("1,dataset=a,b.csv", hint="list") == "1,hint=list,dataset=a,b.csv"
    assert spec.combine("mate=1", opponent=("random", "greedy")) == "mate=1,opponent=random+greedy"
    assert spec.combine(1, board=None) == 1
    assert spec.combine(0, dataset="x.csv", board=True) == "0,board=true,dataset=x.csv"


def test_a_position_is_shown_as_asked() -> None:
    board = chess.Board()
    for san in ("e4", "e5", "Nf3"):
        board.push_san(san)
    plain = describe(board, View(), "You play Black.")
    assert plain.splitlines() == [
        "You play Black.",
        "",
        "8 rnbqkbnr",
        "7 pppp.ppp",
        "6 ........",
        "5 ....p...",
        "4 ....P...",
        "3 .....N..",
        "2 PPPP.PPP",
        "1 RNBQKB.R",
        "  abcdefgh",
        "",
        "FEN: rnbqkbnr/pppp1ppp/8/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R b KQkq - 1 2",
        "Last moves: e2e4 e7e5 g1f3",
        r"Give your move in UCI notation, such as e2e4 or e7e8q, as \boxed{move}.",
    ]
    assert diagram(board) in plain
    terse = describe(board, View(terse=True, history=0), "You play Black.")
    assert terse.splitlines() == plain.splitlines()[:11]
    short = describe(board, View(notation="san", hint="list", board=False, history=2), "Move.", note="Illegal.")
    assert "Last moves: 1...e5 2. Nf3\nLegal moves: Ba3 Bb4 Bc5 Bd6 Be7 Ke7 Na6" in short
    assert "Illegal.\nGive your move in standard notation" in short
    assert "8 rnbq" not in short
    asked = describe(board, View(hint="on_request"), "Move.")
    assert r"answer \boxed{moves}" in asked
    assert "Legal moves" not in asked
    told = describe(board, View(hint="on_request"), "Move.", listed=True)
    assert "Legal moves: a7a5 a7a6" in told
    assert r"\boxed{moves}" not in told


def test_the_men_are_listed_from_the_movers_side() -> None:
    board = chess.Board("r3k2r/8/8/3pP3/8/8/8/R3K2R w KQkq d6 3 20")
    view = View(board=False, pieces=True, terse=True, history=0)
    assert (
        describe(board, view, "You play White.") == "You play White.\n\nYours: Ke1 Ra1 Rh1 Pe5\nTheirs: Ke8 Ra8 Rh8 Pd5"
    )
    board.turn = chess.BLACK
    shown = describe(board, View(pieces=True), "You play Black.")
    assert "Yours: Ke8 Ra8 Rh8 Pd5\nTheirs: Ke1 Ra1 Rh1 Pe5\n\nFEN: " in shown
    assert diagram(board) in shown


def test_the_position_is_read_back_out_of_what_is_shown() -> None:
    board = chess.Board("r3k2r/8/8/3pP3/8/8/8/R3K2R w KQkq d6 3 20")
    for view in (View(), View(notation="san", hint="list", board=False)):
        found = position_in(describe(board, view, "You play White.", note="Illegal."))
        assert found is not None
        assert found.fen() == board.fen()
    board.turn = chess.BLACK
    for view in (View(terse=True), View(terse=True, board=False, pieces=True), View(terse=True, pieces=True)):
        terse = position_in(describe(board, view, "You play Black in a game."))
        assert terse is not None
        assert (terse.board_fen(), terse.turn, terse.castling_rights) == (board.board_fen(), chess.BLACK, 0)
    assert position_in("You play Black.\nYours: Ke8") is None
    assert position_in("You play Black.\n8 rnbqkbnr\n") is None
    assert position_in(diagram(board)) is None


def test_the_board_is_drawn_from_whites_side_whoever_moves() -> None:
    for turn in "wb":
        assert diagram(chess.Board(f"r3k2r/ppp2ppp/8/3qP3/8/8/PPPQ1PPP/R3K2R {turn} - - 0 1")).split("\n") == [
            "8 r...k..r",
            "7 ppp..ppp",
            "6 ........",
            "5 ...qP...",
            "4 ........",
            "3 ........",
            "2 PPPQ.PPP",
            "1 R...K..R",
            "  abcdefgh",
        ]


def test_a_list_of_moves_does_not_tell_which_of_them_mates() -> None:
    board = chess.Board("6k1/5ppp/8/8/8/8/r4PPP/R5K1 b - - 0 1")
    assert board.san(chess.Move.from_uci("a2a1")) == "Rxa1#"
    told = describe(board, View(notation="san", hint="list"), "You play Black. Mate in 1 move.")
    assert "Rxa1" in told
    assert not {"#", "+"} & set(told)


def test_the_view_takes_its_settings_out_of_a_level() -> None:
    assert view_of({"opponent": ("random",), "tries": 1, "board": False}) == View(tries=1, board=False)


def test_some_position_is_always_shown() -> None:
    assert view_of({"terse": True}) == View(terse=True)
    with pytest.raises(BadLevel, match="expected pieces=true"):
        view_of({"board": False, "terse": True})
