"""Preferences: their file, whatever is in it and whatever happens to it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from tiny import full_disk

from reason_arena.agents.learning.preferences import Preference, PreferenceFile, read_preferences
from reason_arena.tasks.errors import BadConfig, StorageError

torch.set_num_threads(1)
ENV_ID = "Reason-Arithmetic-v0"
PLAIN = Preference("1 + 1", "2", "3", 7, ENV_ID, 0, "person")
STRANGE = Preference(
    prompt="\x1b[31m1 + 1\x1b[0m",
    chosen="[red]2[/red]\r\n\U0001f600 \u2028 \u0085 \ud800",
    rejected="",
    seed=2**70,
    env_id=ENV_ID,
    level="operators=+-,digits=50",
    labeller="shorter",
    margin=3.0,
    chosen_ids=(5, 0, 2),
    rejected_ids=(2,),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
        file.write(STRANGE)
        assert read_preferences(path) == file.rows == [PLAIN, STRANGE]  # while it is still open
    with PreferenceFile(path) as file:
        assert file.rows == [PLAIN, STRANGE]
        file.write(PLAIN)
    assert read_preferences(path) == [PLAIN, STRANGE, PLAIN]
    assert path.read_text().count("\n") == 3


def test_a_file_that_people_wrote_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    row = '{"seed":1, "env_id":"e", "level":2, "labeller":"me",  "prompt":"p", "chosen":"a\u2028b\U0001f600"'
    row += ', "rejected":""}'
    path.write_text(row + "\n", encoding="utf-8")
    expected = Preference("p", "a\u2028b\U0001f600", "", 1, "e", 2, "me")
    with PreferenceFile(path) as file:
        assert file.rows == [expected]
        assert path.read_text(encoding="utf-8") == row + "\n"
        file.write(PLAIN)
    assert read_preferences(path) == [expected, PLAIN]


GOOD = {"prompt": "p", "chosen": "a", "rejected": "b", "seed": 1, "env_id": "e", "level": 2, "labeller": "me"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nonsense", "not JSON: 'nonsense'"),
        ("", "not JSON: ''"),
        ("[" * 100_000, "not JSON"),
        ("[1]", r"got \[1\]"),
        (json.dumps({key: value for key, value in GOOD.items() if key != "rejected"}), "missing .* 'rejected'"),
        (json.dumps({**GOOD, "chosn": "a"}), "unknown key in preference 'chosn': did you mean 'chosen'"),
        (json.dumps({**GOOD, "chosen": 5}), "chosen: expected a text, got 5"),
        (json.dumps({**GOOD, "seed": "1"}), "seed: expected a whole number, got '1'"),
        (json.dumps({**GOOD, "seed": True}), "seed: expected a whole number, got True"),
        (json.dumps({**GOOD, "level": 1.5}), "level: expected a whole number or a text, got 1.5"),
        (json.dumps({**GOOD, "rejected": "a"}), "chosen and rejected are the same text, 'a'"),
        (json.dumps({**GOOD, "chosen": " \n"}), "chosen: expected a text, got an empty one"),
        (json.dumps({**GOOD, "prompt": ""}), "prompt: expected a text, got an empty one"),
        (json.dumps({**GOOD, "margin": float("nan")}), "margin: expected a finite number, got nan"),
        (json.dumps({**GOOD, "margin": "much"}), "margin: expected a number, got 'much'"),
        (json.dumps({**GOOD, "chosen_ids": []}), "chosen_ids: expected token ids, at least one"),
        (json.dumps({**GOOD, "rejected_ids": [3, -1]}), r"rejected_ids: .* none below 0, got \[3, -1\]"),
        (json.dumps({**GOOD, "chosen_ids": "5 6"}), "chosen_ids: expected a list, got '5 6'"),
    ],
    ids=lambda value: value[:40],
)
def test_a_bad_line_is_named(line: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    text = f"{json.dumps(GOOD)}\n{line}\n{json.dumps(GOOD)}\n"
    path.write_text(text)
    for use in (read_preferences, PreferenceFile):
        with pytest.raises(BadConfig, match=rf"^{re.escape(str(path))}, line 2: .*{told}") as caught:
            use(path)
        assert "\n" not in str(caught.value)
    assert path.read_text() == text


def test_what_is_no_file_of_preferences(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="nowhere: No such file or directory; expected a file of preferences"):
        read_preferences(tmp_path / "nowhere")
    with pytest.raises(BadConfig, match="Is a directory; expected a file of preferences"):
        read_preferences(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadConfig, match="binary: not UTF-8 text"):
        read_preferences(tmp_path / "binary")
    with pytest.raises(StorageError, match="cannot write"):
        PreferenceFile(tmp_path / "binary" / "prefs.jsonl")


def test_of_a_killed_writer_the_torn_line_alone_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
        file.write(STRANGE)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for size in range(first, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert read_preferences(path) == [PLAIN]
    for size in (first, first + 20, len(whole) - 1):  # of the last one, only the line break is missing
        path.write_bytes(whole[:size])
        with PreferenceFile(path) as file:
            file.write(PLAIN)
        assert read_preferences(path) == [PLAIN, *([STRANGE] if size == len(whole) - 1 else []), PLAIN]


@pytest.mark.parametrize("part", [0, 1, 50])
def test_a_full_disk_costs_nothing_that_was_written(part: int, tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
        with full_disk(path.stat().st_size + part), pytest.raises(StorageError, match=r"cannot write .*File too large"):
            file.write(STRANGE)
        assert read_preferences(path) == file.rows == [PLAIN]
        file.write(PLAIN)  # once there is room again
    assert read_preferences(path) == [PLAIN, PLAIN]


def test_undo_takes_back_what_was_written_here(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as file:
        file.write(PLAIN)
    with PreferenceFile(path) as file:
        file.write(STRANGE)
        file.write(PLAIN)
        assert file.undo() == PLAIN
        assert file.undo() == STRANGE
        assert read_preferences(path) == file.rows == [PLAIN]
        with pytest.raises(IndexError):
            file.undo()
        file.write(STRANGE)
    assert read_preferences(path) == [PLAIN, STRANGE]


def test_undo_leaves_the_lines_of_another_writer_alone(tmp_path: Path) -> None:
    path = tmp_path / "prefs.jsonl"
    with PreferenceFile(path) as mine, PreferenceFile(path) as yours:
        mine.write(PLAIN)
        yours.write(STRANGE)
        with pytest.raises(StorageError, match="another process writes here too"):
            mine.undo()
    assert read_preferences(path) == [PLAIN, STRANGE]
