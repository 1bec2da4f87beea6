"""The Stockfish of this machine: a move of position and nodes alone, even where it is struck while it thinks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fake_engine import START, ends, stockfish

from reason_arena.envs.chess.uci import Engine

MIDDLE = "r1bqkb1r/pppp1ppp/2n2n2/4p2Q/2B1P3/8/PPPP1PPP/RNB1K1NR w KQkq - 4 4"
LATE = "8/5k2/3p4/1p1Pp2p/pP2Pp1P/P4P1K/8/8 b - - 99 50"


def test_stockfish_answers_by_position_and_nodes_alone() -> None:
    """In whatever order it is asked, and from whichever process."""
    path = stockfish()
    asked = [(fen, nodes) for fen in (START, MIDDLE, LATE) for nodes in (1, 100, 1000)]
    with Engine(path) as one, Engine(path) as other:
        forwards = [one.best(fen, nodes) for fen, nodes in asked]
        backwards = [other.best(fen, nodes) for fen, nodes in reversed(asked)]
        assert forwards == backwards[::-1]
        assert forwards[3].uci() == "h5f7"  # mate
        other.close()
        assert [other.best(fen, nodes) for fen, nodes in asked] == forwards
        assert one.name().startswith("Stockfish")


RELAY = """
import os, signal, subprocess, sys
from pathlib import Path

flag = Path(__file__).with_name("struck")
engine = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
Path(__file__).with_name("pids").open("a").write(f"{os.getpid()} {engine.pid} ")
for line in sys.stdin:
    engine.stdin.write(line)
    engine.stdin.flush()
    ends = {"uci": "uciok", "isready": "readyok", "go": "bestmove"}.get(line.split()[0])
    while ends:
        said = engine.stdout.readline()
        if said.startswith("info depth") and not flag.exists():
            flag.touch()
            STRIKE
        sys.stdout.write(said)
        sys.stdout.flush()
        if said.split()[:1] == [ends] or not said:
            ends = None
            if not said:
                sys.exit(1)
"""


@pytest.mark.parametrize("strike", ["os.kill(engine.pid, signal.SIGSTOP)", "os.kill(engine.pid, signal.SIGKILL)"])
def test_stockfish_struck_while_it_thinks_costs_no_move(tmp_path: Path, strike: str) -> None:
    """Between two of its lines of thought; the relay sees them, and is killed with it."""
    path = stockfish()
    script = tmp_path / "relay.py"
    script.write_text(RELAY.replace("STRIKE", strike), encoding="utf-8")
    nodes = 20_000
    with Engine(path) as whole, Engine(sys.executable, ["-I", str(script), path], deadline=5) as struck:
        assert struck.best(START, nodes) == whole.best(START, nodes)
        assert struck.restarts == 1
        assert struck.best(LATE, nodes) == whole.best(LATE, nodes)
        assert struck.restarts == 1
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 4
    assert all(map(ends, pids))
