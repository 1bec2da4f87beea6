"""Which of two answers is better, who said so, and the file that keeps it: what reward models and DPO learn from.

Texts are for people. Where the answers were sampled their token ids are kept beside them, since text is not tokenised
again. A file holds one JSON object a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from ...tasks.errors import BadConfig, StorageError, UnknownName
from ...tasks.problem import Level
from ..settings import build
from .progress import JsonLines, given_lines

Side = Literal["a", "b"]


@dataclass(frozen=True)
class Preference:
    """One answer to a problem preferred to another.

    Raises:
        BadConfig: an empty prompt or chosen answer, two equal answers, or numbers that cannot be.
    """

    prompt: str
    """the observation"""
    chosen: str
    rejected: str
    seed: int
    """of the problem"""
    env_id: str
    level: Level
    labeller: str
    """who says so"""
    margin: float | None = None
    """by how much, in a unit of the labeller's; None where it does not say"""
    chosen_ids: tuple[int, ...] | None = None
    """the tokens as they were drawn, the end of the sequence included; None if the text was not sampled"""
    rejected_ids: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("prompt", "chosen"):
            if not getattr(self, name).strip():
                raise BadConfig(f"{name}: expected a text, got an empty one")
        if self.chosen == self.rejected:
            raise BadConfig(f"chosen and rejected are the same text, {self.chosen[:60]!r}; expected two different ones")
        if self.margin is not None and not isfinite(self.margin):
            raise BadConfig(f"margin: expected a finite number, got {self.margin}")
        for name in ("chosen_ids", "rejected_ids"):
            ids = getattr(self, name)
            if ids is not None and (not ids or min(ids) < 0):
                raise BadConfig(f"{name}: expected token ids, at least one and none below 0, got {list(ids)[:8]}")


@dataclass(frozen=True)
class Answer:
    """One completion of a problem."""

    text: str
    token_ids: tuple[int, ...]
    """as drawn, the end of the sequence included"""
    correct: bool


@dataclass(frozen=True)
class Choice:
    """The better side of a pair."""

    side: Side
    margin: float | None = None
    """by how much, in a unit of the labeller's"""


@dataclass(frozen=True)
class Pair:
    """Two different answers to one problem. Which of them is a and which is b means nothing."""

    prompt: str
    """the observation"""
    a: Answer
    b: Answer
    seed: int
    """of the problem"""
    env_id: str
    level: Level

    def swapped(self) -> Pair:
        """The same pair with a and b exchanged."""
        return Pair(self.prompt, self.b, self.a, self.seed, self.env_id, self.level)

    def preference(self, choice: Choice, labeller: str) -> Preference:
        """A labeller's choice between the two. Raises BadConfig if the chosen answer is empty."""
        chosen, rejected = (self.a, self.b) if choice.side == "a" else (self.b, self.a)
        return Preference(
            prompt=self.prompt,
            chosen=chosen.text,
            rejected=rejected.text,
            seed=self.seed,
            env_id=self.env_id,
            level=self.level,
            labeller=labeller,
            margin=choice.margin,
            chosen_ids=chosen.token_ids,
            rejected_ids=rejected.token_ids,
        )


class PreferenceFile:
    """A file of preferences that grows. What `write` has returned from survives a kill -9, a full disk, a power cut."""

    def __init__(self, path: Path) -> None:
        """Open a file, or begin one; a last line that was cut short is dropped.

        Args:
            path: the `.jsonl` file. Its parents are made.

        Raises:
            BadConfig: it holds something else.
            StorageError: the disk refused.
        """
        self.path = path
        self.rows = read_preferences(path) if path.exists() else []
        """all that the file holds"""
        self._lines = JsonLines(path)
        self._ends: list[tuple[int, int]] = []  # of each line written here: the size of the file before and after

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.__exit__(kind, error, trace)

    def write(self, preference: Preference) -> None:
        """Append one and bring it to the disk. Raises StorageError."""
        before = self._lines.size
        try:
            self._lines.write(asdict(preference))
            self._lines.sync()
        except StorageError:
            with suppress(StorageError):
                self._lines.cut(before)  # or the next line would begin in the middle of this one
            raise
        self._ends.append((before, self._lines.size))
        self.rows.append(preference)

    def undo(self) -> Preference:
        """Take back the last one that was written here, and not yet taken back.

        Raises:
            IndexError: there is none.
            StorageError: the disk refused, or another process has written behind it.
        """
        before, after = self._ends[-1]
        if self._lines.size != after:
            raise StorageError(f"{self.path}: another process writes here too, so nothing was taken back")
        self._lines.cut(before)
        self._lines.sync()
        self._ends.pop()
        return self.rows.pop()


def read_preferences(path: Path) -> list[Preference]:
    """The preferences of a file; without a last line that was cut short, which only a killed writer leaves.

    Raises:
        BadConfig: no such file, or a line that is no preference: the message names it by its number.
    """
    rows = given_lines(path, "a file of preferences, as `reason label` writes")
    return [_read(row, f"{path}, line {number}") for number, row in enumerate(rows, start=1)]


def _read(row: Mapping[str, Any], where: str) -> Preference:
    try:
        return build(Preference, row, "preference")
    except (BadConfig, UnknownName) as error:
        raise BadConfig(f"{where}: {error}") from None
