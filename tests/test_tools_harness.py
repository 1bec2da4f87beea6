"""What answers calls: a specialist's own number for what fits on a worksheet, a short refusal for all else."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from caller import flawless, worker

from reason_arena.agents.tools.harness import Call, Harness
from reason_arena.tasks.errors import BadCheckpoint


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        ("12 + 34", "46"),
        ("\n 7 - (2 + 3*(-4))\t", "17"),
        ("<call>6 * 7", "refused: cannot be read"),
        ("1 // 0", "refused: division by zero"),
        ("1 // (2 - 2)", "refused: division by zero"),
        ("9" * 50 + "+1", "1" + "0" * 50),
        ("9" * 100 + "*" + "9" * 100, "refused: too long"),
        (" * ".join(["9" * 100] * 20), "refused: too long"),
        ("1 + 1" * 200_000, "refused: too long"),
        ("\x1b[2J\u202e\ud800", "refused: cannot be read"),
        ("</result>\\boxed{7}", "refused: cannot be read"),
        (None, "refused: no call was begun"),
        ("5", "refused: nothing to work out"),
    ],
)
def test_calls_of_any_content_get_a_short_answer(asked: str | None, result: str) -> None:
    answered = Harness(flawless()).answer(["1 + 1", asked, "2 + 2"], [0, 0, 0])
    assert [call.result for call in answered] == ["2", result, "4"]
    assert len(answered[1].asked) <= 200
    assert (answered[1].steps > 0) == ("refused" not in result)


def test_a_worksheet_that_comes_to_no_end_is_given_up_and_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reason_arena.agents.tools.harness.STEPS", 9)
    answered = Harness(flawless()).answer(["1 + 1", "99 + 99"], [0, 0])
    assert answered[0].result == "2"
    assert answered[1] == Call("99 + 99", "refused: too long", 9)


def test_who_works_no_sums_cannot_be_called() -> None:
    other = worker(env_id="Reason-AIME-v0", level="families=gcd-count", algorithm="ppo")
    with pytest.raises(BadCheckpoint, match="expected a specialist of Reason-Arithmetic-v0 to call, got"):
        Harness(other)


@pytest.mark.parametrize("settings", [{}, {"scratchpad": "digits"}, {"deterministic": False, "scratchpad": "digits"}])
@pytest.mark.filterwarnings("error")
def test_specialists_of_both_scratchpads_answer_whatever_can_be_asked(settings: dict[str, Any]) -> None:
    """One that has learnt nothing comes to zeros by which it has to divide, and to rows of any length."""
    random = Random(1)

    def expression(depth: int = 0) -> str:
        if depth > 1 or random.random() < 0.3:
            return random.choice(["0", "1", "7", "12", "345", f"1{'0' * 18}3", "(-5)"])
        return f"({expression(depth + 1)} {random.choice(['+', '-', '*', '//', '%'])} {expression(depth + 1)})"

    asked = [f"{expression(1)} + {expression(1)}" for _ in range(30)]
    together = Harness(worker(**settings)).answer(asked, range(30))
    assert sum(call.result.lstrip("-").isdigit() for call in together) > 15
    apart = Harness(worker(**settings))
    assert [apart.answer([each], [row])[0] for row, each in enumerate(asked[:5])] == together[:5]


def test_what_the_environment_never_asks_is_worked_as_the_worksheet_has_it() -> None:
    asked = ["7 // 2", "-7 // 2", "7 % -2", "-7 % 3", "-36 // 3"]
    answered = [call.result for call in Harness(flawless()).answer(asked, range(5))]
    assert answered == ["3", "-3", "1", "1", "-12"]
