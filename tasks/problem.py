"""The two records every task speaks in, and the rule that keeps the splits apart.

A `Problem` says what is asked, a `Verdict` what an answer to it is worth. Which split a problem belongs to is decided
by a hash of its content and by nothing else, so no seed can put a test problem into training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args, runtime_checkable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .errors import UnknownName

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
TENTHS: tuple[Split, ...] = ("test", "validation", *("train",) * 8)
"""by the last digit of the hash of a content: the split that owns it"""
Reason = Literal["correct", "wrong", "unparsable", "too_long", "illegal"]
Level = int | str
"""A row of the task's level table, or a task's own specification such as `"operators=+-,digits=50"`."""


@dataclass(frozen=True, init=False)
class Problem:
    """One problem. `facts` are the task's own view of it, from which the array view is encoded."""

    task: str
    version: int
    split: Split
    level: Level
    index: int
    question: str
    answer: str
    facts: Mapping[str, Any]

    def __init__(
        self,
        task: str,
        version: int,
        split: Split,
        level: Level,
        index: int,
        question: str,
        answer: str,
        facts: Mapping[str, Any],
    ) -> None:
        # A frozen dataclass's own __init__ takes twice the time, a tenth of what a whole problem costs.
        values = self.__dict__
        values["task"], values["version"], values["split"], values["level"] = task, version, split, level
        values["index"], values["question"], values["answer"], values["facts"] = index, question, answer, facts

    @property
    def id(self) -> str:
        """A name from which the problem can be generated again: task, version, split, level, seed."""
        return f"{id_start(self.task, self.version, self.split, self.level)}{self.index}"


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth: `correct`, and the reason why or why not."""

    correct: bool
    reason: Reason

    def __bool__(self) -> bool:
        return self.correct


@runtime_checkable
class World(Protocol):
    """What a module in `tasks/` offers at least: where episodes begin. Of games there is no more to say beforehand."""

    NAME: str
    VERSION: int

    def levels(self) -> Mapping[int, str]:
        """The level table: a number and what it asks for."""

    def describe(self, level: Level) -> str:
        """A level in words. Raises BadLevel."""

    def distinct(self, level: Level) -> float:
        """About how many different problems a level holds over all splits (an estimate from above)."""

    def generate(self, split: Split, level: Level, seed: int) -> Problem:
        """The problem of a seed. Raises UnknownName (split) or BadLevel."""


@runtime_checkable
class Task(World, Protocol):
    """A module in `tasks/` whose problems have answers; the functions are pure and may be called from any thread."""

    def verify(self, problem: Problem, answer: str) -> Verdict:
        """Judge a completion, of any content and size, exactly. Never raises."""

    def solution(self, problem: Problem) -> str:
        """A worked chain of thought that ends in the answer and that `verify` accepts."""

    def encode(self, problem: Problem) -> dict[str, NDArray[np.generic]]:
        """The facts of the question as arrays, the answer not among them."""


@runtime_checkable
class Styled(Task, Protocol):
    """A task whose worked solutions can be written in several styles."""

    STYLES: tuple[str, ...]

    def solution(self, problem: Problem, style: str = ...) -> str:
        """As of Task, in one of `STYLES`, by default the first. Raises UnknownName."""


@runtime_checkable
class Parsing(Task, Protocol):
    """A task that can say which answer it read, so that equal answers to a problem can be counted as votes."""

    def parse(self, completion: str) -> str | None:
        """The answer in its one canonical form; None where `verify` finds none. Two that are equal are as right."""


def id_start(task: str, version: int, split: Split, level: Level) -> str:
    """What the ids of problems of one kind begin with; the seed follows.

    >>> id_start("arithmetic", 1, "test", 2)
    'arithmetic-v1/test/2/'
    """
    return f"{task}-v{version}/{split}/{level}/"


def check_split(split: str) -> Split:
    """The split by that name; raises UnknownName."""
    if split not in SPLITS:
        raise UnknownName("split", split, SPLITS)
    return split


def split_of(content: str) -> Split:
    """The split that owns a piece of content: test 10 %, validation 10 %, train 80 %.

    By CRC-32, which is the same in every process and Python version and costs next to nothing.

    >>> split_of("27*3"), split_of("27*4")
    ('train', 'train')
    """
    return TENTHS[crc32(content.encode()) % 10]
