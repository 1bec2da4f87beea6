"""A chess engine made of one file, with whatever is wrong with it; a real one; what tests ask of their processes."""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from pathlib import Path

import chess
import pytest

from reason_arena.envs.chess.uci import Engine, find
from reason_arena.tasks.errors import BadConfig

START = chess.STARTING_FEN
SHORT = 2.0
"""seconds: what a frozen engine costs these tests, twice"""

FAKE = """
import os, signal, sys
from pathlib import Path

here = Path(__file__).parent
with (here / "starts").open("a") as starts:
    starts.write(f"{os.getpid()}\\n")
first = len((here / "starts").read_text().split()) == 1


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def trouble():
    TROUBLE


def serve(go):
    for line in sys.stdin:
        with (here / "heard").open("a") as heard:
            heard.write(line)
        if line == "uci\\n":
            say("id name Fake 1\\nuciok\\n")
        elif line == "isready\\n":
            say("readyok\\n")
        elif line.startswith("go"):
            go()


def play():
    say("info depth 1\\nbestmove e2e4 ponder e7e5\\n")


BODY
"""


ENDS = """#!{python} -IS
import sys
for line in sys.stdin:
    if line == "uci\\n":
        print("id name Fake 1\\nuciok", flush=True)
    elif line == "isready\\n":
        print("readyok", flush=True)
    elif line.startswith("go"):
        sys.exit(3)
"""


def fake(folder: Path, trouble: str, body: str) -> Engine:
    script = folder / "engine.py"
    script.write_text(FAKE.replace("TROUBLE", trouble).replace("BODY", body), encoding="utf-8")
    return Engine(sys.executable, ["-I", "-S", str(script)], deadline=SHORT)


def broken_engine(folder: Path) -> Path:
    """An engine that ends when it shall move."""
    engine = folder / "engine"
    engine.write_text(ENDS.format(python=sys.executable), encoding="utf-8")
    engine.chmod(0o755)
    return engine


def stockfish() -> str:
    """The path of the real one; skips the test where there is none."""
    try:
        return find()
    except BadConfig:
        pytest.skip("Stockfish is not installed")


def starts(folder: Path) -> list[int]:
    return [int(pid) for pid in (folder / "starts").read_text().split()]


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(pid: int) -> bool:
    """Whether a process that is no child of ours is over, or soon is."""
    if not alive(pid):
        return True
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], 10)[0])
    finally:
        os.close(watch)


def guards(pid: int) -> list[int]:
    """The processes that guard an engine: shells that were given the number of its group."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if (process / "cmdline").read_bytes().endswith(f"\0guard\0{pid}\0".encode()):
                found.append(int(process.name))
    return found
