"""Judging answers: what counts as an answer, what does not, and that no text at all can hurt."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from reason_arena.tasks.answer import MAX_DIGITS, extract, judge_integer, read_integer

CASES = Path(__file__).parents[2] / "shared" / "graders" / "public_cases.jsonl"
PUBLIC = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()] if CASES.exists() else []


@pytest.mark.skipif(not PUBLIC, reason="the public cases are not here")
@pytest.mark.parametrize("case", PUBLIC, ids=[case["id"] for case in PUBLIC])
def test_public_case(case: dict[str, str]) -> None:
    assert judge_integer(case["output"], case["problem_answer"]).correct == case["correct"], case["why"]


# All of these state 618 (or what stands beside them).
RIGHT = [
    r"Adding up gives \boxed{618}.",
    r"$$\boxed{0618}$$",
    r"\[ \boxed{ 618 } \]",
    r"\boxed{$618$}",
    r"\boxed{\(618\)}",
    r"\boxed{\text{618}}",
    r"\boxed{\mathbf{\text{618}}}",
    r"\boxed{\displaystyle 618}",
    r"\boxed{{\bf 618}}",
    r"\boxed{+618}",
    r"\boxed{618}}",
    r"\boxed{618,}",
    r"\boxed{618.00}",
    r"\boxed{618\mathrm{~km}}",
    r"\boxed{618\ \text{m}^2}",
    r"\boxed{618 squares}",
    r"\boxed{618^{\circ}}",
    r"\boxed{618°}",
    r"\boxed{\$618\$}",
    r"\boxed{618 \bmod 1000}",
    r"\boxed{618 (\text{mod } 1000)}",
    r"\boxed{\text{Answer: }618}",
    r"\boxed{\text{The answer is 618}}",
    r"\boxed{AB + CD = 600 + 18 = 618}",
    r"\boxed{\gcd(1236, 1854) = 618}",
    r"\boxed{618} \boxed{ }",
    r"$\boxed 618$",
    "\\boxed{６１８}",
    "\\boxed{6\u200d18}",
    "\\boxed{61} is wrong, \\boxed{618} is right",
    "\\boxed{618}\n#### 619",
    "<answer> \\boxed{618} </answer>",
    "<ANSWER>\n618\n</ANSWER>",
    "Columns done.\n#### 618",
    "#### 618\nThat is all.",
    "#### Final answer\n618",
    "Answer: 0618",
    "The answer: **618**.",
    "**The answer is 618.**",
    "**Answer:** 618",
    "**Final Answer:**\n$$618$$",
    "### Final answer\n\n\\[\n618\n\\]",
    "So the answer is x = 618.",
    "The answer to the question is therefore $618$ cm.",
    "The answer is 618 apples, because 600 + 18 = 618.",
    "The answer is 618, not 619. I checked.",
    "The answer is 600. No: the answer is 618. I hope this answer is correct.",
    '{"answer": 618}',
    "The answer is ６１８。",
    "<think>\\boxed{1}</think><think>or \\boxed{2}</think>618",
    "<THINK>the answer is 3</THINK> The answer is 618!",
    " **618**. ",
]
WRONG = [
    r"\boxed{}",
    r"\boxed{ \, }",
    r"\boxed{?}",
    r"\boxed{618} then \boxed{?}",
    r"\boxed{618} then \boxed{61",
    r"\boxed{618, 619}",
    r"\boxed{618 \text{ or } 619}",
    r"\boxed{618 \text{ or six hundred nineteen}}",
    r"\boxed{x = 617 \quad x = 618}",
    r"\boxed{617 = 618}",
    r"\boxed{x \ne 618}",
    r"\boxed{x \ge 618}",
    r"\boxed{x != 618}",
    r"\boxed{618 \text{ thousand}}",
    r"\boxed{618x}",
    r"\boxed{618 \frac{1}{2}}",
    r"\boxed{618/1}",
    r"\boxed{\frac{618}{1}}",
    r"\boxed{2618 \bmod 1000}",
    r"\boxed{\cancel{618}}",
    r"\boxed{618...}",
    r"\boxed{6_18}",
    r"\boxed{--618}",
    r"\boxed{\boxed{618} \text{ or } \boxed{619}}",
    "\\boxed{\u202e816}",
    "\\boxed{\u2067618}",
    r"\boxed 618 or 619",
    "<answer>618",
    "<answer>618</answer> or <answer>619</answer>",
    "<answer>618 or 619</answer>",
    "#### 618 or 619",
    "The answer is not 618.",
    "The answer is about 618.",
    "The answer is 618.5.",
    "The answer is 618 - 1.",
    "The answer is 618, 619.",
    "The answer is 618, maybe 619.",
    "The answer is 618. Or 619.",
    "The answer is 618 million.",
    "The answer is 618?",
    "The answer may be 618.",
    "I don't think the answer is 618.",
    "Suppose the answer is 618.",
    "Answer:\n618\n619",
    "Answer:\n618. First step",
    "The answer is $\\sqrt{618}$.",
    "618 619",
    "600+18",
    "x = 618",
    "618 people came.",
    "<think>the answer is 618</think>",
    "<think>done</think>\\boxed{618}<think>wait",
]


@pytest.mark.parametrize("text", RIGHT)
def test_states_the_number(text: str) -> None:
    assert judge_integer(text, "618").reason == "correct"


@pytest.mark.parametrize("text", WRONG)
def test_does_not_state_the_number(text: str) -> None:
    assert judge_integer(text, "618").reason in ("wrong", "unparsable")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"1{,}204", "1204"),
        (r"1,\!204\,", "1204"),
        (r"1\,204\,006", "1204006"),
        ("１，２０４", "1204"),
        ("1\u00a0204", "1204"),
        ("1 204", None),
        ("1,20", None),
        ("0,204", None),
        (r"\text{-31}", "-31"),
        (r"-\,31", "-31"),
        ("−31", "-31"),
        ("–31", None),
        ("-(31)", "-31"),
        ("-x = 31", "31"),
        ("-0", "0"),
        ("", None),
    ],
)
def test_reads_a_literal(text: str, value: str | None) -> None:
    assert read_integer(text) == value


@pytest.mark.parametrize("digits", [50, 400, MAX_DIGITS])
def test_long_numbers_are_compared_digit_by_digit(digits: int) -> None:
    number = "9" * digits
    grouped = f"{int(number[:300]):,}"
    assert judge_integer(f"\\boxed{{{number}}}", number).correct
    assert judge_integer(f"The answer is -{number}.", f"-{number}").correct
    assert judge_integer(f"\\boxed{{{grouped}}}", number[:300]).correct
    assert judge_integer(f"\\boxed{{{number[:-1]}8}}", number).reason == "wrong"


def test_more_digits_than_any_answer_has_are_too_long() -> None:
    number = "9" * (MAX_DIGITS + 1)
    for text in (f"\\boxed{{{number}}}", f"<answer>{number}</answer>", number, f"\\boxed{{{'0' * 5000}7}}"):
        assert judge_integer(text, "7").reason == "too_long"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"<think>\boxed{e4}</think> \boxed{Nf3}", "Nf3"),
        ("The answer is **Qxe5+**.", "Qxe5+"),
        ("<answer>use TACKLE</answer>", "use TACKLE"),
        ("e2e4", "e2e4"),
        ("I resign now", None),
        ("<think>\\boxed{e4}", None),
        ("\\boxed{e4", None),
        ("", None),
    ],
)
def test_extracts_any_kind_of_answer(text: str, answer: str | None) -> None:
    assert extract(text) == answer


PIECES = [
    "\\boxed{",
    "{",
    "}",
    "{}",
    "\\boxed{}",
    "the answer is ",
    "answer for a ",
    "Answer:\n",
    "<think>",
    "</think>",
    "<answer>",
    "#### ",
    "7",
    "1,",
    "a=",
    "(",
    "\\",
    "\\text{ cm}",
    "$",
    " ",
    "\n",
    "\x00",
    "\u202e",
    "\ud800",
    "𝟒",
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("frame", ["{}", "\\boxed{{{}}}", "The answer is {}", "<answer>{}</answer>", "42 {} 42"])
@pytest.mark.parametrize("times", [3, 100, 5_000, 200_000])
def test_a_repeated_piece_never_raises_nor_scores(piece: str, frame: str, times: int) -> None:
    text = frame.format(piece * times)
    assert not judge_integer(text, "5").correct
    extract(text)


@pytest.mark.parametrize("gap", [" ", "\n", "\u200b", "so "])
@pytest.mark.parametrize("start", ["42", "Answer: 42", "The answer is 42"])
def test_a_second_value_far_away_is_not_cut_off(start: str, gap: str) -> None:
    assert not judge_integer(start + gap * 200_000 + "or 43", "43").correct
    assert not judge_integer("43" + gap * 200_000 + " 42", "42").correct


def test_the_end_of_a_huge_text_is_read() -> None:
    assert judge_integer("word " * 10_000_000 + "\\boxed{42}", "42").correct
    assert not judge_integer("<think>" + "word " * 1_000_000 + "\\boxed{42}", "42").correct
    assert judge_integer("<think>" + "word " * 1_000_000 + "</think>\\boxed{42}", "42").correct


def test_nests_of_any_depth_are_read() -> None:
    assert judge_integer("\\boxed{" * 5_000 + "42" + "}" * 5_000, "42").correct
    assert not judge_integer("\\boxed{" * 100_000 + "42" + "}" * 100_000, "42").correct
    assert not judge_integer("\\boxed{" + "{" * 100_000 + "42}", "42").correct


def test_threads_agree_with_one_another() -> None:
    texts = [*RIGHT, *WRONG] * 5
    alone = [judge_integer(text, "618") for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(judge_integer, texts, ["618"] * len(texts))) == alone


def test_random_text_never_raises_and_never_scores_without_the_digits() -> None:
    rng = Random("answers")
    pieces = [
        *"0123456789{}-., $\\<>/",
        "\\boxed{",
        "</think>",
        "<think>",
        "<answer>",
        "</answer>",
        "answer is ",
        "\n#### ",
    ]
    scored = 0
    for _ in range(20_000):
        text = "".join(rng.choices(pieces, k=rng.randrange(1, 12)))
        expected = str(rng.randrange(10))
        if judge_integer(text, expected):
            scored += 1
            assert expected in text
        extract(text)
    assert scored > 50  # so the loop above does test something
