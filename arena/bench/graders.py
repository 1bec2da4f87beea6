"""Judging answers beside math-verify: speed on ordinary completions, the slowest of many hard ones, judged cases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path

from ...tasks.answer import judge_integer
from ..second_opinion import Case, SecondOpinion
from ..second_opinion_worker import load
from .completions import EXPECTED, fuzzed, ordinary
from .measurement import Measurement, in_turn

KINDS, REPEATS = 100, 100
"""completions of each kind, and how often ours judges them for each time that the peer does"""
HARD, THEIRS, LIMIT = 100_000, 50, 2.0
"""hard completions for ours; so many of them for the peer, and its CPU-seconds for each"""
CASES = Path(__file__).resolve().parents[3] / "shared" / "graders" / "public_cases.jsonl"
"""judged completions, where the project's notes are at hand"""
ROWS = 6 + CASES.exists()
Pairs = list[tuple[str, str]]


def graders() -> Iterator[Measurement]:
    """Grades a CPU-second, CPU-milliseconds of the worst, and agreement with the judged cases."""
    with SecondOpinion(processes=1, limit=LIMIT) as second:
        peer = f"math-verify {version('math-verify')}"
        kinds = ordinary(KINDS)
        for kind, pairs in (*kinds.items(), ("all of these", [*chain(*kinds.values())])):
            theirs = partial(_speed, pairs, 1, load())
            yield in_turn("graders", kind, "grades / CPU-s", partial(_speed, pairs, REPEATS, _judge), theirs, peer)
        ours, other = _slowest(), _slowest_of(second)
        row = f"the slowest of {HARD:,} hard completions"
        name = f"{peer}, of {THEIRS}, killed after {LIMIT:.0f} s"
        yield Measurement("graders", row, "CPU-ms", 1000 * ours, 1000 * other, name, other / ours)
        if CASES.exists():
            yield _agreement(second, peer)


def _judge(completion: str, expected: str) -> bool:
    return judge_integer(completion, expected).correct


def _speed(pairs: Pairs, repeats: int, judge: Callable[[str, str], bool]) -> float:
    """Grades a CPU-second; all must be right."""
    began = time.process_time()
    for _ in range(repeats):
        for completion, expected in pairs:
            assert judge(completion, expected), completion
    return repeats * len(pairs) / (time.process_time() - began)


def _slowest() -> float:
    """CPU-seconds of ours on the worst of the hard completions: the best of five tries, for other work disturbs."""
    worst = 0.0
    for completion in fuzzed(HARD):
        spent = _spent(completion)
        if spent > worst:
            worst = max(worst, min(spent, *(_spent(completion) for _ in range(4))))
    return worst


def _spent(completion: str) -> float:
    began = time.thread_time()
    judge_integer(completion, EXPECTED)
    return time.thread_time() - began


def _slowest_of(second: SecondOpinion) -> float:
    """CPU-seconds of the peer on the worst of a few; one that was killed has taken its limit, or more."""
    cases = [Case("", completion, EXPECTED, False, "") for completion in islice(fuzzed(HARD), THEIRS)]
    return max(LIMIT if opinion.correct is None else opinion.seconds for opinion in second.ask(cases))


def _agreement(second: SecondOpinion, peer: str) -> Measurement:
    """How many of the judged cases each judges so too; no verdict agrees with none."""
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    cases = [Case(row["id"], row["output"], row["problem_answer"], row["correct"], "") for row in rows]
    ours = sum(_judge(case.completion, case.expected) == case.correct for case in cases)
    theirs = sum(opinion.correct == case.correct for case, opinion in zip(cases, second.ask(cases), strict=True))
    return Measurement("graders", "judged cases", f"agree of {len(cases)}", ours, theirs, peer, ours / theirs)
