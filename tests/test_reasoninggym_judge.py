"""Attacks on the judge of reasoning-gym's tasks: texts that are run, that never end, and that are taken for answers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reason_arena.tasks import reasoninggym
from reason_arena.tasks.problem import Problem
from reason_arena.tasks.reasoninggym import expressions, library
from reason_arena.tasks.reasoninggym.scoring import judge

pytest.importorskip("reasoning_gym")
NAMES = reasoninggym.names()
RUNS_CODE = (
    "binary_matrix",
    "countdown",
    "intermediate_integration",
    "n_queens",
    "polynomial_multiplication",
    "puzzle24",
    "simple_integration",
    "spiral_matrix",
    "string_insertion",
)
ENDLESS = [
    "9**9**9",
    "((9)!)!",
    "1e999999999",
    "1E+999999999/3",
    "-1e-999999999",
    "0x" + "f" * 4_000,
    "9" * 4_090,
    "٩" * 4_090,
    "(" * 4_096,
    "[" * 4_096,
    '{"a":' * 800,
    "1," * 2_048,
    "1\n" * 2_048,
    "¬" * 4_096,
    "P ∧ " * 1_000 + "P",
    " ∧ ".join("abcdefghijklmnopqrstuvwxyz"),
    " ∧ ".join("P" * i for i in range(1, 20)),
    "U999999999",
    "U٩٩٩٩٩٩٩٩٩",
    "A+999999999 B-999999999",
    "LRUD" * 1_024,
    "move(" * 800,
    "move(a, " * 500,
    "nan",
    "-inf",
    "\x00\ud800",
    "'",
    "\\",
    "x**" * 1_300 + "x",
    "exp(" * 1_000 + "x" + ")" * 1_000,
]


def problem(name: str, seed: int = 0, scoring: str = "strict") -> Problem:
    return reasoninggym.generate("train", f"{name},scoring={scoring}", seed)


def right(posed: Problem, text: str) -> bool:
    return reasoninggym.verify(posed, text).correct


@pytest.mark.parametrize("name", [name for name in NAMES if name != "game_of_life_halting"])
def test_a_judge_outlives_any_text(name: str) -> None:
    for scoring in ("strict", "own"):
        posed = problem(name, scoring=scoring)
        for text in ENDLESS:
            verdict = reasoninggym.verify(posed, text)
            assert not verdict.correct or (scoring, name, text) == ("own", "complex_arithmetic", "nan")


@pytest.mark.parametrize("name", RUNS_CODE)
@pytest.mark.parametrize("scoring", ["strict", "own"])
def test_no_answer_is_run(name: str, scoring: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    posed = problem(name, scoring=scoring)
    for text in (
        "__import__('pathlib').Path('run').touch()",
        "[__import__('os').mkdir('run')]",
        "(lambda: open('run', 'w'))()",
        "Symbol('x').__class__.__init__.__globals__['__builtins__']['open']('run', 'w')",
    ):
        for given in (text, f"<answer>{text}</answer>", f"\\boxed{{{text}}}"):
            assert not right(posed, given)
    assert list(tmp_path.iterdir()) == []
    # The attack is a real one: the library runs it.
    if name == "spiral_matrix":
        library.score(name, "{}", library.item(name, "{}", posed.facts["number"]), "[open('run', 'w')]")
        assert [path.name for path in tmp_path.iterdir()] == ["run"]


def entry(name: str, answer: str, **metadata: Any) -> dict[str, Any]:
    return {"question": "", "answer": answer, "metadata": metadata}


@pytest.mark.parametrize(
    ("name", "item", "accepted", "refused"),
    [
        (
            "countdown",
            entry("countdown", "6*8/2", numbers=[2, 6, 8], target=24),
            ["6*8/2", "8 / (2) * 6", "6 / 2 * 8"],
            ["24", "6*4", "6 + 8 + 2 + 1_8 - 10", "2+6+8+8e0", "6*8//2", "26 - 8 + 6", "2**6*8"],
        ),
        (
            "puzzle24",
            entry("puzzle24", "1*2*3*4", numbers=[1, 2, 3, 4]),
            ["4*3*2*1", "(1 + 3) * (4 + 2)"],
            ["8*3*1*1", "1*2*3*4 + 0.9", "99/4 - 1*0*2*3", "1*2*3*4*__import__('math').pi"],
        ),
        (
            "polynomial_multiplication",
            entry("polynomial_multiplication", "x**2 - 1"),
            ["x**2 - 1", "-1 + x*x", "-(1 - x**2)"],
            ["(x + 1)*(x - 1)", "x**2 + 1", "x**2", "x**2 - 1 + 0*y*(1+1)"],
        ),
        (
            "simple_integration",
            entry("simple_integration", "x**3 + C", integrand="3*x**2", variable="x"),
            ["x**3", "C + x**3", "x*x*x + 7", "x**3 + C - 5*C"],
            ["3*x**2", "x**3 + x", "x**3 + C*x", "Integral(3*x**2, x)", "y**3", "x**3 + 0.0000001*x"],
        ),
        ("number_sorting", entry("number_sorting", '["1", "2.5"]', direction="ascending"), ["[1, 2.50]"], ["[1, 3.4]"]),
        ("game_of_life", entry("game_of_life", "[[0, 1], [1, 0]]"), ["[[0,1],[1,0]]"], ["[[0,1,1],[1,0],[1]]"]),
        ("game_of_life_halting", entry("game_of_life_halting", "True"), ["True"], ["False", "1", "?"]),
        ("figlet_font", entry("figlet_font", "BLACKBOARDS"), ["blackboards"], ["blackboardZ", "blackboards too"]),
        ("letter_jumble", entry("letter_jumble", "an old ship"), ["An old  ship"], ["an old ship sank", "old an ship"]),
        ("gsm_symbolic", entry("gsm_symbolic", "31"), ["31", "31.0", "$31$"], ["31 or 7", "31 apples, or 30", "3 1"]),
        (
            "complex_arithmetic",
            entry("complex_arithmetic", "2 - 5i", result=(2.0, -5.0)),
            ["2-5i", "(2 - 5j)"],
            ["nan"],
        ),
        ("coin_flip", entry("coin_flip", "0.00001"), ["1/100000", "1e-5"], ["0", "0.00002", "1e-9999"]),
        (
            "polynomial_equations",
            entry("polynomial_equations", "-2.0, 3.5"),
            ["3.5, -2"],
            ["-2", "-2, 3.5, ?", "-2 3.5"],
        ),
        ("gcd", entry("gcd", "4"), ["4", " 4 ", "The answer is 4."], ["42", "4 or 5", "44", "4.0"]),
    ],
)
def test_wrong_answers_that_the_library_takes_are_refused(
    name: str, item: dict[str, Any], accepted: list[str], refused: list[str]
) -> None:
    for text in [item["answer"], *accepted]:
        assert judge(name, "{}", "strict", item, text).correct, text
    for text in refused:
        assert not judge(name, "{}", "strict", item, text).correct, text


@pytest.mark.parametrize(
    ("name", "text", "metadata", "answer"),
    [
        ("gcd", "42", {}, "4"),
        ("game_of_life_halting", "False", {}, "True"),
        ("number_sorting", "[1, 3.4]", {"direction": "ascending"}, '["1", "2.5"]'),
        ("puzzle24", "8*3*1*1", {"numbers": [1, 2, 3, 4]}, "1*2*3*4"),
        ("countdown", "2+6+8+8e0", {"numbers": [2, 6, 8], "target": 24}, "6*8/2"),
        ("complex_arithmetic", "nan", {"result": (2.0, -5.0)}, "2 - 5i"),
    ],
)
def test_the_library_pays_for_them(name: str, text: str, metadata: dict[str, Any], answer: str) -> None:
    """Otherwise there would be no need of judges of our own."""
    assert library.score(name, "{}", entry(name, answer, **metadata), text) >= 0.5


def test_what_an_answer_is_worth_to_the_library_is_a_choice() -> None:
    posed = problem("game_of_life_halting", scoring="own")
    assert right(posed, "No idea at all"), "as the library has it"
    assert not right(problem("game_of_life_halting"), "No idea at all")
    sums = problem("chain_sum", scoring="own")
    assert right(sums, f"{sums.answer}.00")
    assert not right(sums, f"{sums.answer} or so")


def test_an_answer_may_be_marked_or_be_all_that_is_said() -> None:
    posed = problem("mini_sudoku")
    rows = posed.answer
    assert rows.count("\n") == 3
    for text in (
        rows,
        f"  {rows}\n",
        f"\\boxed{{{rows}}}",
        f"<think>{rows[::-1]}</think> <answer>\n{rows}\n</answer>",
        rows.replace(" ", "  "),
    ):
        assert right(posed, text)
    assert reasoninggym.verify(posed, f"<think>{rows}").reason == "unparsable"
    assert reasoninggym.verify(posed, "").reason == "unparsable"
    assert reasoninggym.verify(posed, "1 " * 5_000).reason == "too_long"
    assert reasoninggym.verify(posed, rows[::-1]).reason == "wrong"
    assert reasoninggym.parse("<answer> 1  2\n 3 4 </answer>") == "1 2\n3 4"
    assert reasoninggym.parse("<think>") is None


def test_arithmetic_is_exact_and_reads_nothing_else() -> None:
    assert expressions.arithmetic("1 / 3 * 3 - (2 - -4)") == (Fraction(-5), [1, 3, 3, 2, 4])
    for text in ("", "1/0", "1.5", "1e3", "1_0", "x", "True", "1 if 1 else 2", "1, 2", "2**3", "7 % 4", "9" * 31, "²"):
        assert expressions.arithmetic(text) is None, text


def test_antiderivatives_of_every_kind() -> None:
    for text, integrand in (
        ("-cos(3*x + 1)/3 + C", "sin(3*x + 1)"),
        ("log(x - 5)", "1/(x - 5)"),
        ("exp(2*x)*(2*x - 1)/4", "x*exp(2*x)"),
        ("(4*x + 1)**(3/2)/6", "sqrt(4*x + 1)"),
        ("x*atan(x) - log(1 + x**2)/2", "atan(x)"),
        ("x*asin(x) + sqrt(1 - x**2)", "asin(x)"),
        ("2**x/log(2)", "2**x"),
        ("tan(x)", "1/cos(x)**2"),
    ):
        assert expressions.is_antiderivative(text, integrand, "x") is True, text
        assert expressions.is_antiderivative(f"{text} + x/1000", integrand, "x") is False, text
        assert expressions.is_antiderivative(f"{text} + unknown", integrand, "x") is None
