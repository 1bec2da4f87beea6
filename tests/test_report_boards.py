"""Games in the report: boards decoded square by square, moves and tables counted again."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import chess
import chess.pgn
import pytest
from chess_sample import AGENTS, replays, write_games
from report_sample import Page, bare, report, write_run
from rich.console import Console

from reason_arena.arena.report import read_run, results_tables, write_report
from reason_arena.arena.report.protocol import protocol_table

CAPTION = "Protocol and strength apart"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_games(tmp_path_factory.mktemp("games"))
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def source(run: Path) -> str:
    return (run / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def lines(run: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in (run / "results.jsonl").read_text().splitlines()]


def game(record: str) -> chess.pgn.Game:
    found = chess.pgn.read_game(io.StringIO(record))
    assert found is not None
    return found


@cache
def shared(source: str) -> dict[str, list[tuple[str, str]]]:
    """Letter and x of the pieces of every rank that the page draws."""
    return {
        rank: re.findall(r'<use href="#piece-(\w)"(?: x="(\d+)")?/>', shapes)
        for rank, shapes in re.findall(r'<g id="(rank-\w+)">(.*?)</g>', source)
    }


def drawn(svg: str, source: str) -> tuple[str, bool]:
    """Where the pieces of a drawing stand, as FEN, and whose side is below: read from the shapes it refers to."""
    white = 'href="#squares-w"' in svg
    board = chess.BaseBoard(None)
    shapes = shared(source)
    for rank, y in re.findall(r'<use href="#(rank-\w+)"(?: y="(\d+)")?/>', svg):
        for letter, x in shapes[rank]:
            file, row = int(x or 0) // 45, int(y or 0) // 45
            square = chess.square(file, 7 - row) if white else chess.square(7 - file, row)
            assert board.piece_at(square) is None
            board.set_piece_at(square, chess.Piece.from_symbol(letter))
    return board.board_fen(), white


def test_every_board_of_a_game_shows_what_python_chess_has_there(run: Path, source: str) -> None:
    records = {(row["agent"], row["seed"]): row["record"] for row in lines(run)}
    cards = re.findall(r"· seed (\d+)</span></summary><div class=\"meeting\">", source)
    found = list(replays(source))
    assert len(found) == 2 * len(cards) == 8
    for place, (key, positions) in enumerate(found):
        played = game(records[("llm", "ppo")[place % 2], int(cards[place // 2])])
        assert key == f"game-{place // 2}{'ab'[place % 2]}"
        boards = [played.board()]
        for move in played.mainline_moves():
            boards.append(boards[-1].copy())
            boards[-1].push(move)
        assert positions[0][0] == 0
        assert positions[-1][0] == len(boards) - 1
        for ply, label, svg in positions:
            fen, white_below = drawn(svg, source)
            assert fen == boards[ply].board_fen(), f"{key}, ply {ply}"
            assert white_below == (int(cards[place // 2]) % 2 == 0), "from the side of the two agents"
            if ply:
                assert label.endswith(boards[ply - 1].san(boards[ply].peek()))
                assert label.startswith(f"{boards[ply - 1].fullmove_number}.")
                assert 'class="last"' in svg


def test_two_arrows_show_what_either_did_in_the_same_position(run: Path, source: str) -> None:
    records = {(row["agent"], row["seed"]): row["record"] for row in lines(run)}
    meetings = re.findall(r"· seed (\d+)</span></summary><div class=\"meeting\">(.*?)<article>", source, re.DOTALL)
    assert len(meetings) == 4
    for seed, html in meetings:
        played = [game(records[name, int(seed)]) for name in ("llm", "ppo")]
        moves = [list(each.mainline_moves()) for each in played]
        ply = next(n for n in range(400) if moves[0][n : n + 1] != moves[1][n : n + 1])
        board = played[0].board()
        for move in moves[0][:ply]:
            board.push(move)
        assert f"<code>{board.fen()}</code>" in html
        svg = html[: html.index("</svg>")]
        assert drawn(svg, source)[0] == board.board_fen()
        arrows = re.findall(
            r'class="arrow" transform="translate\(([\d.]+) ([\d.]+)\).*?fill="(.*?)" stroke="(.*?)"', svg
        )
        told = [each[ply] for each in moves if len(each) > ply]
        assert len(arrows) == len(told)
        assert len({(fill, stroke) for _, _, fill, stroke in arrows}) == len(told), "told apart by colour and filling"
        for (x, y, _, _), move in zip(arrows, told, strict=True):
            assert f"<b>{board.fullmove_number}{'.' if board.turn else '...'} {board.san(move)}</b>" in html
            place = [float(x) // 45, float(y) // 45] if int(seed) % 2 == 0 else [7 - float(x) // 45, 7 - float(y) // 45]
            assert chess.square(int(place[0]), 7 - int(place[1])) == move.from_square


def test_the_page_still_stands_alone_and_small(source: str, page: Page) -> None:
    assert page.strangers() == []
    assert page.count("img") == 0
    assert "://" not in bare(source)
    assert len(bare(source)) < 600_000
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    targets = {attributes["for"] for tag, attributes in page.tags if tag == "label" and "for" in attributes}
    targets |= {(a["href"] or "").removeprefix("#") for t, a in page.tags if t in ("a", "use")}
    assert targets <= set(ids)
    assert page.count("svg", **{"class": "shared"}) == 1


def test_a_game_can_be_stepped_through_and_read_aloud(source: str) -> None:
    (html,) = re.findall(r'<section id="games">.*?</section>', source, re.DOTALL)
    page = Page(html)
    radios = [attributes for tag, attributes in page.tags if tag == "input"]
    groups = {attributes["name"] for attributes in radios}
    assert len(groups) == page.count("fieldset") == page.count("legend") == 8
    assert all(attributes["type"] == "radio" and attributes["aria-label"] for attributes in radios)
    assert sum("checked" in attributes for attributes in radios) == len(groups)
    boards = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("class") == "board"]
    assert len(boards) == len(radios) + 4
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in boards)
    spoken = [str(attributes["aria-label"]) for attributes in boards if "where the games part" in str(attributes)]
    assert len(spoken) == 4
    assert all(re.search(r"White: king [a-h][1-8], .*Black: king .*(White|Black) to move\.$", each) for each in spoken)
    assert "· Specialist, PPO: ✓ checkmate" in page.text


def test_the_table_counts_what_the_lines_say(run: Path, page: Page) -> None:
    rows = {row[0]: row for row in page.tables[CAPTION][1:]}
    assert list(rows) == ["LLM, SFT", "Specialist, PPO", "Random"]
    for agent in AGENTS:
        mine = [row for row in lines(run) if row["agent"] == agent["name"]]
        results = []
        for row in mine:
            headers = game(row["record"]).headers
            white = headers["White"] == agent["name"]
            if headers["Termination"] not in ("illegal", "length"):
                results.append({"1-0": 1.0, "0-1": 0.0, "1/2-1/2": 0.5}[headers["Result"]])
                results[-1] = results[-1] if white else 1 - results[-1]
        counts = [sum(row["counts"][name] for row in mine) for name in ("moves", "illegal", "unparsable")]
        told = rows[agent["label"]]
        assert told[1:6] == [
            "opponent=random",
            str(sum(counts)),
            f"{100 * (counts[0] + counts[1]) / sum(counts):.1f} %",
            f"{100 * counts[0] / (counts[0] + counts[1]):.1f} %",
            str(len(mine)),
        ]
        assert told[6] == f"{100 * len(results) / len(mine):.1f} %"
        assert told[7:10] == [str(results.count(worth)) for worth in (1.0, 0.5, 0.0)]
        assert sum(int(n) for n in re.findall(r"\d+", told[10])) == len(mine)


def test_a_forfeit_is_no_loss_of_strength(tmp_path: Path) -> None:
    head = {"agent": "a", "env_id": "E", "level": 1, "split": "test", "verdict": "wrong"}
    rows = [
        {**head, "seed": 0, "correct": True, "termination": "checkmate", "counts": {"moves": 4, "illegal": 1}},
        {**head, "seed": 1, "correct": False, "termination": "checkmate", "counts": {"moves": 2, "unparsable": 2}},
        {**head, "seed": 2, "correct": False, "termination": "illegal", "counts": {"moves": 0, "illegal": 1}},
        {**head, "seed": 3, "correct": False, "termination": "stalemate", "counts": {"moves": "x", "illegal": None}},
        {**head, "seed": 4, "correct": False, "verdict": "too_long", "counts": {"moves": 0}},
        {**head, "seed": 5, "correct": False},
    ]
    folder = write_run(tmp_path, 1, results=rows, curves=None, costs=None, comparison={"env_id": "E"})
    (row,) = protocol_table(read_run(folder)).rows
    # 6 legal moves, 2 illegal, 2 unreadable: 10 tries, 8 readable; five games, three of them completed
    told = ["a", "1", "10", "80.0 %", "75.0 %", "5", "60.0 %", "1", "1", "1"]
    assert [cell.text for cell in row] == [*told, "checkmate 2, illegal 1, stalemate 1, too_long 1"]
    assert row[8].note == "33.3 %"
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(*results_tables(folder))
    assert re.search(r"\ba +1 +80\.0 % +75\.0 % +5 +60\.0 %", console.export_text())


def test_without_records_and_counts_there_is_no_such_section(tmp_path: Path) -> None:
    page = report(write_run(tmp_path, 1))
    assert CAPTION not in page.tables
    assert "On the board" not in page.text
    assert page.count("svg", **{"class": "shared"}) == page.count("a", href="#games") == 0


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the chromium package")
def test_in_a_browser_forward_shows_the_next_board(source: str, tmp_path: Path) -> None:
    # The page itself has no script; the test's own, in a copy without the policy, only clicks and looks.
    look = """<script>
    const field = document.querySelector('.replay');
    const shown = () => [...field.querySelectorAll(':scope > div')].filter(d => d.offsetWidth).map(
      d => d.querySelector('svg').getAttribute('aria-label')).join();
    const seen = [shown()];
    for (const word of ['Forward ›', 'Forward ›', '‹ Back']) {
      [...field.querySelectorAll('div p label')].filter(l => l.offsetWidth && l.textContent == word)[0].click();
      seen.push(shown());
    }
    document.title = seen.join(' | ');
    </script>"""
    copy = tmp_path / "copy.html"
    copy.write_text(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", source) + look, encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    command += [
        "--disable-background-networking",
        "--disable-component-update",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    done = subprocess.run(
        [*command, "--dump-dom", copy.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    (title,) = re.findall(r"<title>(.*?)</title>", done.stdout)
    _, positions = next(replays(source))
    checked = int(re.findall(r'id="game-0a-(\d+)" aria-label="[^"]*" checked', source)[0])
    names = [f"After {label}" if ply else "The start" for ply, label, _ in positions]
    assert title.split(" | ") == [names[checked], names[checked + 1], names[checked + 2], names[checked + 1]]
