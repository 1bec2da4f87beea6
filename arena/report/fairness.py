"""The twelve requirements of fairness as a table."""

from __future__ import annotations

from ..fairness import checks
from .data import Run
from .tables import Cell, Column, Table


def fairness_table(run: Run) -> Table:
    """The twelve requirements, met or not, and why."""
    rows = [
        (Cell(str(place)), Cell(each.title), Cell("met" if each.met else "not met"), Cell(each.why))
        for place, each in enumerate(checks(run), start=1)
    ]
    columns = (Column("No."), Column("Requirement", False), Column("Here", False), Column("Because", False))
    return Table(f"Fairness{run.where}", columns, tuple(rows))
