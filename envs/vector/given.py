"""Worksheets of expressions that somebody gives, seen and worked as in the array view of `Reason-Arithmetic-v0`.

There is no problem and no reward here, and what is right plays no part: what comes out is what the hand wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...tasks.arithmetic.encoding import Expressions
from ...tasks.arithmetic.expression import Tree, leaves
from ..worksheet import Style
from .digits import Flags, Ints
from .hands import Counters, Hands, Pens

_IDLE: Tree = ("+", 0, 0)
"""what a hand works whose own expression is done: it only fills up the batch"""


class GivenWorksheets:
    """Expressions side by side, until all are worked or nobody goes on.

    Args:
        trees: one or more, of two numbers or more each, whatever an agent is asked to work out.
        style: how they are worked.
    """

    def __init__(self, trees: Sequence[Tree], style: Style = "columns") -> None:
        count = len(trees)
        size = max(sum(1 for _ in leaves(tree)) for tree in trees)
        self.hands: Hands = Counters(count) if style == "columns" else Pens(count)
        self._idle = Expressions.of([_IDLE], size)
        self.playing: Flags = np.ones(count, np.bool_)
        self.steps: Ints = np.zeros(count, np.int64)
        """how many each has taken until now"""
        self.answers: list[str | None] = [None] * count
        """those of the worksheets that are done"""
        self.hands.begin(np.arange(count), Expressions.of(trees, size))
        self.hands.settle()

    def observe(self) -> NDArray[np.float32]:
        """(n, size) as the array view shows it; of those that are done, something else."""
        return self.hands.observe()

    # A quotient whose divisor is a result may be worked wrongly to a divisor of 0, by which no digit is right.
    @np.errstate(divide="ignore")
    def step(self, actions: NDArray[np.int64]) -> None:
        """Move every hand once; actions (n,) of the array view."""
        self.steps += self.playing
        done = self.hands.act(actions)
        for row, answer in zip(done.tolist(), self.hands.sheets.answers(done), strict=True):
            if self.playing[row]:
                self.answers[row] = answer
        self.playing[done] = False
        if len(done):
            self.hands.begin(done, self._idle.take(np.zeros(len(done), np.int64)))
        self.hands.settle()
