"""Measurements of ours beside a peer's, in one run and in CPU-seconds, so that the ratio means something anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...tasks.aime import catalogue
from . import aime, chess, envs, graders, grpo, ladder, pokemon
from .measurement import Measurement

BENCHES: dict[str, tuple[int | Callable[[], int], Callable[[], Iterator[Measurement]]]] = {
    "aime": (3 + len(catalogue.families()), aime.families),
    "chess": (chess.ROWS, chess.chess),
    "envs": (len(envs.LEVELS) + 2, envs.envs),
    "graders": (graders.ROWS, graders.graders),
    "grpo": (4 * len(grpo.CASES), grpo.grpo),
    "ladder": (ladder.rows, ladder.ladder),
    "pokemon": (pokemon.ROWS, pokemon.pokemon),
}
"""how many rows, or what counts them, and the measurements"""
