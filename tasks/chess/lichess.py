"""Rated puzzles of the Lichess database: the bundled ones, and the reader's own copy of it, .csv or .csv.gz.

The whole database has millions of rows, so a file is read line by line, and of more rows than are wanted those are
taken whose ids hash lowest: the same in whatever order they stand. Broken rows are skipped, counted and told by line.
"""

from __future__ import annotations

import csv
import gzip
import heapq
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TextIO

from ..errors import BadConfig, BadData
from ..faults import ENCODING, Fault, Unusable
from .lichess_rows import COLUMNS, Choice, Row, check, order, row_of

__all__ = ["Choice", "Row", "Rows", "bundled", "read"]

BUNDLED = "data/lichess.csv.gz"

MOST = 50_000
"""rows that are taken unless told; playing their moves through takes one to two seconds for each ten thousand"""
_LONGEST = 10_000
"""characters of a line; the database's have some 300"""
_FAULTS = 10
_DAMAGE = re.compile("[\ud800-\udfff\ufffd]")
"""what is left of bytes that were no UTF-8"""


@dataclass(frozen=True)
class Rows:
    """What a file holds."""

    source: str
    rows: tuple[Row, ...]
    """at least one, by the hash of their ids"""
    seen: int
    """rows of the file, broken ones included"""
    skipped: int = 0
    """broken ones; moves are played through only where a row would be taken"""
    faults: tuple[Fault, ...] = ()
    """the first ten of them"""

    def __str__(self) -> str:
        """A summary in one line."""
        told = f"{self.source}: {len(self.rows)} of {self.seen} rows taken"
        return f"{told}, {_broken(self.skipped, self.faults)}" if self.skipped else told


def _broken(skipped: int, faults: tuple[Fault, ...]) -> str:
    """How many rows were left out, and the first of them with the reasons."""
    more = f"; and {skipped - len(faults)} more" if skipped > len(faults) else ""
    return f"{skipped} broken and skipped: {'; '.join(map(str, faults))}{more}"


@cache
def bundled() -> tuple[Row, ...]:
    """The rows that come with the package, by rating (see `data/DATA_LICENSE`); a test checks each."""
    content = (files(__package__) / BUNDLED).read_bytes()
    header, *lines = gzip.decompress(content).decode("ascii").splitlines()
    if tuple(header.split(",")) != COLUMNS:
        raise BadData(f"{BUNDLED} of this package is damaged; install reason-arena again")
    return tuple(row_of(dict(zip(COLUMNS, line.split(","), strict=True))) for line in lines)


def read(source: str | Path, choice: Choice | None = None, most: int = MOST) -> Rows:
    """The puzzles of a file with the columns of the Lichess database. A file that has not changed is read once.

    Args:
        source: a file .csv or .csv.gz.
        choice: which rows; unless told, all.
        most: of more rows take so many, those that `order` puts first, less the broken ones among them.

    Raises:
        BadConfig: `most` is below 1.
        BadData: no such file, of another kind or with other columns, cut off, or no row that can be used.
    """
    if most < 1:
        raise BadConfig(f"most={most}: expected at least 1 row")
    path = Path(source).expanduser()
    if path.name.lower().endswith(".zst"):
        raise BadData(f"{path}: unpack it first: zstd -d {path.name}, and give the file {path.stem}")
    if not path.name.lower().endswith((".csv", ".csv.gz")):
        raise BadData(f"{path}: expected a file .csv or .csv.gz, such as https://database.lichess.org offers")
    try:
        state = path.stat()
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    return _read(path, choice or Choice(), most, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, choice: Choice, most: int, changed: int, size: int) -> Rows:
    del changed, size  # they are there to read the file again when it is another
    selection = _Selection(choice, most)
    place = 1
    try:
        with _open(path) as stream:
            lines = _lines(stream)
            columns = _header(path, next(lines, ""))
            for place, line in enumerate(lines, start=2):
                selection.add(place, line, columns)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadData(f"{path}: damaged or cut off after line {place} ({error}); fetch it again") from error
    except OSError as error:
        raise BadData(f"cannot read {path}: {error.strerror or error}") from error
    return selection.rows(str(path))


class _Selection:
    """The first rows by `order` of those seen so far, and what was wrong with others."""

    def __init__(self, choice: Choice, most: int) -> None:
        self._choice, self._most = choice, most
        self._heap: list[tuple[int, str]] = []
        """ids of the rows taken, the last by `order` first"""
        self._taken: dict[str, tuple[int, Row]] = {}
        """by id: the line of a row, and the row"""
        self._seen = self._skipped = 0
        self._faults: list[tuple[int, str]] = []

    def add(self, place: int, line: str, columns: list[str]) -> None:
        """Take a row, pass over it, or note what is wrong with it."""
        if not line.strip():
            return
        self._seen += 1
        try:
            row = row_of(_record(line, columns))
            if self._choice.admits(row):
                self._take(place, row)
        except Unusable as reason:
            self._skip(place, reason)

    def rows(self, source: str) -> Rows:
        """What came of it. Raises BadData where that is nothing."""
        rows: list[Row] = []
        # The dear part, playing moves through, comes last: only for the rows that are taken.
        for _, id_ in sorted(self._heap, reverse=True):
            place, row = self._taken[id_]
            try:
                check(row)
                rows.append(row)
            except Unusable as reason:
                self._skip(place, reason)
        faults = tuple(Fault(f"line {place}", reason) for place, reason in sorted(self._faults)[:_FAULTS])
        if not rows:
            why = _broken(self._skipped, faults) if self._skipped else f"none fits {self._choice}"
            raise BadData(f"{source}: no puzzle is left of {self._seen} rows; {why}")
        return Rows(source, tuple(rows), self._seen, self._skipped, faults)

    def _skip(self, place: int, reason: Unusable) -> None:
        self._skipped += 1
        self._faults.append((place, str(reason)))
        if len(self._faults) > 100 * _FAULTS:
            self._faults = sorted(self._faults)[:_FAULTS]

    def _take(self, place: int, row: Row) -> None:
        if row.id in self._taken:
            raise Unusable(f"PuzzleId {row.id} is there twice, first on line {self._taken[row.id][0]}")
        entry = (-int.from_bytes(order(row.id), "big"), row.id)
        if len(self._heap) >= self._most and entry < self._heap[0]:
            return
        self._taken[row.id] = place, row
        heapq.heappush(self._heap, entry)
        if len(self._heap) > self._most:
            del self._taken[heapq.heappop(self._heap)[1]]


def _open(path: Path) -> TextIO:
    # Bytes that are no UTF-8 stay as lone surrogates, so that only their row is lost.
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="\n")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n")


def _lines(stream: TextIO) -> Iterator[str]:
    """Lines, of which too long ones come cut: what is no CSV at all may be one line of gigabytes."""
    while line := stream.readline(_LONGEST):
        rest = line
        while len(rest) == _LONGEST and not rest.endswith("\n"):
            rest = stream.readline(_LONGEST)
        yield line.rstrip("\r\n")


def _header(path: Path, line: str) -> list[str]:
    try:
        columns = [name.strip() for name in _fields(line)]
    except Unusable:
        columns = []
    missing = [name for name in COLUMNS[:-1] if name not in columns]
    if missing:
        got = ascii(line if len(line) <= 80 else f"{line[:77]}...")
        raise BadData(
            f"{path}: expected a CSV file whose first line names the columns {', '.join(COLUMNS)}; "
            f"{', '.join(missing)} missing in {got}"
        )
    return columns


def _record(line: str, columns: list[str]) -> dict[str, str]:
    if not line.isascii() and _DAMAGE.search(line):
        raise Unusable(ENCODING)
    values = _fields(line)
    if len(values) != len(columns):
        raise Unusable(f"expected {len(columns)} fields as in the first line, got {len(values)}")
    return dict(zip(columns, values, strict=True))


def _fields(line: str) -> list[str]:
    """The fields of one line; a quote that is not closed ends with its line, and takes in no other."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise Unusable(f"no CSV: {error}") from None
