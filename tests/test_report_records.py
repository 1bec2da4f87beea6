"""Records of games in the report that are hostile, cut short, overlong, or to be read without python-chess."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import chess
import chess.pgn
import pytest
from chess_sample import AGENTS, COMPARISON, line, replays, write_games
from report_sample import Page, bare

from reason_arena.arena.report import read_run, write_report
from reason_arena.arena.report.boards import POSITIONS, games
from reason_arena.tasks.chess.records import pgn

ATTACK = '"><script>alert(1)</script><svg onload=alert(2)> href="#rank-x" class="board"'
START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1"


@pytest.mark.parametrize(
    "record",
    [
        ATTACK,
        "1. e4 e5 2. Ke3 *",
        "1. e4 -- 2. d4 *",
        f'[FEN "{ATTACK}"]\n\n1. e4 *',
        '[SetUp "1"]\n[FEN "8/8/8/8/8/8/8/8 w - - 0 1"]\n\n*',
        '[Variant "Atomic"]\n\n1. Nf3 f6 2. Ne5 fxe5 *',
        '[Variant "nosuch"]\n\n1. Nf3 *',
        "1. e4 " + "{x} " * 10_000,
        "\u0000\ud800\u202e",
        "(" * 5_000,
    ],
)
def test_a_record_that_is_no_game_is_shown_as_text(
    record: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [line(agent["name"], seed, most=4) for agent in AGENTS[:2] for seed in range(2)]
    for place, row in enumerate(rows):
        row["record"] = f"{record} {place}" if row["agent"] == "llm" else pgn(START, [], {}, "", "*")
        row["termination"] = ATTACK
    page = Page(games(read_run(write_games(tmp_path, results=rows))))
    assert page.count("script") == page.count("svg", onload="alert(2)") == 0
    assert page.count("svg", **{"class": "board"}) == page.count("input") == 0
    assert "On the board" in page.text
    assert caplog.records == []


def test_a_short_game_with_a_comment_is_drawn_and_says_nothing_of_it(tmp_path: Path) -> None:
    rows = [line(agent["name"], 0, most=4) for agent in AGENTS[:2]]
    rows[0] |= {
        "record": f'[White "{ATTACK}"]\n\n1. e4 {{evil}} (1. d4 d5) *',
        "termination": "illegal",
        "correct": False,
    }
    rows[1]["record"] = "1. Nf3 d5 *"
    source = report_source(write_games(tmp_path, results=rows))
    assert [len(positions) for _, positions in replays(source)] == [2, 3]
    assert "evil" not in source
    assert "<script" not in bare(source)


def report_source(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def test_a_game_that_stopped_short_has_no_move_there(tmp_path: Path) -> None:
    rows = [line(agent["name"], 0, most=4) for agent in AGENTS[:2]]
    fen = "7k/8/5KQ1/8/8/8/8/8 w - - 0 1"
    mate = pgn(fen, [chess.Move.from_uci("g6g7")], {}, "checkmate", "1-0")
    rows[0] |= {"record": pgn(fen, [], {}, "illegal", "0-1"), "termination": "illegal", "correct": False}
    rows[1] |= {"record": mate, "termination": "checkmate", "correct": True}
    source = games(read_run(write_games(tmp_path, results=rows)))
    assert source.count('class="arrow"') == 1
    assert "<dd>no move: ✗ illegal</dd>" in source
    assert "<dd><b>1. Qg7#</b></dd>" in source
    assert "White: king f6, queen g6. Black: king h8. White to move." in source


def test_without_python_chess_the_position_and_the_moves_are_text(tmp_path: Path) -> None:
    rows = [line(agent["name"], 0, most=4) for agent in AGENTS[:2]]
    fen = "7k/8/5KQ1/8/8/8/8/8 w - - 0 1"
    rows[0]["record"] = pgn(fen, [chess.Move.from_uci("g6g7")], {}, "checkmate", "1-0")
    folder = write_games(tmp_path, results=rows)
    code = (
        "import sys; sys.modules['chess'] = None\n"
        "from reason_arena.arena.report import write_report\n"
        "from pathlib import Path\n"
        "write_report(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.count("svg", **{"class": "board"}) == page.count("fieldset", **{"class": "replay"}) == 0
    assert f"From {fen}" in page.text
    assert "1. Qg7# 1-0" in page.text


def test_long_games_lose_their_middle_and_several_environments_share_a_page(tmp_path: Path) -> None:
    venues = [
        {**{key: COMPARISON[key] for key in ("primary", "levels")}, "env_id": name} for name in ("One-v0", "Two-v0")
    ]
    shuffle = [chess.Move.from_uci(move) for move in ("g1f3", "g8f6", "f3g1", "f6g8")] * 100
    rows = []
    for venue in venues:
        for agent in AGENTS[:2]:
            for seed in range(4):
                row = line(agent["name"], seed, most=6)
                record = pgn(START, shuffle[: 400 - seed - 7 * (agent["name"] == "llm")], {}, "length", "*")
                rows.append({**row, "env_id": venue["env_id"], "record": record, "correct": agent["name"] == "ppo"})
    told = {key: value for key, value in COMPARISON.items() if key not in ("env_id", "primary", "levels")}
    folder = write_games(tmp_path, results=rows, comparison={**told, "environments": venues})
    source = report_source(folder)
    page = Page(source)
    found = dict(replays(source))
    assert set(found) == {
        f"{env}-v0-game-{place}{side}" for env in ("one", "two") for place in range(4) for side in "ab"
    }
    assert 0.9 * POSITIONS < sum(len(positions) for positions in found.values()) <= POSITIONS
    for _, positions in found.items():
        assert positions[0][1] == "start"
        assert positions[-1][0] > 390 - 3
    assert "more moves …" in page.text
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert len(bare(source)) < 700_000


def test_importing_the_report_does_not_import_python_chess() -> None:
    code = "import sys, reason_arena.arena.report, reason_arena.arena.report.page; print('chess' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
