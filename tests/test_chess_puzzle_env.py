"""The puzzle environment: lines played out in both views, wrong moves, other keys and other mates, best defence."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

chess = pytest.importorskip("chess")

from test_chesspuzzle import keeps, wins  # noqa: E402

from reason_arena.agents.registry import Place, make  # noqa: E402
from reason_arena.tasks.chess.boards import id_of, move_of  # noqa: E402
from reason_arena.tasks.chess.moves import COMPACT_OF, POSSIBLE  # noqa: E402

ENV = "Reason-ChessPuzzle-v0"
HEAD = "PuzzleId,FEN,Moves,Rating,RatingDeviation,Popularity,NbPlays,Themes,GameUrl,OpeningTags\n"


def board_of(env: Any) -> chess.Board:
    board: chess.Board = env.unwrapped.board()
    return board


def send(env: Any, view: str, move: chess.Move) -> Any:
    """Play a move in either view."""
    return env.step(move.uci() if view == "text" else COMPACT_OF[id_of(move, board_of(env))])


@pytest.mark.parametrize("view", ["text", "array"])
@pytest.mark.parametrize(
    "level", [0, 1, 2, 8, 10, "1,terse=true", "4,board=false,notation=san", "2,board=false,pieces=true,terse=true"]
)
def test_the_line_played_to_its_end_pays_one(view: str, level: int) -> None:
    env, agent = gym.make(ENV, view=view, level=level), make("oracle", Place(ENV), view)
    for seed in range(8):
        observation, info = env.reset(seed=seed)
        facts = env.unwrapped.problem.facts  # type: ignore[attr-defined]
        steps, total, over = 0, 0.0, False
        while not over:
            batch = (observation,) if view == "text" else observation[None]
            observation, reward, over, truncated, info = env.step(agent.act(batch, [info])[0])
            assert not truncated
            steps, total = steps + 1, total + float(reward)
        assert (total, info["verdict"], info["correct"]) == (1.0, "correct", True)
        assert steps == info["counts"]["moves"] == (len(facts["line"]) + 1) // 2
        mated = board_of(env).is_checkmate()
        assert info["termination"] == ("checkmate" if mated else "solved")
        assert mated or facts["mate"] == 0
        assert [move.uci() for move in board_of(env).move_stack[len(facts["moves"]) :]] == list(facts["line"])


@pytest.mark.parametrize("view", ["text", "array"])
@pytest.mark.parametrize("level", [0, 1, 3, 9])
def test_a_wrong_move_ends_the_puzzle_and_pays_nothing(view: str, level: int) -> None:
    env = gym.make(ENV, view=view, level=level)
    for seed in range(8):
        env.reset(seed=seed)
        board, facts = board_of(env), env.unwrapped.problem.facts  # type: ignore[attr-defined]
        n = facts["mate"] if facts["source"] == "generated" else 1
        move = next(each for each in board.legal_moves if not keeps(board, each, n) and each.uci() != facts["line"][0])
        _, reward, terminated, truncated, info = send(env, view, move)
        assert (reward, terminated, truncated) == (0.0, True, False)
        assert (info["termination"], info["verdict"], info["correct"]) == ("wrong_move", "wrong", False)
        assert info["answer"] == move.uci()
        assert info["counts"] == {"moves": 1, "illegal": 0, "unparsable": 0, "requests": 0}


def test_every_key_is_as_good_and_the_defence_puts_the_mate_off_as_long_as_it_can() -> None:
    env, others = gym.make(ENV, level="mate=2-3", view="array"), 0
    rng = np.random.default_rng(0)
    for seed in range(12):
        env.reset(seed=seed)
        facts = env.unwrapped.problem.facts  # type: ignore[attr-defined]
        left, over = facts["mate"], False
        while not over:
            board = board_of(env)
            assert not wins(board, left - 1) if left > 1 else True
            legal = list(board.legal_moves)
            if left == 3:  # to prove every move takes python-chess too long
                move = move_of(facts["ids"][0], board)
            else:
                keys = [move for move in legal if keeps(board, move, left)]
                move = keys[int(rng.integers(len(keys)))]
                others += move.uci() not in facts["line"]
            _, reward, over, _, info = send(env, "array", move)
            left -= 1
        assert (reward, info["termination"], left) == (1.0, "checkmate", 0)
    assert others


def test_another_mate_ends_a_row_and_what_is_no_mate_is_judged_by_its_line(tmp_path: Any) -> None:
    # With the pawn on a2 the rook on e1 alone mates; without it the one on a1 does so too.
    path = tmp_path / "rows.csv"
    rows = [
        f"a{i},6k1/5ppp/8/8/8/8/p7/R3R1K1 b - - 0 1,g8h8 e1e8,500,80,90,900,backRankMate mateIn1,," for i in range(30)
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n")
    env = gym.make(ENV, dataset=str(path))
    for answer, paid in (("e1e8", 1.0), ("Ra1xa2", 0.0)):
        question, _ = env.reset(seed=0)
        assert "Last moves: g8h8" in question
        _, reward, terminated, _, info = env.step(answer)
        assert (reward, terminated) == (paid, True)
    path.write_text(path.read_text().replace("p7/R3R1K1", "8/R3R1K1"))
    env = gym.make(ENV, dataset=str(path))
    env.reset(seed=0)
    _, reward, _, _, info = env.step("Ra8#")
    assert (reward, info["termination"], info["answer"]) == (1.0, "checkmate", "a1a8")


@pytest.mark.parametrize(
    ("level", "goals"),
    [
        ("mate=3", ["Mate in 3 moves.", "Mate in 2 moves.", "Mate in 1 move."]),
        ("source=lichess,mate=2", ["Mate in 2 moves.", "Mate in 1 move."]),
        ("source=lichess,themes=mateIn2", ["Find the best move."] * 2),
        ("source=lichess,themes=fork", ["Find the best move."] * 2),
    ],
)
def test_the_question_says_how_far_the_mate_is_from_here(level: str, goals: list[str]) -> None:
    """From the position at hand, whatever was said in between; nothing where the problem promised nothing."""
    env, envs = gym.make(ENV, level=level), gym.make_vec(ENV, num_envs=1, view="text", level=level)
    (question, _), ((also,), _) = env.reset(seed=3), envs.reset(seed=3)
    line = env.unwrapped.problem.facts["line"]  # type: ignore[attr-defined]
    assert len(line[::2]) >= len(goals)
    for move, goal in zip(line[::2], goals, strict=False):
        assert question == also
        assert question.startswith(f"You play {'White' if board_of(env).turn else 'Black'}. {goal}\n")
        if goal == "Mate in 2 moves.":
            assert wins(board_of(env), 2)
        question = env.step("a1a1")[0]
        assert goal in question.splitlines()[0]
        envs.step(["a1a1"])
        question, ((also,), *_) = env.step(move)[0], envs.step([move])


def test_both_views_play_one_puzzle() -> None:
    rng = np.random.default_rng(0)
    for level in ("mate=1-2", "source=lichess"):
        text, array = (gym.make(ENV, view=view, level=level, render_mode="ansi") for view in ("text", "array"))
        for seed in range(20):
            asked, told = text.reset(seed=seed)
            _, info = array.reset(seed=seed)
            assert told["problem_id"] == info["problem_id"]
            assert asked == array.unwrapped.problem.question  # type: ignore[attr-defined]
            ids, over, step = array.unwrapped.problem.facts["ids"], False, 0  # type: ignore[attr-defined]
            while not over:
                board = board_of(array)
                action = (
                    COMPACT_OF[ids[2 * step]] if rng.random() < 0.8 else rng.choice(np.flatnonzero(info["action_mask"]))
                )
                move = move_of(int(POSSIBLE[action]), board)
                _, *first, said = text.step(move.uci())
                _, *second, info = array.step(action)
                assert first == second
                over, step = first[1] or first[2], step + 1
            assert said == info


def test_illegal_answers_are_counted_apart_and_forfeit() -> None:
    env = gym.make(ENV, level=0, tries=3, hint="on_request")
    env.reset(seed=0)
    answer = env.unwrapped.problem.answer  # type: ignore[attr-defined]
    for text in ("moves", "a1a1", "no idea"):
        question, reward, over, _, _ = env.step(text)
        assert (reward, over) == (0.0, False)
    assert "1 try is left" in question
    _, reward, _, _, info = env.step(answer)
    assert (reward, info["counts"]) == (1.0, {"moves": 1, "illegal": 1, "unparsable": 1, "requests": 1})
    env.reset(seed=0)
    for text in ("a1a1", "a1a1", "what?"):
        _, reward, over, _, info = env.step(text)
    assert (reward, over, info["termination"], info["verdict"]) == (0.0, True, "unparsable", "unparsable")


def test_settings_are_part_of_the_level() -> None:
    env = gym.make(ENV, rating="400-800", themes="fork", notation="san", board=False)
    text, info = env.reset(seed=3)
    assert "standard notation" in text
    assert "abcdefgh" not in text
    assert info["problem_id"].endswith("/0,rating=400-800,themes=fork,notation=san,board=false/3")
