"""Self-play: PettingZoo's own tests, games followed move by move on python-chess, and every way a game ends."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import chess
import numpy as np
import pytest
from pettingzoo.test import api_test, render_test, seed_test

from reason_arena.envs.chess import selfplay
from reason_arena.tasks.chess.boards import id_of, move_of
from reason_arena.tasks.chess.moves import COMPACT, COMPACT_OF, POSSIBLE
from reason_arena.tasks.errors import BadConfig
from reason_arena.tasks.stream import Stream


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("backend", ["numba", "python-chess"])
@pytest.mark.filterwarnings("ignore::UserWarning")  # it recommends other names and other spaces than its own chess has
def test_pettingzoos_own_tests_pass(compact: bool, backend: str) -> None:
    made = selfplay.env(compact=compact, backend=backend)
    api_test(made, num_cycles=300)
    seed_test(lambda: selfplay.env(compact=compact, backend=backend), num_cycles=100)


def test_pettingzoos_render_test_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    render_test(selfplay.env)


def seen(board: chess.Board, color: chess.Color) -> dict[str, Any]:
    """The observation by python-chess alone: own pieces first, the own first rank below."""
    planes = np.zeros((18, 8, 8), np.uint8)
    for square, piece in board.piece_map().items():
        rank = chess.square_rank(square) if color else 7 - chess.square_rank(square)
        planes[piece.piece_type - 1 + 6 * (piece.color != color), rank, chess.square_file(square)] = 1
    if board.turn == color and board.has_legal_en_passant():
        assert board.ep_square is not None
        rank = chess.square_rank(board.ep_square) if color else 7 - chess.square_rank(board.ep_square)
        planes[12, rank, chess.square_file(board.ep_square)] = 1
    planes[13], planes[14] = board.has_kingside_castling_rights(color), board.has_queenside_castling_rights(color)
    planes[15], planes[16] = (
        board.has_kingside_castling_rights(not color),
        board.has_queenside_castling_rights(not color),
    )
    planes[17] = board.halfmove_clock
    mask = np.zeros(4672, np.int8)
    if board.turn == color:
        mask[[id_of(move, board) for move in board.legal_moves]] = 1
    return {"observation": planes, "action_mask": mask}


@pytest.mark.parametrize("game", range(12))
def test_a_random_game_is_the_one_that_python_chess_plays(game: int) -> None:
    made, board, random = selfplay.env(), chess.Board(), Stream(f"self-play {game}")
    made.reset()
    for agent in made.agent_iter():
        observation, reward, terminated, truncated, info = made.last()
        if terminated or truncated:
            break
        assert agent == ("white" if board.turn else "black")
        assert reward == 0
        assert info == {}
        for name in selfplay.AGENTS:
            expected, got = seen(board, name == "white"), made.observe(name)
            assert np.array_equal(got["observation"], expected["observation"])
            assert np.array_equal(got["action_mask"], expected["action_mask"])
        actions = np.flatnonzero(observation["action_mask"]).tolist()
        action = actions[random.below(len(actions))]
        board.push(move_of(action, board))
        made.step(action)
    result = 0.0 if not board.is_checkmate() else -1.0 if board.turn else 1.0
    assert made.rewards == {"white": result, "black": -result}
    ended = made.infos["white"]["termination"]
    by_the_rules = {
        "checkmate": board.is_checkmate(),
        "stalemate": board.is_stalemate(),
        "insufficient_material": board.is_insufficient_material(),
        "fifty_moves": board.halfmove_clock >= 100,
        "threefold_repetition": board.is_repetition(3),
        "length": len(board.move_stack) == 400,
    }
    assert by_the_rules[ended]
    assert made.truncations == dict.fromkeys(selfplay.AGENTS, ended == "length")
    assert made.terminations == dict.fromkeys(selfplay.AGENTS, ended != "length")


def played(made: Any, *moves: str) -> dict[str, float]:
    """What each agent gets from a game of these moves, as `last` pays it."""
    made.reset()
    board = chess.Board(made.unwrapped._fen)
    for text in moves:
        move = chess.Move.from_uci(text)
        made.step(id_of(move, board))
        board.push(move)
    paid = {}
    for agent in made.agent_iter():
        _, paid[agent], terminated, truncated, _ = made.last()
        assert terminated or truncated
        made.step(None)
    assert made.agents == []
    return paid


ENDS = [
    ("checkmate", chess.STARTING_FEN, "f2f3 e7e5 g2g4 d8h4", -1),
    ("fifty_moves", "6k1/5ppp/8/8/8/8/8/K6R w - - 99 80", "h1d1", 0),
    ("stalemate", "7k/5Q2/8/8/8/8/8/K7 w - - 0 1", "f7f1 h8h7 f1f6 h7g8 f6e7 g8h8 e7f7", 0),
    ("insufficient_material", "7k/8/8/8/8/8/1p6/K7 w - - 0 1", "a1b2", 0),
    ("fifty_moves", "7k/8/8/8/8/8/8/KR6 w - - 98 80", "b1b2 h8h7", 0),
    ("threefold_repetition", chess.STARTING_FEN, "g1f3 g8f6 f3g1 f6g8 g1f3 g8f6 f3g1 f6g8", 0),
]


@pytest.mark.parametrize(("termination", "fen", "moves", "white"), ENDS)
def test_a_game_ends_as_the_rules_say(termination: str, fen: str, moves: str, white: int) -> None:
    made = selfplay.env(fen=fen)
    assert played(made, *moves.split()) == {"white": white, "black": -white}
    raw = selfplay.raw_env(fen=fen)
    raw.reset()
    board = chess.Board(fen)
    for text in moves.split():
        assert not any(raw.terminations.values())
        raw.step(id_of(chess.Move.from_uci(text), board))
        board.push_uci(text)
    assert raw.infos == {agent: {"termination": termination} for agent in selfplay.AGENTS}


def test_a_mate_on_the_hundredth_ply_wins() -> None:
    assert played(selfplay.env(fen="6k1/5ppp/8/8/8/8/8/K2R4 w - - 99 80"), "d1d8") == {"white": 1, "black": -1}


def test_black_may_begin() -> None:
    made = selfplay.env(fen="k2r4/8/8/8/8/8/5PPP/6K1 b - - 0 1")
    assert played(made, "d8d1") == {"white": -1, "black": 1}


@pytest.mark.parametrize("compact", [False, True])
def test_an_illegal_move_loses(compact: bool) -> None:
    made = selfplay.env(compact=compact)
    made.reset()
    board = chess.Board()
    e4 = id_of(chess.Move.from_uci("e2e4"), board)
    made.step(int(COMPACT_OF[e4]) if compact else e4)
    made.step(int(COMPACT_OF[e4 + 1]) if compact else e4 + 1)  # three squares, a pawn of Black's
    assert made.rewards == {"white": 1, "black": -1}
    assert made.infos["black"] == {"termination": "illegal"}
    assert all(made.terminations.values())
    assert made.last()[1] == 1  # White's turn to hear of it


def test_actions_out_of_range_are_refused_and_without_checks_they_lose() -> None:
    made = selfplay.env()
    made.reset()
    with pytest.raises(AssertionError):
        made.step(4672)
    for action in (4672, -1, None, 1):  # 1: a piece on a1 that is no queen
        raw = selfplay.raw_env()
        raw.reset()
        raw.step(action)
        assert raw.rewards == {"white": -1, "black": 1}


def test_a_long_game_is_cut_and_pays_nobody() -> None:
    made = selfplay.env(max_plies=3)
    assert played(made, "e2e4", "e7e5", "d2d4") == {"white": 0, "black": 0}
    made.reset()
    for _ in range(3):
        made.step(int(np.flatnonzero(made.last()[0]["action_mask"])[0]))
    assert all(made.truncations.values())
    assert not any(made.terminations.values())
    assert made.infos["white"] == {"termination": "length"}


def test_a_position_that_is_over_ends_at_once() -> None:
    made = selfplay.env(fen="7k/8/8/8/8/8/8/K7 w - - 0 1")
    assert played(made) == {"white": 0, "black": 0}
    mated = selfplay.env(fen="7k/6Q1/5K2/8/8/8/8/8 b - - 0 1")
    assert played(mated) == played(mated) == {"white": 1, "black": -1}


def test_compact_actions_are_places_among_the_possible_moves() -> None:
    plain, compact = selfplay.env(), selfplay.env(compact=True)
    plain.reset()
    compact.reset()
    assert compact.action_space("white").n == COMPACT == 1858
    ids = np.flatnonzero(plain.observe("white")["action_mask"])
    assert POSSIBLE[np.flatnonzero(compact.observe("white")["action_mask"])].tolist() == ids.tolist()


def test_the_board_is_shown_as_text() -> None:
    made = selfplay.env(render_mode="ansi")
    made.reset()
    made.step(id_of(chess.Move.from_uci("e2e4"), chess.Board()))
    assert made.render().splitlines()[5:8] == [
        "4 . . . . P . . . 4",
        "3 . . . . . . . . 3",
        "2 P P P P . P P P 2",
    ]


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadConfig, match="render_mode='svg': expected one of ansi, rgb_array, human"):
        selfplay.env(render_mode="svg")
    with pytest.raises(BadConfig, match="max_plies=0"):
        selfplay.env(max_plies=0)


def test_without_pettingzoo_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['pettingzoo'] = None\n"
        "from reason_arena.tasks.errors import BadConfig\n"
        "try:\n    import reason_arena.envs.chess.selfplay\n"
        "except BadConfig as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "self-play needs PettingZoo; pip install 'reason-arena[chess]'"
