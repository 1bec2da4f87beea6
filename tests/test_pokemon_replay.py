"""Episodes played again from their records: to the byte, told of rightly, and as a page that stands alone."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from report_sample import Page

pytest.importorskip("pyboy")

from PIL import Image

from reason_arena.agents.agent import Agent
from reason_arena.agents.baselines import RandomWordsAgent
from reason_arena.agents.learning.rollout import rollout
from reason_arena.agents.registry import Place
from reason_arena.arena.lines import line
from reason_arena.arena.replays import Film, Owned, film, solved
from reason_arena.arena.report.episode import episode_page
from reason_arena.arena.report.film import MOST
from reason_arena.arena.report.png import PAPER, png, shades
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadData
from reason_arena.tasks.pokemon import addresses as at
from reason_arena.tasks.pokemon import hearthway
from reason_arena.tasks.pokemon.chronicle import KINDS, Moment, thinned
from reason_arena.tasks.pokemon.hearthway.solver import Solver
from reason_arena.tasks.pokemon.hearthway.world import IDS, PLACES, SIDES
from reason_arena.tasks.pokemon.records import Record, read

LEVEL = "until=6,steps=400"
"""the letter is brought back: two ways, eight maps"""


@pytest.fixture(scope="module")
def record() -> Record:
    return solved("test", LEVEL, 0)


@pytest.fixture(scope="module")
def played(record: Record) -> Film:
    return film(record)


@pytest.fixture(scope="module")
def shown(played: Film) -> list[Moment]:
    return thinned(played.moments, MOST)


@pytest.fixture(scope="module")
def source(played: Film) -> str:
    return episode_page(played, "the solver")


def test_the_same_presses_end_in_the_same_memory(record: Record, played: Film) -> None:
    assert played.exact
    assert played.reached
    assert played.steps == len(record.presses) == record.milestones[-1][1]
    other = record.presses[:-40] + "." * 40
    again = film(replace(record, presses=other))
    assert not again.exact
    assert not again.reached


def test_both_views_leave_the_same_record(record: Record) -> None:
    found = []
    for view in ("text", "array"):
        env = gym.make("Reason-Pokemon-v0", view=view, split="test", level=LEVEL, render_mode="ansi").unwrapped
        env.reset(seed=0)
        for button in record.buttons:
            info = env.step(f"press {button}" if view == "text" else np.int64("dlruabs.".index(_letter(button))))[4]
        found.append(info["record"])
        env.close()
    assert found[0] == found[1] == record.text()


def _letter(button: str) -> str:
    return {"start": "s", "noop": "."}.get(button, button[:1])


def test_steps_in_which_the_game_stands_still_are_played_again_too() -> None:
    env = gym.make("Reason-Pokemon-v0", split="test", level="steps=5", render_mode="ansi").unwrapped
    env.reset(seed=3)
    for command in ("press start", "nonsense", "wait 2", "goto 99 99"):
        info = env.step(command)[4]
    env.close()
    record = read(info["record"])
    assert record.presses == "s-..-"
    assert film(record).exact


def test_the_game_of_an_agent_that_gives_up_is_kept_as_far_as_it_went() -> None:
    class Tired(Agent):
        view = "text"
        acted = 0

        def act(self, observations: tuple[str, ...], infos: Sequence[dict[str, Any]]) -> tuple[str, ...]:
            self.acted += 1
            return ("press start", "press down", "press left", "press b")[self.acted - 1 :][:1]

        def resigned(self) -> tuple[str, ...]:
            return ("tired" if self.acted == 4 else "",)

    env = Place("Reason-Pokemon-v0", "test", 2).make("text", 1, render_mode="ansi")
    (episode,) = rollout(env, Tired(), [5])
    env.close()
    assert episode.resigned == "tired"
    record = read(episode.record)
    assert (record.presses, record.problem_id, record.digest) == ("sdl", "pokemon-v1/test/2,cartridge=hearthway/5", "")
    assert film(record).exact, "of a record that says nothing of memory"
    told = line(RandomWordsAgent(["b"]), episode)
    assert (told["problem_id"], told["furthest"], told["verdict"]) == (record.problem_id, 0, "too_long")
    assert (told["counts"]["presses"], told["counts"]["moves"]) == (3, 3)


def test_moments_are_told_in_order_with_all_milestones(played: Film, record: Record) -> None:
    steps = [moment.step for moment in played.moments]
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, played.steps)
    assert [(n, m.step) for m in played.moments for n in m.milestones] == list(record.milestones)
    assert [(mark.number, mark.step) for mark in played.marks] == list(record.milestones)
    assert played.moments[-1].told.endswith("the goal is reached")
    told = [moment.told for moment in played.moments]
    assert "milestone 2: get a companion from the elder" in told
    assert sum("came to STONEWICK" in each for each in told) == 1
    assert sum("came back to STONEWICK" in each for each in told) == 1
    assert {moment.kind for moment in played.moments} <= set(KINDS)
    elder = next(mark for mark in played.marks if mark.number == 2)
    assert (elder.map, elder.x, elder.y) == (IDS["ELDER"], 4, 3), "before the elder, who stands at (4,2)"


def test_maps_lie_beside_each_other_as_the_world_has_them(played: Film) -> None:
    corner = {placed.sheet.map: (placed.left, placed.top) for placed in played.world.places}
    size = {number: (len(place.grid[0]), len(place.grid)) for number, place in enumerate(PLACES)}
    compared = 0
    for here, place in enumerate(PLACES):
        for side, (key, shift) in place.links.items():
            there = IDS[key]
            if {here, there} <= corner.keys() and {here, there} <= {IDS[k] for k in ("HAMLET", "TRAIL", "STONE")}:
                dx, dy = SIDES[side]
                # What `links` adds to a coordinate on the way over is what the neighbour's corner lies back by.
                expected = (
                    -shift if dy else (size[here][0] if dx > 0 else -size[there][0]),
                    -shift if dx else (size[here][1] if dy > 0 else -size[there][1]),
                )
                assert tuple(np.subtract(corner[there], corner[here])) == expected
                compared += 1
    assert compared == 4, "each of the two borders from both sides"
    taken = np.zeros((played.world.height, played.world.width), int)
    for placed in played.world.places:
        sheet = placed.sheet
        assert (sheet.width, sheet.height) == size[sheet.map]
        taken[placed.top : placed.top + sheet.height, placed.left : placed.left + sheet.width] += 1
    assert taken.max() == 1, "no map lies on another"
    assert taken.sum() == sum(size[number][0] * size[number][1] for number in corner)


def test_a_picture_is_what_the_console_showed(played: Film) -> None:
    screen = played.screens[played.marks[0].step]
    decoded = np.asarray(Image.open(io.BytesIO(png(shades(screen)))).convert("RGB"))
    grey = {0: 0, 85: 1, 153: 2, 255: 3}
    assert decoded.shape == (144, 160, 3)
    assert set(np.unique(screen).tolist()) <= grey.keys()
    for value, place in grey.items():
        assert (decoded[screen[:, :, 0] == value] == PAPER[place]).all()


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_pictures_of_any_width_keep_their_pixels(width: int) -> None:
    pixels = np.arange(3 * width, dtype=np.uint8).reshape(3, width) % 4
    decoded = np.asarray(Image.open(io.BytesIO(png(pixels))).convert("RGB"))
    assert (decoded == np.array(PAPER, np.uint8)[pixels]).all()


def test_the_page_stands_alone_and_is_small(source: str, played: Film, shown: list[Moment]) -> None:
    page = Page(source)
    assert page.count("script") == 0
    assert "://" not in source
    assert len(source) < 300_000
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    radios = [attributes for tag, attributes in page.tags if tag == "input"]
    assert len(radios) == len(shown)
    assert all(attributes["type"] == "radio" and attributes["aria-label"] for attributes in radios)
    assert sum("checked" in attributes for attributes in radios) == 1
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', source)
    assert len(pictures) == len(shown)
    for data, moment in zip(pictures, shown, strict=True):
        assert b64decode(data) == png(shades(played.screens[moment.step]))
    targets = {attributes["for"] for tag, attributes in page.tags if tag == "label"}
    assert targets <= set(ids)


def test_the_same_record_gives_the_same_page(record: Record, source: str) -> None:
    assert episode_page(film(record), "the solver") == source


def test_a_page_without_pictures_has_none_and_none_of_the_words_on_the_screen(record: Record) -> None:
    made = film(record, pictures=False)
    page = episode_page(made)
    assert "<img" not in page
    assert "base64" not in page
    assert "ELDER: " not in page, "what people say is the cartridge's"
    assert Page(page).count("svg", **{"class": "screen"}) == MOST


def test_what_an_owner_calls_a_creature_is_not_told(played: Film) -> None:
    """Neither of the team nor in a battle, of either side; only what kind it is."""
    env = gym.make("Reason-Pokemon-v0", view="array").unwrapped
    env.reset(seed=0)
    solver, game, seen = Solver(), env.game, list[Moment]()
    for wanted, nick in (("team", at.PARTY_NICKS), ("battle", at.ENEMY_NICK)):
        while not getattr(game.state, wanted):
            game.press(solver.act(game.emulator.memory))
        for place, letter in enumerate([0x90] * 4 + [0x50]):  # QQQQ, and the end
            game.emulator.poke(nick + place, letter)
        seen.append(replace(played.moments[-1], state=game.reader.read(game.emulator.memory)))
    env.close()
    battle = seen[1].state.battle
    assert battle is not None
    assert [seen[0].state.team[0].name, battle.foe.name] == ["QQQQ", "QQQQ"]
    page = episode_page(replace(played, moments=tuple(seen), screens={}))
    assert "QQQQ" not in page
    assert page.count("FERNOX L5") >= 2
    assert f"{game.cartridge.profile.species_name(battle.foe.species)} L" in page


def test_an_owners_cartridge_is_not_pictured_unless_its_owner_says_so(tmp_path: Path) -> None:
    rom = bytearray(hearthway.rom())
    rom[0x7000] = 0x55
    path = tmp_path / "my.gb"
    path.write_bytes(bytes(rom))
    owned = Owned(path, True)
    options = {"rom_path": path, "allow_unknown_rom": True, "render_mode": "ansi"}
    env = gym.make("Reason-Pokemon-v0", split="test", level="steps=5", **options).unwrapped
    env.reset(seed=0)
    record = read(env.step("wait 5")[4]["record"])
    env.close()
    assert film(record, owned).screens == {}
    assert film(record, owned, pictures=True).screens
    with pytest.raises(BadData, match="cartridge"):
        film(replace(record, problem_id="pokemon-v1/test/steps=5/0"))


@pytest.mark.parametrize("most", [1, 2, 5, 17, 400])
def test_what_matters_most_is_kept(played: Film, most: int) -> None:
    kept = thinned(played.moments, most)
    assert len(kept) == min(max(most, 2), len(played.moments))
    assert kept[0] is played.moments[0]
    assert kept[-1] is played.moments[-1]
    assert [m.step for m in kept] == sorted(m.step for m in kept)
    ranks = [KINDS.index(m.kind) for m in kept[1:-1]]
    left = [KINDS.index(m.kind) for m in played.moments[1:-1] if m not in kept]
    assert not left or not ranks or max(ranks) <= min(left)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"problem_id": "pokemon-v9/test/2/0"}, "expected a record"),
        ({"problem_id": "arithmetic-v1/test/2/0"}, "expected a record"),
        ({"problem_id": "nonsense"}, "no problem"),
        ({"problem_id": "pokemon-v1/test/until=99/0"}, "no problem"),
        ({"problem_id": "pokemon-v1/test/2/-1"}, "negative seed"),
        ({"cartridge": "00" * 20}, "cartridge with SHA-1 0000"),
    ],
)
def test_a_record_that_cannot_be_played_is_refused(record: Record, change: dict[str, str], error: str) -> None:
    with pytest.raises(BadData, match=error):
        film(replace(record, **change))
    with pytest.raises(BadData, match="after the end"):
        film(replace(record, presses=record.presses + "a"))


def test_the_command_makes_a_page_of_an_evaluation_and_of_the_solver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["eval", "random", "--env-id", "Reason-Pokemon-v0", "--level", "steps=40", "--episodes", "2"]
    assert main([*words, "--out", "lines.jsonl"]) == 0
    game = "a game of HEARTHWAY (a free cartridge, not Pokémon) until "
    assert f"random on Reason-Pokemon-v0, {game}" in " ".join(capsys.readouterr().out.split())
    rows = [json.loads(line) for line in (tmp_path / "lines.jsonl").read_text().splitlines()]
    assert main(["replay", "lines.jsonl", "--episode", "2", "--out", "two.html"]) == 0
    assert f"random: {len(read(rows[1]['record']).milestones)} of 15 milestones in 40 steps" in capsys.readouterr().out
    assert rows[1]["problem_id"] in (tmp_path / "two.html").read_text()
    assert main(["replay", "--agent", "solver", "--level", "1"]) == 0
    assert "the solver: 1 of 15 milestones" in capsys.readouterr().out
    for bad, said in (
        ([], "one of the two"),
        (["lines.jsonl", "--agent", "solver"], "one of the two"),
        (["lines.jsonl", "--episode", "3"], "has 2 recorded games, got 3"),
        (["--agent", "oracle"], "expected solver"),
        (["--agent", "solver", "--seed", "-1"], "seed: expected 0 or more, got -1"),
        (["nowhere.jsonl"], "nowhere.jsonl"),
    ):
        assert main(["replay", *bad]) == 2
        assert said in capsys.readouterr().err


def test_a_game_that_a_person_leaves_can_be_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("press start\npress down*2\nq\n"))
    assert main(["play", "Reason-Pokemon-v0", "--level", "1", "--record", "games.jsonl"]) == 0
    capsys.readouterr()
    assert main(["replay", "games.jsonl", "--out", "mine.html"]) == 0
    assert "in 3 steps" in capsys.readouterr().out
