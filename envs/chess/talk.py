"""One reader's answers to one game: what is read as a move, what is met with a reason, and when patience ends."""

from __future__ import annotations

from dataclasses import dataclass

import chess

from ...tasks.chess.notation import read_move
from ...tasks.chess.view import View, describe


@dataclass(frozen=True)
class Heard:
    """What came of an answer: a move to play, a question to repeat, or the end."""

    move: chess.Move | None = None
    forfeit: str = ""
    """illegal or unparsable, if that was the last try"""


class Talk:
    """The words of one episode.

    Args:
        view: how positions are put.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.illegal = self.unparsable = self.requests = 0
        self.left = view.tries
        self.note = ""
        self.listed = False
        """whether this position's moves have been asked for"""

    def question(self, board: chess.Board, lead: str) -> str:
        """The position under a sentence on what it is about, and what became of the last answer."""
        return describe(board, self.view, lead, note=self.note, listed=self.listed)

    def hear(self, text: str, board: chess.Board) -> Heard:
        """Read an answer; one that is no legal move costs a try."""
        reading = read_move(text, board)
        if reading.reason == "ok":
            self.left, self.note, self.listed = self.view.tries, "", False
            return Heard(reading.move)
        if reading.reason == "request" and self.view.hint == "on_request" and not self.listed:
            self.requests += 1
            self.note, self.listed = "", True
            return Heard()
        if reading.reason == "illegal":
            self.illegal += 1
        else:
            self.unparsable += 1
        self.left -= 1
        if self.left <= 0:
            return Heard(forfeit="illegal" if reading.reason == "illegal" else "unparsable")
        tries = "1 try is left" if self.left == 1 else f"{self.left} tries are left"
        self.note = f"Your last answer is no legal move: {reading.why or 'no move could be read in it'}; {tries}."
        return Heard()
