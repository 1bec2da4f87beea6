"""What answers the calls of a language model: a specialist, which works each of them on a worksheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...envs.vector.given import GivenWorksheets
from ...envs.worksheet import STYLES, flawless_columns
from ...tasks.arithmetic.encoding import compile_tree
from ...tasks.arithmetic.expression import Tree
from ...tasks.arithmetic.reading import Refused, read_expression
from ...tasks.errors import BadCheckpoint
from ..registry import CALLED
from ..specialist.agent import SpecialistAgent

SHOWN = 200
"""characters of a call that are kept for people"""
COLUMNS, STEPS = 400, 6_000
"""largest worksheet: digits that a flawless hand writes, and steps of this one"""


@dataclass(frozen=True)
class Call:
    """A call and what was answered."""

    asked: str
    """its beginning"""
    result: str
    """the number on the worksheet, or why there is none"""
    steps: int = 0
    """of the specialist"""

    @property
    def told(self) -> dict[str, Any]:
        """What a result line keeps."""
        return {"asked": self.asked, "result": self.result, "steps": self.steps}


def refused(asked: str | None, why: str, steps: int = 0) -> Call:
    """A call that gets no number."""
    return Call((asked or "")[:SHOWN], f"refused: {why}", steps)


class Harness:
    """Has a specialist work out expressions; what it makes of them is the answer, right or wrong.

    Args:
        specialist: trained on the array view of arithmetic.

    Raises:
        BadCheckpoint: it is trained on something else.
    """

    def __init__(self, specialist: SpecialistAgent) -> None:
        if specialist.config.env_id != CALLED:
            raise BadCheckpoint(f"expected a specialist of {CALLED} to call, got one of {specialist.config.env_id}")
        self.specialist = specialist
        self._style = next(style for style in STYLES if style == (specialist.config.scratchpad or STYLES[0]))

    def answer(self, asked: Sequence[str | None], seeds: Sequence[int]) -> list[Call]:
        """Answer calls side by side.

        Args:
            asked: what stands in each, of any content and size; None where no call was begun.
            seeds: of what a specialist that draws its actions draws for each.
        """
        read = [Refused("no call was begun") if text is None else self._readable(text) for text in asked]
        rows = [row for row, found in enumerate(read) if not isinstance(found, Refused)]
        worked = dict(zip(rows, self._worked([read[row] for row in rows], [seeds[row] for row in rows]), strict=True))
        calls = []
        for row, (text, found) in enumerate(zip(asked, read, strict=True)):
            number, steps = worked.get(row, (None, 0))
            if isinstance(found, Refused):
                calls.append(refused(text, found.why))
            elif number is None:
                calls.append(refused(text, "too long", steps))
            else:
                calls.append(Call((text or "")[:SHOWN], number, steps))
        return calls

    def _readable(self, text: str) -> Tree | Refused:
        """An expression that fits on a worksheet."""
        found = read_expression(text)
        if isinstance(found, Refused):
            return found
        try:
            columns = flawless_columns(*compile_tree(found), self._style)
        except ZeroDivisionError:
            return Refused("division by zero")
        return found if columns <= COLUMNS else Refused("too long")

    def _worked(self, trees: Sequence[Any], seeds: Sequence[int]) -> list[tuple[str | None, int]]:
        """The answer on each worksheet, None where there was none in time, and the steps that it took."""
        if not trees:
            return []
        sheets = GivenWorksheets(trees, self._style)
        self.specialist.reset(seeds, [0] * len(seeds))
        infos: list[dict[str, Any]] = [{} for _ in trees]
        for _ in range(STEPS):
            sheets.step(self.specialist.act(sheets.observe(), infos))
            if not sheets.playing.any():
                break
        return list(zip(sheets.answers, sheets.steps.tolist(), strict=True))
