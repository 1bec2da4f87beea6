"""The endgame environment: played out in both views, paid by its outcome, shaped by the exact distance."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

chess = pytest.importorskip("chess")

import reason_arena.envs  # noqa: E402
from reason_arena.agents.registry import Place, make  # noqa: E402
from reason_arena.envs.chess.opponents import opponent  # noqa: E402
from reason_arena.tasks.chess import boards, tables  # noqa: E402
from reason_arena.tasks.chess.material import BadMaterial  # noqa: E402
from reason_arena.tasks.chess.moves import POSSIBLE  # noqa: E402

ENV = "Reason-ChessEndgame-v0"


def winning(board: chess.Board) -> list[chess.Move]:
    """The moves that keep the win, without mating at once."""
    table, found = tables.solve("KQK+KRK+KPK"), []
    for move in board.legal_moves:
        board.push(move)
        left = table.distance(board)
        board.pop()
        if left is not None and left > 0 and left % 2 == 0:
            found.append(move)
    return found


@pytest.mark.parametrize("view", ["text", "array"])
@pytest.mark.parametrize("level", [2, 4, 5])
def test_best_play_mates_best_defence_in_as_many_moves_as_the_table_says(view: str, level: int) -> None:
    env, agent = gym.make(ENV, view=view, level=level), make("perfect", Place(ENV), view)
    for seed in range(15):
        observation, info = env.reset(seed=seed)
        agent.reset([seed])
        steps, total, over = 0, 0.0, False
        while not over:
            batch = (observation,) if view == "text" else observation[None]
            observation, reward, over, truncated, info = env.step(agent.act(batch, [info])[0])
            assert not truncated
            steps, total = steps + 1, total + float(reward)
        assert (total, info["verdict"], info["termination"]) == (1.0, "correct", "checkmate")
        assert steps == info["optimal"] == info["counts"]["moves"]


def test_both_views_play_one_game() -> None:
    rng = np.random.default_rng(0)
    text, array = (gym.make(ENV, view=view, level=6, reward="shaped", render_mode="ansi") for view in ("text", "array"))
    for seed in range(20):
        asked, told = text.reset(seed=seed)
        _, info = array.reset(seed=seed)
        assert told["problem_id"] == info["problem_id"]
        assert asked == array.unwrapped.problem.question  # type: ignore[attr-defined]
        over = False
        while not over:
            board = array.unwrapped.board()  # type: ignore[attr-defined]
            action = rng.choice(np.flatnonzero(info["action_mask"]))
            move = boards.move_of(int(POSSIBLE[action]), board)
            _, *first, said = text.step(move.uci())
            _, *second, info = array.step(action)
            assert first == second
            over = first[1] or first[2]
        assert {**said, "counts": 0} == {**info, "counts": 0}


@pytest.mark.parametrize("view", ["text", "array"])
@pytest.mark.parametrize("kind", ["perfect", "random", "greedy", "nonsense"])
def test_shaping_pays_the_same_for_whatever_is_done(view: str, kind: str) -> None:
    env = gym.make(ENV, view=view, level=6, reward="shaped")
    agent = make("random" if kind == "nonsense" else kind, Place(ENV), view)
    outcomes = set()
    for seed in range(10):
        observation, info = env.reset(seed=seed)
        distance = env.unwrapped.problem.facts["distance"]  # type: ignore[attr-defined]
        agent.reset([seed])
        total, outcome, over = 0.0, 0.0, False
        while not over:
            batch = (observation,) if view == "text" else observation[None]
            action: Any = agent.act(batch, [info])[0]
            if kind == "nonsense":
                action = "I resign." if view == "text" else np.int64(0)
            observation, reward, terminated, truncated, info = env.step(action)
            terms = info["reward_terms"]
            assert float(reward) == pytest.approx(terms["outcome"] + terms["shaping"])
            if kind == "perfect" and not terminated:
                assert terms["shaping"] == pytest.approx(0.05 * 2)  # an own ply and the answer's, both the best
            total, outcome, over = total + float(reward), outcome + terms["outcome"], terminated or truncated
        assert outcome == float(info["correct"])
        assert total == pytest.approx(outcome + 0.05 * distance)
        outcomes.add(outcome)
    assert outcomes == {"perfect": {1.0}, "nonsense": {0.0}}.get(kind, outcomes)


def test_who_lets_the_mate_slip_for_fifty_moves_is_cut_off() -> None:
    env, rng = gym.make(ENV, level=2, tries=1), np.random.default_rng(1)
    ends = set()
    for seed in range(12):
        env.reset(seed=seed)
        truncated = terminated = False
        while not (truncated or terminated):
            board = env.unwrapped.board()  # type: ignore[attr-defined]
            assert board.ply() < 2 * 50 + 1
            _, reward, terminated, truncated, info = env.step(str(rng.choice(winning(board))))
        assert reward == 0
        ends.add((info["termination"], truncated, info["counts"]["moves"] == 50))
    assert ("length", True, True) in ends
    assert ends <= {("length", True, True), ("threefold_repetition", False, False)}


def test_a_piece_thrown_away_is_a_draw_and_pays_nothing() -> None:
    env = gym.make(ENV, level="material=KQK,opponent=greedy")
    for seed in range(40):
        env.reset(seed=seed)
        board = env.unwrapped.board()  # type: ignore[attr-defined]
        queen = next(iter(board.pieces(chess.QUEEN, board.turn)))
        king = board.king(not board.turn)
        hung = [
            move
            for move in board.legal_moves
            if move.from_square == queen
            and chess.square_distance(move.to_square, king) == 1
            and not board.attackers(board.turn, move.to_square) & ~chess.BB_SQUARES[queen]
        ]
        if not hung:
            continue
        _, reward, terminated, truncated, info = env.step(hung[0].uci())
        if info and info.get("termination") == "insufficient_material":
            assert (reward, terminated, truncated, info["verdict"]) == (0.0, True, False, "wrong")
            return
    pytest.fail("no queen could be given away")


def test_settings_are_part_of_the_level() -> None:
    env = gym.make(ENV, material="KRK", mate="2-3", opponent="random", colour="black", notation="san", board=False)
    text, info = env.reset(seed=3)
    assert info["problem_id"].startswith("chessendgame-v2/train/0,material=KRK,mate=2-3,opponent=random,colour=black,")
    facts = env.unwrapped.problem.facts  # type: ignore[attr-defined]
    assert (facts["material"], facts["opponent"], facts["white"]) == ("KRK", "random", False)
    assert facts["distance"] in (3, 5)
    assert "standard notation" in text
    assert "abcdefgh" not in text


def test_the_perfect_player_says_where_it_knows_nothing() -> None:
    many = boards.boards(1)
    with pytest.raises(BadMaterial, match="expected boards of up to 4 men"):
        opponent("perfect").choose(many, np.array([0]), np.array([1], np.uint64))
    assert opponent("perfect@0.25").name == "perfect@0.25"
    assert ENV in reason_arena.envs.IDS
