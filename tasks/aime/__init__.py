"""Competition mathematics in the form of the AIME: integer answers from 0 to 999, judged exactly.

Problems come from families (see `catalogue`): original wordings over parameters that are drawn from a seed, each with a
solver, a brute force that it is tested against, and a worked solution. Some families and some wordings are held out
from training. Real problems are read from a file or the hub of the user's (see `dataset`); none ships here.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..answer import judge_integer, parse_integer
from ..errors import BadLevel, UnknownName
from ..problem import Level, Problem, Split, Verdict, check_split
from ..stream import Stream
from . import dataset, posed, reading
from .brief import STYLES, brief
from .family import Empty
from .posed import Composed, Pair, Single
from .rows import Row
from .spec import COMPOSED_FROM, NUMBERS, Rung, Spec, read

NAME = "aime"
VERSION = 1
_STREAMS = f"{NAME} {VERSION}"


def levels() -> dict[int, str]:
    """Level 0 is a mixture like an exam, 1 to 15 are its numbers."""
    return {number: _label(read(number)) for number in (0, *NUMBERS)}


def describe(level: Level) -> str:
    """A level in words."""
    return _label(read(level))


def _label(spec: Spec) -> str:
    if spec.dataset:
        return f"real problems of {spec.dataset}" + (", to train on" if spec.practice else "")
    if spec.exam:
        return "an exam: a problem of any number from 1 to 15"
    families = {family.name for family, _ in spec.rungs}
    parts = [f"number {spec.number}: " if spec.number else ""]
    parts.append(f"{len(families)} families" if len(families) != 1 else next(iter(families)))
    if _composed_share(spec):
        parts = [*parts[:1], "composed of two"] if spec.composed == "only" else [*parts, ", half of it composed of two"]
    if isinstance(spec.families, str) and spec.families != "seen":
        parts.append(f" ({spec.families})")
    if spec.wordings != "seen":
        parts.append(f", wordings: {spec.wordings}")
    return "".join(parts)


def distinct(level: Level) -> float:
    """About how many different instances a level holds, over all splits."""
    spec = read(level)
    if spec.dataset:
        return float(len(_loaded(spec).rows))
    if spec.exam:
        return sum(distinct(number) for number in NUMBERS)
    total = sum(family.distinct[tier - 1] for family, tier in spec.rungs) if spec.composed != "only" else 0.0
    if _composed_share(spec):
        sizes = ((one.distinct[i - 1], other.distinct[j - 1]) for (one, i), (other, j) in _pairs(spec))
        total += sum(first * second for first, second in sizes)
    return total


def generate(split: Split, level: Level, seed: int) -> Problem:
    """The problem of a seed; a pure function of its arguments.

    Of real problems a seed is a row: row `seed` modulo their number. They are for the test, all of them, or with
    "practice=true" for training and validation, and then none is for the test.

    Raises:
        UnknownName: no such split.
        BadLevel: no such level, it is held out from this split, or it holds no problem of it.
        BadData: real problems that cannot be read.
    """
    spec = read(level)
    check_split(split)
    if spec.dataset:
        return _real(split, level, seed, spec)
    if reason := spec.holds_out(split):
        raise BadLevel(f"level {level!r}: {reason} and cannot be trained on; ask for split 'test'")
    rng = Stream(f"{_STREAMS} {split} {level} {seed}")
    drawn = _draw(rng, spec, split, level)
    facts = {"family": drawn.name, "posed": drawn}
    return Problem(NAME, VERSION, split, level, seed, drawn.statement(), str(drawn.answer), facts)


def _real(split: Split, level: Level, seed: int, spec: Spec) -> Problem:
    rows = _rows(split, level, spec)
    row = rows[seed % len(rows)]
    facts = {"family": row.id, "figure": row.figure}
    return Problem(NAME, VERSION, split, level, seed, row.question, str(row.answer), facts)


def _rows(split: Split, level: Level, spec: Spec) -> tuple[Row, ...]:
    if spec.practice and split == "test":
        raise BadLevel(f"level {level!r}: practice=true has no test; expected split 'train' or 'validation'")
    if split == "test":
        return _loaded(spec).rows
    if dataset.for_evaluation(spec.dataset):
        raise BadLevel(f"level {level!r}: {spec.dataset} is for evaluation alone; expected split 'test', got {split!r}")
    if not spec.practice:
        raise BadLevel(
            f"level {level!r}: real problems are for split 'test', got {split!r}; to train on them, and test on "
            "others, put practice=true before dataset="
        )
    return dataset.for_practice(_loaded(spec), split)


def _loaded(spec: Spec) -> dataset.Loaded:
    return dataset.load(spec.dataset, spec.figures, spec.skip_bad)


def _draw(rng: Stream, spec: Spec, split: Split, level: Level) -> Single | Composed:
    if spec.exam:
        spec = read(1 + rng.below(len(NUMBERS)))
    share = _composed_share(spec)
    if share and not _pairs(spec):
        raise BadLevel(f"level {level!r}: expected families and tiers of which two make a composed problem, got none")
    try:
        if share == 2 or (share and (rng.below(2) or not spec.rungs)):
            return posed.composed(rng, _pairs(spec), split, spec.wordings)
        return posed.single(rng, _rung(rng, spec), split, spec.wordings)
    except Empty as empty:
        raise BadLevel(f"level {level!r}: {empty}; expected a level with more instances") from None


def _rung(rng: Stream, spec: Spec) -> Rung:
    """A family and tier; every family is as likely, whatever its tiers."""
    by_family = _by_family(spec)
    tiers = by_family[rng.below(len(by_family))]
    return tiers[rng.below(len(tiers))] if len(tiers) > 1 else tiers[0]


@lru_cache(1024)
def _by_family(spec: Spec) -> tuple[tuple[Rung, ...], ...]:
    found: dict[str, list[Rung]] = {}
    for rung in spec.rungs:
        found.setdefault(rung[0].name, []).append(rung)
    return tuple(map(tuple, found.values()))


def _composed_share(spec: Spec) -> int:
    """0: no problem is composed, 1: half of them, 2: all."""
    if spec.composed == "none" or (spec.composed == "mixed" and (spec.number or COMPOSED_FROM) < COMPOSED_FROM):
        return 0
    return 2 if spec.composed == "only" else 1


@lru_cache(1024)
def _pairs(spec: Spec) -> tuple[Pair, ...]:
    return posed.pairs(spec.chosen, spec.tiers, spec.number)


def verify(problem: Problem, answer: str) -> Verdict:
    """Judge a completion: its final integer literal against the answer."""
    return judge(answer, problem.answer)


judge = judge_integer
"""what `verify` does, given the right answer instead of the problem"""
parse = parse_integer
"""the integer that `verify` reads"""


def solution(problem: Problem, style: str = "worded") -> str:
    """The worked solution, line by line, and the boxed answer; of a real problem, of which none is known, the box.

    Args:
        problem: of this task.
        style: one of `STYLES`: with its words, or "brief", the numbers and what is computed alone.

    Raises:
        UnknownName: no such style.
    """
    if style not in STYLES:
        raise UnknownName("style", style, STYLES)
    drawn = problem.facts.get("posed")
    lines = drawn.working() if drawn else []
    if drawn and style == "brief":
        lines = brief(problem.question, lines)
    return "\n".join([*lines, f"\\boxed{{{problem.answer}}}"])


def encode(problem: Problem) -> dict[str, NDArray[np.generic]]:
    """The statement as the array view knows it.

    Returns:
        `words` (w,) uint32, a hash of each word, 0 for a number; `numbers` (n,) int64, in the order of the text;
        `places` (n,) int64, where in `words` each number stands.
    """
    seen = reading.read(problem.question)
    return {
        "words": np.array([reading.hashed(word) if word else 0 for word in seen.words], np.uint32),
        "numbers": np.array(seen.numbers, np.int64),
        "places": np.array(seen.places, np.int64),
    }


__all__ = [
    "NAME",
    "STYLES",
    "VERSION",
    "describe",
    "distinct",
    "encode",
    "generate",
    "judge",
    "levels",
    "parse",
    "solution",
    "verify",
]
