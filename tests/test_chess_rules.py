"""Rules of chess that other libraries get wrong, one by one, on both kinds of boards; states and bad positions."""

from __future__ import annotations

from collections.abc import Sequence

import chess
import numpy as np
import pytest

from reason_arena.tasks.chess.boards import BACKENDS, Backend, Boards, boards, id_of, move_of
from reason_arena.tasks.chess.moves import MOST
from reason_arena.tasks.chess.outcome import CHECKMATE, FIFTY, INSUFFICIENT, RUNNING, STALEMATE, THREEFOLD
from reason_arena.tasks.chess.positions import BadPosition, checked
from reason_arena.tasks.errors import BadCheckpoint, ReasonError

ROW = np.array([0])
both = pytest.mark.parametrize("backend", BACKENDS)


def placed(fen: str, backend: Backend, moves: Sequence[str] = ()) -> Boards:
    games = boards(1, backend)
    games.place(0, fen)
    play(games, moves)
    return games


def play(games: Boards, moves: Sequence[str]) -> list[int]:
    """Play moves given in SAN; returns how the game stood after each."""
    ends = []
    for san in moves:
        board = games.board(0)
        games.push(ROW, np.array([id_of(board.parse_san(san), board)]))
        ends.append(int(games.ends[0]))
    return ends


@both
def test_a_third_occurrence_counts_though_a_pawn_had_moved_two_squares(backend: Backend) -> None:
    # No black pawn can capture on e3, so the positions after plies 1, 5 and 9 are the same one.
    moves = ["e4", "Nf6", "Nf3", "Ng8", "Ng1", "Nf6", "Nf3", "Ng8", "Ng1"]
    ends = play(placed(chess.STARTING_FEN, backend), moves)
    assert ends == [RUNNING] * 8 + [THREEFOLD]


@both
def test_a_position_with_a_capture_in_passing_is_another(backend: Backend) -> None:
    # After 1.e4 Black could take on e3, at plies 5 and 9 no more; what first comes up thrice is the position after Nf6.
    games = placed("rnbqkbnr/ppp1pppp/8/8/3p4/8/PPPPPPPP/RNBQKBNR w KQkq - 0 5", backend)
    round_trip = ["Nf6", "Nf3", "Ng8", "Ng1"]
    ends = play(games, ["e4", *round_trip * 3])
    assert ends[:10] == [RUNNING] * 9 + [THREEFOLD]


@both
def test_a_pinned_pawn_captures_nothing_in_passing(backend: Backend) -> None:
    # By taking on e3 the pawn would leave the file on which it covers its king.
    games = placed("3k4/8/8/8/3p4/8/4P3/3RK3 w - - 0 1", backend, ["e4"])
    assert games.planes(ROW)[0, 12].sum() == 0
    assert games.fen(0).split()[3] == "-"
    free = placed("4k3/8/8/8/3p4/8/4P3/3RK3 w - - 0 1", backend, ["e4"])
    assert np.argwhere(free.planes(ROW)[0, 12]).tolist() == [[5, 4]]  # e3 from Black's side
    assert free.fen(0).split()[3] == "e3"


@both
def test_both_pawns_leave_the_rank_at_a_capture_in_passing(backend: Backend) -> None:
    # After b5xc6 or d5xc6 nothing would stand between Black's rook and White's king.
    games = placed("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 b - - 0 1", backend, ["c5"])
    assert "bxc6" not in {
        games.board(0).san(move_of(int(i), games.board(0))) for i in games.legal[0, : games.counts[0]]
    }
    assert games.planes(ROW)[0, 12].sum() == 0


@both
def test_castling_rights_that_were_lost_make_another_position(backend: Backend) -> None:
    games = placed("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1", backend)
    ends = play(games, ["Ra2", "Ra7", "Ra1", "Ra8"] * 3)
    # At plies 4 and 8 the opening position has not returned: nobody can castle long any more. Ply 10 repeats 2 and 6.
    assert ends[:10] == [RUNNING] * 9 + [THREEFOLD]


@both
def test_two_hundred_and_eighteen_moves(backend: Backend) -> None:
    games = placed("R6R/3Q4/1Q4Q1/4Q3/2Q4Q/Q4Q2/pp1Q4/kBNN1KB1 w - - 0 1", backend)
    assert games.counts[0] == MOST == 218
    assert len(set(games.legal[0].tolist())) == 218
    assert games.legal[0].min() >= 0
    assert games.mask(ROW).sum() == games.mask(ROW, True).sum() == 218


@both
@pytest.mark.parametrize(
    ("pieces", "over"),
    [
        ("8/8/4k3/8/8/3K4/8/8", True),
        ("8/8/4k3/8/8/3KN3/8/8", True),
        ("8/8/4k3/8/8/3KB3/8/8", True),
        ("8/8/4k3/8/8/3KNN2/8/8", False),
        ("8/8/4k3/8/8/3KBN2/8/8", False),
        ("8/8/4k3/8/8/2BK1B2/8/8", False),  # c3 is dark, f3 light
        ("8/8/4k3/8/8/2BKB3/8/8", True),  # both dark
        ("8/8/2b1k3/8/8/3K1B2/8/8", True),  # c6 and f3 are light
        ("8/8/3bk3/8/8/3K1B2/8/8", False),
        ("8/8/2b1k3/8/8/3K1B2/4B1B1/8", True),  # all four light
        ("8/8/4k3/8/8/3KP3/8/8", False),
        ("8/8/3nk3/8/8/3KN3/8/8", False),
        ("8/8/3nk3/8/8/3K1B2/8/8", False),
    ],
)
def test_too_little_to_mate_with(pieces: str, over: bool, backend: Backend) -> None:
    for side in "wb":
        games = placed(f"{pieces} {side} - - 0 1", backend)
        assert games.ends[0] == (INSUFFICIENT if over else RUNNING)
        assert over == chess.Board(f"{pieces} {side} - - 0 1").is_insufficient_material()


@both
def test_too_little_material_comes_before_stalemate(backend: Backend) -> None:
    bishop, queen = "k7/8/1K6/8/5B2/8/8/8 b - - 0 1", "k7/8/1K6/8/5Q2/8/8/8 b - - 0 1"
    assert chess.Board(bishop).is_stalemate()
    assert placed(bishop, backend).ends[0] == INSUFFICIENT
    assert placed(queen, backend).ends[0] == STALEMATE


@both
def test_a_hundred_plies(backend: Backend) -> None:
    fen = "4k3/8/8/8/8/8/P7/R3K3 w - - 99 80"
    assert placed(fen, backend).ends[0] == RUNNING
    assert play(placed(fen, backend), ["Rb1"]) == [FIFTY]
    assert play(placed(fen, backend), ["a3", "Ke7", "Ra2", "Ke8", "Ra1", "Ke7", "Ra2", "Ke8", "Ra1"]) == [
        *[RUNNING] * 8,  # after a3 again at plies 5 and 9
        THREEFOLD,
    ]
    for clock in (100, 101, 150):
        games = placed(f"4k3/8/8/8/8/8/P7/R3K3 w - - {clock} 80", backend)
        assert games.ends[0] == FIFTY
        assert games.planes(ROW)[0, 17].tolist() == [[100] * 8] * 8
    assert placed("4k3/8/8/8/8/8/P7/R3K3 w - - 99 80", backend).planes(ROW)[0, 17, 0, 0] == 99


@both
def test_what_ends_a_game_on_its_hundredth_ply(backend: Backend) -> None:
    assert play(placed("k7/8/1K6/8/8/8/8/7R w - - 99 80", backend), ["Rh8#"]) == [CHECKMATE]
    assert play(placed("k7/8/2K5/1Q6/8/8/8/8 w - - 99 80", backend), ["Qb6"]) == [STALEMATE]
    # Both knights return for the third time when the hundredth ply is reached.
    fen = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 92 60"
    assert play(placed(fen, backend), ["Nf3", "Nf6", "Ng1", "Ng8"] * 2) == [RUNNING] * 7 + [FIFTY]


@both
def test_moves_before_count_for_repetition(backend: Backend) -> None:
    games = boards(1, backend)
    moves = []
    for san in ["Nf3", "Nf6", "Ng1", "Ng8"] * 2:
        board = games.board(0)
        moves.append(id_of(board.parse_san(san), board))
        games.push(ROW, np.array(moves[-1:]))
    assert games.ends[0] == THREEFOLD
    for count, end in ((7, RUNNING), (8, THREEFOLD), (0, RUNNING)):
        games.place(0, chess.STARTING_FEN, moves[:count])
        assert games.ends[0] == end
    assert games.counts[0] == 20


@both
def test_a_state_that_was_kept_goes_on_as_the_game_did(backend: Backend) -> None:
    games = boards(3, backend)
    rows, rng = np.arange(3), np.random.default_rng(6)
    cycle = ["Nf3", "Nf6", "Ng1", "Ng8"]
    play(games, [*cycle, "Nf3", "Nf6", "Ng1"])
    for _ in range(30):
        games.push(rows[1:], games.legal[rows[1:], [rng.integers(games.counts[row]) for row in rows[1:]]].astype(int))
    kept, fens = games.get_state(), [games.fen(row) for row in rows]
    legal = games.legal.copy()

    def went_on(other: Boards) -> list[object]:
        said: list[object] = [other.fen(row) for row in rows]
        said.append(play(other, ["Ng8"]))  # the third occurrence, which a FEN would not know
        other.push(rows[1:], other.legal[rows[1:], 0].astype(int))
        return [*said, other.legal.copy().tolist(), other.ends.tolist(), [other.fen(row) for row in rows]]

    first = went_on(games)
    assert first[3] == [THREEFOLD]
    elsewhere = boards(3, backend)
    elsewhere.set_state(kept)
    assert [elsewhere.fen(row) for row in rows] == fens
    assert (elsewhere.legal == legal).all()
    assert went_on(elsewhere) == first
    games.set_state(kept)  # what was kept has not changed with the boards
    assert went_on(games) == first


@both
def test_the_state_of_another_kind_of_boards_is_refused(backend: Backend) -> None:
    games = boards(2, backend)
    for other in BACKENDS:
        if other != backend:
            with pytest.raises(BadCheckpoint, match=f"not those of {backend}"):
                games.set_state(boards(2, other).get_state())
    assert games.fen(0) == chess.STARTING_FEN


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        ("8/8/8/8/8/8/8/8 w - - 0 1", "White has no king, Black has no king"),
        ("8/8/8/8/8/8/8/K7 w - - 0 1", "Black has no king"),
        ("kk6/8/8/8/8/8/8/K7 w - - 0 1", "a side has several kings"),
        ("4k3/8/8/8/8/8/8/P3K3 w - - 0 1", "a pawn stands on the first or last rank"),
        ("4k2p/8/8/8/8/8/8/4K3 w - - 0 1", "a pawn stands on the first or last rank"),
        ("4k3/8/8/8/8/8/8/4KR2 w KQ - 0 1", "castling rights without king and rook at home"),
        ("4k3/8/8/8/8/8/8/4K3 w - e6 0 1", "no pawn just moved past the en-passant square"),
        ("4k3/4R3/8/8/8/8/8/4K3 w - - 0 1", "the side that does not move is in check"),
        ("k7/8/8/8/8/8/1K6/8 w - - 0 1 extra", "expected"),
        ("4k3/8/8/8/8/4r3/8/q3K2r w - - 0 1", "check"),
        ("rnbqkbnr/pppppppp/8/8/8/P7/PPPPPPPP/RNBQKBNR w KQkq - 0 1", "more than eight pawns"),
        ("8/pppppppp/8/8/8/8/PPPPPPPP/8 w - - 0 1", "no king"),
        ("9/8/8/8/8/8/8/K1k5 w - - 0 1", "expected six fields of FEN"),
        ("", "expected six fields of FEN"),
        ("e4 e5 Nf3", "expected six fields of FEN"),
        ("k7/8/8/8/8/8/8/K7 w - - x 1", "expected six fields of FEN"),
        ("k7/8/8/8/8/8/8/K7 w - - -1 1", "expected six fields of FEN"),
        ("k7/8/8/8/8/8/P7/K7 w - - 0 99999999999999999999", "a clock and a move number up to 9999"),
        (f"k7/8/8/8/8/8/P7/K7 w - - {2**61} 1", "a clock and a move number up to 9999"),
        ("k7/8/8/8/8/8/8/K7 z - - 0 1", "expected six fields of FEN"),
        ("ķ7/8/8/8/8/8/8/K7 w - - 0 1", "expected six fields of FEN"),
        ("a" * 5000, "expected six fields of FEN"),
    ],
)
def test_a_position_that_cannot_be(fen: str, said: str) -> None:
    for backend in BACKENDS:
        games = boards(1, backend)
        with pytest.raises(BadPosition, match=said) as raised:
            games.place(0, fen)
        assert isinstance(raised.value, ReasonError)
        assert len(str(raised.value)) < 400
        assert games.fen(0) == chess.STARTING_FEN
    with pytest.raises(BadPosition):
        checked(fen)
