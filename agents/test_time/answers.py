"""Which answer a completion gives, read as the environment reads it and without its verdict.

Two completions that give the same answer vote for the same thing, however they are written: `e4` and `e2e4` are one
move. What the environment would refuse whatever is right, such as an illegal move, is no answer.
"""

from __future__ import annotations

from collections.abc import Callable

from ...tasks.errors import BadConfig
from ...tasks.problem import Parsing
from ...tasks.registry import load
from ..registry import CHESS, POKEMON, Place

Reader = Callable[[str], Callable[[str], str | None]]
"""from an observation to what reads completions: the answer in its one form, None where there is none"""


def reader(place: Place) -> Reader:
    """How answers are read somewhere.

    Raises:
        BadConfig: nothing is known there of which answers are the same.
    """
    task = load(place.task)
    if place.task in CHESS:
        return _move
    if place.task == POKEMON:
        return _commands(place)
    if not isinstance(task, Parsing):
        raise BadConfig(f"votes need answers of which it can be said that they are the same, {place.env_id} has none")
    return lambda observation: task.parse


def _move(observation: str) -> Callable[[str], str | None]:
    """Legal moves of the position that is shown, in coordinates."""
    from ...tasks.chess.notation import read_move
    from ...tasks.chess.view import position_in

    board = position_in(observation)
    return lambda completion: None if board is None else read_move(completion, board).uci or None


def _commands(place: Place) -> Reader:
    from ...tasks.pokemon.actions import Refused, parse
    from ...tasks.pokemon.setting import read

    settings = read(place.level).actions

    def command(completion: str) -> str | None:
        found = parse(completion, settings)
        return None if isinstance(found, Refused) else repr(found)

    return lambda observation: command
