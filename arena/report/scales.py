"""The axis of a cost: linear or logarithmic, where its marks stand and what is written at them.

Costs of 0 are usual (an agent that was never trained) and have no logarithm, so they get a place of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .tables import SUPERSCRIPT

LOGARITHMIC_FROM = 20
"""the ratio of largest to smallest cost above 0 from which the axis is logarithmic"""


@dataclass(frozen=True)
class Scale:
    """An axis for some costs. Where `log` and `zero` are set, 0 is drawn at `low`, one decade below the smallest."""

    log: bool
    zero: bool
    """whether one of the costs is 0"""
    low: float
    high: float
    marks: tuple[tuple[float, str], ...]
    """what is written where, from left to right"""


def scale(costs: Iterable[float], exponent: bool) -> Scale:
    """The axis that fits the costs; some of them should be above 0.

    Args:
        costs: none below 0.
        exponent: write powers of ten.
    """
    from matplotlib.ticker import MaxNLocator

    found = sorted(costs)
    positive = [x for x in found if x > 0] or [1.0]
    smallest, largest, zero = positive[0], positive[-1], found[:1] == [0.0]
    if largest < LOGARITHMIC_FROM * smallest:
        high = 1.06 * largest
        places = [float(x) for x in MaxNLocator(nbins=5).tick_values(0, high) if 0 <= x <= high]
        return Scale(False, zero, 0.0, high, tuple((x, tick(x, exponent)) for x in places))
    marks = [(x, tick(x, exponent)) for x in decades(smallest, largest)]
    low = smallest / 10 if zero else smallest / 1.6
    return Scale(True, zero, low, largest * 1.6, tuple([(0.0, "0")] * zero + marks))


def decades(low: float, high: float) -> list[float]:
    """Powers of ten between the two ends, at most six and evenly spaced; with halves where there are few."""
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    step = max(1, -(-(last - first + 1) // 6))
    found = [10.0**power for power in range(first, last + 1, step)]
    if len(found) < 3:
        found = [step * 10.0**power for power in range(first - 1, last + 1) for step in (1, 3)]
    return [x for x in found if low <= x <= high]


def tick(x: float, exponent: bool) -> str:
    """A mark's number: 2.5×10¹² or 17.4 k.

    >>> tick(2.5e12, exponent=True), tick(1e6, exponent=True), tick(20_000, exponent=False)
    ('2.5×10¹²', '10⁶', '20 k')
    """
    if exponent and x > 0:
        mantissa, power = f"{x:.1e}".split("e")
        mantissa = mantissa.removesuffix(".0")
        return ("" if mantissa == "1" else f"{mantissa}×") + "10" + str(int(power)).translate(SUPERSCRIPT)
    for factor, suffix in ((1e6, " M"), (1e3, " k")):
        if abs(x) >= factor:
            return f"{x / factor:g}{suffix}"
    return f"{x:g}"
