"""How far the two views of an environment are the same to those who play in them, told and not only hoped.

What is declared here is what the tests of the views hold, and what the fairness checks of the arena print. A view that
shows or offers more than the other is no fault, but a comparison has to say so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..tasks.errors import BadLevel
from ..tasks.problem import Level


@dataclass(frozen=True)
class Parity:
    """Of the views of one environment at a level."""

    information: bool
    """whether both show the same facts"""
    shows: str
    """what the one shows and the other does not, or that there is nothing"""
    actions: bool
    """whether both can do the same, legal moves being told to both or to neither"""
    offers: str
    """what the one can do, or is told it may do, and the other not"""
    adviser: str = ""
    """by whose knowledge `reward="shaped"` pays, where it is more than what the task itself shows of its problems"""
    player: str = ""
    """whose games SFT learns from, where who plays them knows more than either view shows"""


def parity(env_id: str, level: Level) -> Parity | None:
    """What is declared of an environment of ours; None of a stranger's, or of a level that cannot be read."""
    declared = _DECLARED.get(env_id)
    try:
        return declared(str(level)) if declared else None
    except BadLevel:
        return None


def _arithmetic(level: str) -> Parity:
    return Parity(
        True,
        "both show all digits, the array view a column at a time",
        False,
        "text is one answer; the array view works on a worksheet that goes from column to column and carries",
    )


def _aime(level: str) -> Parity:
    return Parity(
        False,
        "the array view has the words, but of the numbers only where they stand",
        False,
        "the array view points tools, which calculate, at the numbers; text has none",
    )


def _reasoning_gym(level: str) -> Parity:
    return Parity(True, "both show the same characters", True, "both write the same characters")


def _chess(level: str) -> Parity:
    listed = "hint=list" in level
    return Parity(
        True,
        "both show the same position",
        listed,
        "legal moves are told to both" if listed else "legal moves are a mask in the array view, and not told in text",
    )


def _endgame(level: str) -> Parity:
    # Where a worked solution shows one line of play, the tables judge every position that is come to.
    return replace(_chess(level), adviser="exact tables of endgames")


def _pokemon(level: str) -> Parity:
    from ..tasks.pokemon.setting import read

    game = read(level)
    alike, notes = game.commands == "buttons", ", and the agent's notes" if game.text.notes else ""
    hints = ", what the next milestone asks for" if game.hints else ""
    return Parity(
        False,
        (_TERSE if game.terse else _FULL).format(notes=notes, hints=hints),
        alike,
        "both press the buttons" if alike else "text can also walk to a square by one command; the array view presses",
        player="a player that reads memory",
    )


_FULL = (
    "the array view alone has the screen's tiles and how often squares were come to; text alone has the goal in "
    "words{hints}, names, those of moves too, hit points as numbers, where exits lead, which way people look, species "
    "seen and caught, what became of the last command{notes}; what is too long for it is cut"
)
_TERSE = (
    "the array view alone has the screen's tiles, the map beyond the four squares around, how often squares were come "
    "to, which milestones are reached, the step, bag, money, badges, where a defeat leads, points of moves, "
    "experience, status, the kind of a battle and words past 24 characters; text alone has the goal in words, names of "
    "places and creatures, hit points as numbers, what became of the last command{notes}"
)
_DECLARED: dict[str, Callable[[str], Parity]] = {
    "Reason-AIME-v0": _aime,
    "Reason-Arithmetic-v0": _arithmetic,
    "Reason-Chess-v0": _chess,
    "Reason-ChessEndgame-v0": _endgame,
    "Reason-ChessPuzzle-v0": _chess,
    "Reason-Pokemon-v0": _pokemon,
    "Reason-ReasoningGym-v0": _reasoning_gym,
}
