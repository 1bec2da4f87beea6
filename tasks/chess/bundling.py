"""How the bundled Lichess rows were chosen, so that it can be done again: by rating and a hash, and by nothing else."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterable

from ..faults import Unusable
from .lichess_rows import COLUMNS, Row, check, order

LOWEST, HIGHEST, WIDTH = 400, 2_800, 200
"""ratings from LOWEST to below HIGHEST, in bins"""
PER_BIN = 350


def selected(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Of each bin of ratings the first `PER_BIN` usable rows by `order`, no position twice; by rating, then id."""
    bins, positions = defaultdict[int, list[Row]](list), set[str]()
    for row in sorted(rows, key=lambda row: order(row.id)):
        kept = bins[(row.rating - LOWEST) // WIDTH]
        position = " ".join(row.fen.split()[:4])
        if not LOWEST <= row.rating < HIGHEST or len(kept) >= PER_BIN or position in positions:
            continue
        try:
            check(row)
        except Unusable:
            continue
        kept.append(row)
        positions.add(position)
    return tuple(sorted((row for kept in bins.values() for row in kept), key=lambda row: (row.rating, row.id)))


def packed(rows: Iterable[Row]) -> bytes:
    """Rows as `data/lichess.csv.gz`: the same bytes whenever and wherever one zlib makes them."""
    lines = [",".join(COLUMNS)]
    for row in rows:
        lines.append(",".join((row.id, row.fen, " ".join(row.moves), str(row.rating), " ".join(row.themes), row.url)))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode("ascii"), compresslevel=9, mtime=0)
