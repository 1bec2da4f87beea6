"""The same expression asked in several ways: as bare symbols, in a sentence, or in words."""

from __future__ import annotations

from .expression import Tree

SENTENCES = (
    ("", ""),
    ("", " ="),
    ("What is ", "?"),
    ("Calculate ", "."),
    ("Compute ", "."),
    ("Find the value of ", "."),
)
"""what stands before and behind the expression"""
_COUNT = len(SENTENCES)
PAIRS = {
    "+": ("What is {a} plus {b}?", "Add {b} to {a}.", "Find the sum of {a} and {b}."),
    "-": ("What is {a} minus {b}?", "Subtract {b} from {a}.", "Take {b} away from {a}."),
    "*": ("What is {a} times {b}?", "Multiply {a} by {b}.", "Find the product of {a} and {b}."),
    "//": ("What is {a} divided by {b}?", "Divide {a} by {b}.", "How many times does {b} go into {a}?"),
    "%": (
        "What is {a} modulo {b}?",
        "Find the remainder of {a} divided by {b}.",
        "What is left over when {a} is divided by {b}?",
    ),
}


def question(choice: int, tree: Tree, text: str) -> str:
    """One of the wordings that fit a tree.

    Args:
        choice: a random integer >= 0.
        tree: what is asked.
        text: the tree in infix.

    >>> question(6, ("*", 27, 3), "27 * 3")
    'What is 27 times 3?'
    """
    if not isinstance(tree, int) and isinstance(tree[1], int) and isinstance(tree[2], int):
        pairs = PAIRS[tree[0]]
        choice %= _COUNT + len(pairs)
        if choice >= _COUNT:
            return pairs[choice - _COUNT].format(a=tree[1], b=tree[2])
    before, after = SENTENCES[choice % _COUNT]
    return before + text + after
