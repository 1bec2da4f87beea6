"""Engines that die, freeze, babble and cheat: each is started again once, and then given up, in bounded time."""

from __future__ import annotations

import gc
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import chess
import pytest

from reason_arena.envs.chess import uci
from reason_arena.envs.chess.uci import Engine, EngineError
from reason_arena.tasks.chess.positions import BadPosition
from reason_arena.tasks.errors import BadConfig, ReasonError

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

TROUBLES = {
    "dies": "sys.exit(3)",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "frozen": "os.kill(os.getpid(), signal.SIGSTOP)",
    "silent": "pass",
    "garbage": "os.write(1, bytes(range(256)) * 40 + b'\\n')",
    "endless lines": "\n    while True: say('info string ' + 'x' * 50 + '\\n')",
    "endless short lines": "\n    while True: say('\\n' * 4000)",
    "one endless line": "\n    while True: say('x' * 4000)",
    "no move": "say('bestmove\\n')",
    "null move": "say('bestmove 0000\\n')",
    "none": "say('bestmove (none)\\n')",
    "no square": "say('bestmove e2e9\\n')",
    "illegal move": "say('bestmove e2e5\\n')",
    "other side's move": "say('bestmove e7e5\\n')",
    "look-alike": "say('bestmove \\u0435\\u0032e4\\n')",
    "closes its pipe": "os.close(1); signal.pause()",
}
SAID = {
    "dies": "exit code 3",
    "killed": "exit code -9",
    "frozen": "within 2 s",
    "silent": "within 2 s",
    "garbage": "within 2 s",
    "endless lines": "more than 1048576 bytes",
    "endless short lines": "more than 1048576 bytes",
    "one endless line": "more than 1048576 bytes",
    "illegal move": "e2e5, which is not legal",
    "no square": "'bestmove e2e9', which is no move",
}
ONCE = "serve(lambda: trouble() if first else play())"
ALWAYS = "serve(trouble)"
AT_ONCE = "trouble()"


def fake(folder: Path, trouble: str, body: str) -> Engine:
    script = folder / "engine.py"
    script.write_text(FAKE.replace("TROUBLE", trouble).replace("BODY", body), encoding="utf-8")
    return Engine(sys.executable, ["-I", "-S", str(script)], deadline=SHORT)


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


@pytest.mark.parametrize("trouble", TROUBLES)
def test_one_trouble_costs_a_restart_and_no_move(tmp_path: Path, trouble: str) -> None:
    with fake(tmp_path, TROUBLES[trouble], ONCE) as engine:
        assert engine.best(START, 10).uci() == "e2e4"
        assert engine.restarts == 1
        assert engine.best(START, 10).uci() == "e2e4"  # the second process goes on
        assert len(starts(tmp_path)) == 2
        assert not alive(starts(tmp_path)[0])
    assert not alive(starts(tmp_path)[1])


@pytest.mark.parametrize("body", [ALWAYS, AT_ONCE], ids=["when asked", "at its start"])
@pytest.mark.parametrize("trouble", ["dies", "killed", "frozen", "garbage", "endless lines", "illegal move"])
def test_a_second_trouble_is_an_error(tmp_path: Path, trouble: str, body: str) -> None:
    with fake(tmp_path, TROUBLES[trouble], body) as engine:
        with pytest.raises(EngineError, match=r"engine-2$") as caught:
            engine.best(START, 10)
        said = SAID[trouble] if body == ALWAYS or trouble not in ("garbage", "illegal move") else "exit code 0"
        assert said in str(caught.value)
        assert isinstance(caught.value, ReasonError)
        assert len(starts(tmp_path)) == 2
        assert engine.restarts == 1
        assert engine.pid is None
        assert not any(map(alive, starts(tmp_path)))


def test_two_different_troubles_are_both_told(tmp_path: Path) -> None:
    body = "serve((lambda: sys.exit(3)) if first else (lambda: say('bestmove a1a1x\\n')))"
    with fake(tmp_path, "pass", body) as engine, pytest.raises(EngineError, match=r"exit code 3.*started again.*a1a1x"):
        engine.best(START, 10)


def test_an_engine_that_does_not_read_is_started_again(tmp_path: Path) -> None:
    """It answers for ever without reading a word, until our words fill its pipe of 64 KiB."""
    with fake(tmp_path, "\n    while True: say('uciok\\nreadyok\\nbestmove e2e4\\n')", AT_ONCE) as engine:
        assert {engine.best(START, 10).uci() for _ in range(1000)} == {"e2e4"}
        assert engine.restarts == 1


def test_what_a_dead_process_had_begun_to_say_is_forgotten(tmp_path: Path) -> None:
    body = "serve(lambda: (say('bestmove d2'), sys.exit()) if first else play())"
    with fake(tmp_path, "pass", body) as engine:
        assert engine.best(START, 10).uci() == "e2e4"


def test_an_answer_to_an_older_question_is_passed_over(tmp_path: Path) -> None:
    """Two moves for the first question; the second must not get what is left over."""
    answers = "['bestmove d2d4\\nbestmove d2d3\\n', 'bestmove e2e4\\n']"
    body = f"answers = {answers}\nserve(lambda: say(answers.pop(0)))"
    with fake(tmp_path, "pass", body) as engine:
        assert engine.best(START, 10).uci() == "d2d4"
        assert engine.best(START, 10).uci() == "e2e4"
        assert engine.restarts == 0


def test_every_question_begins_a_new_game(tmp_path: Path) -> None:
    with fake(tmp_path, "pass", "serve(play)") as engine:
        assert engine.name() == "Fake 1"
        for nodes in 1, 250:
            engine.best(START, nodes)
    heard = (tmp_path / "heard").read_text().splitlines()
    hello = ["uci", "setoption name Threads value 1", "setoption name Hash value 1", "isready"]
    asked = [["ucinewgame", "isready", f"position fen {START}", f"go nodes {nodes}"] for nodes in (1, 250)]
    assert heard == [*hello, *asked[0], *asked[1]]


def test_a_full_stderr_blocks_nothing(tmp_path: Path) -> None:
    with fake(tmp_path, "os.write(2, b'x' * (1 << 20)); play()", ALWAYS) as engine:
        assert engine.best(START, 10).uci() == "e2e4"
        assert engine.restarts == 0


@pytest.mark.parametrize("kind", ["missing", "folder", "not executable", "no program"])
def test_what_cannot_be_started_is_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "stockfish"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"\x7fELF or not")
        path.chmod(0o755 if kind == "no program" else 0o644)
    with pytest.raises(EngineError, match=r"cannot be started .*, twice"):
        Engine(str(path)).best(START, 10)


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        ("8/8/8/8/8/8/8/8 w - - 0 1", "no king"),
        ("8/8/8/8/8/8/8/K7 w - - 0 1", "Black has no king"),
        ("4k3/8/8/8/8/8/8/4K2R w - - 0 1\nquit", "FEN"),
        ("7k/5Q2/6K1/8/8/8/8/8 b - - 0 1", "the game is over"),
        ("rubbish", "FEN"),
    ],
)
def test_what_would_kill_an_engine_is_not_sent(tmp_path: Path, fen: str, said: str) -> None:
    engine = Engine(str(tmp_path / "missing"))
    with pytest.raises(BadPosition, match=said):
        engine.best(fen, 10)


def test_whoever_loses_an_engine_ends_it(tmp_path: Path) -> None:
    engine = fake(tmp_path, "pass", "serve(play)")
    engine.best(START, 10)
    (pid,) = starts(tmp_path)
    assert alive(pid)
    del engine
    gc.collect()
    assert not alive(pid)


def test_an_interrupted_question_leaves_no_answer_behind(tmp_path: Path) -> None:
    """Ctrl-C comes between the question and its answer."""
    interrupt = "os.kill(os.getppid(), signal.SIGINT); signal.pause()"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background ignore it
    try:
        with fake(tmp_path, interrupt, ONCE) as engine:
            with pytest.raises(KeyboardInterrupt):
                engine.best(START, 10)
            assert engine.pid is None
            assert engine.best(START, 10).uci() == "e2e4"
            assert engine.restarts == 0
    finally:
        signal.signal(signal.SIGINT, before)


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
    with fake(tmp_path, "sys.exit(3)", ONCE) as engine:
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


def program(folder: Path) -> Path:
    folder.mkdir()
    (folder / "stockfish").write_text("#!/bin/sh\n")
    (folder / "stockfish").chmod(0o755)
    return folder / "stockfish"


def test_stockfish_is_looked_for_in_three_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, on_path, in_games = (program(tmp_path / name) for name in ("named", "path", "games"))
    monkeypatch.setenv("STOCKFISH_PATH", str(named))
    monkeypatch.setenv("PATH", str(on_path.parent))
    monkeypatch.setattr(uci, "GAMES", str(in_games.parent))
    assert uci.find() == str(named)
    monkeypatch.delenv("STOCKFISH_PATH")
    assert uci.find() == str(on_path)
    on_path.unlink()
    assert uci.find() == str(in_games)
    in_games.chmod(0o644)
    with pytest.raises(BadConfig, match=r"STOCKFISH_PATH.*PATH.*games.*apt install stockfish"):
        uci.find()


def test_a_wrong_variable_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path / "named")
    path.chmod(0o644)
    monkeypatch.setenv("STOCKFISH_PATH", str(path))
    with pytest.raises(BadConfig, match=r"STOCKFISH_PATH=.*can be run"):
        uci.find()


def stockfish() -> str:
    try:
        return uci.find()
    except BadConfig:
        pytest.skip("Stockfish is not installed")


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
