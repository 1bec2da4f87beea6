"""Chess, with two views of every episode; the entry points that are registered. Needs the extra `chess`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.vector import VectorEnv

from ...tasks import spec
from ...tasks.chess.extra import needed
from ..posing import check_choice

if TYPE_CHECKING:
    from .games import Script

VIEWS = ("text", "array")
_TEXT = ("notation", "hint", "board", "pieces", "terse", "history", "tries")
_GAME = ("opponent", "opening", "plies", "colour", "fen")
_PUZZLE = ("source", "mate", "rating", "themes", "dataset")
_ENDGAME = ("material", "mate", "opponent", "colour")


def make_game(view: str = "text", **options: Any) -> gym.Env[Any, Any]:
    """`Reason-Chess-v0` in one of its views.

    Args:
        view: "text" (`BoardTextEnv`) or "array" (`BoardEnv`).
        options: `split`, `reward` ("outcome", or "shaped" by the difference in material) and `render_mode` ("ansi",
            "rgb_array", "human") of either view; `compact` of the array view; and what is asked: `level` is a number of
            the table or a specification that holds the settings that follow, such as "opponent=greedy,opening=6".
            `opponent`: random, greedy, engine-2, engine-3, engine-4, stockfish-NODES, each with @EPS for the
            probability of a random move instead; self, a copy of the specialist in training, for training alone; or
            several joined by +, one of which is drawn for each game.
            `opening`: random plies before the game. `plies`: after which it is broken off. `colour`: "both", "white" or
            "black". `fen`: the position that the opening begins with. Of the text view `notation`: "uci" or "san";
            `hint`: "none", "on_request" or "list"; `board`: whether it is drawn; `pieces`: whether the men of both
            sides are listed; `terse`: board or list alone, without FEN and how to answer; `history`: last plies that
            are shown; `tries`: answers to a position that may be no legal move.
    """
    return _single(view, options, _GAME, "game", "GameScript")


def make_games(num_envs: int = 1, view: str = "text", **options: Any) -> VectorEnv[Any, Any, Any]:
    """Many of `Reason-Chess-v0`; the options are those of `make_game`."""
    return _many(num_envs, view, options, _GAME, "game", "GameScript")


def make_endgame(view: str = "text", **options: Any) -> gym.Env[Any, Any]:
    """`Reason-ChessEndgame-v0` in one of its views.

    The agent moves first in a position that it wins; a mate is worth 1, anything else nothing. After 50 of its moves
    the episode is broken off. `info["optimal"]` at the end holds the moves that it needed at best.

    Args:
        view: "text" (`BoardTextEnv`) or "array" (`BoardEnv`).
        options: `split`, `reward` ("outcome", or "shaped" by the exact distance to mate: what is paid on the way adds
            up to the same whatever is played) and `render_mode` ("ansi", "rgb_array", "human") of either view;
            `compact` of the array view; and what is asked: `level` is a number of the table or a specification that
            holds the settings that follow, such as "material=KQK+KRK,mate=1-4". `material`: men of both sides, up to
            four in all, the agent's first, or several such sets joined by +. `mate`: the agent's moves to it with best
            play, as "3" or "1-4". `opponent`: "perfect", or any of `Reason-Chess-v0`. `colour`: "both", "white" or
            "black". Of the text view `notation`, `hint`, `board`, `pieces`, `terse`, `history` and `tries` as of
            `Reason-Chess-v0`.
    """
    return _single(view, options, _ENDGAME, "endgame", "EndgameScript")


def make_endgames(num_envs: int = 1, view: str = "text", **options: Any) -> VectorEnv[Any, Any, Any]:
    """Many of `Reason-ChessEndgame-v0`; the options are those of `make_endgame`."""
    return _many(num_envs, view, options, _ENDGAME, "endgame", "EndgameScript")


def make_puzzle(view: str = "text", **options: Any) -> gym.Env[Any, Any]:
    """`Reason-ChessPuzzle-v0` in one of its views.

    The agent moves first, and the puzzle is played out: a wrong move ends the episode (`termination` "wrong_move"), the
    whole solution is worth 1, anything else nothing. In a generated puzzle every move is right that keeps the mate in
    as many moves as are left, and the other side puts it off as long as it can; in a row of the Lichess database the
    moves of its line, or a mate at once.

    Args:
        view: "text" (`BoardTextEnv`) or "array" (`BoardEnv`).
        options: `split` and `render_mode` ("ansi", "rgb_array", "human") of either view; `reward`, which is the
            outcome, for nothing is paid on the way; `compact` of the array view; and what is asked: `level` is a number
            of the table or a specification that holds the settings that follow, such as "source=lichess,mate=2".
            `source`: "generated" or "lichess". `mate`: in how many moves, as "2" or "1-3". Of rows `rating`, as
            "400-1200"; `themes`, of which one is enough, joined by +; `dataset`: a file of the Lichess database, .csv
            or .csv.gz, instead of the rows that come with the package. Of the text view `notation`, `hint`, `board`,
            `pieces`, `terse`, `history` and `tries` as of `Reason-Chess-v0`.
    """
    return _single(view, options, _PUZZLE, "puzzle", "PuzzleScript")


def make_puzzles(num_envs: int = 1, view: str = "text", **options: Any) -> VectorEnv[Any, Any, Any]:
    """Many of `Reason-ChessPuzzle-v0`; the options are those of `make_puzzle`."""
    return _many(num_envs, view, options, _PUZZLE, "puzzle", "PuzzleScript")


def _single(view: str, options: dict[str, Any], settings: tuple[str, ...], module: str, name: str) -> gym.Env[Any, Any]:
    check_choice("view", view, VIEWS)
    script, options = _script(module, name), specified(options, settings)
    if view == "text":
        from .text import BoardTextEnv

        return BoardTextEnv(script, **options)
    from .array import BoardEnv

    return BoardEnv(script, **options)


def _many(
    num_envs: int, view: str, options: dict[str, Any], settings: tuple[str, ...], module: str, name: str
) -> VectorEnv[Any, Any, Any]:
    check_choice("view", view, VIEWS)
    script, options = _script(module, name), specified(options, settings)
    from .vector import BoardTextVectorEnv, BoardVectorEnv

    return (BoardTextVectorEnv if view == "text" else BoardVectorEnv)(num_envs, script, **options)


def _script(module: str, name: str) -> Script:
    """A new script of one of the modules here. Raises BadConfig: python-chess is not installed."""
    needed()
    from importlib import import_module

    made: Script = getattr(import_module(f".{module}", __package__), name)()
    return made


def specified(options: dict[str, Any], settings: tuple[str, ...]) -> dict[str, Any]:
    """The options with a level that says what their settings, and those of the text view, ask for."""
    given = {name: options.pop(name, None) for name in (*settings, *_TEXT)}
    return {**options, "level": spec.combine(options.get("level", 0), **given)}
