"""The self-test, run for real on the free cartridge; that of Red has a file of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("pyboy")

from reason_arena.envs.pokemon.certificate import Row, SelfTest
from reason_arena.envs.pokemon.driver import Driver, SelfTestFailed
from reason_arena.envs.pokemon.game import Game
from reason_arena.envs.pokemon.text import PokemonTextEnv
from reason_arena.scripts.cli import main
from reason_arena.tasks.errors import BadCartridge
from reason_arena.tasks.pokemon import hearthway, profiles
from reason_arena.tasks.pokemon.first_steps import HEARTHWAY, RED, Arrive, Choose, Door, Name, Talk, Walk, Words, course
from reason_arena.tasks.pokemon.hearthway.world import EVENTS, IDS, PLACES
from reason_arena.tasks.pokemon.records import read

Read = pytest.CaptureFixture[str]


def certified() -> tuple[list[Row], SelfTest]:
    test = SelfTest()
    return list(test.rows()), test


def test_the_free_cartridge_takes_its_first_steps_twice_the_same() -> None:
    rows, test = certified()
    again, other = certified()
    assert rows == again
    assert [row.stage for row in rows] == [stage.name for stage in HEARTHWAY.stages]
    assert [row.name for row in rows[1:]] == [PLACES[n].name for n in map(IDS.get, ("HOME", "HAMLET", *["ELDER"] * 3))]
    assert len({row.digest for row in rows}) == len(rows)
    assert [number for number, _ in test.milestones] == [1, 2]
    last = rows[-1]
    elder = next(person for person in PLACES[IDS["ELDER"]].people if person.who == "ELDER")
    assert abs(last.x - elder.x) + abs(last.y - elder.y) == 1
    record = read(test.record)
    assert (record.digest, len(record.presses)) == (last.digest, last.step)
    test.close()
    other.close()


@pytest.fixture
def game() -> Game:
    env = PokemonTextEnv("train", "steps=20000")
    env.reset(seed=0)
    return env.game


def test_the_driver_finds_its_way_to_what_it_has_not_seen(game: Game) -> None:
    driver = Driver(game)
    for part in (Words("PRESS START", "noop"), Words("", "start"), Arrive(IDS["HOME"]), Door(IDS["HAMLET"])):
        driver.do(part)
    # The sign's neighbour is below the screen from here, behind a pond.
    driver.do(Walk(13, 13))
    place = game.state.position
    assert (place.map, place.x, place.y) == (IDS["HAMLET"], 13, 13)


def test_somebody_speaks_on_the_way_and_the_walk_is_over(game: Game) -> None:
    driver = Driver(game)
    for part in (Words("", "start"), Arrive(IDS["HOME"]), Door(IDS["HAMLET"]), Walk(9, 0)):
        driver.do(part)
    driver.do(Words("GUARD: Wait!", "noop"))
    driver.do(Arrive(IDS["HAMLET"]))
    assert game.state.free


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            Words("PRESS STARCH", "noop"),
            r"expected the words 'PRESS STARCH', .*'HEARTHWAY PRESS START', after 30 presses",
        ),
        (Choose("NEW GAME", "b"), r"expected a menu with 'NEW GAME', the screen says .*after 30 presses"),
        (Name("NEW NAME"), r"expected a list of names under 'NEW NAME', the screen says"),
        (Arrive(9), r"expected to walk on MARKET, the screen says"),
    ],
)
def test_what_does_not_come_is_told_clearly(game: Game, part: Words | Choose | Name | Arrive, expected: str) -> None:
    with pytest.raises(SelfTestFailed, match=expected):
        Driver(game, most=30).do(part)


def test_a_way_that_is_none_is_told_with_the_place(game: Game) -> None:
    driver = Driver(game, most=80)
    driver.do(Words("", "start"))
    driver.do(Arrive(IDS["HOME"]))
    with pytest.raises(SelfTestFailed, match=r"expected a door to GROVE HALL, .* at WREN'S HOUSE \(4,4\), after 0"):
        driver.do(Door(IDS["GROVE"]))
    with pytest.raises(SelfTestFailed, match=r"expected a way to \(0,0\), the screen shows no words at WREN'S HOUSE"):
        driver.do(Walk(0, 0))
    with pytest.raises(SelfTestFailed, match=r"expected someone at \(5,5\) who speaks"):
        driver.do(Talk(5, 5))


def test_the_command_prints_a_certificate_and_keeps_it(tmp_path: Path, capsys: Read) -> None:
    path = tmp_path / "my.gb"
    path.write_bytes(hearthway.rom())
    out = tmp_path / "certificate.json"
    assert main(["doctor", "--rom", str(path), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    kept = json.loads(out.read_text())
    assert hearthway.SHA1 in told
    assert kept["rows"][-1]["digest"] in told
    assert len(kept["rows"]) == len(HEARTHWAY.stages) == len(re.findall(r"\b[0-9a-f]{40}\b", told)) - 1
    assert "milestones reached: 1 leave the house; 2 get a companion from the elder" in told
    assert "No maintainer" not in told
    assert kept["run_by_maintainers"]
    assert read(kept["record"]).presses
    assert sorted(each.name for each in tmp_path.iterdir()) == ["certificate.json", "my.gb"]
    assert main(["replay", str(out), "--out", str(tmp_path / "page.html")]) == 0
    assert f"2 of 15 milestones in {kept['rows'][-1]['step']:,} steps" in capsys.readouterr().out
    assert read(kept["record"]).problem_id in (tmp_path / "page.html").read_text()
    assert main(["replay", str(out), "--episode", "2"]) == 2
    assert "certificate.json has 1 recorded games, got 2" in capsys.readouterr().err


def test_a_cartridge_that_is_not_known_is_refused_and_led_like_red_where_its_owner_says_so(
    tmp_path: Path, capsys: Read
) -> None:
    rom = bytearray(hearthway.rom())
    rom[0x7000] = 0x55
    path, out = tmp_path / "my.gb", tmp_path / "certificate.json"
    path.write_bytes(bytes(rom))
    assert main(["doctor", "--rom", str(path)]) == 2
    error = capsys.readouterr().err
    assert profiles.RED in error
    assert profiles.BLUE in error
    assert "use allow_unknown_rom=True (--allow-unknown-rom on the command line) to have it read" in error
    assert main(["doctor", "--rom", str(path), "--allow-unknown-rom", "--out", str(out)]) == 2
    told = capsys.readouterr()
    assert "expected a menu with 'NEW GAME', the screen " in told.err
    assert "after 600 presses" in told.err
    assert "No maintainer has run a row above on the real cartridge" in told.out
    assert not json.loads(out.read_text())["run_by_maintainers"]
    assert main(["doctor", "--rom", str(tmp_path / "nowhere.gb")]) == 2
    assert "nowhere.gb" in capsys.readouterr().err
    with pytest.raises(BadCartridge):
        SelfTest(tmp_path)


def test_a_certificate_of_nothing_is_not_promised(tmp_path: Path, capsys: Read) -> None:
    assert main(["doctor", "--out", str(tmp_path / "c.json")]) == 2
    assert "--out: expected a certificate to be kept, and only --rom makes one" in capsys.readouterr().err


def test_what_is_installed_is_told(capsys: Read) -> None:
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^torch \S+, numpy \S+, gymnasium \S+; torch uses \d+ threads$", told, re.MULTILINE)
    assert re.search(r"^extra pokemon: pyboy \d", told, re.MULTILINE)


def test_the_way_of_red_leads_over_maps_that_there_are() -> None:
    maps = [part.map for stage in RED.stages for part in stage.parts if isinstance(part, Arrive | Door)]
    names = [profiles.red().maps[number] for number in maps]
    assert names == ["Red's House 2F", "Red's House 1F", "Pallet Town", "Oak's Lab"]
    last = RED.stages[-1].parts[-1]
    assert isinstance(last, Arrive)
    assert last.event in profiles.red().milestones[0].where, "the first milestone is the end of the way"
    assert [course(profile()) for profile in (profiles.red, profiles.blue, profiles.unknown)] == [RED] * 3
    assert course(profiles.hearthway()) is HEARTHWAY
    companion = HEARTHWAY.stages[-1].parts[-1]
    assert isinstance(companion, Arrive)
    assert companion.event == EVENTS["COMPANION"]
    assert not RED.run
