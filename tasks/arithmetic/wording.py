"""The same expression asked in several ways: as bare symbols, in a sentence, or in words."""

from __future__ import annotations

from random import Random

from .expression import Tree, render

SENTENCES = ("{}", "{} =", "What is {}?", "Calculate {}.", "Compute {}.", "Find the value of {}.")
PAIRS = {
    "+": ("What is {a} plus {b}?", "Add {b} to {a}.", "Find the sum of {a} and {b}."),
    "-": ("What is {a} minus {b}?", "Subtract {b} from {a}.", "Take {b} away from {a}."),
    "*": ("What is {a} times {b}?", "Multiply {a} by {b}.", "Find the product of {a} and {b}."),
    "//": ("What is {a} divided by {b}?", "Divide {a} by {b}.", "How many times does {b} go into {a}?"),
    "%": ("What is {a} modulo {b}?", "Find the remainder of {a} divided by {b}.", "What is left over when {a} is divided by {b}?"),
}


def question(rng: Random, tree: Tree) -> str:
    """One of the wordings that fit the tree.

    >>> question(Random(3), ("*", 27, 3))
    'Compute 27 * 3.'
    """
    if not isinstance(tree, int) and isinstance(tree[1], int) and isinstance(tree[2], int):
        pairs = PAIRS[tree[0]]
        choice = int(rng.random() * (len(SENTENCES) + len(pairs)))
        if choice >= len(SENTENCES):
            return pairs[choice - len(SENTENCES)].format(a=tree[1], b=tree[2])
        return SENTENCES[choice].format(render(tree))
    return SENTENCES[int(rng.random() * len(SENTENCES))].format(render(tree))
