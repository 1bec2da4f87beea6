"""A game in the terminal: what was just played on a board, how it ended, and the records of what was played."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym

from ..arena.files import write_whole
from ..tasks.errors import BadConfig


class Onlooker:
    """Watches the moves of an environment that has a `board`, and keeps records; of others it has nothing to say.

    Args:
        env: where the games are played.
        file: for the records of the games that ended; none are kept where it is None.

    Raises:
        BadConfig: records are asked for of what is no game.
        StorageError: the file cannot be written.
    """

    def __init__(self, env: gym.Env[Any, Any], file: Path | None = None) -> None:
        self._board = getattr(env.unwrapped, "board", None)
        self._record = getattr(env.unwrapped, "record", None)
        if file is not None and self._board is None and self._record is None:
            raise BadConfig("--record: only games are recorded, and this environment has none; leave it out")
        self._env, self._file = env, file
        self._records: list[str] = []
        self._seen = 0
        if file is not None and not file.exists():
            write_whole(file, "")  # better now than after a game

    def sit_down(self) -> None:
        """A game begins; what led to its position was not played here."""
        self._seen = len(self._board().move_stack) if self._board else 0

    def moves(self) -> str:
        """The moves since the last call, yours and the answer to it, each in both notations; empty if none was made."""
        if self._board is None:
            return ""
        board = self._board()
        new = board.move_stack[self._seen :]
        for _ in new:
            board.pop()
        self._seen += len(new)
        told = []
        for who, move in zip(("You", "Opponent"), new, strict=False):
            told.append(f"{who}: {board.san(move)} ({move.uci()})")
            board.push(move)
        return ". ".join(told)

    def end(self, info: Mapping[str, Any]) -> str:
        """The last position and why it is the last. Keeps the record. Raises StorageError."""
        self._keep(str(info.get("pgn") or info.get("record") or ""))
        if self._board is None:
            return ""
        reason = str(info.get("termination", "")).replace("_", " ")
        return f"{self._env.render()}\nThe end: {reason}."

    def leave(self) -> None:
        """The person goes in the middle of a game. Keeps its record, if it can have one yet. Raises StorageError."""
        if self._record is not None:
            self._keep(self._record())

    def _keep(self, record: str) -> None:
        if self._file is not None and record:
            self._records.append(record)
            write_whole(self._file, "\n".join(self._records))
