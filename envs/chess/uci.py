"""A chess engine in a process of its own, spoken to in UCI over plain pipes, under our own watchdog.

python-chess's `SimpleEngine` waits for ever on an engine that is frozen and adds a quarter of a millisecond to every
move. Here each question has a deadline on the wall clock; an engine that dies, freezes or talks rubbish is killed,
started again and asked again, once. `ucinewgame` goes before every question, with one thread and a limit on nodes, so
that the move is a function of the position and the nodes alone: nothing has to be replayed to a new process, and one
process can serve many games. `Skill Level` and `UCI_Elo` are seeded from the clock in Stockfish and never used.

Not covered: engines that cannot be limited by nodes, and several threads that ask one `Engine` at the same time.
"""

from __future__ import annotations

import os
import reprlib
import select
import shlex
import shutil
import signal
import subprocess
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import chess

from ...tasks.chess.positions import BadPosition, checked
from ...tasks.errors import BadConfig, ReasonError

VARIABLE = "STOCKFISH_PATH"
GAMES = "/usr/games"
"""where Debian puts the binary, which is often not on PATH"""
DEADLINE = 20.0
"""seconds; a thousand nodes take a millisecond, so only a dead machine is this slow"""
_LONGEST = 1 << 20
"""bytes that an engine may say before its answer"""


class EngineError(ReasonError, RuntimeError):
    """A chess engine that gave no legal move, even after it was started again."""


def find() -> str:
    """The Stockfish of this machine.

    Raises:
        BadConfig: there is none, or `STOCKFISH_PATH` names something that cannot be run.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if shutil.which(named) is None:
            raise BadConfig(f"{VARIABLE}={reprlib.repr(named)}: expected a program that can be run; mend or unset it")
        return named
    found = shutil.which("stockfish", path=os.pathsep.join((os.environ.get("PATH", os.defpath), GAMES)))
    if found is None:
        raise BadConfig(
            f"no Stockfish: {VARIABLE} is not set, and there is no `stockfish` on PATH or in {GAMES}; "
            "`apt install stockfish`, or choose an opponent of our own such as engine-2"
        )
    return found


class Engine:
    """A UCI engine, started when it is first asked and again when it fails."""

    def __init__(self, path: str, arguments: Sequence[str] = (), deadline: float = DEADLINE) -> None:
        """Nothing is started yet.

        Args:
            path: of the program.
            arguments: of the program.
            deadline: seconds that it may take to start, and to answer.
        """
        self._command = [path, *arguments]
        self._deadline = deadline
        self._process: _Process | None = None
        self.restarts = 0
        """how often it had to be started again"""

    @property
    def pid(self) -> int | None:
        """Of the process that runs, if one does."""
        return None if self._process is None else self._process.pid

    def name(self) -> str:
        """What the engine calls itself, with its version. Raises EngineError."""
        return self._twice(lambda process: process.name, "at its start")

    def best(self, fen: str, nodes: int) -> chess.Move:
        """Its move, a function of position and nodes.

        Args:
            fen: the position.
            nodes: that it may look at, 1 or more.

        Raises:
            BadPosition: the position is impossible, which kills some engines, or has no legal move.
            EngineError: no legal move came by the deadline, and none from a new process either.
        """
        board = checked(fen)
        if not any(board.legal_moves):
            raise BadPosition(f"position {reprlib.repr(fen)}: expected one with a legal move; the game is over")
        said = board.fen()
        return chess.Move.from_uci(self._twice(lambda process: process.best(board, said, nodes), f"about {said!r}"))

    def close(self) -> None:
        """Kill the process; asking again starts another."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _twice(self, ask: Callable[[_Process], str], about: str) -> str:
        if self._process is not None and self._process.owner != os.getpid():
            self.close()  # a fork: two processes must not talk through one pipe
        troubles: list[str] = []
        while len(troubles) < 2:
            try:
                if self._process is None:
                    self._process = _Process(self._command, self._deadline)
                return ask(self._process)
            except _Trouble as trouble:
                troubles.append(str(trouble))
                self.restarts += len(troubles) == 1
                self.close()
            except BaseException:
                self.close()  # half an answer may be on its way
                raise
        again = "twice" if troubles[0] == troubles[1] else f"and, started again, {troubles[1]}"
        raise EngineError(
            f"engine {shlex.join(self._command)}, asked {about}: {troubles[0]}, {again}; see whether it runs in a "
            "terminal and answers `uci`, or choose an opponent of our own such as engine-2"
        )


class _Trouble(Exception):
    """The process is of no more use."""


class _Process:
    """One process from its start to its end."""

    def __init__(self, command: Sequence[str], deadline: float) -> None:
        self._deadline, self.owner = deadline, os.getpid()
        try:
            # Its own group, so that Ctrl-C is not sent to it and all that a wrapping script starts is killed with it.
            # What it writes to stderr is thrown away: nobody reads there, and a full pipe would block it.
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                process_group=0,
            )
        except OSError as error:
            raise _Trouble(f"it cannot be started ({error.strerror})") from None
        self.pid = self._popen.pid
        guards: list[subprocess.Popen[bytes]] = []
        self.end = weakref.finalize(self, _end, self._popen, guards, self.owner)
        """runs once: when called, when this is collected, or when the interpreter exits"""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._to, self._from = self._popen.stdin.fileno(), self._popen.stdout.fileno()
        os.set_blocking(self._to, False)
        self._poll = select.poll()
        self._poll.register(self._from, select.POLLIN)
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self.name = command[0]
        try:
            guards.append(_guard(self.pid))
            self._greet()
        except BaseException:
            self.end()
            raise

    def best(self, board: chess.Board, fen: str, nodes: int) -> str:
        """The move of a position, checked. Raises _Trouble."""
        self._begin()
        self._say(f"ucinewgame\nisready\nposition fen {fen}\ngo nodes {nodes}\n")
        self._until("readyok")
        words = self._until("bestmove")
        try:
            move = chess.Move.from_uci(words[1])
        except (ValueError, IndexError):
            raise _Trouble(f"it answered {reprlib.repr(' '.join(words))}, which is no move") from None
        if move not in board.legal_moves:
            raise _Trouble(f"it answered {words[1]}, which is not legal")
        return board.parse_uci(words[1]).uci()  # castling as the king's two squares, not as its move onto the rook

    def _greet(self) -> None:
        self._begin()
        self._say("uci\n")
        while (words := self._line()) != ["uciok"]:
            if words[:2] == ["id", "name"]:
                self.name = " ".join(words[2:])
        self._say("setoption name Threads value 1\nsetoption name Hash value 1\nisready\n")
        self._until("readyok")

    def _begin(self) -> None:
        self._ends = time.monotonic() + self._deadline
        self._left = _LONGEST

    def _say(self, text: str) -> None:
        try:
            os.write(self._to, text.encode())  # shorter than PIPE_BUF: all of it or nothing
        except BlockingIOError:
            raise _Trouble("it does not read what it is told") from None
        except BrokenPipeError:
            raise self._over() from None

    def _until(self, first: str) -> list[str]:
        while True:
            words = self._line()
            if words and words[0] == first:
                return words

    def _line(self) -> list[str]:
        """The words of its next line; empty lines and lines of other protocols come too."""
        while not self._lines:
            wait = self._ends - time.monotonic()
            if wait <= 0 or not self._poll.poll(wait * 1000):
                raise _Trouble(f"it gave no answer within {self._deadline:g} s")
            read = os.read(self._from, 1 << 16)
            if not read:
                raise self._over()
            self._left -= len(read)
            if self._left < 0:
                raise _Trouble(f"it said more than {_LONGEST} bytes without an answer")
            *lines, self._rest = (self._rest + read).split(b"\n")
            self._lines += lines
        return self._lines.popleft().decode(errors="replace").split()

    def _over(self) -> _Trouble:
        self.end()
        return _Trouble(f"it ended or closed its pipe (exit code {self._popen.returncode})")


def _guard(group: int) -> subprocess.Popen[bytes]:
    """A process that kills an engine's group once nobody holds the pipe to it: when its owner is gone, however it went.

    An engine reads the end of its own pipe and goes, but not while it is frozen. `PR_SET_PDEATHSIG` would need no
    process, but it is Linux's alone, strikes when the thread that started the engine ends, and misses what a wrapping
    script starts. In a session of its own the guard is neither hung up on nor frozen with the engine's group.

    Raises:
        _Trouble: it cannot be started.
    """
    script = 'read -r _; kill -9 -"$1"'
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", script, "guard", str(group)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise _Trouble(f"/bin/sh, which would guard it, cannot be started ({error.strerror})") from None


def _end(engine: subprocess.Popen[bytes], guards: Sequence[subprocess.Popen[bytes]], owner: int) -> None:
    """Kill an engine with all its group, and its guard; in a fork of the owner only let go of the pipes."""
    for popen in (*guards, engine):  # a guard that outlived the engine could kill a later group of the same number
        if os.getpid() == owner:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(popen.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                popen.wait(timeout=5)
        else:
            popen.poll()  # not our child: marks it as seen to, so that Popen does not complain
        for pipe in (popen.stdin, popen.stdout):
            if pipe is not None:
                pipe.close()
