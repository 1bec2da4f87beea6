"""The oracle of `Reason-AIME-v0`'s array view: it knows each family's program, and where its numbers stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..envs.desk import ARGUMENTS, NUMBERS, STAGES, STATEMENT, TOOL_NAMES
from ..tasks.aime import reading
from ..tasks.aime.family import Family
from ..tasks.aime.posed import Single
from ..tasks.aime.toolbox import PROGRAMS
from ..tasks.aime.tools import POSTS
from ..tasks.problem import Problem
from .agent import Agent, View
from .baselines import problem_of

_MARK = 10**16
"""parameters that are replaced by numbers from here on are found again in a statement"""


class OraclePointersAgent(Agent):
    """Plays the program of the family; where there is none (composed, real, or beyond the tools) it guesses the first.

    Every agent's info names the problem in `problem_id`; the oracle alone turns that name back into the problem.
    """

    name = "oracle"
    view: ClassVar[View] = "array"
    deterministic = True

    def __init__(self) -> None:
        self._plans: list[tuple[int, ...]] = []

    def act(self, observations: NDArray[np.float32], infos: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
        """The next choice of each row's program, (n,)."""
        self._plans = (self._plans + [()] * len(infos))[: len(infos)]
        for row, info in enumerate(infos):
            if "problem_id" in info:
                self._plans[row] = plan(problem_of(info["problem_id"]))
        stages = observations[:, STATEMENT : STATEMENT + STAGES].argmax(1).tolist()
        return np.array([each[stage] for each, stage in zip(self._plans, stages, strict=True)])


def plan(problem: Problem) -> tuple[int, ...]:
    """The right choice for each stage, 0 where none is known: (STAGES,)."""
    drawn = problem.facts.get("posed")
    if not isinstance(drawn, Single) or drawn.name not in PROGRAMS:
        return (0,) * STAGES
    program = PROGRAMS[drawn.name]
    places = pointers(drawn.family, drawn.wording)
    chosen = [places[name] for name in program.arguments]
    chosen += [0] * (ARGUMENTS - len(chosen))
    modulus = places[program.modulus] if program.modulus else 0
    if max(*chosen, modulus) >= NUMBERS:
        return (0,) * STAGES
    return (TOOL_NAMES.index(program.tool), *chosen, POSTS.index(program.post), modulus)


@lru_cache(1 << 12)
def pointers(family: Family, wording: int) -> dict[str, int]:
    """Which number of the statement each parameter is, counted from 0."""
    marked = {name: _MARK + index for index, name in enumerate(family.parameters)}
    numbers = reading.read(family.say(tuple(marked.values()), wording)).numbers
    return {name: numbers.index(mark) for name, mark in marked.items()}
