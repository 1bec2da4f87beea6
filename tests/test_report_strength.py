"""Ratings from the games of a comparison: which games count, and Elo worked by hand."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from report_sample import report, write_run

from reason_arena.arena.ratings import LADDER
from reason_arena.arena.report import read_run, results_tables
from reason_arena.arena.report.strength import played, rated, ratings_table

GREEDY = "opponent=greedy,pieces=true"
COMPARISON: dict[str, Any] = {
    "title": "Games",
    "env_id": "Reason-Chess-v0",
    "primary": {"level": GREEDY, "metric": "correct"},
    "levels": [{"level": GREEDY, "label": "games"}],
    "agents": [
        {"name": "ppo", "label": "PPO", "road": "specialist", "trained": True},
        {"name": "llm", "label": "LLM", "road": "llm", "trained": True},
    ],
}
WIN, LOSS = ("checkmate", True), ("checkmate", False)
SOME_DRAW, BROKEN_OFF, FORFEIT = ("stalemate", False), ("length", False), ("illegal", False)


def game(seed: int, end: tuple[str, bool | None], **changes: Any) -> dict[str, Any]:
    """A line; seeds that are even have White."""
    players = ("agent", "greedy") if seed % 2 == 0 else ("greedy", "agent")
    record = f'[Event "Reason-Chess-v0"]\n[White "{players[0]}"]\n[Black "{players[1]}"]\n[Result "*"]\n\n1. e4 *\n'
    told = {"agent": "ppo", "training_seed": 0, "env_id": "Reason-Chess-v0", "level": GREEDY, "split": "test"}
    told |= {"seed": seed, "problem_id": f"chess-v1/test/{GREEDY}/{seed}", "record": record, "verdict": "wrong"}
    return told | {"termination": end[0], "correct": end[1], **changes}


def three_of_four(pairs: int, **changes: Any) -> list[dict[str, Any]]:
    """Every other pair is won twice, of the rest each side wins one."""
    return [game(seed, LOSS if seed % 4 == 3 else WIN, **changes) for seed in range(2 * pairs)]


def write(folder: Path, lines: list[dict[str, Any]]) -> Path:
    return write_run(folder, results=lines, comparison=COMPARISON, curves=None, costs=None)


def test_the_given_ratings_are_those_of_the_bench() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md").read_text()
    table = text[text.index("| rung | Elo") :].split("\n\n")[0]
    assert {name: float(elo) for name, elo in re.findall(r"^\| (\S+) \| (\d+) \|", table, re.MULTILINE)} == LADDER


def test_three_points_of_four_are_odds_of_three_to_one(tmp_path: Path) -> None:
    """590 + 400 log10(3) = 780.8. A pair brings 1.5 ± 0.5 points, so a game of fifty pairs 0.75 ± 0.0354, and a point
    is worth 400 / ln(10) / (0.75 · 0.25) = 926.5 Elo there: 1.96 of 32.8 to either side.
    """
    run = read_run(write(tmp_path, three_of_four(50)))
    found = played(run, "ppo")
    assert (found.games, found.left_out) == (100, 0)
    rating = rated(found.pairs)
    assert rating is not None
    assert rating.elo == pytest.approx(590 + 400 * math.log10(3), abs=1e-6)
    assert [rating.low, rating.high] == pytest.approx([780.8 - 64.2, 780.8 + 64.2], abs=12)
    (row,) = ratings_table(run).rows
    assert [cell.text for cell in row[:2]] == ["PPO", "781"]
    assert [cell.text for cell in row[3:]] == ["75.0 %", "100", "greedy (590)"]


def test_below_a_hundred_games_there_is_none(tmp_path: Path) -> None:
    folder = write(tmp_path, three_of_four(49))
    (row,) = ratings_table(read_run(folder)).rows
    assert [cell.text for cell in row[1:5]] == ["–", "–", "75.5 %", "98"]
    assert row[1].note == "fewer than 100 games"


def test_what_a_game_is_worth(tmp_path: Path) -> None:
    ends = [WIN, SOME_DRAW, BROKEN_OFF, LOSS, FORFEIT, WIN]
    found = played(read_run(write(tmp_path, [game(seed, end) for seed, end in enumerate(ends)])), "ppo")
    assert [pair.points for pair in found.pairs] == [1.5, 0.5, 1.0]


def test_games_without_a_twin_or_of_other_rules_do_not_count(tmp_path: Path) -> None:
    odd = [game(0, WIN), game(1, WIN)]  # counts
    odd += [game(2, WIN)]  # alone
    odd += [
        game(4, WIN),
        game(5, ("opponent_error", None), failed="the engine died", verdict="failed"),
    ]  # counts for nobody
    odd += [game(seed, WIN, level=f"{GREEDY},plies=60") for seed in (6, 7)]
    odd += [game(seed, WIN, level=f"{GREEDY},plies=400") for seed in (8, 9)]  # counts
    odd += [game(10, WIN), game(11, WIN, record=game(12, WIN)["record"])]  # White twice
    odd += [game(seed, WIN, record="") for seed in (14, 15)]  # nobody knows against whom
    found = played(read_run(write(tmp_path, odd)), "ppo")
    assert (found.games, found.left_out) == (4, 1 + 2 + 2 + 2)


def test_the_page_tells_ratings_and_those_of_training_seeds(tmp_path: Path) -> None:
    lines = three_of_four(50) + [game(seed, WIN if seed % 2 else LOSS, training_seed=1) for seed in range(100)]
    lines += three_of_four(10, agent="llm")
    folder = write(tmp_path, lines)
    page = report(folder)
    heads, first, second = page.tables["Ratings"]
    assert heads == ["Agent", "Elo", "95 % interval", "Points", "Games", "Against"]
    # 125 of 200 points: 590 + 400 log10(5/3) = 678.7
    assert (first[:2], first[3:5]) == (["PPO", "679"], ["62.5 %", "200"])
    assert second[:5] == ["LLM", "–", "–", "75.0 %", "20"]
    assert "781, 590" in page.text
    assert "Below 100 games there is none." in page.text
    assert "Ratings" in [str(table.title) for table in results_tables(folder)]


def test_who_won_all_gets_a_lower_bound(tmp_path: Path) -> None:
    """A player of so many Elo wins a hundred games in a row in one case of twenty: p^100 = 0.05."""
    (row,) = ratings_table(read_run(write(tmp_path, [game(seed, WIN) for seed in range(100)]))).rows
    share = 0.05 ** (1 / 100)
    assert row[1].text == f"> {590 + 400 * math.log10(share / (1 - share)):.0f}"
    assert row[2].text == "no upper end"


def test_other_environments_have_no_ratings(tmp_path: Path) -> None:
    told = {**COMPARISON, "env_id": "Reason-ChessPuzzle-v0"}
    lines = three_of_four(50, env_id="Reason-ChessPuzzle-v0")
    folder = write_run(tmp_path, results=lines, comparison=told, curves=None, costs=None)
    assert not ratings_table(read_run(folder)).rows
    assert "Ratings" not in report(folder).tables
