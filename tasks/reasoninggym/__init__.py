r"""reasoning-gym's tasks, posed by our seeds, split by content and judged strictly; needs the extra `reasoning-gym`.

[reasoning-gym](https://github.com/open-thought/reasoning-gym) makes puzzles of about a hundred kinds out of seeds. In
its datasets neighbouring seeds share all problems but one, and there are no splits; here the seed of an item comes from
a hash of task, settings, split and our seed, and an item is drawn until its question belongs to the split. Which
problems a seed yields also depends on the version of reasoning-gym; figures are those of 0.1.25.

The answer stands in `\boxed{…}`, in `<answer>…</answer>`, behind an answer phrase, or is the whole text, and it is the
right text exactly, spaces aside, or another one that the task's rules allow. It is never run as a program, which some
of the library's own scorers do.

On one core of an AMD EPYC a training problem takes 0.06 ms at the median of the 104 tasks, more than 10 ms in twelve
(`countdown` 14, `zebra_puzzles` 73, `futoshiki` 144, `knight_swap` 253); a test problem takes eight times as long,
since nine items in ten belong to the other splits.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..answer import extract
from ..errors import BadLevel
from ..problem import Level, Problem, Split, Verdict, check_split, split_of
from ..stream import Stream
from . import levels as _levels
from . import library, scoring
from .answers import known

NAME = "reasoninggym"
VERSION = 1
EXTRA, PACKAGE = library.EXTRA, library.PACKAGE
_TRIES = 400
"""a tenth of all questions is for the test: to miss it so often has a chance of 10^-18"""


def levels() -> dict[int, str]:
    """Ten tasks by number; all others go by name."""
    return {number: f"{name}, as it comes" for number, name in _levels.TABLE.items()}


def describe(level: Level) -> str:
    """A level in words."""
    asked = _levels.spec(level)
    return f"{asked}, as it comes" if asked.config == "{}" else str(asked)


def distinct(level: Level) -> float:
    """No more than there are seeds for items; how many of them differ the library does not say."""
    _levels.spec(level)
    return float(library.SEEDS)


def names() -> tuple[str, ...]:
    """All tasks that a level can name, sorted. Raises BadConfig without the library."""
    return library.names()


def generate(split: Split, level: Level, seed: int) -> Problem:
    """The problem of a seed; a pure function of its arguments and the version of the library.

    Raises:
        UnknownName: no such split.
        BadLevel: no such task or settings, or no problem of this split.
        BadConfig: the library is not installed.
    """
    asked = _levels.checked(_levels.spec(level))
    number, question, answer = _found(check_split(split), asked.name, asked.config, seed)
    facts = {"task": asked.name, "config": asked.config, "number": number, "scoring": asked.scoring}
    return Problem(NAME, VERSION, split, level, seed, question, answer, facts)


@lru_cache(4096)
def _found(split: Split, name: str, config: str, seed: int) -> tuple[int, str, str]:
    """The first item of a seed's stream that belongs to the split: its number, question and answer."""
    rng = Stream(f"{NAME} {VERSION} {split} {name} {config} {seed}")
    trouble = ""
    for _ in range(_TRIES):
        number = rng.below(library.SEEDS)
        try:
            entry = library.draw(name, config, number)
        except Exception as error:  # settings that some items cannot be made with
            trouble = f"; {error}"
            continue
        question = str(entry["question"])
        if split_of(question) == split and (answer := _answer(name, config, entry)):
            library.keep(name, config, number, entry)
            return number, question, answer
    raise BadLevel(f"{name} with {config}: no problem of the split {split!r} in {_TRIES} draws; expected more{trouble}")


def _answer(name: str, config: str, entry: dict[str, object]) -> str:
    """A right answer; empty where the library has none, names a wrong one as an example, or only repeats the question.

    The first is so of equations without roots, the second of one formula in a hundred, the last of integrals that
    sympy leaves as they are.
    """
    answer = known(name, entry).strip()
    if entry["answer"] is None and not scoring.judge(name, config, "own", entry, answer):
        return ""
    return "" if "Integral(" in answer and name == "intermediate_integration" else answer


def verify(problem: Problem, answer: str) -> Verdict:
    """Judge a completion by the item's own rules, see `scoring.py`."""
    facts = problem.facts
    entry = library.item(facts["task"], facts["config"], facts["number"])
    return scoring.judge(facts["task"], facts["config"], facts["scoring"], entry, answer)


def parse(completion: str) -> str | None:
    """The text of the answer, with one space between words; None where there is none."""
    text = extract(completion, whole=True)
    return None if text is None else "\n".join(" ".join(line.split()) for line in text.splitlines())


def solution(problem: Problem) -> str:
    """The answer in tags: the library works nothing out."""
    return f"<answer>{problem.answer}</answer>"


def encode(problem: Problem) -> dict[str, NDArray[np.generic]]:
    """`question` (n,) uint8, the text in UTF-8."""
    return {"question": np.frombuffer(problem.question.encode(), np.uint8)}
