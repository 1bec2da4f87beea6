"""Whole numbers in numpy, many at a time: int64 while they are short, Python's own integers (dtype object) beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.arithmetic.encoding import SHORT

Digits = NDArray[np.int8]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Numbers = NDArray[Any]
"""int64, or object with Python's integers"""


class Decimal:
    """Decimal notation of numbers of at most `width` digits.

    Args:
        width: most digits of a number.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.short = width <= SHORT
        self.dtype: type = np.int64 if self.short else object
        self.powers: Numbers = np.array([10**place for place in range(width + 1)], self.dtype)
        self._tens = self.powers[1:]
        self._places = self.powers[:-1]

    def lengths(self, numbers: Numbers) -> Ints:
        """How many digits numbers >= 0 have, at least 1: (k,).

        >>> Decimal(4).lengths(np.array([0, 9, 10, 4070])).tolist()
        [1, 1, 2, 4]
        """
        return self._tens.searchsorted(numbers, side="right") + 1

    def digits(self, numbers: Numbers) -> Digits:
        """Digits of numbers >= 0, least significant first: (k, width).

        >>> Decimal(4).digits(np.array([407, 8])).tolist()
        [[7, 0, 4, 0], [8, 0, 0, 0]]
        """
        if self.short:
            return (numbers[:, None] // self._places % 10).astype(np.int8)
        text = "".join([f"{number:0{self.width}d}" for number in numbers.tolist()])
        return np.frombuffer(text.encode(), np.int8).reshape(-1, self.width)[:, ::-1] - np.int8(48)

    def numbers(self, digits: Digits) -> Numbers:
        """The numbers that rows of digits make: (k,).

        >>> Decimal(4).numbers(np.array([[7, 0, 4, 0]], np.int8)).tolist()
        [407]
        """
        if self.short:
            return digits @ self._places
        text = (digits[:, ::-1] + np.int8(48)).tobytes().decode()
        starts = range(0, len(text), self.width)
        return np.array([int(text[start : start + self.width]) for start in starts], object)


def backwards(digits: Digits, columns: Ints) -> Digits:
    """The lowest `columns` (k,) digits of each row in the opposite order: (k, width), 0 beyond them."""
    k, width = digits.shape
    at = columns[:, None] - 1 - np.arange(width)
    return np.where(at >= 0, digits[np.arange(k)[:, None], np.maximum(at, 0)], np.int8(0))
