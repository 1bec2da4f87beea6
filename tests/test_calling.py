"""What is called and what is answered: expressions read from anything, worksheets of them, lessons that call."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from caller import WORDS
from test_worksheet import random_tree, work

from reason_arena.agents.baselines import flawless_hand
from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.config import SftConfig
from reason_arena.agents.language_model.imitation import Sft, sequence, teacher
from reason_arena.agents.learning.batch import Completion, collate
from reason_arena.envs.hands import Counter, Pen
from reason_arena.envs.vector.given import GivenWorksheets
from reason_arena.envs.worksheet import STYLES, Style, Worksheet
from reason_arena.tasks import arithmetic
from reason_arena.tasks.arithmetic.expression import Tree, evaluate, render
from reason_arena.tasks.arithmetic.reading import Refused, read_expression
from reason_arena.tasks.calling import answered, called, last_call, pieces


@pytest.mark.parametrize("level", arithmetic.levels())
def test_every_expression_is_read_back_as_it_was_written(level: int) -> None:
    for seed in range(60):
        tree = arithmetic.generate("train", level, seed).facts["expression"]
        assert read_expression(render(tree)) == tree
        assert read_expression(render(tree).replace(" ", "")) == tree


def test_expressions_mean_what_they_mean_in_python() -> None:
    random = Random(5)
    operands = ["7", "-3", "(4)", "(2 + 3)", "12", "(-5)", "((6 - 8))", "+8", "-(2 + 9)", "- (-(-4))", "+(-6*+2)"]
    for _ in range(300):
        text = random.choice(operands)
        for _ in range(random.randrange(1, 5)):
            text += random.choice([" + ", "-", "*", " // ", "%", "\n+\t"]) + random.choice(operands)
        tree = read_expression(text)
        assert not isinstance(tree, Refused)
        assert evaluate(tree) == eval(text.replace("\n", " "))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("-(2+3)", ("-", 0, ("+", 2, 3))),
        ("+(2+3)", ("+", 2, 3)),
        ("+5 - +3", ("-", 5, 3)),
        ("-(5) * (+4)", ("*", -5, 4)),
        ("-(-(5)) + 1", ("+", 5, 1)),
        ("6 - -(2 * 3)", ("-", 6, ("-", 0, ("*", 2, 3)))),
        # A sign binds closer than any operation: minus seven in twos is -4, not -3.
        ("-7 // 2", ("//", -7, 2)),
        ("-(3 + 4) // 2", ("//", ("-", 0, ("+", 3, 4)), 2)),
        ("2 % -(3 - 4)", ("%", 2, ("-", 0, ("-", 3, 4)))),
        ("-" + "(" * 20 + "1 + 2" + ")" * 20, ("-", 0, ("+", 1, 2))),
    ],
)
def test_signs_before_numbers_and_parentheses(text: str, tree: Tree) -> None:
    assert read_expression(text) == tree


def test_signed_parentheses_are_worked_like_any_other_expression() -> None:
    tree = read_expression("-(2 + 3) * -(4 - 90)")  # -5 times 86
    assert not isinstance(tree, Refused)
    for style in STYLES:
        assert work(tree, style)[0].answer == "-430"


@pytest.mark.parametrize("level", arithmetic.levels())
def test_a_sign_before_the_whole_of_what_a_task_writes_turns_its_value_round(level: int) -> None:
    for seed in range(60):
        problem = arithmetic.generate("train", level, seed)
        for sign, value in (("", 1), ("+", 1), ("-", -1)):
            tree = read_expression(f"{sign}({render(problem.facts['expression'])})")
            assert not isinstance(tree, Refused)
            assert evaluate(tree) == value * int(problem.answer)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "cannot be read"),
        (" \n\t", "cannot be read"),
        ("1 +", "cannot be read"),
        ("1 2", "cannot be read"),
        ("1 + 2)", "cannot be read"),
        ("(1 + 2", "cannot be read"),
        ("1 / 2", "cannot be read"),
        ("1 + - - 2", "two signs in a row"),
        ("--(1 + 2)", "two signs in a row"),
        ("-+" * 400 + "1 + 2", "two signs in a row"),
        ("-", "cannot be read"),
        ("1 + -", "cannot be read"),
        ("-(1 + 2", "cannot be read"),
        ("-()", "cannot be read"),
        ("-*2", "cannot be read"),
        ("2(-3)", "cannot be read"),
        ("+5", "nothing to work out"),
        ("-(-(5))", "nothing to work out"),
        ("1.5 + 2", "cannot be read"),
        ("one + 2", "cannot be read"),
        ("__import__('os')", "cannot be read"),
        ("²+1", "cannot be read"),
        ("١+1", "cannot be read"),  # an Arabic digit
        ("\x00", "cannot be read"),
        ("42", "nothing to work out"),
        ("(-42)", "nothing to work out"),
        ("(" * 21 + "1 + 2" + ")" * 21, "nested too deeply"),
        ("-(" * 21 + "1 + 2" + ")" * 21, "nested too deeply"),
        ("(" * 990, "nested too deeply"),
        ("-(" * 490, "nested too deeply"),
        ("9" * 101 + " + 1", "too long"),
        ("1" + " + 1" * 20, "too long"),
        ("1 + 2" + " " * 1000, "too long"),
        ("<call>" * 1_000_000, "too long"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, why: str) -> None:
    assert read_expression(text) == Refused(why)


def test_what_is_answered_and_what_is_written_in_pieces() -> None:
    text = f"I ask{called('1 + 2')}{answered('3')}{called('x')}{answered('refused: cannot be read')} so 3"
    assert pieces(text) == [
        ("I ask<call>1 + 2</call>", False),
        ("<result>3</result>", True),
        ("<call>x</call>", False),
        ("<result>refused: cannot be read</result>", True),
        (" so 3", False),
    ]
    assert pieces("") == []
    assert pieces("no calls, <result> here") == [("no calls, <result> here", False)]
    assert last_call("<call>1<call>2") == "2"
    assert last_call("<call>a<CALL>\n") == "a<CALL>\n"
    assert last_call("</call>") is None


def test_lessons_call_for_the_whole_expression() -> None:
    problem = arithmetic.generate("train", 7, 3)
    expression = render(problem.facts["expression"])
    assert arithmetic.solution(problem, "calls") == (
        f"<call>{expression}</call><result>{problem.answer}</result>\n\\boxed{{{problem.answer}}}"
    )


@pytest.mark.parametrize("words", [(), WORDS])
def test_results_are_read_and_not_learnt(words: tuple[str, ...]) -> None:
    text, lesson = models.tokenizer(words), teacher("arithmetic", 1, ("calls",))
    for seed in range(20):
        question, solution = lesson(seed)
        row = sequence(text, question, solution)
        batch = collate([row])
        learnt = text.decode(batch.tokens[batch.mask])
        read = text.decode(batch.tokens[~batch.mask])
        before, _, after = solution.partition("<result>")
        result, _, after = after.partition("</result>")
        assert learnt == before + after + "<eos>"
        assert read == f"<result>{result}</result>"
        assert text.decode(row.prompt_ids) == f"<bos>{question}\n"
    (batch,) = Sft(SftConfig(batch=4), lesson, text, seed=1).data(0).batches
    assert 0 < batch.chosen < int(batch.lengths.sum())


def test_lessons_without_calls_are_learnt_as_ever() -> None:
    text, lesson = models.tokenizer(), teacher("arithmetic", 1)
    question, solution = lesson(0)
    batch = collate([sequence(text, question, solution)])
    assert bool(batch.mask.all())
    assert text.decode(batch.tokens[0]) == solution + "<eos>"
    ended = sequence(text, "?", "<call>1 + 1</call><result>2</result>")
    assert ended.turns[-1] >= 0, "a turn that ends in a result has an end to learn"
    assert collate([Completion((1,), (2,))]).chosen == 1


@pytest.mark.parametrize("style", STYLES)
def test_given_worksheets_are_worked_as_single_ones(style: Style) -> None:
    """By a flawless hand, and by one that acts at random, which may do whatever there is to be done wrong."""
    random = Random(2)
    trees = [tree for tree, _ in (random_tree(random, size) for size in (2, 2, 3, 4, 5, 2, 3, 2)) if tree]
    sheets = GivenWorksheets(trees, style)
    while sheets.playing.any():
        view = sheets.observe()
        sheets.step(flawless_hand(view.shape[1])(view).astype(np.int64))
    for tree, answer, steps in zip(trees, sheets.answers, sheets.steps.tolist(), strict=True):
        sheet, actions, _ = work(tree, style)
        assert (answer, steps) == (sheet.answer, len(actions)) == (str(evaluate(tree)), steps)

    plans = [Random(row) for row in range(len(trees))]
    sheets, hands = GivenWorksheets(trees, style), []
    for tree in trees:
        hand = (Counter if style == "columns" else Pen)(Worksheet.of(tree, style))
        hand.load()
        hands.append(hand)
    for _ in range(20_000):
        if not sheets.playing.any():
            break
        actions = [plan.randrange(4 if style == "columns" else 10) for plan in plans]
        for row, hand in enumerate(hands):
            if not hand.sheet.done:
                assert sheets.playing[row]
                assert (sheets.observe()[row] == hand.observe()).all()
                hand.act(actions[row])
        sheets.step(np.array(actions))
    assert sheets.answers == [hand.sheet.answer if hand.sheet.done else None for hand in hands]
    assert None not in sheets.answers
