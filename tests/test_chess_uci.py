"""Engines that die, freeze, babble and cheat: each is started again once, and then given up, in bounded time."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from fake_engine import START, alive, fake, starts

from reason_arena.envs.chess import uci
from reason_arena.envs.chess.uci import Engine, EngineError
from reason_arena.tasks.chess.positions import BadPosition
from reason_arena.tasks.errors import BadConfig, ReasonError

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


def test_a_king_sent_onto_its_rook_castles(tmp_path: Path) -> None:
    with fake(tmp_path, "pass", "serve(lambda: say('bestmove e8a8\\n'))") as engine:
        assert engine.best("r3k3/8/8/8/8/8/8/4K3 b q - 0 1", 10).uci() == "e8c8"
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
