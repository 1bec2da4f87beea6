"""Infos of a pool that nobody hands over: made of the numbers in its block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...tasks.pokemon.progress import Measures
from ..guard import FAILED
from .pool_block import COUNTS, Block

DIED = "worker_died"
"""how an episode ended whose worker died"""


def reward_terms(block: Block, running: NDArray[np.bool_]) -> dict[str, Any]:
    """The terms of a step's rewards in Gymnasium's vector form.

    Args:
        block: after the step.
        running: the environments whose episodes go on, (n,); others have theirs in their last info.
    """
    terms: dict[str, Any] = {}
    if b"\1" not in block["paid"].tobytes():  # as in most steps, and a pool's own time is all the dearer for being cold
        return terms
    paid = block["paid"] & running[:, None]
    for place in np.flatnonzero(paid.any(axis=0)):
        name, mine = Measures._fields[place], paid[:, place].copy()
        terms[name], terms[f"_{name}"] = np.where(mine, block["terms"][:, place], 0.0), mine
    return terms


def lost_info(block: Block, row: int, begun: Mapping[str, Any], cause: str) -> dict[str, Any]:
    """The last info of an episode that was lost with its worker: what was known after the step before.

    Args:
        block: as it was then.
        row: of the environment.
        begun: the info with which the episode began.
        cause: why the worker died.
    """
    steps = block["milestone steps"][row].copy()
    reached = np.flatnonzero(steps >= 0)
    furthest = int(reached[-1]) + 1 if len(reached) else 0
    far = {"milestones": len(reached), "furthest": furthest}
    return {
        **begun,
        "verdict": "wrong",
        "correct": False,
        "answer": f"{furthest} of {len(steps)}",
        **far,
        "milestone_steps": steps,
        "termination": DIED,
        FAILED: cause,
        "counts": {**dict(zip(COUNTS, block["counts"][row].tolist(), strict=True)), **far},
    }
