"""Games that cannot be played and opponents that fail: refused at once, or a game that counts for nobody."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("chess")

from fake_engine import broken_engine, stockfish
from report_sample import write_run

from reason_arena.arena.report import read_run
from reason_arena.envs.chess.opponents import opponent
from reason_arena.envs.chess.uci import Engine
from reason_arena.scripts.cli import main
from reason_arena.tasks.chess.material import BadMaterial
from reason_arena.tasks.errors import BadConfig, BadLevel, UnknownName

GAME = "Reason-Chess-v0"


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"opponent": "kasparov"}, UnknownName, "unknown opponent 'kasparov'"),
        ({"opponent": "greedy@2"}, BadConfig, "greedy@2"),
        ({"level": 99}, BadLevel, "expected 0 to 6"),
        ({"fen": "8/8/8/8/8/8/8/8 w - - 0 1", "opening": 0}, ValueError, "no king"),
        ({"fen": "nonsense"}, ValueError, "six fields of FEN"),
        ({"fen": "7k/6Q1/5K2/8/8/8/8/8 b - - 0 1", "opening": 0}, BadLevel, "got one in which it is over"),
        ({"fen": "7k/6Q1/5K2/8/8/8/8/8 b - - 0 1"}, BadLevel, "got one in which it is over"),
        ({"opponent": "greedy+perfect@0.5"}, BadMaterial, "up to 4 men"),
        ({"fen": "7k/8/5KQ1/8/8/8/8/8 w - - 0 1", "opening": 0}, BadLevel, "white, can end the game.*colour=white"),
        ({"hint": "always"}, BadLevel, "hint=none or on_request or list"),
        ({"tries": 0}, BadLevel, "an integer from 1 to 20"),
    ],
)
@pytest.mark.parametrize("view", ["text", "array"])
def test_what_cannot_be_played_is_refused_at_once(view: str, options: Any, error: type[Exception], said: str) -> None:
    for build in (gym.make, lambda *a, **told: gym.make_vec(*a, num_envs=2, **told)):
        with pytest.raises(error, match=said):
            build(GAME, view=view, **options)


@pytest.mark.parametrize(
    "body",
    ["print('rubbish', flush=True)", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "raise SystemExit(3)"],
)
@pytest.mark.parametrize("view", ["text", "array"])
def test_an_opponent_that_cannot_be_used_costs_its_own_game_and_no_more(tmp_path: Path, view: str, body: str) -> None:
    script = tmp_path / "engine.py"
    script.write_text(body, encoding="utf-8")
    envs = gym.make_vec(GAME, num_envs=2, view=view, opponent="greedy", plies=60, render_mode="ansi").unwrapped
    broken = opponent("stockfish-1", Engine(sys.executable, [str(script)], deadline=0.5))
    envs.reset(seed=0)
    played = envs.games  # type: ignore[attr-defined]
    played.script._players["greedy"] = broken
    legal = [str(next(iter(played.replayed(row).legal_moves))) for row in range(2)]
    actions: Any = legal if view == "text" else played.boards.mask(np.arange(2), True).argmax(1)
    _, rewards, terminated, truncated, infos = envs.step(actions)
    assert (rewards.tolist(), terminated.any(), truncated.all()) == ([0.0, 0.0], False, True)
    assert infos["final_info"]["termination"].tolist() == ["opponent_error"] * 2
    assert not infos["final_info"]["correct"].any()
    assert infos["final_info"]["failed"].all()
    played.script._players["greedy"] = opponent("greedy")
    envs.reset(seed=0)
    assert not envs.step(actions)[3].any(), "the next games go on"


class Silent:
    """Has no move to give."""

    name = "greedy"

    def choose(self, boards: Any, rows: Any, keys: Any) -> Any:
        return np.full(len(rows), -1)


@pytest.mark.parametrize("view", ["text", "array"])
def test_nobody_loses_to_an_opponent_that_failed_before_the_first_move(view: str) -> None:
    env = gym.make(GAME, view=view, opponent="greedy", colour="black", tries=1).unwrapped
    games = env.games  # type: ignore[attr-defined]
    games.script.seat(Silent())
    env.reset(seed=0)
    said: Any = "I resign" if view == "text" else np.int64(0)
    assert view == "text" or not env.action_masks()[0]  # type: ignore[attr-defined]
    _, reward, terminated, truncated, info = env.step(said)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert (info["termination"], info["correct"]) == ("opponent_error", False)
    assert info["failed"]


TURNING = """
import pathlib, sys
import chess
for line in sys.stdin:
    words = line.split()
    if words[0] == "uci":
        print("uciok", flush=True)
    elif words[0] == "isready":
        print("readyok", flush=True)
    elif words[0] == "position":
        board = chess.Board(" ".join(words[2:]))
    elif words[0] == "go":
        if board.fullmove_number > 6 and sys.argv[1] and not pathlib.Path(sys.argv[1]).exists():
            pathlib.Path(sys.argv[1]).touch()
            print("bestmove \\x1b[2Jrubbish" * 9, flush=True)
        else:
            print("bestmove", max(board.legal_moves, key=str), flush=True)
"""


def test_an_engine_that_turns_to_rubbish_in_the_middle_of_a_game_is_replaced_and_the_game_the_same(
    tmp_path: Path,
) -> None:
    script = tmp_path / "engine.py"
    script.write_text(TURNING, encoding="utf-8")

    def game(turned: str) -> str:
        env = gym.make(GAME, view="text", opponent="greedy", plies=30, render_mode="ansi").unwrapped
        engine = Engine(sys.executable, [str(script), turned])
        env.games.script._players["greedy"] = opponent("stockfish-1", engine)  # type: ignore[attr-defined]
        env.reset(seed=1)
        truncated = terminated = False
        while not (truncated or terminated):
            move = min(env.board().legal_moves, key=str)  # type: ignore[attr-defined]
            *_, terminated, truncated, info = env.step(move.uci())
        assert engine.restarts == bool(turned)
        env.close()
        assert engine.pid is None
        assert info["counts"]["moves"] > 9
        assert info["termination"] != "opponent_error"
        return str(info["pgn"])

    assert game(turned=str(tmp_path / "turned")) == game(turned="")


@pytest.mark.parametrize("strike", [signal.SIGSTOP, signal.SIGKILL])
def test_an_engine_that_is_struck_in_the_middle_of_a_game_is_replaced_and_the_game_the_same(strike: Any) -> None:
    path = stockfish()

    def game(struck: bool) -> str:
        env = gym.make(GAME, view="text", opponent="stockfish-100", plies=30, render_mode="ansi").unwrapped
        engine = Engine(path, deadline=2)
        script = env.games.script  # type: ignore[attr-defined]
        script._players["stockfish-100"] = opponent("stockfish-100", engine)
        env.reset(seed=1)
        for step in range(15):
            if struck and step == 7 and engine.pid is not None:
                os.kill(engine.pid, strike)
            move = min(env.board().legal_moves, key=str)  # type: ignore[attr-defined]
            *_, terminated, truncated, info = env.step(move.uci())
            if terminated or truncated:
                break
        assert engine.restarts == int(struck)
        env.close()
        assert info["termination"] != "opponent_error"
        return str(info["pgn"])

    assert game(struck=True) == game(struck=False)


def test_games_whose_opponent_failed_are_left_out_of_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lines.jsonl"
    monkeypatch.setenv("STOCKFISH_PATH", str(broken_engine(tmp_path)))
    words = ["eval", "random", "--env-id", GAME, "--view", "array", "--episodes", "6", "--out", str(out)]
    assert main([*words, "--level", "opponent=stockfish-1+random,plies=20"]) == 0
    rows = [json.loads(row) for row in out.read_text().splitlines()]
    left = [row for row in rows if row["termination"] == "opponent_error"]
    assert 0 < len(left) < 6
    assert {(row["correct"], row["return"], row["verdict"]) for row in left} == {(None, None, "failed")}
    told = capsys.readouterr().out
    assert f" over {6 - len(left)} episodes\n" in told
    assert f"left out: {len(left)} of 6 episodes" in told
    run = write_run(tmp_path, 1, results=[{**row, "agent": "random"} for row in rows], curves=None, costs=None)
    data = read_run(run)
    assert (sum(map(len, data.cells.values())), data.unscored) == (6 - len(left), len(left))
    assert main([*words, "--level", "opponent=stockfish-1"]) == 2
    assert "none of 6 episodes counts, for the environment failed: the opponent failed" in capsys.readouterr().err


@pytest.mark.parametrize("view", ["text", "array"])
def test_a_player_whose_engine_failed_has_not_lost(
    view: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STOCKFISH_PATH", str(broken_engine(tmp_path)))
    assert main(["eval", "stockfish-1", "--env-id", GAME, "--view", view, "--episodes", "2"]) == 2
    assert "stockfish-1 gave no move for '" in capsys.readouterr().err
