"""Games of chess as episodes: both views, ends and what they pay, tries, and pictures."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

chess = pytest.importorskip("chess")
pgn = pytest.importorskip("chess.pgn")

from reason_arena.agents.learning.rollout import rollout  # noqa: E402
from reason_arena.agents.registry import Place, make  # noqa: E402
from reason_arena.tasks import chess as games  # noqa: E402
from reason_arena.tasks.chess.boards import move_of  # noqa: E402
from reason_arena.tasks.chess.moves import COMPACT_OF, POSSIBLE, move_id  # noqa: E402

GAME = "Reason-Chess-v0"


def text(fen: str = "", **options: Any) -> Any:
    """A game in words from a position, with the agent to move."""
    colour = "black" if " b " in fen else "white"
    settings = {"fen": fen, "opening": 0, "colour": colour} if fen else {}
    return gym.make(GAME, view="text", render_mode="ansi", **settings, **options).unwrapped


@pytest.mark.parametrize("level", [0, 2, "opponent=engine-2@0.5,plies=40"])
@pytest.mark.parametrize("reward", ["outcome", "shaped"])
def test_both_views_play_one_game_from_one_list_of_moves(level: int | str, reward: str) -> None:
    array = gym.make(GAME, view="array", level=level, reward=reward, render_mode="ansi").unwrapped
    words = gym.make(GAME, view="text", level=level, reward=reward, render_mode="ansi").unwrapped
    rng = np.random.default_rng(5)
    for seed in range(6):
        _, info = array.reset(seed=seed)
        words.reset(seed=seed)
        over = False
        while not over:
            board = array.board()  # type: ignore[attr-defined]
            assert words.board().fen() == board.fen()  # type: ignore[attr-defined]
            legal = info["legal_ids"][info["legal_ids"] >= 0]
            assert {move_of(int(i), board) for i in POSSIBLE[legal]} == set(board.legal_moves)
            assert np.flatnonzero(info["action_mask"]).tolist() == legal.tolist()
            action = rng.choice(legal)
            _, paid, *ends, info = array.step(np.int64(action))
            _, also, *others, told = words.step(move_of(int(POSSIBLE[action]), board).uci())
            assert (paid, ends) == (also, others)
            over = any(ends)
        assert info == told
        played = pgn.read_game(io.StringIO(info["pgn"]))
        assert played is not None
        assert played.headers["Termination"] == info["termination"]
        assert len(list(played.mainline_moves())) >= info["counts"]["moves"]


def test_seeds_come_in_pairs_of_one_opening_from_both_sides() -> None:
    for level in (0, "opening=7"):
        for pair in range(5):
            white, black = (games.generate("test", level, 2 * pair + side).facts for side in (0, 1))
            assert white["moves"] == black["moves"]
            assert (white["white"], black["white"]) == (True, False)
    assert len({games.generate("test", 0, seed).facts["moves"] for seed in range(40)}) == 20
    assert {games.generate("train", "colour=black", seed).facts["white"] for seed in range(4)} == {False}


ENDS = [
    ("7k/8/5KQ1/8/8/8/8/8 w - - 0 1", "g6g7", 1.0, "checkmate", "correct", "1-0"),
    ("8/8/8/8/8/5kq1/8/7K b - - 0 1", "g3g2", 1.0, "checkmate", "correct", "0-1"),
    ("7k/8/6Q1/8/8/8/8/K7 w - - 0 1", "g6f7", 0.0, "stalemate", "wrong", "1/2-1/2"),
    ("7k/8/8/8/8/8/6p1/6K1 w - - 0 1", "g1g2", 0.0, "insufficient_material", "wrong", "1/2-1/2"),
    ("7k/8/8/8/8/8/R7/K7 w - - 99 80", "a2b2", 0.0, "fifty_moves", "wrong", "1/2-1/2"),
    ("7k/R7/6K1/8/8/8/8/8 w - - 99 80", "a7a8", 1.0, "checkmate", "correct", "1-0"),
    ("6k1/5ppp/8/8/8/8/r1P2PPP/6K1 w - - 0 1", "c2c3", -1.0, "checkmate", "wrong", "0-1"),
]


@pytest.mark.parametrize(("fen", "move", "paid", "termination", "verdict", "result"), ENDS)
@pytest.mark.parametrize("view", ["text", "array"])
def test_a_game_ends_as_it_should_and_pays_it(
    view: str, fen: str, move: str, paid: float, termination: str, verdict: str, result: str
) -> None:
    colour = "black" if " b " in fen else "white"
    env: Any = gym.make(
        GAME, view=view, fen=fen, opening=0, colour=colour, opponent="greedy", render_mode="ansi"
    ).unwrapped
    env.reset(seed=0)
    played = chess.Move.from_uci(move)
    action: Any = move
    if view == "array":
        action = COMPACT_OF[move_id(played.from_square, played.to_square, 0, colour == "white")]
    *_, reward, terminated, truncated, info = env.step(action)
    assert (reward, terminated, truncated) == (paid, True, False)
    assert (info["termination"], info["verdict"], info["correct"]) == (termination, verdict, paid == 1.0)
    assert f'[Result "{result}"]' in info["pgn"]
    assert info["counts"] == {"moves": 1, "illegal": 0, "unparsable": 0, "requests": 0}


@pytest.mark.parametrize("view", ["text", "array"])
def test_a_game_that_lasts_too_long_is_broken_off_unpaid(view: str) -> None:
    env: Any = gym.make(GAME, view=view, plies=4, render_mode="ansi").unwrapped
    _, info = env.reset(seed=0)
    for left in (1, 0):
        move = next(iter(env.board().legal_moves))
        action = move.uci() if view == "text" else int(info["legal_ids"][0])
        seen, reward, terminated, truncated, info = env.step(action)
        assert (reward, terminated, truncated) == (0.0, False, not left)
    assert (info["termination"], info["verdict"], info["correct"]) == ("length", "wrong", False)
    assert '[Result "*"]' in info["pgn"]
    if view == "array":
        assert seen.any(), "what was cut off is worth something"


def test_an_illegal_action_forfeits_and_is_counted() -> None:
    env = gym.make(GAME, view="array", render_mode="ansi").unwrapped
    _, info = env.reset(seed=0)
    illegal = int(np.flatnonzero(info["action_mask"] == 0)[0])
    _, reward, terminated, truncated, info = env.step(np.int64(illegal))
    assert (reward, terminated, truncated) == (-1.0, True, False)
    assert (info["termination"], info["verdict"]) == ("illegal", "illegal")
    assert info["counts"] == {"moves": 0, "illegal": 1, "unparsable": 0, "requests": 0}
    assert '[Result "0-1"]' in info["pgn"]


def test_answers_that_are_no_moves_are_met_with_reasons_until_the_tries_are_used_up() -> None:
    env = text(tries=3, hint="on_request")
    first, _ = env.reset(seed=0)
    assert "Legal moves" not in first
    listed, reward, *_ = env.step("\\boxed{moves}")
    assert "Legal moves: " in listed
    assert reward == 0.0
    told, *rest = env.step("\\boxed{e1e8}")
    assert rest == [0.0, False, False, {}]
    assert "no legal move" in told
    assert "2 tries are left" in told
    told, *_ = env.step("I would rather not.")
    assert "1 try is left" in told
    move = next(iter(env.board().legal_moves))
    told, *_ = env.step(f"Well then: \\boxed{{{move.uci()}}}")
    assert "left" not in told, "a new position has all tries again"
    for _ in range(2):
        assert not env.step("\\boxed{}")[2]
    *_, reward, terminated, _, info = env.step("\\boxed{}")
    assert (reward, terminated, info["termination"], info["verdict"]) == (-1.0, True, "unparsable", "unparsable")
    assert info["counts"] == {"moves": 1, "illegal": 1, "unparsable": 4, "requests": 1}


@pytest.mark.parametrize("said", ["", " ", "x" * 1_000_000, "\ud800\udfff", "\x00", "½√é🙂", "\\boxed{", "{}" * 99])
def test_any_text_is_an_answer(said: str) -> None:
    env = text(tries=1)
    env.reset(seed=0)
    assert env.action_space.contains(said)
    told, reward, terminated, truncated, info = env.step(said)
    assert (told, reward, terminated, truncated) == ("", -1.0, True, False)
    assert info["verdict"] == "unparsable"


def test_shaping_adds_up_to_the_same_whatever_is_played() -> None:
    env = gym.make(GAME, view="array", level=6, reward="shaped").unwrapped
    plain = gym.make(GAME, view="array", level=6).unwrapped
    rng = np.random.default_rng(1)
    for seed in range(3):
        sums = set()
        for _ in range(4):
            _, info = env.reset(seed=seed)
            plain.reset(seed=seed)
            over, total, shaping = False, 0.0, 0.0
            while not over:
                action = rng.choice(np.flatnonzero(info["action_mask"]))
                _, reward, *ends, info = env.step(action)
                outcome = plain.step(action)[1]
                assert info["reward_terms"]["outcome"] == pytest.approx(outcome)
                assert info["reward_terms"]["shaping"] == pytest.approx(reward - outcome)
                over, total, shaping = any(ends), total + reward, shaping + info["reward_terms"]["shaping"]
            sums.add(round(shaping, 9))
        assert len(sums) == 1


def test_all_numbers_of_moves_play_the_same_game() -> None:
    short = gym.make(GAME, view="array", level=2).unwrapped
    full = gym.make(GAME, view="array", level=2, compact=False).unwrapped
    assert (short.action_space.n, full.action_space.n) == (1858, 4672)  # type: ignore[attr-defined]
    seen, info = short.reset(seed=3)
    also, told = full.reset(seed=3)
    for _ in range(30):
        assert np.array_equal(seen, also)
        assert np.array_equal(
            POSSIBLE[info["legal_ids"][info["legal_ids"] >= 0]], told["legal_ids"][: (told["legal_ids"] >= 0).sum()]
        )
        action = info["legal_ids"][0]
        seen, _, over, *_, info = short.step(np.int64(action))
        also, *_, told = full.step(np.int64(POSSIBLE[action]))
        if over:
            break


DIGEST = """
import hashlib, sys
if sys.argv[1] == "python":
    sys.modules["numba"] = None
import gymnasium as gym, numpy as np
import reason_arena.envs
from reason_arena.tasks.chess.jit import COMPILED
assert COMPILED == (sys.argv[1] != "python")
level = "opponent=random+greedy,plies=60"
envs = gym.make_vec("Reason-Chess-v0", num_envs=3, view="array", level=level, render_mode="ansi")
seen = hashlib.sha256()
told = envs.reset(seed=4)
rng = np.random.default_rng(0)
for _ in range(60):
    seen.update(repr(told).encode())
    told = envs.step((told[-1]["action_mask"] * rng.random((3, 1858))).argmax(1))
print(seen.hexdigest())
"""


def test_games_are_the_same_without_numba_and_in_every_process() -> None:
    digests = set()
    for backend, hash_seed in (("numba", "1"), ("python", "2")):
        done = subprocess.run(
            [sys.executable, "-c", DIGEST, backend],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1


def test_players_play_and_the_better_one_wins() -> None:
    place = Place(GAME, "test", "opponent=random,plies=200")
    scores = {}
    for kind in ("random", "engine-2"):
        for view in ("text", "array"):
            played = rollout(place.make(view, 10, render_mode="ansi"), make(kind, place, view), range(10))  # type: ignore[arg-type]
            scores[kind, view] = sum(episode.return_ for episode in played)
            assert all(episode.record and episode.counts["illegal"] == 0 for episode in played)
    assert min(scores["engine-2", view] for view in ("text", "array")) >= 9
    assert max(scores["random", view] for view in ("text", "array")) <= 5


@pytest.mark.parametrize("view", ["text", "array"])
def test_pictures(view: str) -> None:
    env = gym.make(GAME, view=view, render_mode="rgb_array", colour="black").unwrapped
    env.reset(seed=0)
    before = env.render()
    assert before.shape == (400, 400, 3)  # type: ignore[union-attr]
    env.step(next(iter(env.board().legal_moves)).uci() if view == "text" else env.action_masks().argmax())  # type: ignore[attr-defined]
    assert not np.array_equal(before, env.render())  # type: ignore[arg-type]
    shown = gym.make(GAME, view=view, render_mode="ansi", colour="black").unwrapped
    shown.reset(seed=0)
    assert str(shown.render()).split()[0] == "h", "Black's side is below"
