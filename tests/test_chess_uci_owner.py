"""An engine and its owner: none outlives it, neither engine nor guard is left behind, a fork starts its own."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_engine import START, alive, ends, fake, guards, starts

from reason_arena.envs.chess import uci
from reason_arena.envs.chess.uci import EngineError


def test_whoever_loses_an_engine_ends_it(tmp_path: Path) -> None:
    engine = fake(tmp_path, "pass", "serve(play)")
    engine.best(START, 10)
    (pid,) = starts(tmp_path)
    assert alive(pid)
    del engine
    gc.collect()
    assert not alive(pid)


OWNER = """
import os, signal, sys
from reason_arena.envs.chess.uci import Engine
engine = Engine(sys.executable, ["-I", "-S", sys.argv[1]])
engine.best("{fen}", 10)
{end}
"""


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("end", ["", "raise SystemExit(1)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_an_engine_does_not_outlive_its_owner(tmp_path: Path, end: str, frozen: bool) -> None:
    fake(tmp_path, "pass", "serve(play)")
    freeze = "os.kill(engine.pid, signal.SIGSTOP)\n" if frozen else ""
    code = OWNER.format(fen=START, end=freeze + end)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "engine.py")], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    (pid,) = starts(tmp_path)
    assert ends(pid)  # an owner that was killed could not wait for it
    assert all(map(ends, guards(pid)))


def test_what_a_deaf_script_started_does_not_outlive_its_owner(tmp_path: Path) -> None:
    """Both are frozen, and were they woken they would heed neither the end of their pipe nor a hang-up."""
    script = "import subprocess; subprocess.call([sys.executable, __file__])"
    deaf = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    fake(tmp_path, "pass", f"{deaf}\nif first: {script}\nserve(play)\nsignal.pause()")
    end = "os.killpg(engine.pid, signal.SIGSTOP)\nos.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", OWNER.format(fen=START, end=end), str(tmp_path / "engine.py")])
    first, second = starts(tmp_path)
    assert ends(first)
    assert ends(second)


def test_an_engine_that_is_closed_leaves_no_guard(tmp_path: Path) -> None:
    with fake(tmp_path, "sys.exit(3)", "serve(lambda: trouble() if first else play())") as engine:
        engine.best(START, 10)
        first, second = starts(tmp_path)
        assert not guards(first)  # of the process that failed
        (guard,) = guards(second)
        assert os.getsid(guard) == guard
    assert not guards(second)
    assert not alive(guard)


def test_without_a_guard_no_engine_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the system has no process to spare: the engine is there, its guard is not."""

    def none(group: int) -> subprocess.Popen[bytes]:
        started.append(group)
        raise uci._Trouble("no guard")

    started: list[int] = []
    monkeypatch.setattr(uci, "_guard", none)
    with pytest.raises(EngineError, match="no guard, twice"):
        fake(tmp_path, "pass", "serve(play)").best(START, 10)
    assert len(started) == 2
    assert not any(map(alive, started))


def test_a_fork_starts_an_engine_of_its_own(tmp_path: Path) -> None:
    with fake(tmp_path, "pass", "serve(play)") as engine:
        engine.best(START, 10)
        child = os.fork()
        if child == 0:
            try:
                right = engine.best(START, 10).uci() == "e2e4" and len(starts(tmp_path)) == 2
                engine.close()
            finally:
                os._exit(0 if right else 1)
        assert os.waitpid(child, 0)[1] == 0
        first, second = starts(tmp_path)
        assert alive(first)
        assert len(guards(first)) == 1
        assert not alive(second)
        assert not guards(second)
        assert engine.best(START, 10).uci() == "e2e4"
        assert engine.restarts == 0
