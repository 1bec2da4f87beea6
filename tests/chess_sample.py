"""A small synthetic comparison of chess games for the tests of the report, and the games as its page shows them.

python tests/chess_sample.py FOLDER
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import chess
from report_sample import write_run

from reason_arena.arena.report import write_report
from reason_arena.tasks.chess.records import pgn

AGENTS: list[dict[str, Any]] = [
    {"name": "llm", "label": "LLM, SFT", "road": "llm", "trained": True},
    {"name": "ppo", "label": "Specialist, PPO", "road": "specialist", "trained": True},
    {"name": "random", "label": "Random", "road": "baseline", "trained": False},
]
SKILL = {"llm": 0.5, "ppo": 0.9, "random": 0.0}
"""how often a capture or check is preferred to a random move"""
COMPARISON: dict[str, Any] = {
    "name": "chess",
    "title": "Games against chance",
    "primary": {"metric": "correct", "level": "opponent=random"},
    "env_id": "Reason-Chess-v0",
    "levels": [{"level": "opponent=random", "label": "games against random moves", "trained_on": ["ppo"]}],
    "agents": AGENTS,
    "pairs": [["ppo", "llm"]],
    "training_seeds": [0],
    "episodes": 6,
    "command": "reason compare chess.yaml",
}
ENDS = {
    chess.Termination.CHECKMATE: "checkmate",
    chess.Termination.STALEMATE: "stalemate",
    chess.Termination.INSUFFICIENT_MATERIAL: "insufficient_material",
    chess.Termination.FIFTY_MOVES: "fifty_moves",
    chess.Termination.THREEFOLD_REPETITION: "threefold_repetition",
}


def line(name: str, seed: int, most: int = 400) -> dict[str, Any]:
    """One game; every move of the opponent depends on the position and the seed alone."""
    board, rng, white = chess.Board(), Random(f"{name} {seed}"), seed % 2 == 0
    termination, illegal = "length", 0
    while len(board.move_stack) < most:
        outcome = board.outcome(claim_draw=True)
        if outcome:
            termination = ENDS[outcome.termination]
            break
        moves = list(board.legal_moves)
        sharp = [move for move in moves if board.is_capture(move) or board.gives_check(move)]
        if board.turn != white:
            board.push(Random(f"{board.fen()} {seed}").choice(moves))
            continue
        if name == "llm":
            illegal += rng.random() < 0.02
            if illegal > 2:
                termination = "illegal"
                break
        mates = [move for move in sharp if mate(board, move)] if rng.random() < SKILL[name] else []
        board.push(rng.choice(mates or (sharp if sharp and rng.random() < SKILL[name] else moves)))
    won = termination == "checkmate" and board.turn != white
    result = {"checkmate": "0-1" if board.turn else "1-0", "length": "*"}.get(termination, "1/2-1/2")
    if termination == "illegal":
        result = "0-1" if white else "1-0"
    names = {"Event": "Reason-Chess-v0", "Round": str(seed), "White": name if white else "random"}
    names["Black"] = "random" if white else name
    mine = len(board.move_stack) // 2 + (len(board.move_stack) % 2 if white else 0)
    return {
        "agent": name,
        "view": "text" if name == "llm" else "array",
        "training_seed": 0,
        "env_id": "Reason-Chess-v0",
        "task_version": 1,
        "split": "test",
        "level": "opponent=random",
        "seed": seed,
        "problem_id": f"chess-v1/test/opponent=random/{seed}",
        "question": "You play chess.",
        "expected": "",
        "return": float(won),
        "correct": won,
        "verdict": "correct" if won else "illegal" if termination == "illegal" else "wrong",
        "termination": termination,
        "answer": board.peek().uci() if board.move_stack else "",
        "transcript": "",
        "record": pgn(chess.STARTING_FEN, board.move_stack, names, termination, result),
        "counts": {"moves": mine, "illegal": illegal, "unparsable": int(name == "llm"), "requests": 0},
        "length": mine,
        "tokens": 5 * mine if name == "llm" else None,
        "seconds": 0.1,
        "flops": 1e6,
    }


def mate(board: chess.Board, move: chess.Move) -> bool:
    """Whether a move gives mate."""
    board.push(move)
    found = board.is_checkmate()
    board.pop()
    return found


def write_games(folder: Path, episodes: int = 6, most: int = 400, **changes: Any) -> Path:
    """A run folder of games."""
    if "results" not in changes:
        changes["results"] = [line(agent["name"], seed, most) for agent in AGENTS for seed in range(episodes)]
    return write_run(folder, 1, **{"curves": None, "costs": None, "comparison": COMPARISON, **changes})


def replays(source: str) -> Iterator[tuple[str, list[tuple[int, str, str]]]]:
    """Key and (ply, name of the move, drawing) of every position of every game."""
    for field in re.findall(r'<fieldset class="replay">.*?</fieldset>', source, re.DOTALL):
        found = re.findall(
            r'<input type="radio" name="([\w-]+)" id="\1-(\d+)" aria-label="([^"]*)"(?: checked)?>.*?(<svg.*?</svg>)',
            field,
        )
        yield found[0][0], [(int(ply), label, svg) for _, ply, label, svg in found]


if __name__ == "__main__":
    print(write_report(write_games(Path(sys.argv[1]))))
