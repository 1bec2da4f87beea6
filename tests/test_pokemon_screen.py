"""The glass against the text view, along the solver's way: what is drawn is what is told, dot by dot.

The screen is read here from its dots alone, by the pictures of the cartridge's letters and squares, with nothing of the
memory that the reader looks at.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("pyboy")

from reason_arena.tasks.pokemon import profiles
from reason_arena.tasks.pokemon.actions import BUTTONS
from reason_arena.tasks.pokemon.facts import facts_of_arrays, facts_of_text
from reason_arena.tasks.pokemon.hearthway import art
from reason_arena.tasks.pokemon.hearthway.charset import CODES
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.hearthway.world import TILESETS, WALKABLE

FREE = profiles.hearthway()
LETTERS = {code: letter for letter, code in CODES.items() if letter not in "▷▶▼"} | {0x6E: "L"}
GAP, CURSOR, MORE = "\0", "▶", "▼"
SIGNS = {"tall": '"', "water": "~", "ledge": "v", "sapling": "T"} | dict.fromkeys(WALKABLE - {"tall"}, ".")
DRAWN_OVER = {"N", "o", "@"}
"""signs of what is drawn over the ground, and of the player"""
HEAD = 12
"""rows of a square that nobody on the square below covers: people are drawn four dots too high"""
Dots = NDArray[np.uint8]


def letters() -> dict[bytes, str]:
    """What 8 x 8 dots of shades 0 to 3 say: a letter, a cursor, or the gap that a frame makes."""
    plain = {0x79: art.box(), 0x6E: art.level_mark(), 0x80: art.font()}
    told: dict[bytes, str] = {}
    for first, rows in plain.items():
        for place in range(0, len(rows), 8):
            dots = 3 * np.unpackbits(np.array(rows[place : place + 8], np.uint8))
            code = first + place // 8
            mark = {CODES["▶"]: CURSOR, CODES["▼"]: MORE}.get(code, LETTERS.get(code, GAP))
            told.setdefault(dots.tobytes(), mark)
    return told


def squares() -> dict[bytes, str]:
    """The sign of the text view for the upper rows of a square of ground."""
    drawn: dict[bytes, str] = {}
    for tiles in TILESETS.values():
        for name in tiles.values():
            shades = np.array([[art.SQUARES[name](x, y) for x in range(16)] for y in range(HEAD)], np.uint8)
            sign = SIGNS.get(name, "#")
            assert drawn.setdefault(shades.tobytes(), sign) == sign, "two squares look alike and are not"
    return drawn


GLYPHS, GROUND = letters(), squares()


def shades(screen: Dots) -> Dots:
    """(144, 160) from 0, white, to 3, black."""
    return (255 - screen[:, :, 0]) // 64


def glass(dots: Dots) -> list[list[str]]:
    """18 rows of 20 letters, a gap where none is."""
    cells = dots.reshape(18, 8, 20, 8).swapaxes(1, 2)
    return [[GLYPHS.get(cell.tobytes(), GAP) for cell in row] for row in cells]


def stretches(rows: list[list[str]]) -> list[str]:
    """The words on the glass in reading order, a stretch of letters each."""
    found = []
    for row in rows:
        line = "".join(GAP if letter in (CURSOR, MORE) else letter for letter in row)
        found += [" ".join(piece.split()) for piece in line.split(GAP) if piece.strip()]
    return found


def sections(words: str) -> dict[str, str]:
    """The one-line sections of a text view."""
    return {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in words.split("\n") if " " in line}


def only_labels(line: str, labels: list[str]) -> bool:
    for label in labels:
        line = line.replace(label, "", 1)
    return not line.strip()


def check_words(told: dict[str, str], rows: list[list[str]]) -> None:
    """TEXT and MENU say what is on the glass, and all of it."""
    menu = [label for label in told.get("MENU", "").split(" | ") if label]
    labels = [label.removeprefix(">") for label in menu]
    said = " / ".join(line for line in stretches(rows) if not only_labels(line, labels))
    more = any(MORE in row for row in rows)
    assert told.get("TEXT", "") == (f"{said} (more)" if more else said)
    cursors = [(y, row.index(CURSOR)) for y, row in enumerate(rows) if CURSOR in row]
    assert bool(menu) == bool(cursors)
    if cursors:
        y, x = cursors[0]
        beside = "".join(rows[y][x + 1 :]).split(GAP)[0].split("  ")[0].strip()
        (chosen,) = (label.removeprefix(">") for label in menu if label.startswith(">"))
        assert f"{beside} ".startswith(f"{chosen} ")
        everything = " ".join(stretches(rows))
        assert all(label in everything for label in labels)


def heads(dots: Dots) -> Dots:
    """(9, 10, 12, 16): the upper rows of each square."""
    return dots.reshape(9, 16, 10, 16).swapaxes(1, 2)[:, :, :HEAD]


def check_map(words: str, dots: Dots) -> Counter[str]:
    """MAP says what is on the glass, square by square. Returns the signs compared."""
    lines = words.split("\n")
    start = 2 + next(number for number, line in enumerate(lines) if line.startswith("MAP "))
    told = [line[4:] for line in lines[start : start + 9]]
    drawn = [[GROUND.get(square.tobytes(), "") for square in row] for row in heads(dots)]
    compared = Counter[str]()
    for row, column in np.ndindex(9, 10):
        sign, seen = told[row][column], drawn[row][column]
        where = f"row {row}, column {column}: {sign!r} told, {seen!r} drawn\n{words}"
        around = [(y, x) for y in range(9) for x in range(10) if abs(y - row) + abs(x - column) == 1]
        if sign == "N" and seen:  # half way to the square where memory has them, or from beyond the edge
            assert len(around) < 4 or any(not drawn[y][x] for y, x in around), where
            sign = "on the way"
        elif sign in DRAWN_OVER:
            assert not seen, where
        elif not seen:
            assert len(around) < 4 or any(told[y][x] == "N" for y, x in around), where
            sign = "on the way"
        else:
            assert seen == {"S": "#", ">": ".", ",": "."}.get(sign, sign), where
        compared[sign] += 1
    return compared


def play(seed: int) -> Counter[str]:
    """A whole game; the signs of the map that were compared, screens of words and screens in all."""
    env: Any = gym.make("reason_arena.envs:Reason-Pokemon-v0", view="array", render_mode="rgb_array").unwrapped
    arrays, _ = env.reset(seed=seed)
    solver, tally, done, before = Solver(), Counter[str](), False, env.game.state
    while not done:
        words, dots, state = env.words(), shades(env.render()), env.game.state
        assert facts_of_text(words, FREE) == facts_of_arrays(arrays), words
        if state.text_open:
            check_words(sections(words), glass(dots))
            tally["words"] += 1
        elif not dots.any():
            assert state.position.map != before.position.map, "dark, but for the moment in which a map is entered"
            tally["dark"] += 1
        else:
            assert not {"TEXT", "MENU"} & set(sections(words))
            tally += check_map(words, dots)
        tally["screens"] += 1
        before, button = state, solver.act(env.game.emulator.memory)
        assert button is not None
        arrays, _, done, truncated, _ = env.step(BUTTONS.index(button))
        assert not truncated
    env.close()
    assert tally["words"] > 500
    assert tally["dark"] < tally["screens"] / 100
    assert tally["on the way"] < tally["."] / 1000
    return tally


def test_the_glass_and_both_views_say_the_same_at_every_step_of_a_game() -> None:
    assert set(play(5)) >= set('#.,"~>N@STv')


@pytest.mark.slow
def test_they_do_on_twenty_seeds() -> None:
    for seed in range(20):
        play(200 + seed)
