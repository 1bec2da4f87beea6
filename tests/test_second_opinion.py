"""math-verify as a second opinion: it is really asked, and what it cannot stand costs one opinion."""

from __future__ import annotations

import sys

import pytest

from reason_arena.arena.second_opinion import Case, Comparison, Opinion, SecondOpinion
from reason_arena.tasks.answer import judge_integer
from reason_arena.tasks.errors import BadConfig

HANG = r"\boxed{\dfrac{5^{(5^{(5^{(5^5)})}-4)}-5}{16}}"
"""on which math-verify computes for ever, deaf to its own alarm (huggingface/Math-Verify#65)"""


def case(completion: str, expected: str, name: str = "case") -> Case:
    verdict = judge_integer(completion, expected)
    return Case(name, completion, expected, verdict.correct, verdict.reason)


def test_without_math_verify_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "math_verify", None)  # what Python itself writes for a module that is not there
    with pytest.raises(BadConfig, match=r"needs math-verify; pip install 'reason-arena\[math\]'"):
        SecondOpinion()


def test_opinions_come_in_order_and_disagreements_are_listed() -> None:
    pytest.importorskip("math_verify")
    cases = [
        case(r"It is \boxed{391}.", "391", "agreed"),
        case(r"So $\boxed{17 \times 23}$", "391", "copied"),
        case(r"\boxed {391}", "391", "spaced"),
        case("I do not know.\udcff", "391", "silent"),
        case(r"\boxed{392}", "391", "wrong"),
    ]
    with SecondOpinion(processes=2) as second:
        opinions = tuple(second.ask(cases))
    assert [opinion.correct for opinion in opinions] == [True, True, False, False, False]
    assert all(0 < opinion.seconds < 60 and not opinion.trouble for opinion in opinions)
    found = Comparison(tuple(cases), opinions)
    assert [each.problem_id for each in found.disagreements] == ["copied", "spaced"]
    assert found.without == 0
    assert str(found).splitlines() == [
        "math-verify agrees on 3 of 5 answers, disagrees on 2, has no opinion on 0",
        r"  copied: expected 391, ours unparsable, math-verify correct: 'So $\\boxed{17 \\times 23}$'",
        r"  spaced: expected 391, ours correct, math-verify wrong: '\\boxed {391}'",
    ]


def test_a_hang_is_killed_and_costs_nothing_else() -> None:
    pytest.importorskip("math_verify")
    cases = [
        case(r"\boxed{1}", "1"),
        case(HANG, "1"),
        case(r"\boxed{1}", "1"),
        case(HANG, "1"),
        case(r"\boxed{2}", "1"),
    ]
    with SecondOpinion(processes=1, limit=2) as second:
        opinions = tuple(second.ask(cases))
        worker = second._workers[0]._process
    assert [opinion.correct for opinion in opinions] == [True, None, True, None, False]
    assert {opinion.trouble for opinion in opinions} == {"", "hang"}
    assert "has no opinion on 2 (hang)" in str(Comparison(tuple(cases), opinions))
    assert worker is not None
    assert worker.returncode == -9  # nothing is left behind


def test_a_lost_process_is_replaced() -> None:
    pytest.importorskip("math_verify")
    with SecondOpinion(processes=1) as second:
        assert [opinion.correct for opinion in second.ask([case(r"\boxed{1}", "1")])] == [True]
        process = second._workers[0]._process
        assert process is not None
        process.kill()
        process.wait()
        opinions = list(second.ask([case(r"\boxed{1}", "1")] * 2))
    assert opinions[0] == Opinion(None, "crash")
    assert opinions[1].correct is True


def test_a_hanging_process_ends_by_itself_when_nobody_is_left_to_kill_it() -> None:
    pytest.importorskip("math_verify")
    second = SecondOpinion(processes=1, limit=1)
    worker = second._workers[0]
    worker._start()
    process = worker._process
    assert process is not None
    assert process.stdin is not None
    with pytest.raises(TimeoutError):
        worker._exchange([HANG, "1"], 0.01)
    # The system ends it after a few CPU-seconds; the time waited is only a bound on this test.
    assert process.wait(timeout=300) < 0
    worker.stop()


def test_a_megabyte_is_judged_or_given_up() -> None:
    pytest.importorskip("math_verify")
    cases = [case("x " * 500_000 + r"\boxed{7}", "7"), case(r"\boxed{7}", "7")]
    with SecondOpinion(processes=1, limit=3) as second:
        opinions = list(second.ask(cases))
    assert opinions[0].correct in (True, None)
    assert opinions[1].correct is True
