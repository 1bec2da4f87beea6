"""The command language: what is read, what is refused and why, by whoever tries."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from random import Random

import pytest
from pokemon_memory import Cells

from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon.actions import (
    BUTTONS,
    MOST,
    ActionSettings,
    Goto,
    Note,
    Press,
    Refused,
    Wait,
    mask,
    parse,
)


@pytest.mark.parametrize(
    ("answer", "command"),
    [
        ("press up*3 a", Press(("up", "up", "up", "a"))),
        ("PRESS Up * 2, A", Press(("up", "up", "a"))),
        ("press a", Press(("a",))),
        ("press noop start", Press(("noop", "start"))),
        ("press: down left right", Press(("down", "left", "right"))),
        ("press u d l r", Press(("up", "down", "left", "right"))),
        ("press up up.", Press(("up", "up"))),
        ("`press a*2`", Press(("a", "a"))),
        ("> press b", Press(("b",))),
        ("up*2 a", Press(("up", "up", "a"))),
        ("↑ ↑ a", Press(("up", "up", "a"))),
        ("press up×2", Press(("up", "up"))),
        ("ｐｒｅｓｓ　ａ", Press(("a",))),
        ("press a*16", Press(("a",) * 16)),
        ("goto 9 12", Goto(9, 12)),
        ("goto 9,12", Goto(9, 12)),
        ("Go to (9, 12).", Goto(9, 12)),
        ("goto -1 5", Goto(-1, 5)),
        ("goto 5 −1", Goto(5, -1)),
        ("wait 5", Wait(5)),
        ("note the ELDER wants the letter", Note("the ELDER wants the letter")),
        ("note: two  spaces", Note("two spaces")),
        ("The door is north of me.\nI walk there.\npress up*2", Press(("up", "up"))),
        ("<think>press a*99 or goto 1 1?</think>\nwait 2", Wait(2)),
        ("<think>\npress a\n</think>\nwait 2", Wait(2)),
        ("<Think>\npress a\n</Think>\n\nwait 2", Wait(2)),
        ("press a\n\n", Press(("a",))),
    ],
)
def test_what_is_read(answer: str, command: object) -> None:
    assert parse(answer) == command


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "nothing was said"),
        (" \n\t", "nothing was said"),
        ("I would like to go north.", "expected press or goto or wait or note"),
        ("press", "expected buttons after press"),
        ("press select", "'select' is no button; buttons are down, left"),
        ("press up*0", "expected 1 or more, got 0"),
        ("press up*-3", "is no button"),
        ("press up*3.5", "is no button"),
        ("press a*10000", "expected at most 16 presses in one command, got 10,000"),
        ("press " + "a " * 9_000, "expected at most 16 presses in one command, got 9,000"),
        ("a*17", "expected at most 16 presses in one command, got 17"),
        ("press a*9999999999999999999", "at most 16 presses in one command, got 'a*9999999999999999999'"),
        ("press a*" + "9" * 6_000, "at most 16 presses in one command, got 'a*9999"),
        ("press a*00000000017", "got 17"),
        ("press " + "up " * 10_000, "expected an answer of at most 20,000 characters, got 30,006 characters"),
        ("press a*8 b*9", "got 17"),
        ("press a" * 5000, "got 35,000 characters"),
        ("press up\npress down", "expected one command, got 2; the first was 'press up'"),
        ("press up\ngoto 1 1\nnote x", "expected one command, got 3"),
        ("goto", "expected goto X Y with two whole numbers"),
        ("goto 1", "two whole numbers"),
        ("goto 1 2 3", "two whole numbers"),
        ("goto 1.5 2", "two whole numbers"),
        ("goto ٣ ٤", "'٣' is ARABIC-INDIC DIGIT THREE"),
        ("goto 99999 1", "two whole numbers from -999 to 999, got '99999 1'"),
        ("goto up", "two whole numbers"),
        ("wait", "expected wait N"),
        ("wait 0", "expected wait with 1 to 16, got 0"),
        ("wait 17", "expected wait with 1 to 16, got 17"),
        ("wait forever", "expected wait N"),
        ("note", "expected a text after note"),
        ("note " + "x" * 201, "at most 200 characters, got 201"),
        ("press а", "'а' is CYRILLIC SMALL LETTER A"),
        ("press uр", "'р' is CYRILLIC SMALL LETTER ER"),
        ("press \x00", "is no button"),
        ("\ud800", "expected press"),
        ("<think>press a", "the thought did not end"),
        ("<think>\npress a\npress b", "the thought did not end"),
        ("press a</think>", "nothing was said"),
    ],
)
def test_what_is_refused_and_why(answer: str, reason: str) -> None:
    command = parse(answer)
    assert isinstance(command, Refused), command
    assert reason in command.reason
    assert len(command.reason) < 300


def test_commands_can_be_switched_off() -> None:
    buttons, walks = ActionSettings(goto=False, notes=False), ActionSettings(notes=False)
    assert buttons.verbs == ("press", "wait")
    assert parse("goto 1 2", buttons) == Refused("goto is switched off here; commands are press, wait")
    assert parse("note x", walks) == Refused("note is switched off here; commands are press, goto, wait")
    assert parse("goto 1 2", walks) == Goto(1, 2)
    assert parse("press a", buttons) == Press(("a",))
    assert "expected press or wait," in getattr(parse("hello", buttons), "reason", "")


def test_any_string_is_read_or_refused() -> None:
    rng = Random(4)
    pieces = [
        "press",
        "goto",
        "wait",
        "note",
        "up",
        "a",
        "*",
        "3",
        "up*2",
        "-",
        "(",
        "é",
        "１",
        ",",
        "\u202e",
        "\x85",
        "\n",
    ]
    kinds = set()
    for _ in range(20_000):
        words = [rng.choice(pieces[:6]), *(rng.choice(pieces) for _ in range(rng.randrange(6)))]
        answer = rng.choice(("", " ", " ")).join(words)
        command = parse(answer)
        kinds.add(type(command))
        if isinstance(command, Press):
            assert 1 <= len(command.buttons) <= MOST
            assert set(command.buttons) <= set(BUTTONS)
        if isinstance(command, Note):
            assert "\n" not in command.text
            assert len(command.text) <= 200
    assert kinds == {Press, Goto, Wait, Note, Refused}


LONG = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from reason_arena.tasks.pokemon.actions import parse
for more in range(25):
    for text in (" " * 19_900, "`" * 19_900, " `" * 9_950, chr(0xF73) * 19_900):
        assert len(said := "press a" + text[more:] + "b") > 19_800
        print(type(parse(said)).__name__)
"""


@pytest.mark.skipif(os.name != "posix", reason="no limits of CPU time here")
def test_a_hundred_texts_made_to_take_long_are_read_in_seconds() -> None:
    done = subprocess.run([sys.executable, "-c", LONG], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.returncode}: {done.stderr}"
    assert done.stdout.split() == ["Press", "Refused", "Refused", "Refused"] * 25


def test_marks_are_put_in_order_as_unicode_has_it() -> None:
    # Below comes before above (220, 230), and both signs of the vowel II are sorted among the others (129, 130).
    for text in ("a\u0301\u0316", "a\u0316\u0301", "\u0f73\u0f71", "e\u0323\u0302", "ﷺ\u0345\u0301", "가\u11a8"):
        assert parse(f"note {text}") == Note(" ".join(unicodedata.normalize("NFKC", text).split()))


def test_every_button_is_allowed_but_those_a_script_takes_away() -> None:
    assert all(mask(Cells().read()))
    assert BUTTONS == ("down", "left", "right", "up", "a", "b", "start", "noop")
    # Bits: a 0, b 1, select 2, start 3, right 4, left 5, up 6, down 7.
    only_a = mask(Cells().put(at.JOY_IGNORE, 0b1111_1110).read())
    assert [button for button, free in zip(BUTTONS, only_a, strict=True) if free] == ["a", "noop"]
    no_walks = mask(Cells().put(at.JOY_IGNORE, 0b1111_0000).read())
    assert [button for button, free in zip(BUTTONS, no_walks, strict=True) if free] == ["a", "b", "start", "noop"]
    assert all(mask(Cells().battle().read()))
