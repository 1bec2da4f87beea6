"""The short way to plain sums and differences, by far the most asked for: tree, text and value in one pass.

What `draw.expression` does for them in a dozen calls a number costs here one machine word a number. The distribution
is the same: lengths uniform, values uniform within a length, operators uniform.
"""

from __future__ import annotations

from ..problem import Split, split_of
from ..stream import Stream
from .expression import Tree, content
from .levels import Chain

_START = (0, 0, *(10**k for k in range(1, 12)))
_SPAN = (0, 10, *(9 * 10**k for k in range(1, 12)))
_RETRIES, _BLOCKS = 16, 64
_WORD = (1 << 64) - 1


def draw(rng: Stream, chain: Chain, split: Split) -> tuple[Tree, str, int, int] | None:
    """A chain that belongs to the split: tree, infix, value, and a random integer for the wording.

    A chain that belongs to another split gets another last number, and after some tries is drawn anew.

    Returns:
        None if nothing of the split turned up, as at a level with next to no problems.
    """
    low, most, terms, more, operators = chain
    for _ in range(_BLOCKS):
        words = rng.words()
        shape = words[0]
        count = terms + shape % more
        choice = shape >> 40
        if count > 7:
            words = words + rng.words() + rng.words()
        length = low + words[1] % most
        value = _START[length] + (words[1] >> 8) % _SPAN[length]
        tree: Tree = value
        text = str(value)
        for word in words[2:count]:
            length = low + word % most
            number = _START[length] + (word >> 8) % _SPAN[length]
            operator = operators[word >> 63]
            tree = (operator, tree, number)
            text = f"{text} {operator} {number}"
            value = value + number if operator == "+" else value - number
        word = words[count]
        for _ in range(_RETRIES):
            length = low + word % most
            number = _START[length] + (word >> 8) % _SPAN[length]
            operator = operators[word >> 63]
            written = f"{text} {operator} {number}"
            key = written if count > 2 else content((operator, tree, number), written)
            if split_of(key) == split:
                value = value + number if operator == "+" else value - number
                return (operator, tree, number), written, value, choice
            word = (word * 6364136223846793005 + 1442695040888963407) & _WORD
            word ^= word >> 33
    return None
