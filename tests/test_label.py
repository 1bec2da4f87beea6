"""`reason label` as a person meets it, and as it labels alone: what is kept, and how it goes on."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import termios
from pathlib import Path

import pytest
import torch
from guesser import save_guesser
from killing import REASON, kill_when
from tiny import full_disk

from reason_arena.agents.learning.preferences import Preference, read_preferences
from reason_arena.scripts.cli import main
from reason_arena.tasks import registry

torch.set_num_threads(1)
Read = pytest.CaptureFixture[str]
QUESTION = re.compile(r"^│ (.*?) *│\n╰", re.MULTILINE)
ANSWERS = re.compile(r"┡.*\n│ (.*?) *│ (.*?) *│\n└")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_guesser(tmp_path_factory.mktemp("model") / "guesser")


class Labelling:
    """Sessions of a person who types."""

    def __init__(self, model: Path, out: Path, capsys: Read, monkeypatch: pytest.MonkeyPatch) -> None:
        self.words = words(model, out)
        self.out = out
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, typed: str, *more: str, code: int = 0) -> str:
        """Run a session; what it printed."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert main([*self.words, *more]) == code
        told = self._capsys.readouterr()
        self.error = told.err
        return told.out

    @property
    def rows(self) -> list[Preference]:
        return read_preferences(self.out)


def words(model: Path, out: Path) -> list[str]:
    return f"label --checkpoint {model} --level 0 --seed 2 --max-new-tokens 6 --pairs 20 --out {out}".split()


@pytest.fixture
def session(model: Path, tmp_path: Path, capsys: Read, monkeypatch: pytest.MonkeyPatch) -> Labelling:
    monkeypatch.setenv("COLUMNS", "100")
    return Labelling(model, tmp_path / "prefs.jsonl", capsys, monkeypatch)


# A person


def test_a_choice_is_what_stood_on_that_side(session: Labelling) -> None:
    page = session("a\nB\na\nb\nq\n")
    shown = list(zip(QUESTION.findall(page), ANSWERS.findall(page), strict=True))
    assert len(shown) == 5  # the last one was not answered
    assert len(session.rows) == 4
    for (question, (a, b)), key, row in zip(shown, "abab", session.rows, strict=False):
        assert row.prompt == question
        assert (row.chosen, row.rejected) == ((a, b) if key == "a" else (b, a))
        assert (row.labeller, row.level, row.margin) == ("person", 0, None)
        assert row.chosen_ids
        assert row.rejected_ids
        assert registry.load("arithmetic").generate("train", 0, row.seed).question == row.prompt
    assert [f"{n} of 20 labelled" in page for n in range(6)] == [True] * 5 + [False]
    assert page.endswith(f"4 of 20 labelled: {session.out}\ntrain on it: reason train llm --help\n")


def test_skip_undo_and_keys_that_are_none(session: Labelling) -> None:
    page = session("u\nx\n\ns\na\nu\nu\nu\na\nb\nu\ns\nb\ns\nu\nq\n")
    one, two, three, four, five = dict.fromkeys(QUESTION.findall(page))
    assert page.count("nothing to undo in this session") == 2
    assert "expected one of a, b, s, u, q, got 'x'" in page
    assert "expected one of a, b, s, u, q, got ''" in page
    # s a, u u: back at the first; a b, u: back at the second; s b; s, and back
    assert QUESTION.findall(page) == [one, two, three, two, one, two, three, two, three, four, five, four]
    assert page.count("taken back: ") == 4
    assert [row.prompt for row in session.rows] == [one, three]


def test_the_next_session_goes_on_behind_the_last_label(session: Labelling, tmp_path: Path) -> None:
    session("a\nb\ns\na\nb\nb\nq\n")
    whole = session.out.read_bytes()
    session.out.unlink()
    first = session("a\nb\ns\nq\n")
    second = session("s\na\n")  # the skipped one is shown once more; the input just ends
    assert QUESTION.findall(second)[0] == QUESTION.findall(first)[2]
    assert "2 of 20 labelled" in second
    third = session("b\nb\nu\nu\nu\nb\nb\nq\n")
    assert "nothing to undo in this session" in third  # and nothing of an earlier one is lost
    assert session.out.read_bytes() == whole


def test_the_last_choice_can_be_taken_back_too(session: Labelling) -> None:
    page = session("a\na\nu\nb\nq\n", "--pairs", "2")
    a, b = ANSWERS.findall(page)[1]
    assert (session.rows[1].chosen, session.rows[1].rejected) == (b, a)
    assert len(ANSWERS.findall(page)) == 3
    assert page.endswith(f"2 of 2 labelled: {session.out}\ntrain on it: reason train llm --help\n")
    assert session("", "--pairs", "2") == f"2 of 2 labelled: {session.out}\ntrain on it: reason train llm --help\n"
    more = session("a\nq\n", "--pairs", "3")
    assert "2 of 3 labelled" in more
    assert len(session.rows) == 3


def test_labels_of_others_stay_and_do_not_count(session: Labelling) -> None:
    session("a\na\nq\n")
    session("a\nq\n", "--seed", "11")
    session("a\nq\n", "--level", "1")
    session("", "--labeller", "correct", "--pairs", "2")
    page = session("b\nq\n")
    assert "2 of 20 labelled" in page
    assert [row.labeller for row in session.rows] == ["person"] * 4 + ["correct"] * 2 + ["person"]
    assert len({(row.seed, row.level) for row in session.rows if row.labeller == "person"}) == 5


# What happens to the file


def test_kill_9_loses_nothing_that_was_confirmed(session: Labelling) -> None:
    process = subprocess.Popen(
        [*REASON, *session.words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdin
    assert process.stdout
    for count in range(1, 4):
        process.stdin.write("a\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith(f"A is better: {count} of 20 labelled"):
                break
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    killed = session.out.read_bytes()
    assert len(session.rows) == 3
    assert "3 of 20 labelled" in session("a\nq\n")
    assert session.out.read_bytes().startswith(killed)
    went_on = session.out.read_bytes()
    session.out.unlink()
    session("a\na\na\na\nq\n")
    assert session.out.read_bytes() == went_on


def test_a_full_disk_is_one_line_and_costs_one_choice(session: Labelling) -> None:
    session("a\nb\na\nq\n")
    whole = session.out.read_bytes()
    size = len(b"".join(whole.splitlines(keepends=True)[:2])) + 30
    session.out.unlink()
    with full_disk(size):
        session("a\nb\na\na\nq\n", code=2)
    assert session.error == f"reason: cannot write {session.out}: File too large\n"
    assert len(session.rows) == 2
    session("a\nq\n")
    assert session.out.read_bytes() == whole


def test_on_a_terminal_a_key_is_enough(session: Labelling) -> None:
    """In a terminal of its own: no Enter, arrow keys are no answer, and the terminal is as before afterwards."""
    controller, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    process = subprocess.Popen(
        [*REASON, *session.words], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    output = b""

    def wait_for(text: bytes) -> None:
        nonlocal output
        while text not in output:
            read = os.read(controller, 4096)
            assert read, output
            output += read
        output = output.partition(text)[2]

    for key, answer in (
        (b"\x1b[A", b"expected one of a, b, s, u, q"),  # the arrow upwards
        (b"a", b"A is better: 1 of 20 labelled"),
        (b"B", b"B is better: 2 of 20 labelled"),
        (b"u", b"taken back: 1 of 20 labelled"),
        (b"\x04", b"1 of 20 labelled: "),  # Ctrl-D
    ):
        wait_for(b"q: quit > ")
        os.write(controller, key)
        wait_for(answer)
    assert process.wait() == 0
    assert termios.tcgetattr(terminal) == before
    os.close(terminal)
    os.close(controller)
    assert len(session.rows) == 1


# Without a person


@pytest.mark.parametrize("name", ["correct", "shorter"])
def test_a_rule_labels_by_what_the_task_says(name: str, session: Labelling) -> None:
    assert "12 of 12 labelled" in session("", "--labeller", name, "--pairs", "12")
    task = registry.load("arithmetic")
    for row in session.rows:
        problem = task.generate("train", 0, row.seed)
        assert row.chosen_ids
        assert row.rejected_ids
        assert task.verify(problem, row.chosen)
        if task.verify(problem, row.rejected):
            assert name == "shorter"
            assert row.margin == len(row.rejected_ids) - len(row.chosen_ids) > 0
        else:
            assert row.margin is None
    assert len({row.seed for row in session.rows}) == 12
    assert {row.labeller for row in session.rows} == {name}


def test_noise_turns_labels_round(session: Labelling) -> None:
    session("", "--labeller", "correct", "--pairs", "12")
    right = session.rows
    session.out.unlink()
    session("", "--labeller", "correct", "--pairs", "12", "--noise", "1")
    for row, turned in zip(right, session.rows, strict=True):
        assert (row.seed, row.chosen, row.rejected) == (turned.seed, turned.rejected, turned.chosen)
        assert turned.labeller == "correct, noise 1"


def test_labelling_ends_where_there_is_nothing_to_choose(session: Labelling) -> None:
    page = session("", "--labeller", "correct", "--temperature", "0.0001", "--pairs", "2")
    assert re.match(r"no pair is left: .*\n[01] of 2 labelled: ", page)


def test_a_killed_rule_goes_on_as_if_it_had_not_been(session: Labelling) -> None:
    rule = ["--labeller", "shorter", "--pairs", "200"]

    def begun() -> bool:
        return session.out.exists() and session.out.read_bytes().count(b"\n") >= 3

    alive, output = kill_when([*session.words, *rule], begun)
    assert alive, output
    assert 3 <= len(session.rows) < 200
    assert "200 of 200 labelled" in session("", *rule)
    killed = session.out.read_bytes()
    session.out.unlink()
    session("", *rule)
    assert session.out.read_bytes() == killed


# Mistakes


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("--pairs 0", "--pairs: expected 1 or more, got 0"),
        ("--seed -1", "seed: expected a whole number from 0 to 4294967295, got -1"),
        ("--labeller shortr", "unknown labeller 'shortr': did you mean 'shorter'? expected one of correct, person,"),
        ("--noise 0.1", "--noise: only for shorter and correct, got it for a person"),
        ("--labeller shorter --noise 2", "noise=2.0: expected a share from 0 to 1"),
        ("--level 12", "level 12: expected 0 to 9"),
        ("--env-id Reason-Arithmetc-v0", "did you mean 'Reason-Arithmetic-v0'?"),
        ("--temperature 0", "temperature=0: every answer to a problem is the same"),
        ("--checkpoint nowhere/at/all", "nowhere/at/all"),
        ("--out {out}/x", "cannot write {out}/x"),
        ("", "{out}, line 2: not JSON: 'nonsense'"),
    ],
)
def test_a_mistake_is_one_line(more: str, expected: str, session: Labelling) -> None:
    session("a\nq\n")
    text = session.out.read_text()
    session.out.write_text(f"{text}nonsense\n{text}" if not more else text)
    before = session.out.read_bytes()
    assert session("a\n", *more.format(out=session.out).split(), code=2).count("better one") == 0
    assert session.error.startswith("reason: ")
    assert session.error.count("\n") == 1
    assert expected.format(out=session.out) in session.error
    assert session.out.read_bytes() == before


def test_whose_answers_has_to_be_said(capsys: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["label"]) == 2
    assert "expected --checkpoint, the language model that answers" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
