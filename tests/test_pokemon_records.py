"""Records of games: written and read again, what is none refused, and nothing forgotten on the way."""

from __future__ import annotations

import json

import pytest

from reason_arena.tasks.errors import BadData
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.records import Record, lengthened, presses_of, read, shortened


@pytest.mark.parametrize(
    ("letters", "short"),
    [
        ("", ""),
        ("u", "u"),
        ("uu", "u2"),
        ("uuuaab", "u3a2b"),
        ("-" * 120 + "." * 11, "-120.11"),
        ("dlruabs.-", "dlruabs.-"),
    ],
)
def test_presses_are_counted_and_spelt_out_again(letters: str, short: str) -> None:
    assert shortened(letters) == short
    assert lengthened(short) == letters


def test_every_button_has_a_letter_of_its_own() -> None:
    assert presses_of([*BUTTONS, ""]) == "dlruabs.-"
    assert Record("", "", "dlruabs.-").buttons == (*BUTTONS, "")


def test_a_record_is_a_line_that_can_be_read_again() -> None:
    record = Record("pokemon-v1/test/2/7", "ab" * 20, "ssuuu-", "cd" * 20, ((1, 13), (2, 30)), "2.8.1")
    line = record.text()
    assert "\n" not in line
    assert json.loads(line)["presses"] == "s2u3-"
    assert read(line) == record


BAD = [
    "",
    "nothing",
    "[]",
    "7",
    '{"problem_id": "pokemon-v1/test/2/7"}',
    *(
        json.dumps({"problem_id": "p", "cartridge": "c", "presses": presses, "milestones": milestones})
        for presses, milestones in (
            ("x", []),
            ("u0", []),
            ("3u", []),
            ("u 3", []),
            ("u3\n", []),
            ("u99999999", []),
            ("u9999999999999999", []),
            ("u5000000" * 3, []),
            ("u", 7),
            ("u", [[1]]),
            ("u", [["one", 2]]),
            ("u", [[1, float("inf")]]),
            ("u", [[1, 1e300]]),
            ("u", [[1, -1]]),
        )
    ),
]


@pytest.mark.parametrize("line", BAD)
def test_what_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(BadData, match=r"presses|record"):
        read(line)
