"""The bundled Lichess rows, each checked anew by python-chess, and files of every kind of damage."""

from __future__ import annotations

import codecs
import gzip
from collections import Counter
from importlib.resources import files
from pathlib import Path

import chess
import pytest

from reason_arena.tasks.chess import bundling
from reason_arena.tasks.chess.lichess import Choice, Row, bundled, read
from reason_arena.tasks.errors import BadConfig, BadData

HEADER = "PuzzleId,FEN,Moves,Rating,RatingDeviation,Popularity,NbPlays,Themes,GameUrl,OpeningTags"
FEN = "6k1/5ppp/8/8/8/8/r4PPP/1R4K1 b - - 0 1"  # once the rook leaves the second rank, b1b8 mates
GOOD = f"good1,{FEN},a2a3 b1b8,600,75,95,1000,backRankMate mate mateIn1 short,https://lichess.org/x#1,"


def line(
    id_: str = "abcde", fen: str = FEN, moves: str = "a2a3 b1b8", rating: str = "600", themes: str = "mateIn1"
) -> str:
    return f"{id_},{fen},{moves},{rating},75,95,1000,{themes},https://lichess.org/x#1,"


def written(folder: Path, *lines: str | bytes, name: str = "puzzles.csv", header: str = HEADER) -> Path:
    path = folder / name
    content = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in (header, *lines)) + b"\n"
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def test_every_bundled_row_is_a_puzzle() -> None:
    mates = 0
    for row in bundled():
        board = chess.Board(row.fen)
        assert board.is_valid(), row.id
        for text in row.moves:
            assert not board.is_game_over(), row.id
            board.push(board.parse_uci(text))  # raises where it is not legal
        assert len(row.moves) % 2 == 0
        named = {theme for theme in row.themes if theme.startswith("mateIn")}
        if named:
            assert board.is_checkmate(), row.id
            assert named == {f"mateIn{min(5, len(row.moves) // 2)}"}, row.id
            mates += 1
        assert row.url.startswith("https://lichess.org/"), row.id
    assert mates > 1_500


def test_the_bundled_rows_are_many_distinct_and_spread_over_ratings_and_splits() -> None:
    rows = bundled()
    assert 3_000 <= len(rows) <= 5_000
    assert len({row.id for row in rows}) == len({row.fen for row in rows}) == len(rows)
    bins = Counter(row.rating // 200 * 200 for row in rows)
    assert bins == dict.fromkeys(range(400, 2_800, 200), 350)
    assert [row.rating for row in rows] == sorted(row.rating for row in rows)
    splits = Counter(row.split for row in rows)
    assert all(0.08 < splits[split] / len(rows) < 0.12 for split in ("test", "validation"))


def test_the_bundled_file_is_small_and_reproducible_and_its_license_lies_beside_it() -> None:
    data = files("reason_arena.tasks.chess") / "data"
    content = (data / "lichess.csv.gz").read_bytes()
    assert len(content) <= 400_000
    assert content[4:8] == bytes(4)  # no time of making
    # Bytes differ among versions of zlib, what they hold does not.
    assert gzip.decompress(content) == gzip.decompress(bundling.packed(bundled()))
    assert bundling.selected(reversed(bundled())) == bundled()
    assert "CC0" in (data / "DATA_LICENSE").read_text(encoding="utf-8")


def test_a_row_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    (row,) = read(written(tmp_path, GOOD)).rows
    assert row == Row(
        "good1", FEN, ("a2a3", "b1b8"), 600, ("backRankMate", "mate", "mateIn1", "short"), "https://lichess.org/x#1"
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line(fen="6k1/5ppp/8/8/8/8/r4PPP/1R6 b - - 0 1"), "White has no king"),
        (line(fen="rubbish"), "FEN: position 'rubbish': expected six fields of FEN"),
        (line(fen=""), "FEN: position ''"),
        (line(moves="a2a3"), "Moves: expected an even number of moves, the solver's last, got 1"),
        (line(moves=""), "the solver's last, got 0"),
        (line(moves="a2a3 b1b8 g8h8"), "the solver's last, got 3"),
        (line(moves="a2a3 b1c8"), "Moves: move 2, 'b1c8', is not legal"),
        (line(moves="a2a3 Rb8"), "Moves: move 2, 'Rb8', is not legal"),
        (line(moves="0000 b1b8"), "Moves: move 1, '0000', is not legal"),
        (line(fen="4k3/8/8/8/8/8/4P2r/R3K3 b Q - 0 1", moves="h2g2 e1a1"), "Moves: move 2, 'e1a1', is not legal"),
        (line(moves="a2a3 b1b8 g8h8 b8b1"), "Moves: the game is over before move 3, 'g8h8'"),
        (line(fen="6k1/5ppp/8/8/8/8/r4PPP/1R4K1 b - - 99 90"), "Moves: the game is over before move 2, 'b1b8'"),
        (line(moves="a2a3 b1b7"), "Themes: mateIn1, but the line does not end in mate"),
        (line(themes="mate mateIn2"), "Themes: mateIn2, but the line has 1 moves to find"),
        (line(rating="high"), "Rating: expected a number up to 9999, got 'high'"),
        (line(rating="-5"), "Rating: expected a number up to 9999, got '-5'"),
        (line(rating="٤٠٠"), "Rating: expected a number up to 9999"),
        (line(rating=""), "Rating: expected a number up to 9999, got ''"),
        (line(id_=""), "PuzzleId: expected letters and digits, got ''"),
        (line(id_="а" * 5), "PuzzleId: expected letters and digits"),
        (line().rstrip(",").replace(",https", "https"), "expected 10 fields as in the first line, got 8"),
        ("<html>", "expected 10 fields as in the first line, got 1"),
        (line(themes='"mateIn1'), "no CSV: unexpected end of data"),
        (line().encode() + b"\xff", "wrong encoding: expected UTF-8"),
        (GOOD.replace("600", "700"), "PuzzleId good1 is there twice, first on line 2"),
        ("x" * 100_000, "expected 10 fields as in the first line, got 1"),
    ],
    ids=range(26),
)  # fmt: skip
@pytest.mark.parametrize("name", ["puzzles.csv", "puzzles.csv.gz"])
def test_a_broken_row_is_named_by_its_line_and_costs_no_other(
    tmp_path: Path, bad: str | bytes, reason: str, name: str
) -> None:
    found = read(written(tmp_path, GOOD, "", bad, line("last1"), name=name))
    assert {row.id for row in found.rows} == {"good1", "last1"}
    assert (found.seen, found.skipped) == (3, 1)
    (fault,) = found.faults
    assert fault.place == "line 4"
    assert reason in fault.reason
    assert f"2 of 3 rows taken, 1 broken and skipped: line 4: {fault.reason}" in str(found)
    str(found).encode()


def test_of_many_broken_rows_the_first_ten_are_told(tmp_path: Path) -> None:
    broken = [line(f"bad{n}", moves="a2a3 b1c8") if n % 2 else line(f"bad{n}", rating="?") for n in range(500)]
    found = read(written(tmp_path, *broken, GOOD))
    assert (len(found.rows), found.seen, found.skipped) == (1, 501, 500)
    assert [fault.place for fault in found.faults] == [f"line {n}" for n in range(2, 12)]
    assert str(found).endswith("; and 490 more")


def test_quoted_fields_a_mark_of_byte_order_and_carriage_returns_are_read(tmp_path: Path) -> None:
    quoted = ",".join(f'"{value}"' for value in GOOD.split(","))
    path = tmp_path / "from_a_spreadsheet.csv"
    path.write_bytes(codecs.BOM_UTF8 + "\r\n".join([HEADER, quoted, line("b1")]).encode())
    found = read(path)
    assert {row.id for row in found.rows} == {"good1", "b1"}
    assert found.skipped == 0


def test_columns_may_stand_in_any_order_and_only_some_are_needed(tmp_path: Path) -> None:
    path = written(tmp_path, f"mateIn1,600,a2a3 b1b8,{FEN},x1", header="Themes,Rating,Moves,FEN,PuzzleId")
    assert read(path).rows == (Row("x1", FEN, ("a2a3", "b1b8"), 600, ("mateIn1",)),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "PuzzleId, FEN, Moves, Rating, Themes missing in ''"),
        (b"\n\n", "missing in ''"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100_000), "expected a CSV file whose first line names the columns"),
        (b'{"PuzzleId": "x"}\n', "expected a CSV file whose first line names the columns"),
        (HEADER.replace("Moves", "Line").encode(), "Moves missing in 'PuzzleId,FEN,Line,"),
        (HEADER.encode("utf-16"), "expected a CSV file whose first line names the columns"),
        (HEADER.encode(), "no puzzle is left of 0 rows"),
        (f"{HEADER}\nx\n".encode(), "no puzzle is left of 1 rows; 1 broken and skipped: line 2: expected 10 fields"),
    ],
    ids=range(8),
)
def test_what_is_no_such_file_is_refused_with_what_was_expected(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "puzzles.csv"
    path.write_bytes(content)
    with pytest.raises(BadData) as refused:
        read(path)
    assert str(refused.value).startswith(str(path))
    assert reason in str(refused.value)


def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="No such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(
        BadData, match=r"zstd -d lichess_db_puzzle\.csv\.zst, and give the file lichess_db_puzzle\.csv$"
    ):
        read(tmp_path / "lichess_db_puzzle.csv.zst")
    with pytest.raises(BadData, match=r"expected a file \.csv or \.csv\.gz"):
        read(tmp_path / "games.pgn")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadData, match="Is a directory"):
        read(tmp_path / "folder.csv")


@pytest.mark.parametrize("kept", [0, 5, 60, -3])
def test_a_damaged_gzip_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path, *(line(f"p{n}") for n in range(100)), name="puzzles.csv.gz")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadData, match=r"puzzles\.csv\.gz: "):
        read(path)
    path.write_bytes(b"no gzip at all")
    with pytest.raises(BadData, match="damaged or cut off after line 1"):
        read(path)


def test_of_more_rows_the_same_are_taken_in_whatever_order_they_stand(tmp_path: Path) -> None:
    lines = [line(f"p{n}") for n in range(300)]
    some, others = (
        read(written(tmp_path, *order, name=f"{n}.csv"), most=40) for n, order in enumerate([lines, lines[::-1]])
    )
    everything = read(written(tmp_path, *lines))
    assert some.rows == others.rows == everything.rows[:40]
    assert (len(everything.rows), some.seen) == (300, 300)
    with pytest.raises(BadConfig, match="most=0"):
        read(tmp_path / "0.csv", most=0)


def test_rows_are_chosen_by_rating_theme_and_split(tmp_path: Path) -> None:
    rows = bundled()
    path = tmp_path / "all.csv.gz"
    path.write_bytes(bundling.packed(rows[::40]))
    choice = Choice(800, 1_599, frozenset({"fork", "mateIn2"}), "train")
    chosen = read(path, choice).rows
    assert set(chosen) == {row for row in rows[::40] if choice.admits(row)}
    assert len(chosen) > 5
    for row in chosen:
        assert 800 <= row.rating < 1_600
        assert {"fork", "mateIn2"} & set(row.themes)
        assert row.split == "train"
    with pytest.raises(BadData, match="no puzzle is left of 105 rows; none fits Choice"):
        read(path, Choice(low=3_000))


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    first = read(path)
    assert read(path) is first
    written(tmp_path, GOOD, line("new01"))
    assert len(read(path).rows) == 2
