"""Expressions, levels and wordings, read back by a reader of our own: Python's `ast` and a few sentences."""

from __future__ import annotations

import ast
import operator
import re
from random import Random
from typing import Any

import pytest

from reason_arena.tasks import arithmetic
from reason_arena.tasks.arithmetic.expression import Tree, content, depth, evaluate, leaves, render
from reason_arena.tasks.arithmetic.levels import TABLE, Axes, axes
from reason_arena.tasks.arithmetic.wording import PAIRS
from reason_arena.tasks.errors import BadLevel

SYMBOLS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%"}
MEANING = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod}
FRAME = re.compile(r"(?:What is |Calculate |Compute |Find the value of )?(?P<body>[-+*/%() 0-9]+?)(?: =|\?|\.)?")
WORDS = {
    r"What is (?P<a>\S+) plus (?P<b>\S+)\?": "+",
    r"Add (?P<b>\S+) to (?P<a>\S+)\.": "+",
    r"Find the sum of (?P<a>\S+) and (?P<b>\S+)\.": "+",
    r"What is (?P<a>\S+) minus (?P<b>\S+)\?": "-",
    r"Subtract (?P<b>\S+) from (?P<a>\S+)\.": "-",
    r"Take (?P<b>\S+) away from (?P<a>\S+)\.": "-",
    r"What is (?P<a>\S+) times (?P<b>\S+)\?": "*",
    r"Multiply (?P<a>\S+) by (?P<b>\S+)\.": "*",
    r"Find the product of (?P<a>\S+) and (?P<b>\S+)\.": "*",
    r"What is (?P<a>\S+) divided by (?P<b>\S+)\?": "//",
    r"Divide (?P<a>\S+) by (?P<b>\S+)\.": "//",
    r"How many times does (?P<b>\S+) go into (?P<a>\S+)\?": "//",
    r"What is (?P<a>\S+) modulo (?P<b>\S+)\?": "%",
    r"Find the remainder of (?P<a>\S+) divided by (?P<b>\S+)\.": "%",
    r"What is left over when (?P<a>\S+) is divided by (?P<b>\S+)\?": "%",
}


def read(text: str) -> Tree:
    """What a question asks, by a reader that shares nothing with the writer."""
    for pattern, symbol in WORDS.items():
        if match := re.fullmatch(pattern, text):
            return symbol, int(match["a"]), int(match["b"])
    match = FRAME.fullmatch(text)
    assert match, text
    return parse(match["body"])


def parse(text: str) -> Tree:
    return _tree(ast.parse(text, mode="eval").body)


def _tree(node: ast.expr) -> Tree:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _tree(node.operand)
        assert isinstance(inner, int)
        return -inner
    assert isinstance(node, ast.BinOp), ast.dump(node)
    return SYMBOLS[type(node.op)], _tree(node.left), _tree(node.right)


def worth(tree: Tree) -> int:
    if isinstance(tree, int):
        return tree
    return MEANING[tree[0]](worth(tree[1]), worth(tree[2]))


def tree_of(numbers: list[int], program: list[list[int]]) -> Tree:
    """The last operation, read back from its row."""
    values: list[Any] = [*numbers]
    for code, left, right in program:
        values.append((["+", "-", "*", "//", "%"][code], values[left], values[right]))
    return values[-1]


def random_tree(rng: Random, size: int) -> Tree:
    if size == 1:
        return rng.choice([0, 1, 7, 10, 99, rng.randrange(10**6), -rng.randrange(1, 10**6)])
    left = rng.randrange(1, size)
    return rng.choice(list(MEANING)), random_tree(rng, left), random_tree(rng, size - left)


def test_an_expression_is_written_as_python_reads_it_and_without_a_needless_parenthesis() -> None:
    rng = Random(1)
    for _ in range(1_500):
        tree = random_tree(rng, rng.randrange(1, 8))
        text = render(tree)
        assert parse(text) == tree, text
        for start in (match.start() for match in re.finditer(r"\((?!-\d+\))", text)):
            without = _unwrapped(text, start)
            assert parse(without) != tree, f"{text} says no more than {without}"


def _unwrapped(text: str, start: int) -> str:
    level = 0
    for end in range(start, len(text)):
        level += {"(": 1, ")": -1}.get(text[end], 0)
        if level == 0:
            return f"{text[:start]}{text[start + 1 : end]}{text[end + 1 :]}"
    raise AssertionError(f"unbalanced: {text}")


def test_an_expression_by_hand() -> None:
    assert render(("-", ("*", ("+", -1, 2), -3), ("-", 4, ("//", 8, 2)))) == "(-1 + 2) * (-3) - (4 - 8 // 2)"


def test_a_value_is_what_python_makes_of_it() -> None:
    rng = Random(2)
    for _ in range(500):
        tree = random_tree(rng, rng.randrange(1, 7))
        try:
            expected = worth(tree)
        except ZeroDivisionError:
            continue
        assert evaluate(tree) == expected
    with pytest.raises(ZeroDivisionError):
        evaluate(("%", 3, ("-", 2, 2)))


def test_depth_is_that_of_the_parentheses_around_operations() -> None:
    rng = Random(3)
    for _ in range(500):
        tree = random_tree(rng, rng.randrange(1, 8))
        text = re.sub(r"\(-\d+\)", "1", render(tree))
        level, deepest = 0, 0
        for character in text:
            level += {"(": 1, ")": -1}.get(character, 0)
            deepest = max(deepest, level)
        assert depth(tree) == deepest, text


@pytest.mark.parametrize("symbol", MEANING)
def test_the_two_ways_round_of_a_sum_or_product_are_one_content(symbol: str) -> None:
    commutes = MEANING[symbol](2, 3) == MEANING[symbol](3, 2)
    contents = [content(tree, render(tree)) for tree in ((symbol, 2, 3), (symbol, 3, 2))]
    assert (len(set(contents)) == 1) == commutes


def test_different_problems_are_different_content() -> None:
    rng = Random(4)
    trees = [random_tree(rng, rng.randrange(1, 5)) for _ in range(300)]
    different = [("+", ("+", 1, 2), 3), ("+", 1, ("+", 2, 3)), ("+", 1, -2), ("-", 1, 2), ("+", 1, 12), ("+", 11, 2)]
    for group in (trees, different):
        kept = {repr(_sorted(tree)) for tree in group}
        assert len({content(tree, render(tree)) for tree in group}) >= len(kept)


def _sorted(tree: Tree) -> Any:
    if isinstance(tree, int):
        return tree
    both = [_sorted(side) for side in tree[1:]]
    return (tree[0], *(sorted(both, key=repr) if tree[0] in "+*" else both))


# The table of the levels, typed anew: operators, digits, digits right of * // %, how many numbers, nesting, signed.
AXES: dict[int | str, tuple[str, tuple[int, int], tuple[int, int], tuple[int, int], int, bool]] = {
    0: ("+", (1, 1), (1, 1), (2, 2), 0, False),
    1: ("+ -", (1, 2), (1, 2), (2, 2), 0, False),
    2: ("+ -", (1, 3), (1, 3), (2, 2), 0, False),
    3: ("*", (1, 3), (1, 2), (2, 2), 0, False),
    4: ("+ -", (1, 3), (1, 3), (3, 4), 0, False),
    5: ("// %", (1, 4), (1, 2), (2, 2), 0, False),
    6: ("+ - *", (1, 2), (1, 2), (3, 3), 0, False),
    7: ("+ - * // %", (1, 3), (1, 2), (3, 4), 1, False),
    8: ("+ - * // %", (1, 4), (1, 2), (4, 5), 2, True),
    9: ("+ - * // %", (1, 6), (1, 3), (5, 7), 3, True),
    "operators=+-,digits=20": ("+ -", (20, 20), (20, 20), (2, 2), 0, False),
    "operators=+-,digits=50": ("+ -", (50, 50), (50, 50), (2, 2), 0, False),
    "operators=*,digits=4,right_digits=2-3,signed=true": ("*", (4, 4), (2, 3), (2, 2), 0, True),
}


@pytest.mark.parametrize("level", AXES)
def test_problems_keep_within_the_axes_of_their_level_and_use_them_up(level: int | str) -> None:
    operators, digits, right, terms, nesting, signed = AXES[level]
    seen: dict[str, set[Any]] = {"operators": set(), "digits": set(), "terms": set(), "depth": set(), "signed": set()}
    for seed in range(300):
        problem = arithmetic.generate("train", level, seed)
        tree = read(problem.question)
        assert tree == problem.facts["expression"], problem.question
        assert problem.answer == str(worth(tree))
        numbers = list(leaves(tree))
        _check_operations(tree, seen["operators"], right)
        seen["digits"] |= {len(str(abs(number))) for number in numbers}
        seen["terms"].add(len(numbers))
        seen["depth"].add(depth(tree))
        seen["signed"].add(any(number < 0 for number in numbers))
    assert seen["operators"] == set(operators.split())
    lengths = set(range(min(digits[0], right[0]), digits[1] + 1))
    assert seen["digits"] == lengths if level != "operators=*,digits=4,right_digits=2-3,signed=true" else {2, 3, 4}
    assert seen["terms"] == set(range(terms[0], terms[1] + 1))
    assert seen["depth"] <= set(range(nesting + 1))
    assert max(seen["depth"]) == nesting
    assert (True in seen["signed"]) == signed


def _check_operations(tree: Tree, operators: set[Any], right: tuple[int, int]) -> None:
    """Every division is exact, every remainder is taken of a number >= 0, and right sides have their length."""
    if isinstance(tree, int):
        return
    symbol, a, b = tree
    operators.add(symbol)
    if symbol in ("//", "%"):
        assert isinstance(b, int), tree
        assert b > 0, tree
        assert worth(a) % b == 0 if symbol == "//" else worth(a) >= 0, tree
    if symbol in ("*", "//", "%") and isinstance(b, int):
        assert right[0] <= len(str(abs(b))) <= right[1], tree
    _check_operations(a, operators, right)
    _check_operations(b, operators, right)


@pytest.mark.parametrize("level", ["digits=1-3", "operators=*,digits=1-3"])
def test_numbers_are_uniform_in_length_and_then_in_value(level: str) -> None:
    drawn = [
        number
        for seed in range(6_000)
        for number in leaves(arithmetic.generate("train", level, seed).facts["expression"])
    ]
    for low, high in ((0, 9), (10, 99), (100, 999)):
        share = [value for value in drawn if low <= value <= high]
        assert abs(len(share) - 4_000) < 260  # five standard deviations of 52
        assert {low, high} <= set(share) or high == 999
        assert abs(sum(share) / len(share) - (low + high) / 2) < 0.03 * high  # more than five of 0.3 / sqrt(4000)


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ("operators=+-,digits=50", Axes(("+", "-"), (50, 50))),
        ("digits=2-4, operators=* // , right_digits=1", Axes(("*", "//"), (2, 4), (1, 1))),
        (
            "operators=-+-,terms=3-5,nesting=2,signed=true",
            Axes(("+", "-"), terms=(3, 5), nesting=2, signed=True),
        ),
        ("signed=false", Axes()),
        ("9", TABLE[9]),
    ],
)
def test_a_specification_is_read(specification: str, expected: Axes) -> None:
    assert axes(specification) == expected
    assert arithmetic.describe(specification) == expected.label


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("easy", "settings out of operators, digits"),
        ("digits", "a number or a range like 1-3"),
        ("digits=", "a number or a range like 1-3"),
        ("digits=many", "a number or a range like 1-3"),
        ("digits=3-1", "a range like 1-3 within 1-1000"),
        ("digits=0", "within 1-1000"),
        ("digits=1001", "within 1-1000"),
        ("digits=2,digits=3", "each setting once"),
        ("terms=1", "within 2-20"),
        ("nesting=10", "from 0 to 9"),
        ("nesting=1-3", "a number for nesting"),
        ("operators=", "one or more of"),
        ("operators=+/", r"operators out of \+ - \* // %"),
        ("signed=yes", "signed=true or signed=false"),
        ("operators=+-,,digits=3", "settings out of"),
        ("operators=*,digits=600", "at most 1000 digits"),
        ("digits=1000", "at most 1000 digits"),
        ("operators=*,digits=900,terms=20", "at most 1000 digits"),
    ],
)
def test_a_malformed_level_is_refused_with_what_was_expected(level: int | str, expected: str) -> None:
    with pytest.raises(BadLevel, match=f"expected.*{expected}"):
        arithmetic.generate("train", level, 0)


@pytest.mark.parametrize(
    "level", ["operators=*,digits=500", "digits=998,terms=20", "operators=*+,digits=1-50,terms=20"]
)
def test_the_longest_answers_still_fit_the_judge(level: str) -> None:
    for seed in range(5):
        problem = arithmetic.generate("train", level, seed)
        assert arithmetic.verify(problem, rf"\boxed{{{problem.answer}}}").correct


@pytest.mark.parametrize("symbol", PAIRS)
def test_every_wording_asks_for_the_operation_in_its_order(symbol: str) -> None:
    for wording in PAIRS[symbol]:
        for a, b in ((9, 5), (12, 12), (0, 7)):
            assert read(wording.format(a=a, b=b)) == (symbol, a, b)
    level = f"operators={symbol},digits=2"
    asked = [re.sub(r"\d+", "0", arithmetic.generate("train", level, seed).question) for seed in range(900)]
    assert len(set(asked)) == 6 + 3  # six around the symbols, three in words
    assert min(map(asked.count, asked)) > 50  # of 100 expected, each


@pytest.mark.parametrize("level", AXES)
def test_the_array_decodes_to_the_expression_of_the_text(level: int | str) -> None:
    for seed in range(60):
        problem = arithmetic.generate("test", level, seed)
        arrays = arithmetic.encode(problem)
        values: list[Any] = [
            int(sign) * sum(int(digit) * 10**place for place, digit in enumerate(row) if digit >= 0)
            for sign, row in zip(arrays["sign"], arrays["digits"], strict=True)
        ]
        assert tree_of(values, arrays["program"].tolist()) == read(problem.question)
